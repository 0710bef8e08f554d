package config

import (
	"strings"

	"github.com/hashicorp/hcl/v2/hclsyntax"

	"countersign/schema"
	"countersign/schema/hcltext"
)

// unit is a step block as it is written, or a dynamic one with the steps that it makes.
type unit struct {
	step   *stepBlock
	syntax *hclsyntax.Block
	from   int // the first of its steps among those declared, counted from 0
	count  int
	moved  bool
	kept   bool
}

// steps rewrites the steps: blocks that are no longer there go, new ones come, those that moved move with their comments.
func (e *editing) steps() {
	units, of := e.units()
	want, from := e.want.Template.Steps, e.want.Steps
	declared := e.declared[e.want.Address].Steps

	// dynamic blocks stay as they are or stand against it
	for i := 0; i < len(want); i++ {
		if from[i] < 0 {
			continue
		}
		u := units[of[from[i]]]
		if u.step.dynamic == nil {
			u.kept = true
			continue
		}
		for k := range u.count {
			if i+k >= len(want) || from[i+k] != u.from+k || !want[i+k].Equal(declared[u.from+k]) {
				e.dynamic(u)
				return
			}
		}
		u.kept = true
		i += u.count - 1
	}
	for _, u := range units {
		if u.step.dynamic != nil && u.count > 0 && !u.kept {
			e.dynamic(u)
			return
		}
	}
	e.order(units, of)

	blank := e.parted(units)
	write := func(i int) string {
		var w hcltext.Writer
		w.Step(e.inner(), want[i], hcltext.List(e.inner()+"  ", e.addresses(want[i].Approvers)))
		return w.String()
	}
	at, first := -1, true // where the next one goes: behind the last that stayed, or before the first that does
	for _, u := range units {
		if u.kept && !u.moved {
			at, _ = e.source.lines(u.syntax.TypeRange.Start.Byte, u.syntax.CloseBraceRange.End.Byte)
			break
		}
	}
	instead := at < 0 // nothing stays: what comes stands where the first one stood
	if instead {
		at, _ = e.source.lines(units[0].syntax.TypeRange.Start.Byte, units[0].syntax.CloseBraceRange.End.Byte)
	}
	place := func(text string) {
		switch {
		case !blank, instead && first:
			e.insert(at, text)
		case first:
			e.insert(at, text+"\n")
		default:
			e.insert(at, "\n"+text)
		}
		first = first && !instead
	}
	for i := 0; i < len(want); i++ {
		if from[i] < 0 {
			place(write(i))
			continue
		}
		u := units[of[from[i]]]
		start, end := u.syntax.TypeRange.Start.Byte, u.syntax.CloseBraceRange.End.Byte
		var inside patch
		if u.step.dynamic == nil {
			outside := e.edits
			e.edits = nil
			e.step(u, declared[from[i]], want[i])
			inside, e.edits = e.edits, outside
		} else {
			i += u.count - 1
		}
		if !u.moved {
			for _, x := range inside {
				e.edits.add(x)
			}
			_, at = e.source.lines(start, end)
			first = false
			continue
		}
		lead, tail := e.source.lines(start, end)
		var mine patch
		for _, x := range inside {
			if x.file == e.source.name && x.start >= lead && x.end <= tail {
				x.start, x.end = x.start-lead, x.end-lead
				mine = append(mine, x)
			} else {
				e.edits.add(x)
			}
		}
		place(string(mine.apply(e.source.name, e.source.src[lead:tail])))
		e.take(e.source.block(start, end))
	}
	for i, u := range units {
		if i == 0 && instead {
			e.take(e.source.lines(u.syntax.TypeRange.Start.Byte, u.syntax.CloseBraceRange.End.Byte))
		} else if u.step.dynamic == nil && !u.kept {
			e.take(e.source.block(u.syntax.TypeRange.Start.Byte, u.syntax.CloseBraceRange.End.Byte))
		}
	}
}

// units are the step blocks as they are written, and which of them each declared step comes from.
func (e *editing) units() (units []*unit, of []int) {
	all := 0
	for _, s := range e.block.steps {
		u := &unit{step: s, from: all, count: 1}
		for _, b := range e.body.Blocks {
			if b.TypeRange.Start.Byte == s.at.Start.Byte {
				u.syntax = b
			}
		}
		if s.dynamic != nil {
			elements, _ := e.frame.elements(s.dynamic.forEach)
			u.count = len(elements)
		}
		for range u.count {
			of = append(of, len(units))
		}
		all += u.count
		units = append(units, u)
	}
	return units, of
}

// order marks the blocks that have to move, as few as possible: those outside of a longest run that keeps its order.
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
		if u.step.dynamic != nil { // rather moves what is written out
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

// parted reports whether blank lines stand between the steps.
func (e *editing) parted(units []*unit) bool {
	for _, u := range units {
		from, _ := e.source.lines(u.syntax.TypeRange.Start.Byte, u.syntax.CloseBraceRange.End.Byte)
		if _, line, ok := e.source.above(from); ok && line == "" {
			return true
		}
	}
	return false
}

func (e *editing) dynamic(u *unit) {
	at := u.step.at
	e.no(at, "The steps were edited by hand, and some of them are made by the dynamic block in %s:%d. Edit it, or what its for_each says, by hand.", at.Filename, at.Start.Line)
}

// step rewrites one step block.
func (e *editing) step(u *unit, was, want schema.Step) {
	if was.Name != want.Name {
		e.change(u.syntax.LabelRanges[0], "", hcltext.Quote(want.Name))
	}
	if !schema.SamePeople(was.Approvers, want.Approvers) {
		e.people(u.syntax.Body.Attributes["approvers"], e.frame, want.Approvers)
	}
	if was.Rule == want.Rule && was.MinApprovals == want.MinApprovals {
		return
	}
	rule := hcltext.Rule(want)
	a := u.syntax.Body.Attributes["require"]
	if a == nil || was.Rule == schema.RuleAtLeast && u.syntax.Body.Attributes["min_approvals"] != nil {
		a = u.syntax.Body.Attributes["min_approvals"]
	}
	if a.Name == rule.Name {
		e.value(a, a.Name, e.frame, rule.Value)
		return
	}
	o := e.frame.origin(a.Expr)
	if _, literal := o.written(); !literal || o.expr != a.Expr {
		e.computed(rule.Name, rule.Value, origin{a.Expr, e.frame, ""})
	} else {
		e.change(a.SrcRange, "", rule.Name+strings.Repeat(" ", max(1, len(a.Name)-len(rule.Name)+1))+"= "+rule.Value)
	}
}
