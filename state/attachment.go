package state

import (
	"errors"
	"slices"

	"countersign/schema"
	"countersign/schema/addr"
)

// Attachment is what was staged under an attachment's address, system by system. The vendors have no call to delete
// what was staged, so an attachment that is destroyed is only forgotten.
type Attachment struct {
	Address  addr.Address    `json:"address"`
	Drive    *StagedDrive    `json:"drive,omitempty"`
	DingTalk *StagedDingTalk `json:"dingtalk,omitempty"`
}

// StagedDrive is an approval attachment of the drive, whole or as far as an interrupted run got.
type StagedDrive struct {
	Digest string              `json:"digest"`           // of the content, schema.Attachment.Digest
	ID     int64               `json:"id"`               // of the file, or of the folder that holds several
	Upload string              `json:"upload,omitempty"` // the drive's mark of the upload, of several files
	Count  int                 `json:"count"`            // files that belong to it
	Files  []schema.SourceFile `json:"files"`            // those that are there, sorted by name
}

// Whole reports whether every file of the attachment is staged.
func (d *StagedDrive) Whole() bool { return d != nil && len(d.Files) == d.Count }

// Held reports which files are staged already, unchanged, for an attachment of that digest.
func (d *StagedDrive) Held(digest string) func(schema.SourceFile) bool {
	held := map[string]string{} // the SHA-256 by name
	if d != nil && d.Digest == digest {
		for _, f := range d.Files {
			held[f.Name] = f.SHA256
		}
	}
	return func(f schema.SourceFile) bool {
		sum, there := held[f.Name]
		return there && sum == f.SHA256
	}
}

// StagedDingTalk is an attachment in DingTalk's approval space.
type StagedDingTalk struct {
	Digest   string         `json:"digest"` // of the content, schema.Attachment.Digest
	Count    int            `json:"count"`  // files that belong to it
	FolderID string         `json:"folder_id"`
	UnionID  string         `json:"union_id"` // in whose name it was staged
	Files    []DingTalkFile `json:"files"`    // sorted by source
}

// Fresh are the files in DingTalk that are as declared, by name in the attachment. With flows it is all of them or nil:
// the files of a flow are not known before they are fetched.
func (d *StagedDingTalk) Fresh(a *schema.Attachment) map[string]DingTalkFile {
	if d == nil || d.FolderID != a.DingTalk.FolderID {
		return nil
	}
	fresh := map[string]DingTalkFile{}
	if len(a.Flows) > 0 {
		if d.Digest != a.Digest() || len(d.Files) < d.Count {
			return nil
		}
		for _, f := range d.Files {
			fresh[f.Source] = f
		}
		return fresh
	}
	wanted := make(map[string]string, len(a.Files)) // the SHA-256 by name
	for _, f := range a.Files {
		wanted[f.Name] = f.SHA256
	}
	for _, f := range d.Files {
		if sum, there := wanted[f.Source]; there && sum == f.SHA256 {
			fresh[f.Source] = f
		}
	}
	return fresh
}

// DingTalkFile is one file in DingTalk, and what was done so that people can see it.
type DingTalkFile struct {
	schema.StagedFile
	SHA256   string           `json:"sha256"`
	Previews []schema.Preview `json:"previews,omitempty"` // granted when it was staged; a grant is good for one look
	Links    []string         `json:"links,omitempty"`    // conversations that a link was posted into
}

// OpStage is the operation of an intent that sends a part of an attachment to a system; Stage says which.
const OpStage Op = "stage"

// StagePart is what of an attachment a Stage sends.
type StagePart string

const (
	StageDriveFile   StagePart = "drive file"       // the one file of a single-file attachment
	StageDriveFolder StagePart = "drive folder"     // the folder of a multi-file attachment, still empty
	StageDriveMember StagePart = "drive member"     // a file in that folder
	StageDingTalk    StagePart = "dingtalk file"    // a file in DingTalk
	StagePreview     StagePart = "dingtalk preview" // the right to preview all files in one approval
	StageLink        StagePart = "dingtalk link"    // a link to a file in DingTalk, into a conversation
)

// Stage is the part of an attachment that an intent is about to send.
type Stage struct {
	Part         StagePart          `json:"part"`
	Digest       string             `json:"digest,omitempty"` // of the whole content
	Count        int                `json:"count,omitempty"`  // files of the whole
	Root         int64              `json:"root,omitempty"`   // of a drive member: the folder's id
	File         *schema.SourceFile `json:"file,omitempty"`   // of all but a drive folder
	FolderID     string             `json:"folder_id,omitempty"`
	UnionID      string             `json:"union_id,omitempty"`
	Conflict     schema.Conflict    `json:"conflict,omitempty"`
	Conversation string             `json:"conversation,omitempty"` // of a link
	Preview      *schema.Preview    `json:"preview,omitempty"`      // of a preview
}

// Staged is what a system answered when a Stage was done.
type Staged struct {
	ID     int64              `json:"id,omitempty"`     // of a drive file or folder
	Upload string             `json:"upload,omitempty"` // of a drive folder
	File   *schema.StagedFile `json:"file,omitempty"`   // of a file in DingTalk
}

// check says what a stage lacks.
func (s *Stage) check() error {
	switch {
	case s == nil:
		return errors.New("it does not say what is staged")
	case s.Part != StageDriveFolder && s.File == nil:
		return errors.New("it names no file")
	case s.Part == StagePreview && s.Preview == nil:
		return errors.New("it does not say whose preview")
	case s.Part == StageLink && s.Conversation == "":
		return errors.New("it names no conversation")
	}
	return nil
}

// sortedAttachments returns the attachments in the order of addr.Address.Compare; it may sort them in place.
func sortedAttachments(list []Attachment) []Attachment {
	slices.SortStableFunc(list, func(a, b Attachment) int { return a.Address.Compare(b.Address) })
	return list
}
