package view

import (
	"fmt"
	"strings"

	"countersign/reconcile/plans"
	"countersign/schema"
)

// shown is how many unmanaged templates a plan lists one by one; the JSON plan has all.
const shown = 50

// hinted is up to how many of them get an import block to copy.
const hinted = 3

// Unmanaged lists the live templates in declared scopes that no address stands for, scope by scope.
func (l *Names) Unmanaged(list []plans.Found, s Settings) string {
	if len(list) == 0 {
		return ""
	}
	var out strings.Builder
	out.WriteString(headed(amberBold, "Unmanaged:", UnmanagedIntro(len(list)), s) + "\n")
	listed := list[:min(len(list), shown)]
	ids, titles := 0, 0
	for _, f := range listed {
		ids = max(ids, Width(fmt.Sprint(f.ID)))
		titles = max(titles, min(Width(quote(f.Live.Title)), narrowest))
	}
	last := plans.Place{}
	for i, f := range listed {
		if f.Place != last || i == 0 {
			out.WriteString("  on " + Place(f.Place) + "\n")
			last = f.Place
		}
		line := fmt.Sprintf("      tid %s  %s  %s", pad(fmt.Sprint(f.ID), ids), pad(quote(f.Live.Title), titles),
			l.LastEdited(f.Edited))
		out.WriteString(strings.TrimRight(line, " ") + "\n")
	}
	if more := len(list) - len(listed); more > 0 {
		fmt.Fprintf(&out, "      … and %d more; plan -json lists them all\n", more)
	}
	out.WriteString("\n")
	if len(list) <= hinted {
		out.WriteString(verb(len(list), "  To manage it, declare it in a template block and add:\n\n",
			"  To manage one, declare it in a template block and add:\n\n"))
		for _, f := range list {
			out.WriteString(importBlock(fmt.Sprintf("template.tid_%d", f.ID), f.ID))
		}
	}
	return out.String()
}

// UnmanagedIntro is the sentence above n unmanaged templates.
func UnmanagedIntro(n int) string {
	return fmt.Sprintf("%s in declared scopes that the configuration does not declare, left as %s.",
		Count(n, "template"), verb(n, "it is", "they are"))
}

func importBlock(to string, id int64) string {
	return fmt.Sprintf("      import {\n        to = %s\n        id = %d\n      }\n\n", to, id)
}

// Refused lists the creates, moves and renames that would make a second template of one title.
func (l *Names) Refused(list []plans.Change, s Settings) string {
	if len(list) == 0 {
		return ""
	}
	var out strings.Builder
	out.WriteString(headed(redBold, "Refused:", RefusedIntro(len(list)), s) + "\n")
	var free []*plans.Change
	for i := range list {
		c := &list[i]
		head := fmt.Sprintf("%s: %s on %s", OneLine(Address(c).String()), quote(c.After.Title), Place(c.Place))
		nodes := []Node{{Mark: Same, After: l.There(c)}}
		if Unbound(c) {
			free = append(free, c)
			if diff := l.difference(c.Before, c.After, nil); len(diff) > 0 {
				nodes = append(nodes, Node{Mark: Same, After: TakenOver})
				nodes = append(nodes, diff...)
			} else {
				nodes = append(nodes, Node{Mark: Same, After: AsDeclared})
			}
		}
		out.WriteString(item(head, nodes, s) + "\n")
	}
	if len(free) > hinted {
		return out.String() + "  To take over what nobody declared, add an import block for each; or remove it, or choose another title.\n\n"
	}
	if len(free) > 0 {
		out.WriteString("  To take over what is there, add:\n\n")
		for _, c := range free {
			out.WriteString(importBlock(OneLine(c.Address.String()), c.ID))
		}
	}
	return out.String()
}

// Unbound reports whether what keeps a refused change from being made is bound to no address, so that it can be taken
// over.
func Unbound(c *plans.Change) bool {
	return c.Holder != nil && c.Holder.Keeps == plans.KeepsUnbound
}

// RefusedIntro is the sentence above n refused changes.
func RefusedIntro(n int) string {
	return countIs(n, "change") + " not made, because another template of that title is there already."
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

func countIs(n int, noun string) string { return Count(n, noun) + " " + verb(n, "is", "are") }

// HeldBack lists the removals that the run was told to leave out.
func (l *Names) HeldBack(list []plans.Change, s Settings) string {
	if len(list) == 0 {
		return ""
	}
	var out strings.Builder
	out.WriteString(headed(amberBold, "Held back", HeldBackIntro(len(list)), s) + "\n")
	for i := range list {
		c := &list[i]
		out.WriteString(item(fmt.Sprintf("%s: %s %s", OneLine(Address(c).String()), quote(TitleOf(c)), where(c)),
			[]Node{{Mark: Same, After: NotDeclared(c)}}, s))
	}
	return out.String() + "\n"
}

// HeldBackIntro is the sentence about n removals that are left out.
func HeldBackIntro(n int) string {
	return fmt.Sprintf("by -no-removals: %s left as %s.", countIs(n, "template"), verb(n, "it is", "they are"))
}

// NotDeclared says why one that is held back would go.
func NotDeclared(c *plans.Change) string {
	switch c.Reason {
	case plans.Elsewhere:
		return "declared on " + Place(c.Place) + " now"
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
