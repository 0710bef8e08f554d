package view

import (
	"fmt"

	"countersign/reconcile/plans"
	"countersign/schema"
)

// UnmanagedIntro is the sentence above n unmanaged templates.
func UnmanagedIntro(n int) string {
	return fmt.Sprintf("%s in declared scopes that the configuration does not declare, left as %s.",
		Count(n, "template"), Verb(n, "it is", "they are"))
}

// Unbound reports whether what keeps a refused change from being made is bound to no address, so that it can be taken
// over.
func Unbound(c *plans.Change) bool {
	return c.Holder != nil && c.Holder.Keeps == plans.KeepsUnbound
}

// RefusedIntro is the sentence above n refused changes.
func RefusedIntro(n int) string {
	return CountIs(n, "change") + " not made, because another template of that title is there already."
}

// What would become of a template that is there already.
const (
	TakenOver  = "taken over, it would be updated:"
	AsDeclared = "it is as declared: taking it over would change nothing"
)

// There is the template that keeps one of its title from being made.
func (l *Names) There(c *plans.Change) string {
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
	there := who + " " + has + " that title" + keeps[c.Holder.Keeps]
	if e := l.LastEdited(c.Edited); e != "" {
		there += ", " + e
	}
	return there
}

// keeps says why a template keeps its title.
var keeps = map[plans.Keeps]string{
	plans.KeepsHeldBack:   " and stays, because of -no-removals",
	plans.KeepsUntargeted: " and is none of the targets",
	plans.KeepsIgnored:    " and keeps it, because its ignore_changes names title",
	plans.KeepsRefused:    " and keeps it, because its own change is refused",
	plans.KeepsTakes:      " in this plan",
}

func CountIs(n int, noun string) string { return Count(n, noun) + " " + Verb(n, "is", "are") }

// HeldBackIntro is the sentence about n removals that are left out.
func HeldBackIntro(n int) string {
	return fmt.Sprintf("by -no-removals: %s left as %s.", CountIs(n, "template"), Verb(n, "it is", "they are"))
}

// NotDeclared says why one that is held back would go.
func NotDeclared(c *plans.Change) string {
	switch c.Reason {
	case plans.Elsewhere:
		return "declared on " + Place(c.Place) + " now"
	case plans.Asked:
		return "-replace asks for a new one"
	case plans.Unowned:
		return "no template in the configuration stands for it"
	case plans.LeftOver:
		return "left over from a replacement"
	case plans.KeyGone:
		return "its key is not in for_each"
	}
	return "not in the configuration"
}

// Unsaid are the warnings that no part of the plan above has said already: a refused create comes with a warning.
func Unsaid(p *plans.Plan) schema.Diagnostics {
	refused := make(map[string]bool, len(p.Refused))
	for i := range p.Refused {
		if c := &p.Refused[i]; Unbound(c) {
			refused[c.Address.String()] = true
		}
	}
	var out schema.Diagnostics
	for _, d := range p.Warnings {
		if !(refused[d.Address.String()] && d.Summary == plans.TitleTaken) {
			out = append(out, d)
		}
	}
	return out
}
