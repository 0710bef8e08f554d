package json

import (
	"slices"

	"countersign/reconcile/plans"
	"countersign/schema"
	"countersign/state"
)

// attachment is an attachment under the language's names, as JSON plans and states hold it.
type attachment struct {
	Files    []schema.SourceFile `json:"files,omitzero"` // nil: not known
	Flows    []string            `json:"flows,omitzero"` // of whose signed contracts it consists; nil: not known
	Drive    any                 `json:"drive"`          // null: not staged there
	DingTalk any                 `json:"dingtalk"`       // null: not staged there
}

// target is a dingtalk block.
type target struct {
	UserID     string           `json:"user_id,omitempty"`
	UnionID    string           `json:"union_id,omitempty"`
	FolderID   string           `json:"folder_id,omitempty"`
	OnConflict schema.Conflict  `json:"on_conflict,omitempty"`
	Preview    []schema.Preview `json:"preview"`
	Link       []link           `json:"link"`
}

type link struct {
	ConversationID string `json:"conversation_id"`
}

// staging is what a plan would do with an attachment.
type staging struct {
	Drive    bool             `json:"drive"`    // stage it there
	DingTalk []string         `json:"dingtalk"` // files to stage there; of e-sign flows the flows
	Preview  []schema.Preview `json:"preview"`  // to grant
	Link     []link           `json:"link"`     // to post
	Forgets  []string         `json:"forgets"`  // systems: what was staged there stays, and is no longer managed
	Bytes    *int64           `json:"bytes"`    // to send; null where only fetching e-sign flows tells
}

// onDrive is what is staged on the drive.
type onDrive struct {
	ID       int64 `json:"id,omitempty"` // 0: none yet
	Complete bool  `json:"complete"`     // false: an interrupted run staged a part of it
}

// inDingTalk is what is staged in DingTalk.
type inDingTalk struct {
	UnionID   string         `json:"union_id"`
	FolderID  string         `json:"folder_id"`
	Complete  bool           `json:"complete"`
	Files     []dingTalkFile `json:"files"`
	FormValue *string        `json:"form_value"` // null while not complete
}

type dingTalkFile struct {
	schema.StagedFile
	SHA256  string           `json:"sha256"`
	Preview []schema.Preview `json:"preview"` // granted
	Link    []link           `json:"link"`    // posted
}

func linksOf(conversations []string) []link {
	out := make([]link, len(conversations))
	for i, c := range conversations {
		out[i] = link{c}
	}
	return out
}

// full is a list that is [] in JSON when it is empty.
func full[T any](list []T) []T { return append([]T{}, list...) }

// attachmentsOf are changes of attachments as entries of resource_changes. A plan does not know what was staged before,
// so before is null, except for what stays as it is or is forgotten.
func attachmentsOf(list []plans.AttachmentChange) []changeEntry {
	out := make([]changeEntry, len(list))
	for i := range list {
		c := &list[i]
		out[i] = changeEntry{head: headOf(c.Address), ActionReason: removalReason(c.Reason), Change: attachmentDelta(c)}
		out[i].ProviderName = systemOf(c)
		if c.Action != plans.NoOp {
			out[i].Staging = stagingOf(c)
		}
	}
	return out
}

// systemOf is the provider that an attachment is counted under: the drive's when it is staged there.
func systemOf(c *plans.AttachmentChange) string {
	drive := c.Drive || slices.Contains(c.Drops, "drive")
	if c.Attachment != nil {
		drive = c.Attachment.Drive
	}
	if drive {
		return providerName
	}
	return dingtalkProvider
}

func attachmentDelta(c *plans.AttachmentChange) delta {
	d := delta{Actions: []string{string(c.Action)}, AfterUnknown: none{}, BeforeSensitive: none{},
		AfterSensitive: none{}}
	switch c.Action {
	case plans.Forget:
		d.Before, d.AfterSensitive = forgotten(c), false
	case plans.NoOp:
		d.Before = plannedAttachment(c)
		d.After = d.Before
	default:
		d.After, d.AfterUnknown, d.BeforeSensitive = plannedAttachment(c), unknowns(c), false
	}
	return d
}

// forgotten is all that a plan knows of an attachment that is no longer declared: where it was staged.
func forgotten(c *plans.AttachmentChange) *attachment {
	out := new(attachment)
	if slices.Contains(c.Drops, "drive") {
		out.Drive = none{}
	}
	if slices.Contains(c.Drops, "dingtalk") {
		out.DingTalk = none{}
	}
	return out
}

// plannedAttachment is what an attachment will be, as far as it is known before it is staged.
func plannedAttachment(c *plans.AttachmentChange) *attachment {
	out := &attachment{Files: full(c.Files), Flows: full(c.Flows)}
	if len(c.Flows) > 0 && len(c.Files) == 0 {
		out.Files = nil // their contracts are fetched by the apply
	}
	a := c.Attachment
	if a.Drive {
		out.Drive = none{}
	}
	if t := a.DingTalk; t != nil {
		out.DingTalk = target{t.UserID, t.UnionID, t.FolderID, t.OnConflict, full(t.Previews), linksOf(t.Links)}
	}
	return out
}

// unknowns are the values that are known once it is staged.
func unknowns(c *plans.AttachmentChange) map[string]any {
	out := map[string]any{}
	if c.Drive {
		out["drive"] = map[string]bool{"id": true}
	}
	if len(c.DingTalk) > 0 {
		out["dingtalk"] = map[string]bool{"files": true, "form_value": true}
	}
	if len(c.Flows) > 0 && len(out) > 0 {
		out["files"] = true
	}
	return out
}

func stagingOf(c *plans.AttachmentChange) *staging {
	out := &staging{c.Drive, full(c.DingTalk), full(c.Previews), linksOf(c.Links), full(c.Drops), nil}
	if known := c.Bytes; len(c.Flows) == 0 || !c.Drive && len(c.DingTalk) == 0 {
		out.Bytes = &known
	}
	return out
}

// stagedAttachment is an attachment as a state holds it.
func stagedAttachment(a state.Attachment, formValue string) *attachment {
	out := &attachment{Files: []schema.SourceFile{}}
	if d := a.DingTalk; d != nil {
		for _, f := range d.Files {
			out.Files = append(out.Files, schema.SourceFile{Name: f.Source, Size: f.Size, SHA256: f.SHA256})
		}
		out.DingTalk = stagedInDingTalk(d, formValue)
	}
	if d := a.Drive; d != nil {
		out.Files = full(d.Files)
		out.Drive = onDrive{d.ID, d.Whole()}
	}
	return out
}

func stagedInDingTalk(d *state.StagedDingTalk, formValue string) inDingTalk {
	out := inDingTalk{UnionID: d.UnionID, FolderID: d.FolderID, Complete: len(d.Files) >= d.Count,
		Files: make([]dingTalkFile, len(d.Files))}
	for i, f := range d.Files {
		out.Files[i] = dingTalkFile{f.StagedFile, f.SHA256, full(f.Previews), linksOf(f.Links)}
	}
	if out.Complete {
		out.FormValue = &formValue
	}
	return out
}
