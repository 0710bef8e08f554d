package sandbox

// The status of an approval, of one of its steps (status in section 8) and of one approver (status2).
const (
	pending  = 0
	approved = 1
	refused  = 2
	failed   = 3 // of an approval alone: every step passed, and then its outcome could not be carried out
)

// The pass rules of steps (section 1).
const (
	ruleAll        = 1
	ruleAny        = 2
	ruleMoreThan   = 3 // more than approvalNum
	ruleDesignated = 4
)

// needed is how many of so many approvers must agree for a step to pass. Of a designated step only the designated
// approver counts, so it has one.
func needed(rule, approvalNum, approvers int) int {
	switch rule {
	case ruleAll:
		return approvers
	case ruleMoreThan:
		return approvalNum + 1
	}
	return 1
}

// decide is the status of a step: it is approved once enough have agreed, and refused once so many have refused that
// the others are not enough any more.
func decide(needed, approvers, agreed, refusals int) int {
	switch {
	case agreed >= needed:
		return approved
	case approvers-refusals < needed:
		return refused
	}
	return pending
}
