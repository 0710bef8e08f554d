package drive

import (
	"testing"

	"countersign/policy/simulate"
	"countersign/providers/sandbox/drive/records"
	"countersign/schema"
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

// What countersign test plays without a drive ends as it does here. The two share no code.
func TestDecideAsSimulated(t *testing.T) {
	rules := map[int]schema.PassRule{ruleAll: schema.RuleAll, ruleAny: schema.RuleAny, ruleMoreThan: schema.RuleAtLeast,
		ruleDesignated: schema.RuleDesignated}
	outcomes := map[int]schema.Outcome{records.Pending: schema.OutcomePending, records.Approved: schema.OutcomeApproved,
		records.Refused: schema.OutcomeRefused}
	for rule, word := range rules {
		for approvers := 1; approvers <= 5; approvers++ {
			for num := range approvers {
				s := schema.Step{Name: "审批", Rule: word}
				if rule == ruleMoreThan {
					s.MinApprovals = num + 1
				}
				for id := range approvers {
					s.Approvers = append(s.Approvers, schema.Person{ID: int64(id + 1)})
				}
				designated := s.Approvers[num]
				selected := records.Number(designated.ID)
				step := records.Step{Type: records.Number(rule), SelectID: &selected}
				voices := 0
				for _, p := range s.Approvers {
					if counts(step, p.ID) {
						voices++
					}
				}
				for says := range 1 << approvers {
					a := simulate.Raise(schema.Template{Steps: []schema.Step{s}},
						map[string]schema.Person{s.Name: designated})
					agreed, refused, status := 0, 0, records.Pending
					for i, p := range s.Approvers {
						agrees := says&(1<<i) != 0
						a.Decide(schema.Answer{Person: p, Agrees: agrees})
						switch taken := status == records.Pending && counts(step, p.ID); {
						case taken && agrees:
							agreed++
						case taken:
							refused++
						}
						status = decide(needed(rule, num, voices), voices, agreed, refused)
						if a.Outcome != outcomes[status] {
							t.Fatalf("rule %d, approvalNum %d, %d approvers: %+v is %s, here %s", rule, num, approvers,
								a.Trace, a.Outcome, outcomes[status])
						}
					}
				}
			}
		}
	}
}
