package text

import (
	"fmt"
	"strings"

	"countersign/reconcile/plans"
	"countersign/view"
)

// shown is how many unmanaged templates a plan lists one by one; the JSON plan has all.
const shown = 50

// hinted is up to how many of them get an import block to copy.
const hinted = 3

// Unmanaged lists the live templates in declared scopes that no address stands for, scope by scope.
func Unmanaged(l *view.Names, list []plans.Found, s Settings) string {
	if len(list) == 0 {
		return ""
	}
	var out strings.Builder
	out.WriteString(headed(amberBold, "Unmanaged:", view.UnmanagedIntro(len(list)), s) + "\n")
	listed := list[:min(len(list), shown)]
	ids, titles := 0, 0
	for _, f := range listed {
		ids = max(ids, view.Width(fmt.Sprint(f.ID)))
		titles = max(titles, min(view.Width(view.Quote(f.Live.Title)), narrowest))
	}
	last := plans.Place{}
	for i, f := range listed {
		if f.Place != last || i == 0 {
			out.WriteString("  on " + view.Place(f.Place) + "\n")
			last = f.Place
		}
		line := fmt.Sprintf("      tid %s  %s  %s", view.Pad(fmt.Sprint(f.ID), ids), view.Pad(view.Quote(f.Live.Title), titles),
			l.LastEdited(f.Edited))
		out.WriteString(strings.TrimRight(line, " ") + "\n")
	}
	if more := len(list) - len(listed); more > 0 {
		fmt.Fprintf(&out, "      … and %d more; plan -json lists them all\n", more)
	}
	out.WriteString("\n")
	if len(list) <= hinted {
		out.WriteString(view.Verb(len(list), "  To manage it, declare it in a template block and add:\n\n",
			"  To manage one, declare it in a template block and add:\n\n"))
		for _, f := range list {
			out.WriteString(importBlock(fmt.Sprintf("template.tid_%d", f.ID), f.ID))
		}
	}
	return out.String()
}

func importBlock(to string, id int64) string {
	return fmt.Sprintf("      import {\n        to = %s\n        id = %d\n      }\n\n", to, id)
}

// Refused lists the creates, moves and renames that would make a second template of one title.
func Refused(l *view.Names, list []plans.Change, s Settings) string {
	if len(list) == 0 {
		return ""
	}
	var out strings.Builder
	out.WriteString(headed(redBold, "Refused:", view.RefusedIntro(len(list)), s) + "\n")
	var free []*plans.Change
	for i := range list {
		c := &list[i]
		head := fmt.Sprintf("%s: %s on %s", view.OneLine(view.Address(c).String()), view.Quote(c.After.Title), view.Place(c.Place))
		nodes := []view.Node{{Mark: view.Same, After: l.There(c)}}
		if view.Unbound(c) {
			free = append(free, c)
			if diff := l.Difference(c.Before, c.After, nil); len(diff) > 0 {
				nodes = append(nodes, view.Node{Mark: view.Same, After: view.TakenOver})
				nodes = append(nodes, diff...)
			} else {
				nodes = append(nodes, view.Node{Mark: view.Same, After: view.AsDeclared})
			}
		}
		out.WriteString(item(head, nodes, s) + "\n")
	}
	if len(free) > hinted {
		return out.String() + "  To take over what nobody declared, add an import block for each; or remove it, or " +
			"choose another title.\n\n"
	}
	if len(free) > 0 {
		out.WriteString("  To take over what is there, add:\n\n")
		for _, c := range free {
			out.WriteString(importBlock(view.OneLine(c.Address.String()), c.ID))
		}
	}
	return out.String()
}

// HeldBack lists the removals that the run was told to leave out.
func HeldBack(l *view.Names, list []plans.Change, s Settings) string {
	if len(list) == 0 {
		return ""
	}
	var out strings.Builder
	out.WriteString(headed(amberBold, "Held back", view.HeldBackIntro(len(list)), s) + "\n")
	for i := range list {
		c := &list[i]
		out.WriteString(item(fmt.Sprintf("%s: %s %s", view.OneLine(view.Address(c).String()), view.Quote(view.TitleOf(c)), view.Where(c)),
			[]view.Node{{Mark: view.Same, After: view.NotDeclared(c)}}, s))
	}
	return out.String() + "\n"
}
