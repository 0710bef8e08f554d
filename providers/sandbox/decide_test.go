package sandbox

import (
	"fmt"
	"testing"
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
					want := pending
					if len(ends) == 1 {
						want = map[bool]int{true: approved, false: refused}[ends[true]]
					}
					got := decide(needed(r.rule, r.num, approvers), approvers, agreed, refusals)
					if got != want {
						t.Errorf("rule %d, approvalNum %d, of %d agreed %d and refused %d: %d, want %d", r.rule, r.num, approvers, agreed, refusals, got, want)
					}
				}
			}
		}
	}
}

// The rules as the document words them, played over HTTP: who says what in which order, and when the approval ends.
func TestPassRules(t *testing.T) {
	tests := []struct {
		name      string
		rule, num int
		votes     string // by users 5, 6, 7 in turn: + agrees, - refuses
		want      string // status after each vote
	}{
		{"all, one after the other", ruleAll, 0, "+++", "001"},
		{"all, the first refuses", ruleAll, 0, "-", "2"},
		{"all, the last refuses", ruleAll, 0, "++-", "002"},
		{"any, the first agrees", ruleAny, 0, "+", "1"},
		{"any, the last agrees", ruleAny, 0, "--+", "001"},
		{"any, all refuse", ruleAny, 0, "---", "002"},
		{"more than 0", ruleMoreThan, 0, "--+", "001"},
		{"more than 1", ruleMoreThan, 1, "+-+", "001"},
		{"more than 1 cannot be reached", ruleMoreThan, 1, "--", "02"},
		{"more than 1, refused by the last", ruleMoreThan, 1, "-+-", "002"},
		{"more than 2, one refuses", ruleMoreThan, 2, "+-", "02"},
		{"more than 2, all agree", ruleMoreThan, 2, "+++", "001"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			d := newDrive(t)
			tid := d.templet(72, 1, "审批", testStep(tt.rule, tt.num, 5, 6, 7))
			id := d.raised("chen", d.approval(tid, 72))
			got := ""
			for i, vote := range tt.votes {
				d.want(d.handle([]string{"zhang", "li", "wang"}[i], id, 0, map[rune]int{'+': approved, '-': refused}[vote]), CodeDone)
				got += fmt.Sprint(d.view("admin", id).Data.Status)
			}
			if got != tt.want {
				t.Errorf("status went %s, want %s", got, tt.want)
			}
			v := d.view("admin", id)
			for i, h := range v.Data2 { // all in the step have its result, each has what was said
				want2 := 0
				if i < len(tt.votes) {
					want2 = map[byte]int{'+': approved, '-': refused}[tt.votes[i]]
				}
				if h.StepStatus != v.Data.Status || h.Status != want2 || (h.Handled > 0) != (want2 > 0) {
					t.Errorf("row %d: %+v", i, h)
				}
			}
		})
	}
}
