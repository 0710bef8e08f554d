package drive

import (
	"testing"

	"countersign/providers/sandbox/drive/records"
)

// A step is decided once nothing that the others may still say changes how it ends: held against every way in which
// groups of up to five can have spoken so far.
func TestDecideAgainstEveryEnd(t *testing.T) {
	type rule struct {
		rule, num int
		passes    func(agreed, approvers int) bool // when all have spoken
	}
	for approvers := 1; approvers <= 5; approvers++ {
		rules := []rule{
			{ruleAll, 0, func(agreed, approvers int) bool { return agreed == approvers }},
			{ruleAny, 0, func(agreed, _ int) bool { return agreed >= 1 }},
		}
		for n := range approvers {
			rules = append(rules, rule{ruleMoreThan, n, func(agreed, _ int) bool { return agreed > n }})
		}
		if approvers == 1 { // of a designated step one counts
			rules = append(rules, rule{ruleDesignated, 0, func(agreed, _ int) bool { return agreed == 1 }})
		}
		for _, r := range rules {
			for agreed := 0; agreed <= approvers; agreed++ {
				for refusals := 0; agreed+refusals <= approvers; refusals++ {
					ends := map[bool]bool{}
					silent := approvers - agreed - refusals
					for more := 0; more <= silent; more++ {
						ends[r.passes(agreed+more, approvers)] = true
					}
					want := records.Pending
					if len(ends) == 1 {
						want = map[bool]int{true: records.Approved, false: records.Refused}[ends[true]]
					}
					got := decide(needed(r.rule, r.num, approvers), approvers, agreed, refusals)
					if got != want {
						t.Errorf("rule %d, approvalNum %d, of %d agreed %d and refused %d: %d, want %d", r.rule, r.num,
							approvers, agreed, refusals, got, want)
					}
				}
			}
		}
	}
}
