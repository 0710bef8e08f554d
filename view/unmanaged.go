package view

import (
	"fmt"
	"strings"

	"countersign/reconcile"
	"countersign/schema"
	"countersign/schema/addr"
)

// shown is how many unmanaged templates a plan lists one by one; the JSON plan has all.
const shown = 50

// hinted is up to how many of them get an import block to copy.
const hinted = 3

// unmanaged lists the live templates in declared scopes that no address stands for, scope by scope.
func (l *naming) unmanaged(list []reconcile.Found, s Settings) string {
	if len(list) == 0 {
		return ""
	}
	var out strings.Builder
	out.WriteString(headed(amberBold, "Unmanaged:", unmanagedIntro(len(list)), s) + "\n")
	listed := list[:min(len(list), shown)]
	ids, titles := 0, 0
	for _, f := range listed {
		ids = max(ids, width(fmt.Sprint(f.ID)))
		titles = max(titles, min(width(quote(f.Live.Title)), narrowest))
	}
	last := reconcile.Place{}
	for i, f := range listed {
		if f.Place != last || i == 0 {
			out.WriteString("  on " + place(f.Place) + "\n")
			last = f.Place
		}
		line := fmt.Sprintf("      tid %s  %s  %s", pad(fmt.Sprint(f.ID), ids), pad(quote(f.Live.Title), titles),
			l.edited(f.Edited))
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

func unmanagedIntro(n int) string {
	return fmt.Sprintf("%s in declared scopes that the configuration does not declare, left as %s.",
		count(n, "template"), verb(n, "it is", "they are"))
}

func importBlock(to string, id int64) string {
	return fmt.Sprintf("      import {\n        to = %s\n        id = %d\n      }\n\n", to, id)
}

// refused lists the creates, moves and renames that would make a second template of one title.
func (l *naming) refused(list []reconcile.Change, s Settings) string {
	if len(list) == 0 {
		return ""
	}
	var out strings.Builder
	out.WriteString(headed(redBold, "Refused:", refusedIntro(len(list)), s) + "\n")
	var free []*reconcile.Change
	for i := range list {
		c := &list[i]
		head := fmt.Sprintf("%s: %s on %s", oneLine(address(c).String()), quote(c.After.Title), place(c.Place))
		nodes := []node{{mark: same, after: l.there(c)}}
		if unbound(c) {
			free = append(free, c)
			if diff := l.difference(c.Before, c.After, nil); len(diff) > 0 {
				nodes = append(nodes, node{mark: same, after: takenOver})
				nodes = append(nodes, diff...)
			} else {
				nodes = append(nodes, node{mark: same, after: asDeclared})
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
			out.WriteString(importBlock(oneLine(c.Address.String()), c.ID))
		}
	}
	return out.String()
}

// unbound reports whether what keeps a refused change from being made is bound to no address, so that it can be taken
// over.
func unbound(c *reconcile.Change) bool {
	return c.Holder != nil && c.Holder.Keeps == reconcile.KeepsUnbound
}

func refusedIntro(n int) string {
	return countIs(n, "change") + " not made, because another template of that title is there already."
}

// What would become of a template that is there already.
const (
	takenOver  = "taken over, it would be updated:"
	asDeclared = "it is as declared: taking it over would change nothing"
)

// there is the template that keeps one of its title from being made.
func (l *naming) there(c *reconcile.Change) string {
	who, has := oneLine(c.Holder.Address.String()), "has"
	switch {
	case c.Holder.ID == 0:
		return who + " gets that title in this plan"
	case who == "":
		who = fmt.Sprintf("tid %d", c.Holder.ID)
	default:
		who = fmt.Sprintf("%s (tid %d)", who, c.Holder.ID)
	}
	if c.Holder.Keeps == reconcile.KeepsTakes {
		has = "gets"
	}
	there := who + " " + has + " that title" + keeps[c.Holder.Keeps]
	if e := l.edited(c.Edited); e != "" {
		there += ", " + e
	}
	return there
}

// keeps says why a template keeps its title.
var keeps = map[reconcile.Keeps]string{
	reconcile.KeepsHeldBack:   " and stays, because of -no-removals",
	reconcile.KeepsUntargeted: " and is none of the targets",
	reconcile.KeepsIgnored:    " and keeps it, because its ignore_changes names title",
	reconcile.KeepsRefused:    " and keeps it, because its own change is refused",
	reconcile.KeepsTakes:      " in this plan",
}

func countIs(n int, noun string) string { return count(n, noun) + " " + verb(n, "is", "are") }

// heldBack lists the removals that the run was told to leave out.
func (l *naming) heldBack(list []reconcile.Change, s Settings) string {
	if len(list) == 0 {
		return ""
	}
	var out strings.Builder
	out.WriteString(headed(amberBold, "Held back", heldBackIntro(len(list)), s) + "\n")
	for i := range list {
		c := &list[i]
		out.WriteString(item(fmt.Sprintf("%s: %s %s", oneLine(address(c).String()), quote(titleOf(c)), where(c)),
			[]node{{mark: same, after: notDeclared(c)}}, s))
	}
	return out.String() + "\n"
}

func heldBackIntro(n int) string {
	return fmt.Sprintf("by -no-removals: %s left as %s.", countIs(n, "template"), verb(n, "it is", "they are"))
}

// notDeclared says why one that is held back would go.
func notDeclared(c *reconcile.Change) string {
	switch c.Reason {
	case reconcile.Elsewhere:
		return "declared on " + place(c.Place) + " now"
	case reconcile.Unowned:
		return "no template in the configuration stands for it"
	case reconcile.LeftOver:
		return "left over from a replacement"
	case reconcile.KeyGone:
		return "its key is not in for_each"
	}
	return "not in the configuration"
}

// unsaid are the warnings that no part of the plan above has said already: a refused create comes with a warning.
func unsaid(p *reconcile.Plan) schema.Diagnostics {
	refused := make(map[addr.Address]bool, len(p.Refused))
	for i := range p.Refused {
		if c := &p.Refused[i]; unbound(c) {
			refused[c.Address] = true
		}
	}
	var out schema.Diagnostics
	for _, d := range p.Warnings {
		if !(refused[d.Address] && d.Summary == reconcile.TitleTaken) {
			out = append(out, d)
		}
	}
	return out
}

// unmanagedFindings tells of each unmanaged template, about the folder or file that it is on.
func unmanagedFindings(l *naming, p *reconcile.Plan) schema.Diagnostics {
	var found schema.Diagnostics
	for i := range p.Unmanaged {
		f := &p.Unmanaged[i]
		detail := fmt.Sprintf("%s (tid %d) on %s is declared by nobody", quote(f.Live.Title), f.ID, place(f.Place))
		if who := l.edited(f.Edited); who != "" {
			detail += "; " + who
		}
		found = append(found, schema.Diagnostic{Severity: schema.Warning, Summary: "Unmanaged template",
			Detail: detail + ".", Address: f.Place.Address})
	}
	return found
}
