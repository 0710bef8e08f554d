package drive

import "countersign/providers/sandbox/drive/records"

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
		return records.Approved
	case approvers-refusals < needed:
		return records.Refused
	}
	return records.Pending
}
