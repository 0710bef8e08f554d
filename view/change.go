package view

import (
	"fmt"
	"slices"
	"strings"

	"countersign/reconcile"
	"countersign/reconcile/plans"
	"countersign/schema"
	"countersign/schema/addr"
)

// Address is how output names what a change is about. A template without an address of its own is
// unmanaged.template["9"], 9 being its tid.
func Address(c *plans.Change) addr.Address {
	if c.Address.IsZero() {
		return addr.New("unmanaged", "template").Instance(fmt.Sprint(c.ID))
	}
	return c.Address
}

// sameAs is from how many changes on those that do the same are told once, for all of them.
const sameAs = 3

// Heading is one change: the lines that tools read, and where it takes place.
type Heading struct {
	Subject string   // the address
	Outcome string   // what becomes of it: "will be created"
	Notes   []string // lines below, without "# "
	Where   string   // place and tid; of an attachment nothing
	Change  *plans.Change
}

// Line is what tools look for, without "# ".
func (h Heading) Line() string { return h.Subject + " " + h.Outcome }

// Block is one change, or several that do the same.
type Block struct {
	Mark  Mark
	Title string // in quotes; of an attachment what it consists of
	Heads []Heading
	Body  []Node
	Alarm string // "weaker" where somebody can pass it now who could not before, or its like
}

// Blocks are what a plan would do, a block for each template and attachment that something becomes of.
func (l *Names) Blocks(p *plans.Plan) []Block {
	return append(l.templateBlocks(p.Changes), attachmentBlocks(p.Attachments)...)
}

// templateBlocks turns changes into blocks, in their order; changes of one template block that do the same are told
// together where the first of them stands.
func (l *Names) templateBlocks(list []plans.Change) []Block {
	var out []*Block
	alike := map[string]*Block{}
	for i := range list {
		c := &list[i]
		if c.Action == plans.NoOp && !c.Importing {
			continue
		}
		b := l.Block(c)
		key := strings.Join([]string{c.Address.Block().String(), string(c.Action), b.Title, string(c.Reason),
			fmt.Sprint(c.Deposed), fmt.Sprintf("%#v", b.Body)}, "\x00")
		if have := alike[key]; have != nil {
			have.Heads = append(have.Heads, b.Heads...)
			continue
		}
		alike[key] = b
		out = append(out, b)
	}
	var flat []Block
	for _, b := range out {
		if len(b.Heads) >= sameAs {
			flat = append(flat, *b)
			continue
		}
		for _, h := range b.Heads {
			one := *b
			one.Heads = []Heading{h}
			flat = append(flat, one)
		}
	}
	return flat
}

// Block is what would be done about one template.
func (l *Names) Block(c *plans.Change) *Block {
	h := Heading{Outcome: "will be created", Where: Where(c), Change: c}
	b := &Block{Title: Quote(TitleOf(c))}
	comment := func(format string, args ...any) { h.Notes = append(h.Notes, fmt.Sprintf(format, args...)) }
	if c.Importing && c.Action != plans.NoOp {
		comment("(imported from %q)", fmt.Sprint(c.ID))
	}
	if words := because(c.Reason, c.Address); words != "" {
		comment("(%s)", words)
	}
	switch c.Action {
	case plans.NoOp:
		h.Outcome, b.Mark, b.Body = "will be imported", Same, l.whole(Same, c.Before)
	case plans.Create:
		b.Mark, b.Body = Adds, l.whole(Adds, c.After)
	case plans.Update:
		h.Outcome, b.Mark, b.Body = "will be updated in-place", Changes, l.Difference(c.Before, c.After, c.Steps)
	case plans.Replace:
		h.Outcome, b.Mark, b.Body = "must be replaced", Renews, l.replaced(c)
	case plans.Remove:
		h.Outcome, b.Mark, b.Body = "will be destroyed", Removes, l.whole(Removes, c.Before)
		if e := l.LastEdited(c.Edited); e != "" && c.Reason == plans.Unowned {
			comment("(%s)", e)
		}
	case plans.Forget:
		h.Outcome, b.Mark = "will no longer be managed by Countersign", Forgets
	}
	b.Body = slices.Concat(l.InFlight(c), b.Body)
	if Changed(c) {
		l.means(b, VerdictOf(c))
	}
	if c.Interim != "" {
		comment("(titled %s during the apply, so that no two have one title)", Quote(c.Interim))
	}
	h.Subject = OneLine(Address(c).String())
	if c.Deposed {
		h.Subject += fmt.Sprintf(" (deposed object %d)", c.ID)
	}
	b.Heads = []Heading{h}
	return b
}

// because is a reason in words; "" where the action says it.
func because(r plans.Reason, address addr.Address) string {
	switch r {
	case plans.Gone:
		return "because it is gone from the drive"
	case plans.Undeclared:
		return "because " + OneLine(address.String()) + " is not in configuration"
	case plans.KeyGone:
		return "because its key is not in for_each"
	case plans.LeftOver:
		return "left over from a replacement that was not finished"
	case plans.Unowned:
		return "because its scope is wholly owned and no template stands for it"
	case plans.Asked:
		return "because -replace asks for it"
	}
	return ""
}

// replaced is what a template becomes, under its new scope if that is another one, and what goes with the old one.
func (l *Names) replaced(c *plans.Change) []Node {
	out := append([]Node{Arrives(c)}, l.Difference(c.Before, c.After, c.Steps)...)
	if c.Before == nil {
		return out
	}
	old := TakenAway(c)
	old.Kids = l.Steps(Removes, c.Before.Steps)
	return append(out, old)
}

// Arrives says where the new one of a replacement is: in another scope than the old one, or where a new one is asked for, in
// the same.
func Arrives(c *plans.Change) Node {
	if c.Reason == plans.Asked {
		return Node{Mark: Adds, Label: "made anew on " + Place(c.Place), After: Quote(c.After.Title)}
	}
	return Node{Mark: Changes, Label: "scope", Column: true, Before: oldPlace(c), After: Place(c.Place),
		Note: "forces replacement"}
}

// TakenAway is the old one of a replacement.
func TakenAway(c *plans.Change) Node {
	return Node{Mark: Removes, Label: "taken away from " + oldPlace(c),
		After: fmt.Sprintf("%s (tid %d)", Quote(c.Before.Title), c.ID)}
}

func oldPlace(c *plans.Change) string {
	if c.OldPlace == nil {
		return "elsewhere"
	}
	return Place(*c.OldPlace)
}

// TitleOf is the title that a reader knows the template by: the one it has until now.
func TitleOf(c *plans.Change) string {
	switch {
	case c.Before != nil && c.Action != plans.Create:
		return c.Before.Title
	case c.After != nil:
		return c.After.Title
	}
	return ""
}

// StepsOf are a change's steps before and after, aligned.
func StepsOf(c *plans.Change) []plans.StepChange {
	if c.Steps != nil {
		return c.Steps
	}
	var before, after []schema.Step
	if c.Before != nil && c.Action != plans.Create {
		before = c.Before.Steps
	}
	if c.After != nil {
		after = c.After.Steps
	}
	return reconcile.AlignSteps(before, after)
}

func Where(c *plans.Change) string {
	at := Place(c.Place)
	if c.Action == plans.Replace && c.OldPlace != nil {
		at = Place(*c.OldPlace)
	}
	if c.ID == 0 || c.Action == plans.Create {
		return "on " + at
	}
	return fmt.Sprintf("(tid %d) on %s", c.ID, at)
}
