package view

import "countersign/schema"

// Stage is what the command stage put onto a system: DriveID is set, or DingTalk.
type Stage struct {
	Files     []schema.SourceFile // what was sent
	DriveID   int64               // the drive's attachment
	DingTalk  []schema.StagedFile // the files as DingTalk has them
	FormValue string              // of DingTalk's attachment field
}
