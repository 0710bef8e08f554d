package view

import (
	"fmt"

	"countersign/reconcile/plans"
)

// UnmanagedIntro is the sentence above n unmanaged templates.
func UnmanagedIntro(n int) string {
	return fmt.Sprintf("%s in declared scopes that the configuration does not declare, left as %s.",
		Count(n, "template"), Verb(n, "it is", "they are"))
}

// Unbound reports whether the template that has the title of a refused change is bound to no address, so that an import
// can take it over.
func Unbound(c *plans.Change) bool {
	return c.Holder != nil && c.Holder.Keeps == plans.KeepsUnbound
}

// RefusedIntro is the sentence above n refused changes.
func RefusedIntro(n int) string {
	return CountIs(n, "change") + " not made, because another template of that title is there already."
}

// What an import of that template would change.
const (
	TakenOver  = "taken over, it would be updated:"
	AsDeclared = "it is as declared: taking it over would change nothing"
)

// Holder says which template has the title of a refused change, and why it keeps it.
func (l *Names) Holder(c *plans.Change) string {
	who, has := OneLine(c.Holder.Address.String()), "has"
	switch {
	case c.Holder.ID == 0:
		return who + " gets that title in this plan"
	case who == "":
		who = fmt.Sprintf("tid %d", c.Holder.ID)
	default:
		who = fmt.Sprintf("%s (tid %d)", who, c.Holder.ID)
	}
	if c.Holder.Keeps == plans.KeepsTakes {
		has = "gets"
	}
	text := who + " " + has + " that title" + keepsBecause[c.Holder.Keeps]
	if e := l.LastEdited(c.Edited); e != "" {
		text += ", " + e
	}
	return text
}

// keepsBecause is why a template keeps its title.
var keepsBecause = map[plans.Keeps]string{
	plans.KeepsHeldBack:   " and stays, because of -no-removals",
	plans.KeepsUntargeted: " and is none of the targets",
	plans.KeepsIgnored:    " and keeps it, because its ignore_changes names title",
	plans.KeepsRefused:    " and keeps it, because its own change is refused",
	plans.KeepsTakes:      " in this plan",
}

// CountIs is "1 template is", "2 templates are".
func CountIs(n int, noun string) string { return Count(n, noun) + " " + Verb(n, "is", "are") }

// HeldBackIntro is the sentence above n removals that -no-removals leaves out.
func HeldBackIntro(n int) string {
	return fmt.Sprintf("by -no-removals: %s left as %s.", CountIs(n, "template"), Verb(n, "it is", "they are"))
}

// WhyRemoved is why a template that is held back would be removed.
func WhyRemoved(c *plans.Change) string {
	switch c.Reason {
	case plans.Elsewhere:
		return "now declared on " + Place(c.Place)
	case plans.Asked:
		return "-replace asks for a new one"
	case plans.Unowned:
		return "its scope is wholly owned, and the configuration does not declare it"
	case plans.LeftOver:
		return "left over from a replacement"
	case plans.KeyGone:
		return "its key is not in for_each"
	}
	return "not in the configuration"
}

// ImportBlock is what takes a live template over, to be copied into a file.
func ImportBlock(to string, id int64) string {
	return fmt.Sprintf("import {\n  to = %s\n  id = %d\n}", to, id)
}

// What to do with a template that nobody declared, and with one that has the title of a refused change: what stands
// above an import block.
const (
	ToManage    = "To manage it, declare it in a template block and add:"
	ToManageOne = "To manage one, declare it in a template block and add:"
	ToTakeOver  = "To take over what is there, add:"
)
