package reconcile

import (
	"slices"

	"countersign/reconcile/plans"
	"countersign/schema"
	"countersign/schema/addr"
	"countersign/state"
)

// attachments compares declared attachments, whose files have been read, with those that the state holds.
func (d *differ) attachments(declared []schema.Attachment) {
	var changes []plans.AttachmentChange
	seen := map[addr.Address]bool{}
	for i := range declared {
		a := &declared[i]
		seen[a.Address] = true
		if d.targeted.has(a.Address, addr.Address{}) {
			have, _ := d.known.Attachment(a.Address)
			changes = append(changes, diffAttachment(a, have))
		}
	}
	for _, have := range d.state.Attachments {
		if !seen[have.Address] && d.targeted.has(have.Address, addr.Address{}) {
			changes = append(changes, plans.AttachmentChange{Address: have.Address, Action: plans.Forget,
				Reason: d.undeclared(have.Address), Drops: systems(have)})
		}
	}
	slices.SortStableFunc(changes, func(a, b plans.AttachmentChange) int { return a.Address.Compare(b.Address) })
	d.plan.Attachments = changes
}

// diffAttachment compares one attachment with what is staged of it.
func diffAttachment(a *schema.Attachment, have state.Attachment) plans.AttachmentChange {
	c := plans.AttachmentChange{Address: a.Address, Action: plans.NoOp, Files: a.Files, Flows: a.Flows, Attachment: a}
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
	if a.DingTalk != nil {
		diffDingTalk(&c, a, have.DingTalk)
	}
	if !a.Drive && have.Drive != nil {
		c.Drops = append(c.Drops, "drive")
	}
	if a.DingTalk == nil && have.DingTalk != nil {
		c.Drops = append(c.Drops, "dingtalk")
	}
	if c.Drive || len(c.DingTalk)+len(c.Previews)+len(c.Links)+len(c.Drops) > 0 {
		c.Action = plans.Create
		if have.Drive != nil || have.DingTalk != nil {
			c.Action = plans.Update
		}
	}
	return c
}

// diffDingTalk notes what is to be staged in DingTalk, granted and linked there, and which files are staged no longer.
func diffDingTalk(c *plans.AttachmentChange, a *schema.Attachment, have *state.StagedDingTalk) {
	fresh := have.Fresh(a)
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
	for _, p := range a.DingTalk.Previews {
		if anew || missing(fresh, func(f state.DingTalkFile) bool { return slices.Contains(f.Previews, p) }) {
			c.Previews = append(c.Previews, p)
		}
	}
	for _, to := range a.DingTalk.Links {
		if anew || missing(fresh, func(f state.DingTalkFile) bool { return slices.Contains(f.Links, to) }) {
			c.Links = append(c.Links, to)
		}
	}
	if have == nil || len(a.Files) == 0 {
		return
	}
	for _, f := range have.Files {
		if !slices.ContainsFunc(a.Files, func(w schema.SourceFile) bool { return w.Name == f.Source }) {
			c.Drops = append(c.Drops, f.Source)
		}
	}
}

// missing reports whether one of the files lacks something.
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
