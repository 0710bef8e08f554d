package view

import (
	"countersign/schema"
	"countersign/state"
)

// Stage is what `stage` put onto a system without a configuration: DriveID is set, or DingTalk.
type Stage struct {
	Files     []schema.SourceFile // what was sent
	DriveID   int64               // the drive's attachment
	DingTalk  []schema.StagedFile // the files as DingTalk has them
	FormValue string              // of DingTalk's attachment field
}

func (l *Names) MeetBinding(b *state.Binding) {
	l.MeetAll(&b.Recorded)
	for i := range b.Deposed {
		l.MeetAll(&b.Deposed[i].Recorded)
	}
}
