package view

import (
	"fmt"
	"strings"

	"countersign/policy"
	"countersign/reconcile"
	"countersign/schema"
)

// How many of the smallest groups that can pass a template are shown to people, and to programs.
const (
	FewSets  = 5
	MostSets = 100
)

// WhoCan is who can pass a template: who alone, which groups, who is in every group, and how many may leave.
func (l *Names) WhoCan(t *schema.Template) []Node {
	p := policy.Of(*t)
	if !p.Possible() {
		return []Node{Fact("can pass it", "nobody, not even all together")}
	}
	who := p.Who(FewSets)
	if len(who.Minimal) == 1 && len(who.InEvery) > 0 && !who.Truncated { // nobody else can, and none of them may leave
		label := "together"
		if len(who.Minimal[0]) == 1 {
			label = "alone"
		}
		return []Node{Fact(label, "only "+l.And(who.Minimal[0]))}
	}
	var out []Node
	if len(who.Alone) > 0 {
		out = append(out, Fact("alone", l.Or(who.Alone)))
	}
	var groups []string
	for _, set := range who.Minimal {
		if len(set) > 1 {
			groups = append(groups, l.And(set))
		}
	}
	if who.Truncated && len(groups) > 0 {
		groups = append(groups, "and others")
	}
	if len(groups) > 0 {
		out = append(out, Fact("together", strings.Join(groups, "; ")))
	}
	if len(who.InEvery) > 0 {
		out = append(out, Fact("never without", l.And(who.InEvery)))
	}
	if who.BusFactor > 0 { // else somebody is in every group, and the line before says so
		out = append(out, Fact("may leave", fmt.Sprintf("any %d, and it can still pass", who.BusFactor)))
	}
	return out
}

// Departure is what happens to templates when a person leaves.
type Departure struct {
	Impossible []*reconcile.InForce // can pass now, and could not any more
	Possible   []*reconcile.InForce // ask the person, and can pass without
	Never      []*reconcile.InForce // ask the person, and can never pass even now
	Unread     []*reconcile.InForce // cannot be read, so it is not known
}

// DepartureOf sorts templates by what happens to them when a person leaves.
func DepartureOf(e *reconcile.Explanation, who schema.Person) Departure {
	var out Departure
	for i := range e.Templates {
		t := &e.Templates[i]
		p := policy.Of(t.Template)
		switch {
		case t.Unreadable != "":
			out.Unread = append(out.Unread, t)
		case !p.Asks(who.ID):
		case !p.Possible():
			out.Never = append(out.Never, t)
		case p.WithoutPerson(who.ID).Possible():
			out.Possible = append(out.Possible, t)
		default:
			out.Impossible = append(out.Impossible, t)
		}
	}
	return out
}
