package rewrite

import (
	"strings"

	"github.com/hashicorp/hcl/v2/hclsyntax"

	"countersign/schema"
	"countersign/schema/config"
	"countersign/schema/hcltext"
	"countersign/schema/spelling"
)

// unit is a step block as it is written, or a dynamic one with the steps that it makes.
type unit struct {
	config.WrittenStep
	syntax *hclsyntax.Block
	from   int // the first of its steps among those declared, counted from 0
	moved  bool
	kept   bool
}

// steps rewrites the steps: blocks are removed, added, and moved with their comments.
func (e *editing) steps() {
	units, of := e.units()
	if broken := e.brokenUp(units, of); broken != nil {
		e.dynamic(broken)
		return
	}
	e.order(units, of)
	place := e.placing(units)
	want, from := e.want.Template.Steps, e.want.Steps
	for i := 0; i < len(want); i++ {
		if from[i] < 0 {
			var w hcltext.Writer
			w.Step(e.inner(), want[i], hcltext.List(e.inner()+"  ", e.addresses(want[i].Approvers)))
			place.insert(w.String())
			continue
		}
		u := units[of[from[i]]]
		inside := e.inside(u, from[i], want[i])
		i += max(u.Count, 1) - 1
		if !u.moved {
			for _, x := range inside {
				e.edits.add(x)
			}
			place.behind(u)
			continue
		}
		place.insert(e.blockText(u, inside))
		e.cut(e.text.block(u.start(), u.end()))
	}
	for _, u := range units {
		switch {
		case u.kept || u.Dynamic:
		case u == place.instead:
			e.cut(e.text.lines(u.start(), u.end()))
		default:
			e.cut(e.text.block(u.start(), u.end()))
		}
	}
}

// brokenUp marks what stays, and finds a dynamic block whose steps do not all stay as they are, one after the other.
func (e *editing) brokenUp(units []*unit, of []int) *unit {
	want, from := e.want.Template.Steps, e.want.Steps
	declared := e.declared[e.want.Address].Steps
	for i := 0; i < len(want); i++ {
		if from[i] < 0 {
			continue
		}
		u := units[of[from[i]]]
		u.kept = true
		if !u.Dynamic {
			continue
		}
		for k := range u.Count {
			if i+k >= len(want) || from[i+k] != u.from+k || !want[i+k].Equal(declared[u.from+k]) {
				return u
			}
		}
		i += u.Count - 1
	}
	for _, u := range units {
		if u.Dynamic && u.Count > 0 && !u.kept {
			return u
		}
	}
	return nil
}

// inside are the edits within a step's block.
func (e *editing) inside(u *unit, from int, want schema.Step) patch {
	if u.Dynamic {
		return nil
	}
	outside := e.edits
	e.edits = nil
	e.step(u, e.declared[e.want.Address].Steps[from], want)
	inside := e.edits
	e.edits = outside
	return inside
}

// blockText is the text of a block that moves, with its comments and the edits within it.
func (e *editing) blockText(u *unit, inside patch) string {
	lead, tail := e.text.lines(u.start(), u.end())
	var mine patch
	for _, x := range inside {
		if x.file == e.text.name && x.start >= lead && x.end <= tail {
			x.start, x.end = x.start-lead, x.end-lead
			mine = append(mine, x)
		} else { // of a local
			e.edits.add(x)
		}
	}
	return string(mine.apply(e.text.name, e.text.src[lead:tail]))
}

// placing says where the next block goes: after the last that stayed, before the first that stays, or, where none
// stays, in the place of the first.
type placing struct {
	e       *editing
	at      int
	first   bool
	blank   bool  // blank lines stand between steps
	instead *unit // the first block, where none stays and the new ones take its place
}

func (e *editing) placing(units []*unit) *placing {
	p := &placing{e: e, at: -1, first: true, blank: e.parted(units)}
	for len(units) > 0 && units[0].Dynamic && units[0].Count == 0 { // makes no step now
		p.behind(units[0])
		units = units[1:]
	}
	if p.at >= 0 {
		return p
	}
	for _, u := range units {
		if u.kept && !u.moved {
			p.at, _ = e.text.lines(u.start(), u.end())
			return p
		}
	}
	p.instead = units[0]
	p.at, _ = e.text.lines(units[0].start(), units[0].end())
	return p
}

func (p *placing) behind(u *unit) {
	_, p.at = p.e.text.lines(u.start(), u.end())
	p.first = false
}

func (p *placing) insert(text string) {
	switch {
	case !p.blank, p.instead != nil && p.first:
		p.e.insert(p.at, text)
	case p.first:
		p.e.insert(p.at, text+"\n")
	default:
		p.e.insert(p.at, "\n"+text)
	}
	p.first = p.first && p.instead == nil
}

func (u *unit) start() int { return u.syntax.TypeRange.Start.Byte }
func (u *unit) end() int   { return u.syntax.CloseBraceRange.End.Byte }

// units are the step blocks as they are written, and which of them each declared step comes from.
func (e *editing) units() (units []*unit, of []int) {
	all := 0
	for _, s := range e.block.Steps() {
		u := &unit{WrittenStep: s, from: all}
		for _, b := range e.body.Blocks {
			if b.TypeRange.Start.Byte == s.At.Start.Byte {
				u.syntax = b
			}
		}
		for range u.Count {
			of = append(of, len(units))
		}
		all += u.Count
		units = append(units, u)
	}
	return units, of
}

// order marks the blocks that have to move, as few as possible: those that are not in a longest subsequence that keeps
// its order.
func (e *editing) order(units []*unit, of []int) {
	var seq []*unit
	for _, from := range e.want.Steps {
		if from < 0 {
			continue
		}
		if u := units[of[from]]; len(seq) == 0 || seq[len(seq)-1] != u {
			seq = append(seq, u)
		}
	}
	best, prev := make([]int, len(seq)), make([]int, len(seq))
	end := -1
	for i, u := range seq {
		best[i], prev[i] = 1, -1
		if u.Dynamic { // never moves, so the others do
			best[i] = len(seq)
		}
		weight := best[i]
		for j := range i {
			if seq[j].from < u.from && best[j]+weight > best[i] {
				best[i], prev[i] = best[j]+weight, j
			}
		}
		if end < 0 || best[i] > best[end] {
			end = i
		}
	}
	stays := map[*unit]bool{}
	for i := end; i >= 0; i = prev[i] {
		stays[seq[i]] = true
	}
	for _, u := range seq {
		u.moved = !stays[u]
	}
}

// parted reports whether there are blank lines between the steps.
func (e *editing) parted(units []*unit) bool {
	for _, u := range units {
		from, _ := e.text.lines(u.start(), u.end())
		if _, line, ok := e.text.above(from); ok && line == "" {
			return true
		}
	}
	return false
}

func (e *editing) dynamic(u *unit) {
	at := u.At
	e.refuseAt(at, "The steps were edited by hand, and some of them are made by the dynamic block in %s:%d. Edit it, "+
		"or what its for_each says, by hand.", at.Filename, at.Start.Line)
}

// step rewrites one step block.
func (e *editing) step(u *unit, was, want schema.Step) {
	if !spelling.Same(was.Name, want.Name) {
		e.change(u.syntax.LabelRanges[0], "", hcltext.Quote(want.Name))
	}
	if !schema.SamePeople(was.Approvers, want.Approvers) {
		e.people(u.syntax.Body.Attributes["approvers"], want.Approvers)
	}
	if was.Rule == want.Rule && was.MinApprovals == want.MinApprovals {
		return
	}
	rule := hcltext.Rule(want)
	a, other := u.syntax.Body.Attributes["require"], u.syntax.Body.Attributes["min_approvals"]
	if was.Rule == schema.RuleAtLeast {
		a, other = other, a
	}
	if a.Name == rule.Name {
		e.value(a, rule.Value)
		return
	}
	if other != nil { // null until now: the two change places
		e.refuseAt(other.Expr.Range(), "On the drive the step %q has %s = %s now. Here both %s and %s are written. "+
			"Take the one that is null out, and accept again.", want.Name, rule.Name, rule.Value, a.Name, other.Name)
		return
	}
	o := e.block.Origin(a.Expr)
	if !o.Literal() || o.Expr != a.Expr {
		e.computed(rule.Name, rule.Value, e.block.Here(a.Expr))
	} else {
		e.change(a.SrcRange, "", rule.Name+strings.Repeat(" ", max(1, len(a.Name)-len(rule.Name)+1))+"= "+rule.Value)
	}
}
