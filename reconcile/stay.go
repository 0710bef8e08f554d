package reconcile

import (
	"slices"

	"countersign/schema"
	"countersign/schema/spelling"
)

// Reason is why an edit by hand stays.
type Reason string

const (
	Unset   Reason = "unset"   // the configuration does not set the attribute
	Ignored Reason = "ignored" // its ignore_changes names it
	Agreed  Reason = "agreed"  // the configuration says the same by now
)

// Stay is an attribute that was edited by hand and that the plan leaves as it is.
type Stay struct {
	Attribute string `json:"attribute"`
	Why       Reason `json:"why"`
}

// attributes are those of a template, and whether two templates are the same in one.
var attributes = []struct {
	name string
	same func(a, b *schema.Template) bool
}{
	{schema.AttrTitle, func(a, b *schema.Template) bool { return spelling.Same(a.Title, b.Title) }},
	{schema.AttrApprovalType, func(a, b *schema.Template) bool { return spelling.Same(a.ApprovalType, b.ApprovalType) }},
	{schema.AttrAppliesTo, func(a, b *schema.Template) bool { return a.AppliesTo == b.AppliesTo }},
	{schema.AttrDescription, func(a, b *schema.Template) bool { return spelling.Same(a.Description, b.Description) }},
	{schema.AttrStep, func(a, b *schema.Template) bool { return slices.EqualFunc(a.Steps, b.Steps, schema.Step.Equal) }},
	{schema.AttrApproverAccess, func(a, b *schema.Template) bool { return a.ApproverAccess == b.ApproverAccess }},
	{schema.AttrCC, func(a, b *schema.Template) bool { return a.CCAccess == b.CCAccess && schema.SamePeople(a.CC, b.CC) }},
}

// stays says of each edit by hand whether the plan undoes it, and of what stays of it why.
func (d *differ) stays() {
	changes := make(map[string]*Change, len(d.plan.Changes))
	for i := range d.plan.Changes {
		if c := &d.plan.Changes[i]; !c.Deposed && c.Address != "" {
			changes[c.Address] = c
		}
	}
	for i := range d.plan.Drift {
		edit := &d.plan.Drift[i]
		c, block := changes[edit.Address], d.declared[edit.Address]
		switch {
		case c == nil:
		case edit.Live == nil || block == nil || c.Before == nil || c.After == nil:
			edit.Undone = c.Action != NoOp && c.Action != Forget
		default:
			edit.Undone = c.Action == Replace && c.OldPlace.ID == edit.Place.ID
			for _, a := range attributes {
				switch {
				case a.same(edit.Recorded, edit.Live):
				case !a.same(c.Before, c.After):
					edit.Undone = true
				case slices.Contains(block.IgnoreChanges, a.name):
					edit.Stays = append(edit.Stays, Stay{a.name, Ignored})
				case optional(a.name) && !slices.Contains(c.Sets, a.name):
					edit.Stays = append(edit.Stays, Stay{a.name, Unset})
				default:
					edit.Stays = append(edit.Stays, Stay{a.name, Agreed})
				}
			}
		}
	}
}
