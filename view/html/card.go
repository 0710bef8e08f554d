package html

import (
	"fmt"
	"slices"
	"strings"

	"countersign/reconcile"
	"countersign/reconcile/plans"
	"countersign/schema"
	"countersign/view"
)

// card is an entry of a page: a template, an attachment, a warning or an output.
type card struct {
	Kind    string // of its tile; an import that is updated too is of two: "update import"
	Alarm   string // of another tile: "weaker"
	Sign    string
	Title   string
	Outcome string // what happens to it
	Address string
	Facts   []string   // where it is, its tid, who edited it last
	Gist    []gist     // what changes, in one line, for a card that is folded
	Verdict *view.Node // what a change means for who can approve
	Notes   []string
	Above   []view.Node
	Flow    *flowPicture
	Below   []view.Node
	Source  string // of a file
	Hint    string // what Code is for
	Code    string // to copy
	Open    bool
	Plain   bool // cannot be folded

	places            []plans.Place
	who, joins, quits []schema.Person

	At, Who, Joins, Quits string // what it is filtered by: ids of folders and files, and of people
}

// gist is a part of the line that says what changes. Word says the same as Sign, for those who do not see it.
type gist struct{ Class, Sign, Word, Text string }

// Kinds of cards besides the actions.
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

// changeCard is one change of the plan.
func changeCard(l *view.Names, c *plans.Change) card {
	b := l.Block(c)
	k := headed(b, c)
	k.Kind = string(c.Action)
	if who := l.LastEdited(c.Edited); !slices.Contains(k.Notes, who) {
		k.Facts = append(k.Facts, filled(who)...)
	}
	switch c.Action {
	case plans.NoOp:
		k.Kind, k.Sign = kindImport, "="
		k.shows(l, view.Same, c.Before)
	case plans.Create:
		k.shows(l, view.Adds, c.After)
		k.joins = k.who
	case plans.Remove:
		k.shows(l, view.Removes, c.Before)
		k.quits = k.who
	case plans.Update:
		k.compares(l, view.Changes, c, planLanes)
	case plans.Replace:
		k.Above = append(k.Above, view.NewOne(c))
		if c.Reason != plans.Asked {
			k.Gist = append(k.Gist, changedGist("scope"))
		}
		k.compares(l, view.Renews, c, planLanes)
		k.Below = append(k.Below, view.OldOne(c))
	case plans.Forget:
		k.who = everybody(c.Before)
		k.quits = k.who
	}
	if c.Importing && c.Action != plans.NoOp {
		k.Kind += " " + kindImport
	}
	return k
}

// headed is a card with the headings of a block, and what its change means.
func headed(b *view.Block, c *plans.Change) card {
	h := b.Heads[0]
	k := card{Sign: glyph(b.Mark), Title: view.Bare(view.TitleOf(c)), Outcome: h.Outcome, Address: h.Subject,
		Notes: h.Notes, Alarm: b.Alarm(), Verdict: b.Verdict, Above: b.Effects}
	if k.Alarm != "" {
		k.Gist = []gist{{"removed", "!", "", k.Alarm}}
	}
	if c.Action == plans.Replace {
		k.places = []plans.Place{c.Place}
	}
	id := c.ID
	if c.Action == plans.Create {
		id = 0 // it will have another
	}
	k.locate(view.PlaceNow(c), id)
	return k
}

// locate says where a template is.
func (k *card) locate(at plans.Place, id int64) {
	k.places = append(k.places, at)
	k.Facts = append(k.Facts, view.Place(at))
	if id != 0 {
		k.Facts = append(k.Facts, fmt.Sprintf("tid %d", id))
	}
}

// filled is a list without what is empty.
func filled(list ...string) []string {
	return slices.DeleteFunc(list, func(s string) bool { return s == "" })
}

// shows adds all that a template says.
func (k *card) shows(l *view.Names, m view.Mark, t *schema.Template) {
	if t == nil {
		return
	}
	above, below := l.Attributes(m, t)
	k.Above, k.Below = append(k.Above, above...), below
	k.Flow = flowOf(l, reconcile.AlignSteps(t.Steps, t.Steps), m, planLanes)
	if m != view.Removes {
		k.Below = append(k.Below, l.WhoCan(t)...)
	}
	k.who = everybody(t)
	var names []string
	for _, s := range t.Steps {
		names = append(names, view.Bare(s.Name))
	}
	if len(names) > 0 {
		k.Gist = append(k.Gist, gist{Text: strings.Join(names, " → ")})
	}
}

// compares adds how two templates differ.
func (k *card) compares(l *view.Names, m view.Mark, c *plans.Change, lanes [2]string) {
	steps := view.StepsOf(c)
	above, below := l.ChangedAttributes(c.Before, c.After)
	k.Above, k.Below = append(k.Above, above...), below
	k.Flow = flowOf(l, steps, m, lanes)
	for _, n := range above {
		k.Gist = append(k.Gist, changedGist(n.Label))
	}
	for _, s := range steps {
		if g, ok := stepGist(s); ok {
			k.Gist = append(k.Gist, g)
		}
	}
	for _, n := range below {
		k.Gist = append(k.Gist, changedGist(n.Label))
	}
	k.Below = append(k.Below, l.WhoCan(c.After)...)
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

func changedGist(what string) gist { return gist{"changed", glyph(view.Changes), "", what} }

// stepGist is what happens to a step, if anything.
func stepGist(s plans.StepChange) (gist, bool) {
	switch {
	case s.Same():
		return gist{}, false
	case s.Before == nil:
		return gist{"added", glyph(view.Adds), "added", view.Bare(s.After.Name)}, true
	case s.After == nil:
		return gist{"removed", glyph(view.Removes), "removed", view.Bare(s.Before.Name)}, true
	case s.Moved:
		return gist{"moved", "↕", "moved", view.Bare(s.After.Name)}, true
	}
	return gist{"changed", glyph(view.Changes), "changed", view.Bare(s.After.Name)}, true
}

// brief is people by name, the first of many.
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

// everybody is all whom a template names.
func everybody(t *schema.Template) []schema.Person {
	if t == nil {
		return nil
	}
	return union(approvers(t), t.CC)
}

func union(a, b []schema.Person) []schema.Person { return schema.People(slices.Concat(a, b)) }
