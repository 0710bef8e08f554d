package simulate

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"countersign/policy"
	"countersign/schema"
)

func named(ids ...int64) (people []schema.Person) {
	for _, id := range ids {
		people = append(people, schema.Person{ID: id})
	}
	return people
}

func asking(name string, rule schema.PassRule, least int, ids ...int64) schema.Step {
	return schema.Step{Name: name, Rule: rule, MinApprovals: least, Approvers: named(ids...)}
}

// past is an approval that was raised from these steps. Each decision is of a step and a person; a negative one
// refuses.
func past(status schema.ApprovalStatus, steps []schema.Step, decisions ...[2]int64) schema.Approval {
	a := schema.Approval{ID: 1, Status: status}
	for at, s := range steps {
		step := schema.ApprovalStep{Name: s.Name, Rule: s.Rule, MinApprovals: s.MinApprovals}
		for _, p := range s.Approvers {
			part := schema.ApprovalPart{Person: p, Decision: schema.DecisionPending}
			for _, d := range decisions {
				switch {
				case int(d[0]) != at+1:
				case d[1] == p.ID:
					part.Decision = schema.DecisionAgreed
				case d[1] == -p.ID:
					part.Decision = schema.DecisionRefused
				}
			}
			step.Parts = append(step.Parts, part)
		}
		a.Steps = append(a.Steps, step)
	}
	return a
}

func TestReplay(t *testing.T) {
	const approved, refused = schema.ApprovalApproved, schema.ApprovalRefused
	two := []schema.Step{asking("first", schema.RuleAny, 0, 1, 2), asking("last", schema.RuleAll, 0, 3)}
	designated := past(approved, []schema.Step{asking("first", schema.RuleDesignated, 0, 1, 2)}, [2]int64{1, 2})
	designated.Steps[0].Designated = 2
	for name, c := range map[string]struct {
		was  schema.Approval
		now  []schema.Step
		want string // outcome, step, how many more of whom, who refuses
	}{
		"nothing has changed": {past(approved, two, [2]int64{1, 1}, [2]int64{2, 3}), two, "approved"},
		"the steps change places": {past(approved, two, [2]int64{1, 1}, [2]int64{2, 3}),
			[]schema.Step{two[1], two[0]}, "approved"},
		"approved, and then the drive failed": {
			past(schema.ApprovalFailed, two, [2]int64{1, 1}, [2]int64{2, 3}), two, "approved"},
		"one more must agree": {past(approved, two, [2]int64{1, 1}, [2]int64{2, 3}),
			[]schema.Step{asking("first", schema.RuleAll, 0, 1, 2), two[1]}, "pending 0: 1 of [2]"},
		"a step is added in front": {past(approved, two, [2]int64{1, 1}, [2]int64{2, 3}),
			append([]schema.Step{asking("legal", schema.RuleAtLeast, 2, 1, 8, 9)}, two...), "pending 0: 1 of [8 9]"},
		"who refused is no longer asked": {
			past(refused, two, [2]int64{1, 1}, [2]int64{2, -3}), two[:1], "approved; [3]"},
		"who refused can no longer refuse it alone": {past(refused, two, [2]int64{1, 1}, [2]int64{2, -3}),
			[]schema.Step{two[0], asking("last", schema.RuleAny, 0, 3, 1)}, "approved; [3]"},
		"who refused is asked no more, and others are": {past(refused, two, [2]int64{1, 1}, [2]int64{2, -3}),
			[]schema.Step{two[0], asking("last", schema.RuleAll, 0, 4, 5)}, "pending 1: 2 of [4 5]; [3]"},
		"a refusal that did not matter does now": {
			past(approved, []schema.Step{asking("first", schema.RuleAny, 0, 1, 2)}, [2]int64{1, 1}, [2]int64{1, -2}),
			[]schema.Step{asking("first", schema.RuleAll, 0, 1, 2)}, "refused 0; [2]"},
		"refused, and still": {past(refused, two, [2]int64{1, 1}, [2]int64{2, -3}), two, "refused 1; [3]"},
		"the designated one decides": {designated,
			[]schema.Step{asking("first", schema.RuleDesignated, 0, 2, 5)}, "approved"},
		"the designated one is no approver any more": {designated,
			[]schema.Step{asking("first", schema.RuleDesignated, 0, 1, 5)}, "no_designation 0"},
		"nobody was designated, and whoever might be has agreed": {past(approved, two, [2]int64{1, 1}, [2]int64{2, 3}),
			[]schema.Step{asking("new", schema.RuleDesignated, 0, 1, 3)}, "approved"},
		"agreed here and refused there": {
			past(refused, []schema.Step{asking("first", schema.RuleAny, 0, 1), asking("last", schema.RuleAny, 0, 1)},
				[2]int64{1, 1}, [2]int64{2, -1}),
			[]schema.Step{asking("other", schema.RuleAny, 0, 1)}, "both_ways 1"},
		"agreed here and refused there, and neither matters": {
			past(refused, []schema.Step{asking("first", schema.RuleAny, 0, 1, 2), asking("last", schema.RuleAny, 0, 1)},
				[2]int64{1, 1}, [2]int64{1, 2}, [2]int64{2, -1}),
			[]schema.Step{asking("other", schema.RuleAny, 0, 1, 2)}, "approved; [1]"},
		"it is not as its own steps have it": {past(approved, two, [2]int64{1, 1}), two, "unexplained"},
		"its steps are not told":             {schema.Approval{Status: approved}, two, "no_steps"},
	} {
		t.Run(name, func(t *testing.T) {
			r := Replay(c.was, &schema.Declared{Template: schema.Template{Steps: c.now}})
			got := string(r.Obstacle)
			switch r.Obstacle {
			case "":
				got = string(r.Now)
			case BothWays:
				got += fmt.Sprint(" ", r.Person.ID)
			}
			if r.Now == schema.OutcomeRefused || r.Obstacle == NoDesignation {
				got += fmt.Sprint(" ", r.Step)
			}
			if r.Now == schema.OutcomePending {
				got += fmt.Sprintf(" %d: %d of %v", r.Step, r.Needs, policy.IDs(r.Missing))
			}
			if len(r.Refuse) > 0 {
				got += fmt.Sprint("; ", policy.IDs(r.Refuse))
			}
			if got != c.want {
				t.Errorf("%s, not %s", got, c.want)
			}
		})
	}
	unknown := Replay(past(approved, two, [2]int64{1, 1}, [2]int64{2, 3}), &schema.Declared{Unknown: true})
	if unknown.Obstacle != NotKnown {
		t.Errorf("a template that is not known: %+v", unknown)
	}
}

// For random templates and decisions: on its own template an approval ends as it did; on another one it is approved
// only if those who agreed suffice for that, and always if they suffice and nobody refused.
func TestReplayAgainstThePolicy(t *testing.T) {
	seen := map[schema.Outcome]int{}
	for seed := range uint64(5_000) {
		r := rand.New(rand.NewPCG(seed, 9))
		was, designated := random(r)
		now, _ := random(r)
		played := Raise(was, designated)
		a := past(schema.ApprovalPending, was.Steps)
		for i, s := range was.Steps {
			a.Steps[i].Designated = designated[s.Name].ID
		}
		people := named(1, 2, 3, 4, 5)
		agrees := map[int64]bool{}
		for _, p := range people {
			agrees[p.ID] = r.IntN(6) > 0
		}
		for range was.Steps {
			for _, i := range r.Perm(len(people)) {
				at := played.step
				played.Decide(schema.Answer{Person: people[i], Agrees: agrees[people[i].ID]})
				if played.Trace[len(played.Trace)-1].Ignored != Counts {
					continue
				}
				part := &a.Steps[at].Parts[slices.IndexFunc(a.Steps[at].Parts,
					func(p schema.ApprovalPart) bool { return p.Person.ID == people[i].ID })]
				part.Decision = schema.DecisionRefused
				if agrees[people[i].ID] {
					part.Decision = schema.DecisionAgreed
				}
			}
		}
		switch played.Outcome {
		case schema.OutcomeApproved:
			a.Status = schema.ApprovalApproved
		case schema.OutcomeRefused:
			a.Status = schema.ApprovalRefused
		default:
			continue
		}
		same := Replay(a, &schema.Declared{Template: was})
		if same.Obstacle != "" || same.Otherwise() || same.Was != played.Outcome {
			t.Fatalf("seed %d: on its own template: %+v", seed, same)
		}
		other := Replay(a, &schema.Declared{Template: now})
		if other.Obstacle != "" {
			continue
		}
		seen[other.Now]++
		var agree, refuse []int64
		for _, s := range a.Steps {
			for _, p := range s.Parts {
				switch p.Decision {
				case schema.DecisionAgreed:
					agree = append(agree, p.Person.ID)
				case schema.DecisionRefused:
					refuse = append(refuse, p.Person.ID)
				}
			}
		}
		enough := policy.Of(now).Suffices(agree)
		approved := other.Now == schema.OutcomeApproved
		if approved && !enough || enough && len(refuse) == 0 && !approved && !asksDesignated(now) {
			t.Fatalf("seed %d: %v agree, %v refuse %+v: %s", seed, agree, refuse, now.Steps, other.Now)
		}
	}
	for _, outcome := range []schema.Outcome{schema.OutcomeApproved, schema.OutcomeRefused, schema.OutcomePending} {
		if seen[outcome] < 50 {
			t.Errorf("%s was met %d times", outcome, seen[outcome])
		}
	}
}

func asksDesignated(t schema.Template) bool {
	return slices.ContainsFunc(t.Steps, func(s schema.Step) bool { return s.Rule == schema.RuleDesignated })
}
