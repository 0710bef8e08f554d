package view

import (
	"crypto/sha256"
	"fmt"
	"slices"

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

// fewestAlike is how many changes must do the same to be shown as one block.
const fewestAlike = 3

// Heading is one change: the line that tools read, and where it takes place.
type Heading struct {
	Subject string   // the address
	Outcome string   // "will be created"
	Notes   []string // for example why; shown in parentheses
	Where   string   // place and tid; empty for an attachment
	Change  *plans.Change
}

// Line is what tools look for, without "# ".
func (h Heading) Line() string { return h.Subject + " " + h.Outcome }

// Block is one change, or several that do the same.
type Block struct {
	Mark    Mark
	Title   string // in quotes; of an attachment what it consists of
	Heads   []Heading
	Verdict *Node  // what the change means for who can approve; nil where that cannot change
	Effects []Node // what else follows from it
	Body    []Node
}

// Alarm is the word for what a change means where somebody must look at it, such as "weaker"; "" otherwise.
func (b Block) Alarm() string {
	if b.Verdict == nil || !b.Verdict.Alarm {
		return ""
	}
	return b.Verdict.Label
}

// Nodes are all that is shown below the headings.
func (b Block) Nodes() []Node {
	var verdict []Node
	if b.Verdict != nil {
		verdict = []Node{*b.Verdict}
	}
	return slices.Concat(verdict, b.Effects, b.Body)
}

// Blocks are what a plan would do, a block for each template and attachment that it does something with.
func (l *Names) Blocks(p *plans.Plan) []Block {
	return append(l.templateBlocks(p.Changes), attachmentBlocks(p.Attachments)...)
}

// templateBlocks turns changes into blocks, in their order. Instances of one template block that change alike share a
// block, in the place of the first.
func (l *Names) templateBlocks(list []plans.Change) []Block {
	var out []*Block
	alike := map[[sha256.Size]byte]*Block{}
	for i := range list {
		c := &list[i]
		if c.Action == plans.NoOp && !c.Importing {
			continue
		}
		b := l.Block(c)
		key := keyOf(c, b)
		if have := alike[key]; have != nil {
			have.Heads = append(have.Heads, b.Heads...)
			continue
		}
		alike[key] = b
		out = append(out, b)
	}
	var flat []Block
	for _, b := range out {
		if len(b.Heads) >= fewestAlike {
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

// keyOf is the same for instances of one template block that change alike. It is short, whatever the block says.
func keyOf(c *plans.Change, b *Block) (key [sha256.Size]byte) {
	h := sha256.New()
	fmt.Fprintf(h, "%q %q %q %q %t %#v", c.Address.Block(), c.Action, b.Title, c.Reason, c.Deposed, b.Nodes())
	h.Sum(key[:0])
	return key
}

// Block is what would be done about one template.
func (l *Names) Block(c *plans.Change) *Block {
	h := Heading{Subject: SubjectOf(c), Outcome: "will be created", Where: Where(c), Change: c}
	b := &Block{Title: Quote(TitleOf(c))}
	note := func(format string, args ...any) { h.Notes = append(h.Notes, fmt.Sprintf(format, args...)) }
	if c.Importing && c.Action != plans.NoOp {
		note("imported from %q", fmt.Sprint(c.ID))
	}
	if why := reason(c.Reason, c.Address); why != "" {
		note("%s", why)
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
			note("%s", e)
		}
	case plans.Forget:
		h.Outcome, b.Mark = "will no longer be managed by Countersign", Forgets
	}
	if Changed(c) {
		l.addVerdict(b, VerdictOf(c))
	}
	b.Effects = append(b.Effects, l.inFlight(c)...)
	if c.Interim != "" {
		note("titled %s during the apply, so that no two have one title", Quote(c.Interim))
	}
	b.Heads = []Heading{h}
	return b
}

// reason is why something is done, in words; "" where the action says it.
func reason(r plans.Reason, address addr.Address) string {
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
		return "because its scope is wholly owned and the configuration does not declare it"
	case plans.Asked:
		return "because -replace asks for it"
	}
	return ""
}

// replaced is where the new template goes, how it differs from the old one, and the old one with its steps.
func (l *Names) replaced(c *plans.Change) []Node {
	out := append([]Node{NewOne(c)}, l.Difference(c.Before, c.After, c.Steps)...)
	if c.Before == nil {
		return out
	}
	old := OldOne(c)
	old.Kids = l.Steps(Removes, c.Before.Steps)
	return append(out, old)
}

// NewOne says where the new template of a replacement goes: to another scope, or with -replace to the same one.
func NewOne(c *plans.Change) Node {
	if c.Reason == plans.Asked {
		return Node{Mark: Adds, Label: "made anew on " + Place(c.Place), After: Quote(c.After.Title)}
	}
	return Node{Mark: Changes, Label: "scope", Column: true, Before: Place(PlaceNow(c)), After: Place(c.Place),
		Note: "forces replacement"}
}

// OldOne is the template that a replacement removes.
func OldOne(c *plans.Change) Node {
	return Node{Mark: Removes, Label: "taken away from " + Place(PlaceNow(c)),
		After: fmt.Sprintf("%s (tid %d)", Quote(c.Before.Title), c.ID)}
}

// TitleOf is the title that a reader knows the template by: the current one, if it has one.
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

// PlaceNow is the folder or file that a template is on before the change, or goes to when it is created.
func PlaceNow(c *plans.Change) plans.Place {
	if c.Action == plans.Replace && c.OldPlace != nil {
		return *c.OldPlace
	}
	return c.Place
}

// Where is "(tid 5) on 合同 (folder 71)"; what is to be created has no tid yet.
func Where(c *plans.Change) string {
	at := Place(PlaceNow(c))
	if c.ID == 0 || c.Action == plans.Create {
		return "on " + at
	}
	return fmt.Sprintf("(tid %d) on %s", c.ID, at)
}
