// Package simulate plays what a drive does with an approval, without a drive: decisions in, outcome and trace out. It
// runs the tests of a configuration on its templates (check.go) and finds what no test covers (coverage.go). It is
// pure, and knows packages schema and policy alone.
package simulate

import (
	"slices"

	"countersign/policy"
	"countersign/schema"
)

// Event is one decision and its effect.
type Event struct {
	schema.Answer
	Step    int            // the step whose turn it was, from 0; the number of steps once all are decided
	Ignored Ignored        // why the decision does not count; "" when it does
	Decided schema.Outcome // of the step, after this decision
}

// Ignored is why the drive does not accept a decision.
type Ignored string

const (
	Counts        Ignored = ""
	Ended         Ignored = "the approval has ended"
	NotInStep     Ignored = "not an approver of the step whose turn it is"
	NotDesignated Ignored = "somebody else is designated for this step"
	Handled       Ignored = "has decided this step already"
)

// Approval is one approval while it is being decided.
type Approval struct {
	Outcome schema.Outcome
	Trace   []Event

	template schema.Template
	asks     policy.Policy
	step     int            // whose turn it is, from 0
	said     map[int64]bool // in that step: who has agreed (true) or refused (false)
}

// Asks is what a template asks for once these people, by the name of the step, are designated: such a step needs that
// person alone. A step without a designated person may still get any of its approvers.
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

// Decide takes a decision for the step whose turn it is. The step passes once enough have agreed. Once so many have
// refused that the others are not enough, the step is refused, and the approval with it.
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
	case !slices.Contains(policy.IDs(a.template.Steps[a.step].Approvers), d.Person.ID):
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

// Turn is the step whose turn it is, from 0, how many have agreed to it so far, and how many it needs.
func (a *Approval) Turn() (step, agree, needs int) {
	for _, agrees := range a.said {
		if agrees {
			agree++
		}
	}
	return a.step, agree, a.asks[min(a.step, len(a.asks)-1)].Needs
}

// Play raises an approval as a test says and takes the test's decisions.
func Play(test *schema.Test, t schema.Template) *Approval {
	a := Raise(t, test.Designated)
	if test.Decisions != nil {
		for _, d := range test.Decisions {
			a.Decide(d)
		}
		return a
	}
	// Within a step the order of decisions makes no difference: a step cannot have both enough who agree and enough who
	// refuse.
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
	refuse := policy.IDs(test.Refuse)
	others := slices.DeleteFunc(a.asks.People(), func(id int64) bool { return slices.Contains(refuse, id) })
	if a.Outcome == schema.OutcomePending && !a.asks.Suffices(others) {
		a.Outcome = schema.OutcomeImpossible
	}
	return a
}
