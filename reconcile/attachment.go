package reconcile

import (
	"maps"
	"slices"

	"countersign/providers/dingtalk"
	"countersign/schema"
	"countersign/state"
)

// AttachmentChange is what the plan would do about one attachment.
type AttachmentChange struct {
	Address string `json:"address"`
	Action  Action `json:"action"` // Create, Update (something is staged anew), Forget or NoOp

	Drive    bool             `json:"drive,omitempty"`    // stage it on the drive
	DingTalk []string         `json:"dingtalk,omitempty"` // names of the files to stage in DingTalk; with Flows they are not known yet
	Previews []schema.Preview `json:"previews,omitempty"` // to grant
	Links    []string         `json:"links,omitempty"`    // conversations to post a link into, for one file or more

	Files []schema.SourceFile `json:"files,omitempty"` // what it consists of
	Flows []string            `json:"flows,omitempty"`
	Bytes int64               `json:"bytes,omitempty"` // to be sent, as far as known
	Drops []string            `json:"drops,omitempty"` // of what is staged, what is forgotten: "drive", "dingtalk", or files in DingTalk by name

	Attachment *schema.Attachment `json:"attachment,omitempty"` // nil for Forget
}

// diffAttachments compares attachments, their files read, with what the state holds. It is a pure function.
func diffAttachments(declared []schema.Attachment, st state.State, targeted targets) []AttachmentChange {
	var changes []AttachmentChange
	known := map[string]bool{}
	for i := range declared {
		a := &declared[i]
		known[a.Address] = true
		if targeted.has(a.Address, "") {
			have, _ := st.FindAttachment(a.Address)
			changes = append(changes, diffAttachment(a, have))
		}
	}
	for _, have := range st.Attachments {
		if !known[have.Address] && targeted.has(have.Address, "") {
			changes = append(changes, AttachmentChange{Address: have.Address, Action: Forget, Drops: systems(have)})
		}
	}
	slices.SortStableFunc(changes, func(a, b AttachmentChange) int { return schema.CompareAddresses(a.Address, b.Address) })
	return changes
}

func diffAttachment(a *schema.Attachment, have state.Attachment) AttachmentChange {
	c := AttachmentChange{Address: a.Address, Action: NoOp, Files: a.Files, Flows: a.Flows, Attachment: a}
	digest := a.Digest()
	if a.Drive && !(have.Drive.Whole() && have.Drive.Digest == digest) {
		c.Drive = true
		for _, f := range a.Files {
			if !resumable(have.Drive, digest, f) {
				c.Bytes += f.Size
			}
		}
	}
	if t := a.DingTalk; t != nil {
		fresh := freshFiles(a, have.DingTalk)
		for _, f := range a.Files {
			if _, ok := fresh[f.Name]; !ok {
				c.DingTalk = append(c.DingTalk, f.Name)
				c.Bytes += f.Size
			}
		}
		if len(a.Flows) > 0 && fresh == nil {
			c.DingTalk = slices.Clone(a.Flows)
		}
		anew := len(c.DingTalk) > 0
		for _, p := range t.Previews {
			if anew || missing(fresh, func(f state.DingTalkFile) bool { return slices.Contains(f.Previews, p) }) {
				c.Previews = append(c.Previews, p)
			}
		}
		for _, conversation := range t.Links {
			if anew || missing(fresh, func(f state.DingTalkFile) bool { return slices.Contains(f.Links, conversation) }) {
				c.Links = append(c.Links, conversation)
			}
		}
	}
	if d := have.DingTalk; a.DingTalk != nil && d != nil && len(a.Files) > 0 {
		for _, f := range d.Files {
			if !slices.ContainsFunc(a.Files, func(w schema.SourceFile) bool { return w.Name == f.Source }) {
				c.Drops = append(c.Drops, f.Source)
			}
		}
	}
	if !a.Drive && have.Drive != nil {
		c.Drops = append(c.Drops, "drive")
	}
	if a.DingTalk == nil && have.DingTalk != nil {
		c.Drops = append(c.Drops, "dingtalk")
	}
	if c.Drive || len(c.DingTalk)+len(c.Previews)+len(c.Links)+len(c.Drops) > 0 {
		c.Action = Create
		if have.Drive != nil || have.DingTalk != nil {
			c.Action = Update
		}
	}
	return c
}

// resumable reports whether an interrupted run has staged a file of this very content on the drive already.
func resumable(d *state.StagedDrive, digest string, f schema.SourceFile) bool {
	return d != nil && d.Digest == digest && slices.ContainsFunc(d.Files, func(have schema.SourceFile) bool {
		return have.Name == f.Name && have.SHA256 == f.SHA256
	})
}

// freshFiles are the files in DingTalk that are as declared, by name in the attachment. With flows, whose files are
// not known before they are fetched, it is all of them or nil.
func freshFiles(a *schema.Attachment, d *state.StagedDingTalk) map[string]state.DingTalkFile {
	if d == nil || d.FolderID != a.DingTalk.FolderID {
		return nil
	}
	fresh := map[string]state.DingTalkFile{}
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

func missing(fresh map[string]state.DingTalkFile, has func(state.DingTalkFile) bool) bool {
	for _, f := range fresh {
		if !has(f) {
			return true
		}
	}
	return false
}

// systems names where an attachment is staged.
func systems(a state.Attachment) []string {
	var s []string
	if a.Drive != nil {
		s = append(s, "drive")
	}
	if a.DingTalk != nil {
		s = append(s, "dingtalk")
	}
	return s
}

// stagedFacts is what expressions may say of what the state holds whole.
func stagedFacts(st state.State) map[string]schema.Staged {
	facts := make(map[string]schema.Staged, len(st.Attachments))
	for _, a := range st.Attachments {
		var s schema.Staged
		if a.Drive.Whole() {
			s.DriveID = a.Drive.ID
		}
		if d := a.DingTalk; d != nil && len(d.Files) >= d.Count {
			dentries := make([]dingtalk.Dentry, len(d.Files))
			for i, f := range d.Files {
				s.Files = append(s.Files, f.StagedFile)
				dentries[i] = dingtalk.Dentry{ID: f.ID, SpaceID: f.SpaceID, Name: f.Name, Size: f.Size, Extension: f.Extension}
			}
			s.FormValue = dingtalk.FormValue(dentries)
		}
		facts[a.Address] = s
	}
	return facts
}

// recordAttachments brings what the state says of attachments up to date where nothing that was sent stands behind
// it: what is no longer declared, and files that no longer belong to one.
func recordAttachments(st state.State, p *Plan, failed map[string]bool) state.State {
	byAddress := map[string]state.Attachment{}
	for _, a := range st.Attachments {
		byAddress[a.Address] = a
	}
	for _, c := range p.Attachments {
		a, ok := byAddress[c.Address]
		if !ok || failed[c.Address] {
			continue
		}
		if c.Action == Forget {
			delete(byAddress, c.Address)
			continue
		}
		if slices.Contains(c.Drops, "drive") {
			a.Drive = nil
		}
		if slices.Contains(c.Drops, "dingtalk") {
			a.DingTalk = nil
		}
		if a.DingTalk != nil && len(c.Files) > 0 {
			d := *a.DingTalk
			d.Digest, d.Count = c.Attachment.Digest(), len(c.Files)
			d.Files = slices.DeleteFunc(slices.Clone(d.Files), func(f state.DingTalkFile) bool {
				return !slices.ContainsFunc(c.Files, func(w schema.SourceFile) bool { return w.Name == f.Source })
			})
			a.DingTalk = &d
		}
		byAddress[c.Address] = a
	}
	st.Attachments = nil
	for _, address := range slices.SortedFunc(maps.Keys(byAddress), schema.CompareAddresses) {
		st.Attachments = append(st.Attachments, byAddress[address])
	}
	return st
}
