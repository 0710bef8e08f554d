package view

import (
	"fmt"
	"io"
	"strings"

	"countersign/policy"
	"countersign/reconcile"
	"countersign/schema"
)

// How many minimal sets are shown to people, and to programs.
const (
	FewSets  = 5
	MostSets = 100
)

// Who writes who can pass each template, in the fewest words.
func Who(w io.Writer, e reconcile.Explanation, s Settings) error {
	l := NamesOfExplanation(&e)
	var out strings.Builder
	for i := range e.Templates {
		t := &e.Templates[i]
		body := []Node{fact("who", Unread(t.Unreadable))}
		if t.Unreadable == "" {
			body = l.WhoCan(&t.Template)
		}
		if i > 0 {
			out.WriteString("\n")
		}
		out.WriteString(item(explainedHead(t), body, s))
	}
	if len(e.Templates) == 0 {
		out.WriteString(Wrapped(inForce(&e), s))
	}
	return write(w, out.String())
}

// WhoCan is who can pass a template: who alone, which groups, who is in each of them, and how many may leave.
func (l *Names) WhoCan(t *schema.Template) []Node {
	p := policy.Of(*t)
	if !p.Possible() {
		return []Node{fact("can pass it", "nobody, not even all together")}
	}
	who := p.Who(FewSets)
	var out []Node
	if len(who.Alone) > 0 {
		out = append(out, fact("alone", l.Any(who.Alone)))
	}
	var groups []string
	for _, set := range who.Minimal {
		if len(set) > 1 {
			groups = append(groups, l.Some(set))
		}
	}
	if who.Truncated && len(groups) > 0 {
		groups = append(groups, "and others")
	}
	if len(groups) > 0 {
		out = append(out, fact("together", strings.Join(groups, "; ")))
	}
	if len(who.InEvery) > 0 {
		out = append(out, fact("never without", l.Some(who.InEvery)))
	}
	left := "nobody, or it can never pass"
	if who.BusFactor > 0 {
		left = fmt.Sprintf("any %d, and it can still pass", who.BusFactor)
	}
	return append(out, fact("may leave", left))
}

// Departure is what becomes of templates when a person leaves.
type Departure struct {
	Who        schema.Person
	Impossible []*reconcile.InForce // that could pass until now, and then can never
	Possible   []*reconcile.InForce // that ask the person, and can pass without
	Never      []*reconcile.InForce // that ask the person, and can never pass already
	Unread     []*reconcile.InForce // of which it is not known
}

// Departs sorts templates by what becomes of them when a person leaves.
func Departs(e *reconcile.Explanation, who schema.Person) Departure {
	out := Departure{Who: who}
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

// IfGone writes what becomes impossible when a person leaves. where says which templates were looked at.
func IfGone(w io.Writer, e reconcile.Explanation, who schema.Person, where string, s Settings) error {
	l := NamesOfExplanation(&e)
	gone := Departs(&e, who)
	name := l.Called(who)
	var out strings.Builder
	list := func(ts []*reconcile.InForce, one, many string, below func(t *reconcile.InForce) []Node) {
		if len(ts) == 0 {
			return
		}
		out.WriteString(Wrapped(fmt.Sprintf("%s %s:", Count(len(ts), "template"), verb(len(ts), one, many)), s) + "\n")
		for _, t := range ts {
			out.WriteString(item(goneHead(t), below(t), s))
		}
		out.WriteString("\n")
	}
	list(gone.Impossible, "can never pass any more", "can never pass any more", func(t *reconcile.InForce) []Node {
		var steps []Node
		for i, r := range policy.Of(t.Template).WithoutPerson(who.ID) {
			if len(r.People) < r.Needs {
				steps = append(steps, Node{Mark: Same, Label: stepLabel(i, len(t.Template.Steps), &t.Template.Steps[i]),
					After: l.rule(t.Template.Steps[i])})
			}
		}
		return steps
	})
	list(gone.Possible, "can still pass", "can still pass", func(t *reconcile.InForce) []Node {
		left := policy.Of(t.Template).WithoutPerson(who.ID)
		if left.BusFactor() > 0 {
			return nil
		}
		return []Node{{Mark: Same, After: "but then no longer without " + l.Some(left.InEvery())}}
	})
	list(gone.Never, "names this person and can never pass already", "name this person and can never pass already",
		func(*reconcile.InForce) []Node { return nil })
	list(gone.Unread, "cannot be read, so it is not known", "cannot be read, so it is not known",
		func(t *reconcile.InForce) []Node { return []Node{{Mark: Same, After: Unread(t.Unreadable)}} })
	out.WriteString(Wrapped(fmt.Sprintf("If %s (id %d) leaves, %d of %s%s can never pass any more.", name, who.ID,
		len(gone.Impossible),
		Count(len(e.Templates), "template"), where), s))
	return write(w, out.String())
}

// goneHead is which template it is, and on what.
func goneHead(t *reconcile.InForce) string {
	which := fmt.Sprintf("tid %d", t.ID)
	if !t.Address.IsZero() {
		which = OneLine(t.Address.String()) + ", " + which
	}
	return fmt.Sprintf("%s (%s) on %s", quote(t.Template.Title), which, Place(t.Place))
}
