package view

import (
	"fmt"
	"strings"

	"countersign/reconcile"
	"countersign/schema/addr"
)

// address is how output names what a change is about. A template without an address of its own is
// unmanaged.template["9"], 9 being its tid.
func address(c *reconcile.Change) addr.Address {
	if c.Address.IsZero() {
		return addr.New(unmanaged, "template").Instance(fmt.Sprint(c.ID))
	}
	return c.Address
}

// line is the first of the lines that tools read.
func (h heading) line() string { return h.subject + " " + h.outcome }

// sameAs is from how many changes on those that do the same are told once, for all of them.
const sameAs = 3

// heading is one change: the lines that tools read, and where it takes place.
type heading struct {
	address  addr.Address
	subject  string   // the address as it is shown, and what else tells what it is about
	outcome  string   // what becomes of that
	comments []string // further lines, without "# "
	where    string   // place and tid; of an attachment nothing
	change   *reconcile.Change
}

// block is one change, or several that do the same.
type block struct {
	mark  mark
	title string // in quotes; of an attachment what it consists of
	heads []heading
	body  []node
}

// blocks turns changes into blocks, in their order; changes of one template block that do the same are told together
// where the first of them stands.
func (l *naming) blocks(list []reconcile.Change, s Settings) []block {
	var out []*block
	alike := map[string]*block{}
	for i := range list {
		c := &list[i]
		if c.Action == reconcile.NoOp && !c.Importing {
			continue
		}
		b := l.block(c)
		key := strings.Join([]string{c.Address.Block().String(), string(c.Action), b.title, string(c.Reason),
			fmt.Sprint(c.Deposed), text(b.body, 0, s)}, "\x00")
		if have := alike[key]; have != nil {
			have.heads = append(have.heads, b.heads...)
			continue
		}
		alike[key] = b
		out = append(out, b)
	}
	var flat []block
	for _, b := range out {
		if len(b.heads) >= sameAs {
			flat = append(flat, *b)
			continue
		}
		for _, h := range b.heads {
			flat = append(flat, block{mark: b.mark, title: b.title, heads: []heading{h}, body: b.body})
		}
	}
	return flat
}

func (l *naming) block(c *reconcile.Change) *block {
	h := heading{address: address(c), outcome: "will be created", where: where(c), change: c}
	b := &block{title: quote(titleOf(c))}
	comment := func(format string, args ...any) { h.comments = append(h.comments, fmt.Sprintf(format, args...)) }
	if c.Importing && c.Action != reconcile.NoOp {
		comment("(imported from %q)", fmt.Sprint(c.ID))
	}
	if words := because(c.Reason, c.Address); words != "" {
		comment("(%s)", words)
	}
	switch c.Action {
	case reconcile.NoOp:
		h.outcome, b.mark, b.body = "will be imported", same, l.whole(same, c.Before)
	case reconcile.Create:
		b.mark, b.body = adds, l.whole(adds, c.After)
	case reconcile.Update:
		h.outcome, b.mark, b.body = "will be updated in-place", changes, l.difference(c.Before, c.After, c.Steps)
	case reconcile.Replace:
		h.outcome, b.mark, b.body = "must be replaced", renews, l.replaced(c)
	case reconcile.Remove:
		h.outcome, b.mark, b.body = "will be destroyed", removes, l.whole(removes, c.Before)
		if e := l.edited(c.Edited); e != "" && c.Reason == reconcile.Unowned {
			comment("(%s)", e)
		}
	case reconcile.Forget:
		h.outcome, b.mark = "will no longer be managed by Countersign", forgets
	}
	if c.Interim != "" {
		comment("(titled %s during the apply, so that no two have one title)", quote(c.Interim))
	}
	h.subject = oneLine(h.address.String())
	if c.Deposed {
		h.subject += fmt.Sprintf(" (deposed object %d)", c.ID)
	}
	b.heads = []heading{h}
	return b
}

// because is a reason in words; "" where the action says it.
func because(r reconcile.Reason, address addr.Address) string {
	switch r {
	case reconcile.Gone:
		return "because it is gone from the drive"
	case reconcile.Undeclared:
		return "because " + oneLine(address.String()) + " is not in configuration"
	case reconcile.KeyGone:
		return "because its key is not in for_each"
	case reconcile.LeftOver:
		return "left over from a replacement that was not finished"
	case reconcile.Unowned:
		return "because its scope is wholly owned and no template stands for it"
	}
	return ""
}

// replaced is what a template becomes under its new scope, and what goes with the old one.
func (l *naming) replaced(c *reconcile.Change) []node {
	out := append([]node{leaves(c)}, l.difference(c.Before, c.After, c.Steps)...)
	if c.Before == nil {
		return out
	}
	old := takenAway(c)
	old.kids = l.steps(removes, c.Before.Steps)
	return append(out, old)
}

// leaves says which scope a replaced template has until now, and which it will have.
func leaves(c *reconcile.Change) node {
	return node{mark: changes, label: "scope", column: true, before: oldPlace(c), after: place(c.Place),
		note: "forces replacement"}
}

// takenAway is the old one of a replacement.
func takenAway(c *reconcile.Change) node {
	return node{mark: removes, label: "taken away from " + oldPlace(c),
		after: fmt.Sprintf("%s (tid %d)", quote(c.Before.Title), c.ID)}
}

func oldPlace(c *reconcile.Change) string {
	if c.OldPlace == nil {
		return "elsewhere"
	}
	return place(*c.OldPlace)
}

// titleOf is the title that a reader knows the template by: the one it has until now.
func titleOf(c *reconcile.Change) string {
	switch {
	case c.Before != nil && c.Action != reconcile.Create:
		return c.Before.Title
	case c.After != nil:
		return c.After.Title
	}
	return ""
}

func where(c *reconcile.Change) string {
	at := place(c.Place)
	if c.Action == reconcile.Replace && c.OldPlace != nil {
		at = place(*c.OldPlace)
	}
	if c.ID == 0 || c.Action == reconcile.Create {
		return "on " + at
	}
	return fmt.Sprintf("(tid %d) on %s", c.ID, at)
}

// text lays the block out under the lines that tools read, which are Terraform's.
func (b block) text(s Settings) string {
	paint := s.paint()
	margin := "  "
	if b.mark == forgets {
		margin = forgets.margin()
	}
	var out strings.Builder
	for _, h := range b.heads {
		out.WriteString(margin + paint.in(bold, "# "+h.subject) + " " + paintOutcome(paint, b.mark, h.outcome) + "\n")
		for _, c := range h.comments {
			out.WriteString(margin + "# " + c + "\n")
		}
	}
	if len(b.heads) == 1 {
		node{mark: b.mark, after: strings.TrimRight(b.title+" "+b.heads[0].where, " ")}.head(&out, s)
	} else {
		node{mark: b.mark, after: fmt.Sprintf("%s, the same for each of these %d", b.title, len(b.heads))}.head(&out, s)
		for _, h := range b.heads {
			node{mark: same, after: h.where}.line(&out, 1, 0, s)
		}
	}
	out.WriteString(text(b.body, 1, s))
	return out.String()
}

func paintOutcome(p paint, m mark, words string) string {
	switch m {
	case removes, renews:
		return p.in(redBold, words)
	}
	return words
}

// head is line for a line that keeps its colour to the mark.
func (n node) head(b *strings.Builder, s Settings) {
	paint := s.paint()
	lead := n.mark.margin()
	for i, l := range wrap(n.after, s.width()-4) {
		if i == 0 {
			b.WriteString(lead + paint.in(n.mark.style(), string(n.mark)) + " " + l + "\n")
		} else {
			b.WriteString("      " + l + "\n")
		}
	}
}
