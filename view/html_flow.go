package view

import (
	"fmt"
	"slices"
	"strings"

	"countersign/reconcile"
	"countersign/schema"
)

// chips is how many people of a step are shown; the others, if more than a few, are behind a line that says how many
// they are.
const chips = 12

// broad is from how many people on a step takes the room of two.
const broad = 6

// flowPicture is a template's steps as a page draws them: from left to right in columns, before above after where they
// differ.
type flowPicture struct {
	Lanes   [2]string // what the two rows are called; the first is "" when there is one row
	Columns []flowColumn
	Empty   string // in place of columns: why there are none
}

// flowColumn is one step, as it was and as it is; what is not there is nil. Of a step that stays as it is, Was is slim.
type flowColumn struct{ Was, Now *stepBox }

// Wide reports whether it takes two people's width more.
func (c flowColumn) Wide() bool {
	return c.Was != nil && len(c.Was.People) > broad || c.Now != nil && len(c.Now.People) > broad
}

// stepBox is a step in one of the rows.
type stepBox struct {
	Class  string
	Sign   string
	Lane   string // said to those who do not see the rows
	Number int
	Name   string
	Words  string // what happens to it
	Rule   string // up to the people,
	Then   string // and after them
	Ruled  bool   // the rule is another than in the other row
	Slim   bool   // name alone
	People []chip
	More   []chip
}

// chip is a person in a step.
type chip struct {
	Class string
	Sign  string
	Word  string // what the sign says
	Name  string
	User  string // the username, where the name does not say it
}

// flowOf draws aligned steps; m is what happens to the template, or same where it is only shown.
func (l *Names) flowOf(steps []reconcile.StepChange, m Mark, lanes [2]string) *flowPicture {
	p := &flowPicture{}
	if !slices.ContainsFunc(steps, func(s reconcile.StepChange) bool {
		return s.After != nil ||
			m != Changes && m != Renews
	}) {
		p.Empty = l.steps(m, nil)[0].After
	}
	two := (m == Changes || m == Renews) && slices.ContainsFunc(steps,
		func(s reconcile.StepChange) bool { return !s.Same() })
	if !two {
		if m == Changes || m == Renews {
			m = Same
		}
		for _, s := range steps {
			p.Columns = append(p.Columns, flowColumn{Now: l.once(s, m)})
		}
		return p
	}
	p.Lanes = lanes
	for _, s := range columnsOf(steps) {
		p.Columns = append(p.Columns, l.column(s, lanes))
	}
	return p
}

// pair is a place in both rows. Of a step that moved, it is the one that it left or the one that it came to.
type pair struct {
	reconcile.StepChange
	left, came bool
}

// columnsOf puts aligned steps into columns in which both rows stand in their own order: a step that moved has one
// where it was and one where it is.
func columnsOf(aligned []reconcile.StepChange) []pair {
	var out []pair
	var moved []reconcile.StepChange // by where they were
	for _, s := range aligned {
		if s.Moved {
			moved = append(moved, s)
		}
	}
	slices.SortFunc(moved, func(a, b reconcile.StepChange) int { return a.From - b.From })
	leave := func(until int) { // those that stood before that place
		for len(moved) > 0 && moved[0].From < until {
			out = append(out, pair{moved[0], true, false})
			moved = moved[1:]
		}
	}
	end := 0
	for _, s := range aligned {
		if s.From >= 0 && !s.Moved {
			leave(s.From)
		}
		end = max(end, s.From+1)
		out = append(out, pair{s, false, s.Moved})
	}
	leave(end)
	return out
}

// once is a step where there is one row.
func (l *Names) once(s reconcile.StepChange, m Mark) *stepBox {
	step, at := s.After, s.To
	if step == nil {
		step, at = s.Before, s.From
	}
	b := l.box(*step, at, m)
	b.fill(l.chips(step.Approvers, nil, Same))
	return b
}

// column is a place in two rows.
func (l *Names) column(s pair, lanes [2]string) flowColumn {
	var was, now *stepBox
	if s.Before != nil {
		was = l.box(*s.Before, s.From, Removes)
		was.Lane, was.Words = lanes[0], "removed"
	}
	if s.After != nil {
		now = l.box(*s.After, s.To, Adds)
		now.Lane, now.Words = lanes[1], "added"
	}
	switch {
	case now == nil:
		was.fill(l.chips(s.Before.Approvers, nil, Same))
		return flowColumn{Was: was}
	case was == nil:
		now.fill(l.chips(s.After.Approvers, nil, Same))
		return flowColumn{Now: now}
	}
	stays := s.Before.SameDecision(*s.After)
	now.fill(l.chips(s.After.Approvers, s.Before.Approvers, Adds))
	was.Words, was.Slim = "", stays
	if !stays {
		was.fill(l.chips(s.Before.Approvers, s.After.Approvers, Removes))
		was.Ruled = s.Before.Rule != s.After.Rule || s.Before.MinApprovals != s.After.MinApprovals
		now.Ruled = was.Ruled
	}
	_, now.Words = StepNote(s.StepChange)
	now.Class, now.Sign = "changed", Changes.glyph()
	switch {
	case s.Moved:
		was.Words = fmt.Sprintf("moved to step %d", s.To+1)
		now.Class, now.Sign = "moved", "↕"
		if !stays {
			now.Words += ", changed"
		}
	case s.Same():
		now.Class, now.Sign, was.Lane, now.Lane = "same", "", "", ""
	case now.Words == "":
		now.Words = "changed"
	}
	was.Class, was.Sign = now.Class, now.Sign
	switch {
	case s.left:
		now = nil
	case s.came:
		was = nil
	}
	return flowColumn{Was: was, Now: now}
}

var boxClasses = map[Mark]string{Adds: "added", Removes: "removed", Changes: "changed", Renews: "added",
	Forgets: "removed", Same: "same"}

// box is a step without its people.
func (l *Names) box(s schema.Step, at int, m Mark) *stepBox {
	b := &stepBox{Class: boxClasses[m], Sign: m.glyph(), Number: at + 1, Name: bare(s.Name)}
	const people = "\x00"
	who := people
	if len(s.Approvers) > Few {
		who = fmt.Sprintf("%d people", len(s.Approvers)) + people
	}
	b.Rule, b.Then, _ = strings.Cut(RuleOf(s, who), people)
	b.Rule, b.Then = strings.TrimSpace(b.Rule), strings.TrimSpace(b.Then)
	if len(s.Approvers) == 0 {
		b.Rule = strings.TrimSpace(b.Rule + " " + l.List(nil))
	}
	return b
}

func (b *stepBox) fill(people []chip) {
	b.People = people
	if len(people) > chips+Few {
		b.People, b.More = people[:chips], people[chips:]
	}
}

// chips are people as a step shows them. Those whom other does not have come first, under the mark m.
func (l *Names) chips(people, other []schema.Person, m Mark) []chip {
	var first, rest []chip
	news := map[int64]bool{}
	if m != Same {
		for _, p := range without(people, other) {
			news[p.ID] = true
		}
	}
	for _, p := range people {
		c := l.chip(p)
		if !news[p.ID] {
			rest = append(rest, c)
			continue
		}
		c.Class, c.Sign, c.Word = boxClasses[m], m.glyph(), "added"
		if m == Removes {
			c.Word = "removed"
		}
		first = append(first, c)
	}
	return append(first, rest...)
}

func (l *Names) chip(p schema.Person) chip {
	c := chip{Name: l.Called(p)}
	known := l.known[p.ID]
	if user := name(known.Username); known.Realname != "" && known.Username != "" && c.Name == name(known.Realname) {
		c.User = user
	}
	return c
}
