package schema

import "countersign/schema/addr"

// Test is what is expected of a declared template: one instance of a test block.
type Test struct {
	Name     string // of the block, and with for_each the instance's key in brackets
	At       Range  // of the block's first line
	Template addr.Address

	Designated map[string]Person // by the name of the step
	// What each says whenever it is their turn; or else, with Decisions, what one after the other says.
	Agree, Refuse []Person
	Decisions     []Answer

	Assertions []Assertion
}

// Answer is what one approver says.
type Answer struct {
	Person Person
	Agrees bool
}

// Outcome is what became of an approval.
type Outcome string

const (
	OutcomePending  Outcome = "pending"
	OutcomeApproved Outcome = "approved"
	OutcomeRefused  Outcome = "refused"
	// OutcomeImpossible is pending, but who refuses can keep it from ever passing once it is their turn.
	OutcomeImpossible Outcome = "impossible"
)

// Outcomes are all of them, as they are written.
var Outcomes = []Outcome{OutcomeApproved, OutcomeRefused, OutcomePending, OutcomeImpossible}

// Assertion is one attribute of a test that the template must fulfil.
type Assertion struct {
	Kind    string  // one of the Assert…, as the attribute is called
	At      Range   // of its value
	Outcome Outcome // of AssertOutcome
	// Groups are the one group of AssertCanPass and AssertCannotPass, and all smallest ones of AssertWhoCanPass.
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
