// Package simulate plays what a drive does with an approval, without one: decisions in, outcome and a trace out. It holds
// the tests of a configuration against its templates, and says what no test has made matter (coverage.go). It is pure,
// and knows the model and package policy alone.
package simulate

import (
	"slices"

	"countersign/policy"
	"countersign/schema"
)

// Event is one decision and what came of it.
type Event struct {
	schema.Answer
	Step    int // whose turn it was, from 0; the number of steps once all are decided
	Ignored Ignored
	Decided schema.Outcome // of the step after it; pending where the decision was ignored
}

// Ignored says why the drive does not take a decision; "" when it does.
type Ignored string

const (
	Counts        Ignored = ""
	Ended         Ignored = "the approval has ended"
	NotInStep     Ignored = "not an approver of the step whose turn it is"
	NotDesignated Ignored = "somebody else is designated for this step"
	Handled       Ignored = "has decided this step already"
)

// Approval is one that was raised and is being decided.
type Approval struct {
	Outcome schema.Outcome
	Trace   []Event

	template schema.Template
	asks     policy.Policy
	step     int            // whose turn it is
	said     map[int64]bool // in that step: who agrees, who refuses
}

// Asks is what a template asks for once these people are designated: a step of which somebody is designated needs this
// person alone. Where nobody is, the choice is still open.
func Asks(t schema.Template, designated map[string]schema.Person) policy.Policy {
	p := policy.Of(t)
	for i, s := range t.Steps {
		who, is := designated[s.Name]
		if is && s.Rule == schema.RuleDesignated && slices.Contains(p[i].People, who.ID) {
			p[i] = policy.Requirement{People: []int64{who.ID}, Needs: 1}
		}
	}
	return p
}

// Raise raises an approval from a template.
func Raise(t schema.Template, designated map[string]schema.Person) *Approval {
	return &Approval{Outcome: schema.OutcomePending, template: t, asks: Asks(t, designated), said: map[int64]bool{}}
}

// Decide takes a decision for the step whose turn it is. A step is approved once enough agree, and refused, the approval
// with it, once so many refuse that the others are not enough.
func (a *Approval) Decide(d schema.Answer) {
	e := Event{Answer: d, Step: a.step, Decided: schema.OutcomePending}
	defer func() { a.Trace = append(a.Trace, e) }()
	if a.Outcome != schema.OutcomePending || a.step == len(a.template.Steps) {
		e.Ignored = Ended
		return
	}
	asks := a.asks[a.step]
	_, handled := a.said[d.Person.ID]
	switch {
	case !slices.ContainsFunc(a.template.Steps[a.step].Approvers, func(p schema.Person) bool { return p.ID == d.Person.ID }):
		e.Ignored = NotInStep
	case !slices.Contains(asks.People, d.Person.ID):
		e.Ignored = NotDesignated
	case handled:
		e.Ignored = Handled
	}
	if e.Ignored != Counts {
		return
	}
	a.said[d.Person.ID] = d.Agrees
	_, agree, _ := a.Turn()
	switch refuse := len(a.said) - agree; {
	case agree >= asks.Needs:
		e.Decided = schema.OutcomeApproved
		a.step++
		clear(a.said)
		if a.step == len(a.asks) {
			a.Outcome = schema.OutcomeApproved
		}
	case len(asks.People)-refuse < asks.Needs:
		e.Decided, a.Outcome = schema.OutcomeRefused, schema.OutcomeRefused
	}
}

// Turn is whose turn it is: the step, from 0, how many of it agree so far, and how many it needs.
func (a *Approval) Turn() (step, agree, needs int) {
	for _, agrees := range a.said {
		if agrees {
			agree++
		}
	}
	return a.step, agree, a.asks[min(a.step, len(a.asks)-1)].Needs
}

// Play raises what a test says and takes its decisions.
func Play(test *schema.Test, t schema.Template) *Approval {
	a := Raise(t, test.Designated)
	if test.Decisions != nil {
		for _, d := range test.Decisions {
			a.Decide(d)
		}
		return a
	}
	// In a step the order of those who speak makes no difference: not enough can agree where enough refuse.
	for before := -1; before < a.step && a.step < len(t.Steps) && a.Outcome == schema.OutcomePending; {
		before = a.step
		asks := a.asks[before].People
		for _, said := range []struct {
			people []schema.Person
			agrees bool
		}{{test.Agree, true}, {test.Refuse, false}} {
			for _, who := range said.people {
				if a.step == before && a.Outcome == schema.OutcomePending && slices.Contains(asks, who.ID) {
					a.Decide(schema.Answer{Person: who, Agrees: said.agrees})
				}
			}
		}
	}
	if a.Outcome == schema.OutcomePending && !a.asks.Suffices(without(a.asks.People(), test.Refuse)) {
		a.Outcome = schema.OutcomeImpossible
	}
	return a
}

func without(people []int64, gone []schema.Person) []int64 {
	return slices.DeleteFunc(people, func(id int64) bool {
		return slices.ContainsFunc(gone, func(p schema.Person) bool { return p.ID == id })
	})
}
