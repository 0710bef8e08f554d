package text

import (
	"fmt"
	"strings"

	"countersign/reconcile/plans"
	"countersign/view"
)

// shown is how many unmanaged templates a plan lists; the JSON plan has all.
const shown = 50

// hinted is how many import blocks to copy a plan shows.
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
		line := fmt.Sprintf("      tid %s  %s  %s", view.Pad(fmt.Sprint(f.ID), ids),
			view.Pad(view.Quote(f.Live.Title), titles), l.LastEdited(f.Edited))
		out.WriteString(strings.TrimRight(line, " ") + "\n")
	}
	if more := len(list) - len(listed); more > 0 {
		fmt.Fprintf(&out, "      … and %d more; plan -json lists them all\n", more)
	}
	out.WriteString("\n")
	if len(list) <= hinted {
		out.WriteString("  " + view.Verb(len(list), view.ToManage, view.ToManageOne) + "\n\n")
		for _, f := range list {
			out.WriteString(importBlock(fmt.Sprintf("template.tid_%d", f.ID), f.ID))
		}
	}
	return out.String()
}

func importBlock(to string, id int64) string {
	const margin = "      "
	return margin + strings.ReplaceAll(view.ImportBlock(to, id), "\n", "\n"+margin) + "\n\n"
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
		head := fmt.Sprintf("%s: %s on %s", view.SubjectOf(c), view.Quote(c.After.Title), view.Place(c.Place))
		nodes := []view.Node{{Mark: view.Same, After: l.Holder(c)}}
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
		out.WriteString("  " + view.ToTakeOver + "\n\n")
		for _, c := range free {
			out.WriteString(importBlock(view.OneLine(c.Address.String()), c.ID))
		}
	}
	return out.String()
}

// HeldBack lists the removals that -no-removals leaves out.
func HeldBack(l *view.Names, list []plans.Change, s Settings) string {
	if len(list) == 0 {
		return ""
	}
	var out strings.Builder
	out.WriteString(headed(amberBold, "Held back", view.HeldBackIntro(len(list)), s) + "\n")
	for i := range list {
		c := &list[i]
		out.WriteString(item(fmt.Sprintf("%s: %s %s", view.SubjectOf(c), view.Quote(view.TitleOf(c)), view.Where(c)),
			[]view.Node{{Mark: view.Same, After: view.WhyRemoved(c)}}, s))
	}
	return out.String() + "\n"
}
