package html

import (
	"fmt"
	"slices"
	"strings"

	"countersign/reconcile/plans"
	"countersign/schema"
	"countersign/view"
)

// chips is how many people of a step are shown; if there are more than a few others, a line that opens says how many.
const chips = 12

// broad is how many people a step may have to take the width of one.
const broad = 6

// flowPicture is a template's steps as a page draws them, in columns from left to right; where they differ, before
// above after.
type flowPicture struct {
	Lanes   [2]string // what the two rows are called; the first is "" when there is one row
	Columns []flowColumn
	Empty   string // in place of columns: why there are none
}

// flowColumn is one step, as it was and as it is; nil where it does not exist.
type flowColumn struct{ Was, Now *stepBox }

// Wide reports whether the column needs more width.
func (c flowColumn) Wide() bool {
	return c.Was != nil && len(c.Was.People) > broad || c.Now != nil && len(c.Now.People) > broad
}

// stepBox is a step in one of the rows.
type stepBox struct {
	Class  string
	Sign   string
	Lane   string // for screen readers
	Number int
	Name   string
	Words  string // what happens to it
	Rule   string // the words before the people,
	Then   string // and those after them
	Ruled  bool   // the other row has another rule
	People []chip
	More   []chip
}

// chip is a person in a step.
type chip struct {
	Class string
	Sign  string
	Word  string // what the sign means
	Name  string
	User  string // the username, where the name does not say it
}

// flowOf draws aligned steps; m is what happens to the template, or Same where it is only shown.
func flowOf(l *view.Names, steps []plans.StepChange, m view.Mark, lanes [2]string) *flowPicture {
	p := &flowPicture{}
	_, after, differs := view.CountSteps(steps)
	changes := m == view.Changes || m == view.Renews
	if len(steps) == 0 || changes && after == 0 {
		p.Empty = l.Steps(m, nil)[0].After
	}
	if !changes || !differs {
		if changes {
			m = view.Same
		}
		for _, s := range steps {
			p.Columns = append(p.Columns, flowColumn{Now: once(l, s, m)})
		}
		return p
	}
	p.Lanes = lanes
	for _, s := range columnsOf(steps) {
		p.Columns = append(p.Columns, column(l, s, lanes))
	}
	return p
}

// pair is a column of both rows. A step that moved has two: the one that it left, and the one that it came to.
type pair struct {
	plans.StepChange
	left, came bool
}

// columnsOf puts aligned steps into columns so that each row is in its own order: a step that moved has a column where
// it was and one where it is.
func columnsOf(aligned []plans.StepChange) []pair {
	var out []pair
	var moved []plans.StepChange // by where they were
	for _, s := range aligned {
		if s.Moved {
			moved = append(moved, s)
		}
	}
	slices.SortFunc(moved, func(a, b plans.StepChange) int { return a.From - b.From })
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

// once is a step in a picture of one row.
func once(l *view.Names, s plans.StepChange, m view.Mark) *stepBox {
	step, at := s.After, s.To
	if step == nil {
		step, at = s.Before, s.From
	}
	b := box(l, *step, at, m)
	b.fill(chipsOf(l, step.Approvers, nil, view.Same))
	return b
}

// column is a step in a picture of two rows.
func column(l *view.Names, s pair, lanes [2]string) flowColumn {
	var was, now *stepBox
	if s.Before != nil {
		was = box(l, *s.Before, s.From, view.Removes)
		was.Lane, was.Words = lanes[0], "removed"
	}
	if s.After != nil {
		now = box(l, *s.After, s.To, view.Adds)
		now.Lane, now.Words = lanes[1], "added"
	}
	switch {
	case now == nil:
		was.fill(chipsOf(l, s.Before.Approvers, nil, view.Same))
		return flowColumn{Was: was}
	case was == nil:
		now.fill(chipsOf(l, s.After.Approvers, nil, view.Same))
		return flowColumn{Now: now}
	}
	stays := s.Before.SameDecision(*s.After)
	now.fill(chipsOf(l, s.After.Approvers, s.Before.Approvers, view.Adds))
	was.Words = ""
	was.fill(chipsOf(l, s.Before.Approvers, s.After.Approvers, view.Removes))
	was.Ruled = !stays && (s.Before.Rule != s.After.Rule || s.Before.MinApprovals != s.After.MinApprovals)
	now.Ruled = was.Ruled
	_, now.Words = view.StepNote(s.StepChange)
	now.Class, now.Sign = "changed", glyph(view.Changes)
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

var boxClasses = map[view.Mark]string{
	view.Adds:    "added",
	view.Removes: "removed",
	view.Changes: "changed",
	view.Renews:  "added",
	view.Forgets: "removed",
	view.Same:    "same",
}

// box is a step without its people.
func box(l *view.Names, s schema.Step, at int, m view.Mark) *stepBox {
	b := &stepBox{Class: boxClasses[m], Sign: glyph(m), Number: at + 1, Name: view.Bare(s.Name)}
	const people = "\x00"
	who := people
	if len(s.Approvers) > view.Few {
		who = fmt.Sprintf("%d people", len(s.Approvers)) + people
	}
	b.Rule, b.Then, _ = strings.Cut(view.RuleOf(s, who), people)
	b.Rule, b.Then = strings.TrimSpace(b.Rule), strings.TrimSpace(b.Then)
	if len(s.Approvers) == 0 {
		b.Rule = strings.TrimSpace(b.Rule + " " + l.List(nil))
	}
	return b
}

func (b *stepBox) fill(people []chip) {
	b.People = people
	if len(people) > chips+view.Few {
		b.People, b.More = people[:chips], people[chips:]
	}
}

// chipsOf are people as a step shows them, first those whom other does not have, under the mark m.
func chipsOf(l *view.Names, people, other []schema.Person, m view.Mark) []chip {
	var first, rest []chip
	news := map[int64]bool{}
	if m != view.Same {
		for _, p := range view.Without(people, other) {
			news[p.ID] = true
		}
	}
	for _, p := range people {
		c := chipOf(l, p)
		if !news[p.ID] {
			rest = append(rest, c)
			continue
		}
		c.Class, c.Sign, c.Word = boxClasses[m], glyph(m), "added"
		if m == view.Removes {
			c.Word = "removed"
		}
		first = append(first, c)
	}
	return append(first, rest...)
}

func chipOf(l *view.Names, p schema.Person) chip {
	c := chip{Name: l.Called(p)}
	known, _ := l.Known(p.ID)
	if known.Realname != "" && known.Username != "" && c.Name == view.Name(known.Realname) {
		c.User = view.Name(known.Username)
	}
	return c
}
