package html

import (
	"fmt"
	"slices"
	"strings"

	"countersign/reconcile"
	"countersign/reconcile/plans"
	"countersign/schema"
	"countersign/schema/spelling"
	"countersign/view"
)

// card is an entry of a page: a template, an attachment, a warning or an output.
type card struct {
	Kind    string // of its tile; an import that is updated too is of two: "update import"
	Sign    string
	Title   string
	Fate    string // what happens to it
	Address string
	Facts   []string // where it is, its tid, who edited it last
	Gist    []gist   // what changes, in a line, for a card that is folded
	Notes   []string
	Above   []entry
	Flow    *flowPicture
	Below   []entry
	Source  string // of a file
	Hint    string // what Code is for
	Code    string // to copy
	Open    bool
	Plain   bool // cannot be folded

	places            []plans.Place
	who, joins, quits []schema.Person

	At, Who, Joins, Quits string // what it is filtered by: ids of folders and files, and of people
}

// gist is a word on a change.
type gist struct{ Class, Sign, Word, Text string }

// bare is text without the quotes that text on a terminal needs, as long as nothing about it could deceive.
func bare(s string) string {
	if q := spelling.Quote(s); q != `"`+s+`"` || s == "" || strings.TrimSpace(s) != s || strings.Contains(s, "  ") {
		return q
	}
	return s
}

// Kinds of cards; those of changes are by their action.
const (
	kindImport    = "import"
	kindReplace   = "replace"
	kindDrift     = "drift"
	kindUnmanaged = "unmanaged"
	kindHeldBack  = "held"
	kindRefused   = "refused"
	kindError     = "error"
	kindWarning   = "warning"
	kindOutput    = "output"
)

var planLanes = [2]string{"before", "after"}

// changeCard tells one change of the plan.
func changeCard(l *view.Names, c *plans.Change) card {
	b := l.Block(c)
	k := headed(l, b, c)
	k.Kind = string(c.Action)
	if who := l.LastEdited(c.Edited); !slices.Contains(k.Notes, who) {
		k.Facts = append(k.Facts, filled(who)...)
	}
	switch c.Action {
	case plans.NoOp:
		k.Kind, k.Sign = kindImport, "="
		shows(l, &k, view.Same, c.Before)
	case plans.Create:
		shows(l, &k, view.Adds, c.After)
		k.joins = k.who
	case plans.Remove:
		shows(l, &k, view.Removes, c.Before)
		k.quits = k.who
	case plans.Update:
		compares(l, &k, view.Changes, c, planLanes)
	case plans.Replace:
		compares(l, &k, view.Renews, c, planLanes)
		k.Above = append(entries(view.Arrives(c)), k.Above...)
		if c.Reason != plans.Asked {
			k.Gist = append([]gist{{"changed", glyph(view.Changes), "", "scope"}}, k.Gist...)
		}
		if c.Before != nil {
			k.Below = append(k.Below, entries(view.TakenAway(c))...)
		}
	case plans.Forget:
		k.who = everybody(c.Before)
		k.quits = k.who
	}
	k.Above = append(entries(l.InFlight(c)...), k.Above...)
	if view.Changed(c) {
		k.means(l, view.VerdictOf(c))
	}
	if c.Importing && c.Action != plans.NoOp {
		k.Kind += " " + kindImport
	}
	return k
}

// headed is a card with what stands above a block.
func headed(l *view.Names, b *view.Block, c *plans.Change) card {
	h := b.Heads[0]
	k := card{Sign: glyph(b.Mark), Title: bare(view.TitleOf(c)), Fate: h.Outcome,
		Address: h.Subject}
	for _, note := range h.Notes {
		k.Notes = append(k.Notes, strings.TrimSuffix(strings.TrimPrefix(note, "("), ")"))
	}
	at := c.Place
	if c.Action == plans.Replace && c.OldPlace != nil {
		at = *c.OldPlace
		k.places = append(k.places, c.Place)
	}
	id := c.ID
	if c.Action == plans.Create {
		id = 0 // it will have another
	}
	k.stands(at, id)
	return k
}

// means says first what a change means for who can approve.
func (k *card) means(l *view.Names, v view.Verdict) {
	k.Notes = append([]string{l.VerdictText(v)}, k.Notes...)
	k.Above = append(entries(l.Opens(v)...), k.Above...)
	if v.Alarms() {
		k.Gist = append([]gist{{"removed", "!", "", string(v.Result)}}, k.Gist...)
	}
}

// stands says where a template is.
func (k *card) stands(at plans.Place, id int64) {
	k.places = append(k.places, at)
	k.Facts = append(k.Facts, view.Place(at))
	if id != 0 {
		k.Facts = append(k.Facts, fmt.Sprintf("tid %d", id))
	}
}

// filled is a list of what is not empty.
func filled(list ...string) []string {
	return slices.DeleteFunc(list, func(s string) bool { return s == "" })
}

// shows tells all of a template.
func shows(l *view.Names, k *card, m view.Mark, t *schema.Template) {
	if t == nil {
		return
	}
	above, below := l.Besides(m, t)
	k.Above, k.Below = entries(above...), entries(below...)
	k.Flow = flowOf(l, reconcile.AlignSteps(t.Steps, t.Steps), m, planLanes)
	if m != view.Removes {
		k.Below = append(k.Below, entries(l.WhoCan(t)...)...)
	}
	k.who = everybody(t)
	var names []string
	for _, s := range t.Steps {
		names = append(names, bare(s.Name))
	}
	if len(names) > 0 {
		k.Gist = append(k.Gist, gist{Text: strings.Join(names, " → ")})
	}
}

// compares tells how two templates differ.
func compares(l *view.Names, k *card, m view.Mark, c *plans.Change, lanes [2]string) {
	if c.Before == nil || c.After == nil {
		shows(l, k, m, c.After)
		return
	}
	steps := view.StepsOf(c)
	above, below := l.Differs(c.Before, c.After)
	k.Above, k.Below = entries(above...), entries(below...)
	k.Flow = flowOf(l, steps, m, lanes)
	for _, n := range above {
		k.Gist = append(k.Gist, gist{"changed", glyph(view.Changes), "", n.Label})
	}
	for _, s := range steps {
		if g, ok := stepGist(s); ok {
			k.Gist = append(k.Gist, g)
		}
	}
	for _, n := range below {
		k.Gist = append(k.Gist, gist{"changed", glyph(view.Changes), "", n.Label})
	}
	k.Below = append(k.Below, entries(l.WhoCan(c.After)...)...)
	k.who = union(everybody(c.Before), everybody(c.After))
	k.joins = union(view.Without(approvers(c.After), approvers(c.Before)), view.Without(c.After.CC, c.Before.CC))
	k.quits = union(view.Without(approvers(c.Before), approvers(c.After)), view.Without(c.Before.CC, c.After.CC))
	if len(k.joins) > 0 {
		k.Gist = append(k.Gist, gist{"who added", glyph(view.Adds), "added", brief(l, k.joins)})
	}
	if len(k.quits) > 0 {
		k.Gist = append(k.Gist, gist{"who removed", glyph(view.Removes), "removed", brief(l, k.quits)})
	}
}

// stepGist is what becomes of a step, if anything.
func stepGist(s plans.StepChange) (gist, bool) {
	switch {
	case s.Same():
		return gist{}, false
	case s.Before == nil:
		return gist{"added", glyph(view.Adds), "added", bare(s.After.Name)}, true
	case s.After == nil:
		return gist{"removed", glyph(view.Removes), "removed", bare(s.Before.Name)}, true
	case s.Moved:
		return gist{"moved", "↕", "moved", bare(s.After.Name)}, true
	}
	return gist{"changed", glyph(view.Changes), "changed", bare(s.After.Name)}, true
}

// brief is people by name, as far as a line can name them.
func brief(l *view.Names, people []schema.Person) string {
	if len(people) <= view.Few {
		return l.List(people)
	}
	return l.List(people[:view.Few-1]) + fmt.Sprintf(" and %d more", len(people)-view.Few+1)
}

// approvers are those of all steps.
func approvers(t *schema.Template) []schema.Person {
	var all []schema.Person
	for _, s := range t.Steps {
		all = append(all, s.Approvers...)
	}
	return schema.People(all)
}

// everybody is whom a template asks or tells.
func everybody(t *schema.Template) []schema.Person {
	if t == nil {
		return nil
	}
	return union(approvers(t), t.CC)
}

func union(a, b []schema.Person) []schema.Person { return schema.People(slices.Concat(a, b)) }
