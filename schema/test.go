package schema

import "countersign/schema/addr"

// Test is one instance of a test block: what is expected of a declared template.
type Test struct {
	Name     string // of the block, and with for_each the instance's key in brackets
	At       Range  // of the block's first line
	Template addr.Address

	Designated map[string]Person // by the name of the step
	// Either what people decide whenever it is their turn, or Decisions, one after the other.
	Agree, Refuse []Person
	Decisions     []Answer

	Assertions []Assertion
}

// Answer is the decision of one approver.
type Answer struct {
	Person Person
	Agrees bool
}

// Outcome is how an approval ends.
type Outcome string

const (
	OutcomePending  Outcome = "pending"
	OutcomeApproved Outcome = "approved"
	OutcomeRefused  Outcome = "refused"
	// OutcomeImpossible: pending, but those who refuse can stop it as soon as it is their turn.
	OutcomeImpossible Outcome = "impossible"
)

// Outcomes are all outcomes, as a test writes them.
var Outcomes = []Outcome{OutcomeApproved, OutcomeRefused, OutcomePending, OutcomeImpossible}

// Assertion is one attribute of a test that the template must satisfy.
type Assertion struct {
	Kind    string  // the name of the attribute, one of the Assert… below
	At      Range   // of its value
	Outcome Outcome // of AssertOutcome
	// Groups holds the group of AssertCanPass and AssertCannotPass, and all smallest groups of AssertWhoCanPass.
	Groups [][]Person
	Least  int // of AssertNeeds
}

const (
	AssertOutcome    = "expect"
	AssertCanPass    = "can_pass"
	AssertCannotPass = "cannot_pass"
	AssertWhoCanPass = "who_can_pass"
	AssertNeeds      = "needs_at_least"
)
