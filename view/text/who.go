package text

import (
	"fmt"
	"io"
	"strings"

	"countersign/policy"
	"countersign/reconcile"
	"countersign/schema"
	"countersign/view"
)

// Who writes who can pass each template, in the fewest words.
func Who(w io.Writer, e reconcile.Explanation, s Settings) error {
	l := view.NamesOfExplanation(&e)
	var out strings.Builder
	for i := range e.Templates {
		t := &e.Templates[i]
		body := []view.Node{view.Fact("who", view.Unread(t.Unreadable))}
		if t.Unreadable == "" {
			body = l.WhoCan(&t.Template)
		}
		if i > 0 {
			out.WriteString("\n")
		}
		out.WriteString(item(view.ExplainedHead(t), body, s))
	}
	if len(e.Templates) == 0 {
		out.WriteString(Wrapped(view.InForce(&e), s))
	}
	return write(w, out.String())
}

// IfGone writes what becomes impossible when a person leaves. where says which templates were looked at.
func IfGone(w io.Writer, e reconcile.Explanation, who schema.Person, where string, s Settings) error {
	l := view.NamesOfExplanation(&e)
	gone := view.DepartureOf(&e, who)
	name := l.Called(who)
	var out strings.Builder
	list := func(ts []*reconcile.InForce, what string, below func(t *reconcile.InForce) []view.Node) {
		if len(ts) == 0 {
			return
		}
		out.WriteString(Wrapped(view.Count(len(ts), "template")+" "+what+":", s) + "\n")
		for _, t := range ts {
			head := view.Called(t.Template.Title, t.Address, t.ID) + " on " + view.Place(t.Place)
			out.WriteString(item(head, below(t), s))
		}
		out.WriteString("\n")
	}
	list(gone.Impossible, "can no longer pass", func(t *reconcile.InForce) []view.Node {
		var steps []view.Node
		for i, r := range policy.Of(t.Template).WithoutPerson(who.ID) {
			if step := t.Template.Steps[i]; len(r.People) < r.Needs {
				steps = append(steps, view.Node{Mark: view.Same, After: l.Rule(step),
					Label: view.StepLabel(i, len(t.Template.Steps), step.Name)})
			}
		}
		return steps
	})
	list(gone.Possible, "can still pass", func(t *reconcile.InForce) []view.Node {
		left := policy.Of(t.Template).WithoutPerson(who.ID)
		if left.BusFactor() > 0 {
			return nil
		}
		return []view.Node{{Mark: view.Same, After: "but then no longer without " + l.And(left.InEvery())}}
	})
	list(gone.Never, view.Verb(len(gone.Never), "names", "name")+" this person and can never pass already",
		func(*reconcile.InForce) []view.Node { return nil })
	list(gone.Unread, "cannot be read, so it is not known", func(t *reconcile.InForce) []view.Node {
		return []view.Node{{Mark: view.Same, After: view.Unread(t.Unreadable)}}
	})
	out.WriteString(Wrapped(fmt.Sprintf("If %s (id %d) leaves, %d of %s%s can no longer pass.", name, who.ID,
		len(gone.Impossible), view.Count(len(e.Templates), "template"), where), s))
	return write(w, out.String())
}
