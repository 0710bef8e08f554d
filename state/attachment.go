package state

import (
	"errors"
	"slices"

	"countersign/schema"
	"countersign/schema/addr"
)

// Attachment is what an attachment's address stands for: what was staged of it, system by system. The vendors have
// no call to delete what was staged, so an attachment that is destroyed is forgotten.
type Attachment struct {
	Address  string          `json:"address"`
	Drive    *StagedDrive    `json:"drive,omitempty"`
	DingTalk *StagedDingTalk `json:"dingtalk,omitempty"`
}

// StagedDrive is an approval attachment of the drive, whole or as far as an interrupted run came.
type StagedDrive struct {
	Digest string              `json:"digest"`           // of the content, schema.Attachment.Digest
	ID     int64               `json:"id"`               // of the file, or of the folder that holds several
	Upload string              `json:"upload,omitempty"` // the drive's mark of the upload, of several files
	Count  int                 `json:"count"`            // files that belong to it
	Files  []schema.SourceFile `json:"files"`            // those that are there, sorted by name
}

// Whole reports whether every file of the attachment is staged.
func (d *StagedDrive) Whole() bool { return d != nil && len(d.Files) == d.Count }

// Holds reports whether a file of this very content is staged already for an attachment of that digest.
func (d *StagedDrive) Holds(digest string, f schema.SourceFile) bool {
	return d != nil && d.Digest == digest && slices.ContainsFunc(d.Files, func(have schema.SourceFile) bool {
		return have.Name == f.Name && have.SHA256 == f.SHA256
	})
}

// StagedDingTalk is an attachment in DingTalk's approval space.
type StagedDingTalk struct {
	Digest   string         `json:"digest"` // of the content, schema.Attachment.Digest
	Count    int            `json:"count"`  // files that belong to it
	FolderID string         `json:"folder_id"`
	UnionID  string         `json:"union_id"` // in whose name it was staged
	Files    []DingTalkFile `json:"files"`    // sorted by source
}

// Fresh are the files in DingTalk that are as declared, by name in the attachment. With flows, whose files are
// not known before they are fetched, it is all of them or nil.
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
	for _, want := range a.Files {
		for _, f := range d.Files {
			if f.Source == want.Name && f.SHA256 == want.SHA256 {
				fresh[f.Source] = f
			}
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

// FindAttachment returns what is staged under exactly that address.
func (s State) FindAttachment(address string) (Attachment, bool) {
	i := slices.IndexFunc(s.Attachments, func(a Attachment) bool { return a.Address == address })
	if i < 0 {
		return Attachment{}, false
	}
	return s.Attachments[i], true
}

// after returns what becomes of an attachment by a stage that was done. What it is given is left alone.
func (a Attachment) after(in Stage, out Staged) Attachment {
	switch in.Part {
	case StageDriveFile:
		a.Drive = &StagedDrive{Digest: in.Digest, ID: out.ID, Count: 1, Files: []schema.SourceFile{*in.File}}
	case StageDriveFolder:
		a.Drive = &StagedDrive{Digest: in.Digest, ID: out.ID, Upload: out.Upload, Count: in.Count,
			Files: []schema.SourceFile{}}
	case StageDriveMember:
		if a.Drive == nil || a.Drive.ID != in.Root {
			return a
		}
		d := *a.Drive
		d.Files = upsert(d.Files, *in.File, func(f schema.SourceFile) string { return f.Name })
		a.Drive = &d
	case StageDingTalk:
		d := StagedDingTalk{Digest: in.Digest, Count: in.Count, FolderID: in.FolderID, UnionID: in.UnionID}
		if a.DingTalk != nil && a.DingTalk.FolderID == in.FolderID {
			d.Files = a.DingTalk.Files
		}
		if out.File != nil {
			file := DingTalkFile{StagedFile: *out.File, SHA256: in.File.SHA256}
			d.Files = upsert(d.Files, file, func(f DingTalkFile) string { return f.Source })
		}
		a.DingTalk = &d
	case StagePreview, StageLink:
		if a.DingTalk == nil {
			return a
		}
		d := *a.DingTalk
		d.Files = slices.Clone(d.Files)
		for i := range d.Files {
			switch f := &d.Files[i]; {
			case in.Part == StagePreview && !slices.Contains(f.Previews, *in.Preview):
				f.Previews = append(slices.Clone(f.Previews), *in.Preview)
			case in.Part == StageLink && f.Source == in.File.Name && !slices.Contains(f.Links, in.Conversation):
				f.Links = append(slices.Clone(f.Links), in.Conversation)
			}
		}
		a.DingTalk = &d
	}
	return a
}

// upsert replaces the element of one key in a sorted list, or adds it.
func upsert[T any](list []T, e T, key func(T) string) []T {
	at, found := slices.BinarySearchFunc(list, key(e), func(have T,
		want string) int {
		return addr.CompareText(key(have), want)
	})
	list = slices.Clone(list)
	if found {
		list[at] = e
		return list
	}
	return slices.Insert(list, at, e)
}

// attachments is a list of them in the order of addresses, never changed in place.
type attachments []Attachment

// stage returns the list after a stage that was done.
func (list attachments) stage(in Intent, out Staged) attachments {
	a := Attachment{Address: in.Address}
	if i := slices.IndexFunc(list, func(a Attachment) bool { return a.Address == in.Address }); i >= 0 {
		a = list[i]
	}
	return upsert(list, a.after(*in.Stage, out), func(a Attachment) string { return a.Address })
}

func sortedAttachments(list []Attachment) []Attachment {
	slices.SortStableFunc(list, func(a, b Attachment) int { return addr.CompareText(a.Address, b.Address) })
	return list
}
