package view

import (
	"fmt"
	"strings"

	"countersign/policy/simulate"
	"countersign/schema"
	"countersign/schema/addr"
)

// Tested are the results of tests, with the names that their words need.
type Tested struct {
	Results   []TestedOne
	Templates map[addr.Address]schema.Template
	Names     *Names
	Coverage  *simulate.Coverage // nil if not asked for
}

// TestedOne is the result of one test. Failures are its assertions that fail, each at its place.
type TestedOne struct {
	simulate.Result
	Failures schema.Diagnostics
}

// NewTested puts the results of tests of declared templates into words.
func NewTested(results []simulate.Result, d schema.Declaration) *Tested {
	known := map[int64]schema.Person{}
	for _, a := range d.Approvers {
		known[a.Person.ID] = a.Person
	}
	t := &Tested{Templates: map[addr.Address]schema.Template{}, Names: NewNames(known, nil)}
	for _, declared := range d.Templates {
		t.Templates[declared.Address] = declared.Template
	}
	for _, r := range results {
		one := TestedOne{Result: r}
		template := t.Templates[r.Test.Template]
		for _, f := range r.Failures {
			one.Failures = append(one.Failures, t.Names.failureOf(&f, &r, &template))
		}
		t.Results = append(t.Results, one)
	}
	return t
}

// Failed is how many tests failed.
func (t *Tested) Failed() (n int) {
	for _, r := range t.Results {
		if len(r.Failures) > 0 {
			n++
		}
	}
	return n
}

// failureOf is a failed assertion in words.
func (l *Names) failureOf(f *simulate.Failure, r *simulate.Result, t *schema.Template) schema.Diagnostic {
	at := f.At
	d := schema.Diagnostic{Severity: schema.Error, Range: &at}
	say := func(summary, format string, args ...any) {
		d.Summary, d.Detail = summary, fmt.Sprintf(format, args...)
	}
	name := r.Test.Template
	switch {
	case f.Undecided:
		say("Not decided", "It takes too long to find out who can pass %s, so this is no passed test.", name)
	case f.Kind == schema.AssertOutcome:
		say("Another outcome", "Expected was %s, but it is %s.\n%s", f.Outcome, f.Got,
			strings.Join(l.Trace(r.Approval, t), "\n"))
	case f.Kind == schema.AssertCanPass:
		lacks := "It can never pass."
		switch {
		case f.Only:
			lacks = l.And(f.Witness) + " would be needed too."
		case len(f.Witness) > 0:
			lacks = "More would be needed too, such as " + l.And(f.Witness) + "."
		}
		say("They cannot pass it", "%s cannot pass %s. %s", l.group(f.Groups[0]), name, lacks)
	case f.Kind == schema.AssertCannotPass:
		say("They can pass it", "%s can pass %s, and nobody else is needed.", l.group(f.Groups[0]), name)
	case f.Kind == schema.AssertWhoCanPass:
		var wrong []string
		for _, set := range f.Unexpected {
			wrong = append(wrong, l.And(set)+" can pass it too.")
		}
		for _, set := range f.Missing {
			wrong = append(wrong, l.And(set)+" cannot, or not all of them are needed.")
		}
		if more := len(wrong) - FewSets; more > 0 {
			wrong = append(wrong[:FewSets], fmt.Sprintf("And %d more groups differ.", more))
		}
		say("Others can pass it", "Other groups can pass %s. %s", name, strings.Join(wrong, " "))
	case f.Kind == schema.AssertNeeds:
		say("Fewer can pass it", "%s can pass %s: %s, not %d.", l.And(f.Witness), name,
			Count(len(f.Witness), "approver"), f.Least)
	}
	return d
}

// group is people by name, at the beginning of a sentence: "张三 and 李四".
func (l *Names) group(list []schema.Person) string {
	if len(list) == 0 {
		return "Nobody"
	}
	var ids []int64
	for _, who := range list {
		l.Meet(who)
		ids = append(ids, who.ID)
	}
	return l.And(ids)
}

// Trace is what was decided, a line for each decision.
func (l *Names) Trace(a *simulate.Approval, t *schema.Template) []string {
	var lines []string
	step := func(i int) string { return StepLabel(i, len(t.Steps), t.Steps[i].Name) }
	for i, e := range a.Trace {
		says := "refuses"
		if e.Agrees {
			says = "agrees"
		}
		line := fmt.Sprintf("  %d. %s %s", i+1, l.Called(e.Person), says)
		switch {
		case e.Ignored == simulate.Ended:
			line += ": not taken, " + string(e.Ignored)
		case e.Ignored != simulate.Counts:
			line += fmt.Sprintf(" in %s: not taken, %s", step(e.Step), e.Ignored)
		case e.Decided != schema.OutcomePending:
			line += fmt.Sprintf(" in %s, which is now %s", step(e.Step), e.Decided)
		default:
			line += " in " + step(e.Step)
		}
		lines = append(lines, line)
	}
	turn, agree, needs := a.Turn()
	if turn < len(t.Steps) && a.Outcome != schema.OutcomeRefused {
		lines = append(lines, fmt.Sprintf("  Then it waits for %s: %d of %d agree.", step(turn), agree, needs))
	}
	return lines
}

// Gap is a change that no test would notice, in words.
func (t *Tested) Gap(g *simulate.Gap) string {
	where, what := t.gap(g)
	return strings.TrimPrefix(where+": "+what, ": ")
}

// gap is where a change is that no test would notice, and the change.
func (t *Tested) gap(g *simulate.Gap) (where, what string) {
	if g.Untested {
		return "", "no test that passes is about it"
	}
	steps := t.Templates[g.Template].Steps
	where, what = StepLabel(g.Step, len(steps), steps[g.Step].Name), "no test notices if "
	switch g.Edit {
	case simulate.Removed:
		return where, what + "it is not there"
	case simulate.Fewer:
		return where, what + "it asks one person fewer"
	case simulate.More:
		return where, what + "it asks one person more"
	case simulate.AnyOne:
		return where, what + "any one can decide it, designated or not"
	}
	return where, what + t.Names.Called(g.Person) + " is not in it"
}

// Gaps are the changes that no test would notice, a line for each step.
func (t *Tested) Gaps() []Node {
	var out []Node
	for i := range t.Coverage.Gaps {
		g := &t.Coverage.Gaps[i]
		if address := OneLine(g.Template.String()); len(out) == 0 || out[len(out)-1].Label != address {
			out = append(out, Node{Mark: Same, Label: address})
		}
		of := &out[len(out)-1]
		where, what := t.gap(g)
		if last := len(of.Kids) - 1; last >= 0 && of.Kids[last].Label == where {
			of.Kids[last].After += "; " + strings.TrimPrefix(what, "no test notices ")
			continue
		}
		of.Kids = append(of.Kids, Node{Mark: Same, Label: where, After: what})
	}
	return out
}
