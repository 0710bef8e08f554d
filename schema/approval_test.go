package schema

import "testing"

func TestCurrent(t *testing.T) {
	step := func(s ApprovalStatus) ApprovalStep { return ApprovalStep{Status: s} }
	tests := []struct {
		status ApprovalStatus
		steps  []ApprovalStep
		want   int
	}{
		{ApprovalPending, []ApprovalStep{step(ApprovalPending), step(ApprovalPending)}, 0},
		{ApprovalPending, []ApprovalStep{step(ApprovalApproved), step(ApprovalPending)}, 1},
		{ApprovalPending, []ApprovalStep{step(ApprovalApproved), step(ApprovalApproved)}, -1},
		{ApprovalPending, []ApprovalStep{step(ApprovalRefused), step(ApprovalPending)}, -1}, // not the second
		{ApprovalRefused, []ApprovalStep{step(ApprovalRefused), step(ApprovalPending)}, -1},
		{ApprovalFailed, []ApprovalStep{step(ApprovalApproved)}, -1},
		{ApprovalPending, []ApprovalStep{step("")}, -1}, // from a list, which has no statuses
		{ApprovalPending, nil, -1},
	}
	for _, test := range tests {
		if got := (Approval{Status: test.status, Steps: test.steps}).Current(); got != test.want {
			t.Errorf("%s %v: %d, want %d", test.status, test.steps, got, test.want)
		}
	}
}

func TestWaiting(t *testing.T) {
	parts := []ApprovalPart{
		{Person: Person{ID: 1}, Decision: DecisionAgreed},
		{Person: Person{ID: 3}, Decision: DecisionPending},
		{Person: Person{ID: 4}, Decision: DecisionPending},
	}
	for name, test := range map[string]struct {
		step ApprovalStep
		want []int64
	}{
		"all who have not decided": {ApprovalStep{Rule: RuleAll, Status: ApprovalPending}, []int64{3, 4}},
		"the one designated": {ApprovalStep{Rule: RuleDesignated, Designated: 4, Status: ApprovalPending},
			[]int64{4}},
		"designated and decided": {ApprovalStep{Rule: RuleDesignated, Designated: 1, Status: ApprovalPending}, nil},
		"nobody named":           {ApprovalStep{Rule: RuleDesignated, Status: ApprovalPending}, []int64{3, 4}},
		"over":                   {ApprovalStep{Rule: RuleAny, Status: ApprovalApproved}, nil},
	} {
		test.step.Parts = parts
		got := test.step.Waiting()
		same := len(got) == len(test.want)
		for i := 0; same && i < len(got); i++ {
			same = got[i].Person.ID == test.want[i]
		}
		if !same {
			t.Errorf("%s: %+v, want %v", name, got, test.want)
		}
	}
}
