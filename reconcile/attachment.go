package reconcile

import (
	"slices"

	"countersign/schema"
	"countersign/schema/addr"
	"countersign/state"
)

// AttachmentChange is what the plan would do about one attachment.
type AttachmentChange struct {
	Address addr.Address `json:"address"`
	Action  Action       `json:"action"`           // Create, Update (something is staged anew), Forget or NoOp
	Reason  Reason       `json:"reason,omitempty"` // of Forget: Undeclared or KeyGone; "" when everything is destroyed

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

// Sends reports whether something of the attachment is to be sent.
func (c AttachmentChange) Sends() bool { return c.Action == Create || c.Action == Update }

// attachments compares attachments, their files read, with what the state holds.
func (d *differ) attachments(declared []schema.Attachment, st state.State) {
	var changes []AttachmentChange
	known, staged := map[addr.Address]bool{}, st.Index()
	for i := range declared {
		a := &declared[i]
		known[a.Address] = true
		if d.targeted.has(a.Address, addr.Address{}) {
			have, _ := staged.Attachment(a.Address)
			changes = append(changes, diffAttachment(a, have))
		}
	}
	for _, have := range st.Attachments {
		if !known[have.Address] && d.targeted.has(have.Address, addr.Address{}) {
			changes = append(changes, AttachmentChange{Address: have.Address, Action: Forget,
				Reason: d.undeclared(have.Address), Drops: systems(have)})
		}
	}
	slices.SortStableFunc(changes, func(a, b AttachmentChange) int { return a.Address.Compare(b.Address) })
	d.plan.Attachments = changes
}

func diffAttachment(a *schema.Attachment, have state.Attachment) AttachmentChange {
	c := AttachmentChange{Address: a.Address, Action: NoOp, Files: a.Files, Flows: a.Flows, Attachment: a}
	digest := a.Digest()
	if a.Drive && !(have.Drive.Whole() && have.Drive.Digest == digest) {
		c.Drive = true
		held := have.Drive.Held(digest)
		for _, f := range a.Files {
			if !held(f) {
				c.Bytes += f.Size
			}
		}
	}
	if t := a.DingTalk; t != nil {
		fresh := have.DingTalk.Fresh(a)
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
			if anew || missing(fresh, func(f state.DingTalkFile) bool {
				return slices.Contains(f.Links,
					conversation)
			}) {
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
