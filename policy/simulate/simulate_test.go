package simulate

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"countersign/schema"
)

// random is a template of a few steps and people, and whom somebody designates in each step that wants it.
func random(r *rand.Rand) (schema.Template, map[string]schema.Person) {
	var t schema.Template
	designated := map[string]schema.Person{}
	for i := range 1 + r.IntN(3) {
		s := schema.Step{
			Name: fmt.Sprint("step ", i),
			Rule: []schema.PassRule{schema.RuleAll, schema.RuleAny, schema.RuleAtLeast,
				schema.RuleDesignated}[r.IntN(4)],
		}
		for _, id := range r.Perm(5)[:1+r.IntN(4)] {
			s.Approvers = append(s.Approvers, schema.Person{ID: int64(id + 1)})
		}
		switch s.Rule {
		case schema.RuleAtLeast:
			s.MinApprovals = 1 + r.IntN(len(s.Approvers))
		case schema.RuleDesignated:
			designated[s.Name] = s.Approvers[r.IntN(len(s.Approvers))]
		}
		t.Steps = append(t.Steps, s)
	}
	return t.Normalise(), designated
}

// passes says by the words of the vendor's section 1 alone whether a step passes when these and no others agree.
func passes(s schema.Step, designated map[string]schema.Person, agree []int64) bool {
	n := 0
	for _, p := range s.Approvers {
		if slices.Contains(agree, p.ID) {
			n++
		}
	}
	switch s.Rule {
	case schema.RuleAll:
		return n == len(s.Approvers)
	case schema.RuleAny:
		return n > 0
	case schema.RuleAtLeast:
		return n >= s.MinApprovals
	}
	return slices.Contains(agree, designated[s.Name].ID)
}

// ends are the ways in which a step can end, whatever those who are silent will say.
func ends(s schema.Step, designated map[string]schema.Person, agree, refuse []int64) map[bool]bool {
	var silent []int64
	for _, p := range s.Approvers {
		if !slices.Contains(agree, p.ID) && !slices.Contains(refuse, p.ID) {
			silent = append(silent, p.ID)
		}
	}
	all := map[bool]bool{}
	for set := range 1 << len(silent) {
		says := slices.Clone(agree)
		for i, id := range silent {
			if set&(1<<i) != 0 {
				says = append(says, id)
			}
		}
		all[passes(s, designated, says)] = true
	}
	return all
}

// A step is decided exactly when nothing that the others may still say changes how it ends: held against all that they
// may say, for decisions of anybody in any order.
func TestDecisionsAgainstEveryEnd(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for range 20_000 {
		template, designated := random(r)
		a := Raise(template, designated)
		step, want := 0, schema.OutcomePending
		var agree, refuse []int64
		for range r.IntN(12) {
			d := schema.Answer{Person: schema.Person{ID: 1 + r.Int64N(5)}, Agrees: r.IntN(3) > 0}
			a.Decide(d)
			e := a.Trace[len(a.Trace)-1]
			if want != schema.OutcomePending {
				if e.Ignored != Ended {
					t.Fatalf("%+v: %+v after it has ended", template, e)
				}
				continue
			}
			s := template.Steps[step]
			in := slices.ContainsFunc(s.Approvers, func(p schema.Person) bool { return p.ID == d.Person.ID })
			counts := in && (s.Rule != schema.RuleDesignated || designated[s.Name].ID == d.Person.ID) &&
				!slices.Contains(agree, d.Person.ID) && !slices.Contains(refuse, d.Person.ID)
			if counts != (e.Ignored == Counts) {
				t.Fatalf("%+v, designated %v: %+v", template, designated, e)
			}
			switch {
			case !counts:
			case d.Agrees:
				agree = append(agree, d.Person.ID)
			default:
				refuse = append(refuse, d.Person.ID)
			}
			if how := ends(s, designated, agree, refuse); len(how) == 1 {
				agree, refuse = nil, nil
				if step++; how[false] {
					want = schema.OutcomeRefused
				} else if step == len(template.Steps) {
					want = schema.OutcomeApproved
				}
			}
			if a.Outcome != want {
				t.Fatalf("%+v, designated %v: %s, want %s after %+v", template, designated, a.Outcome, want, a.Trace)
			}
		}
	}
}

// Where everybody says the same whenever asked, it is approved exactly when those who agree suffice, and it can still
// pass exactly when all but those who refuse do; in whatever order they are listed.
func TestPlayAgreesWithPolicy(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	for range 20_000 {
		template, designated := random(r)
		test := schema.Test{Designated: designated}
		var agree, others []int64
		for id := int64(1); id <= 5; id++ {
			switch p := (schema.Person{ID: id}); r.IntN(3) {
			case 0:
				test.Agree, agree = append(test.Agree, p), append(agree, id)
			case 1:
				test.Refuse = append(test.Refuse, p)
				continue
			}
			others = append(others, id)
		}
		asks := Asks(template, designated)
		got := Play(&test, template).Outcome
		if (got == schema.OutcomeApproved) != asks.Suffices(agree) {
			t.Fatalf("%+v, %+v: %s", template, test, got)
		}
		dead := got == schema.OutcomeRefused || got == schema.OutcomeImpossible
		if dead == asks.Suffices(others) {
			t.Fatalf("%+v, %+v: %s", template, test, got)
		}
		shuffled := test
		shuffled.Agree, shuffled.Refuse = slices.Clone(test.Agree), slices.Clone(test.Refuse)
		slices.Reverse(shuffled.Agree)
		slices.Reverse(shuffled.Refuse)
		if again := Play(&shuffled, template).Outcome; again != got {
			t.Fatalf("%+v, %+v: %s, and the other way round %s", template, test, got, again)
		}
	}
}

// A smallest group is what needs_at_least counts: held against all groups.
func TestFewestAgainstEverySet(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 6))
	for range 2_000 {
		template, designated := random(r)
		asks := Asks(template, designated)
		least := 6
		for set := range 1 << 5 {
			var group []int64
			for i := range int64(5) {
				if set&(1<<i) != 0 {
					group = append(group, i+1)
				}
			}
			if asks.Suffices(group) {
				least = min(least, len(group))
			}
		}
		for n := 1; n <= 6; n++ {
			test := schema.Test{
				Designated: designated,
				Assertions: []schema.Assertion{{Kind: schema.AssertNeeds, Least: n}},
			}
			if Passes(&test, template) != (n <= least) {
				t.Fatalf("%+v, designated %v: needs_at_least = %d, and the fewest are %d", template, designated, n,
					least)
			}
		}
		sets, whole := asks.Minimal(mostGroups)
		groups := make([][]schema.Person, len(sets))
		for i, set := range sets {
			for _, id := range set {
				groups[i] = append(groups[i], schema.Person{ID: id})
			}
		}
		test := schema.Test{
			Designated: designated,
			Assertions: []schema.Assertion{{Kind: schema.AssertWhoCanPass, Groups: groups}},
		}
		if !whole || !Passes(&test, template) {
			t.Fatalf("%+v: who_can_pass does not hold of %v", template, sets)
		}
		test.Assertions[0].Groups = groups[1:]
		if Passes(&test, template) {
			t.Fatalf("%+v: who_can_pass holds without %v", template, sets[0])
		}
	}
}

// Coverage keeps to its definition: what it calls covered some test notices, and what it lists no test does.
func TestCoverageByItsDefinition(t *testing.T) {
	people := []schema.Person{{ID: 1}, {ID: 2}, {ID: 3}}
	template := schema.Declared{Template: schema.Template{Steps: []schema.Step{
		{Name: "初审", Rule: schema.RuleAny, Approvers: people[:1]},
		{Name: "终审", Rule: schema.RuleAtLeast, MinApprovals: 2, Approvers: people}}}}
	outcome := func(o schema.Outcome, agree ...schema.Person) *schema.Test {
		return &schema.Test{Agree: agree, Assertions: []schema.Assertion{{Kind: schema.AssertOutcome, Outcome: o}}}
	}
	for _, c := range []struct {
		name                 string
		tests                []*schema.Test
		steps, rules, people int
	}{
		{"none", nil, 0, 0, 0},
		{"two of three pass", []*schema.Test{outcome(schema.OutcomeApproved, people[0], people[1])}, 0, 0, 3},
		{"one does not", []*schema.Test{outcome(schema.OutcomePending, people[0])}, 1, 0, 1},
		{"without the first it does not", []*schema.Test{outcome(schema.OutcomePending, people[1],
			people[2])}, 1, 0, 1},
		{"all of these, and the other", []*schema.Test{outcome(schema.OutcomeApproved, people[0], people[1]),
			outcome(schema.OutcomeApproved, people[0], people[2]), outcome(schema.OutcomePending, people[0]),
			outcome(schema.OutcomePending, people[1], people[2])}, 2, 1, 4},
	} {
		got := Cover(c.tests, []schema.Declared{template})
		want := map[Kind]int{Steps: c.steps, Rules: c.rules, People: c.people}
		for _, k := range Kinds {
			if got.Covered[k] != want[k] || got.All[k] != map[Kind]int{Steps: 2, Rules: 1, People: 4}[k] {
				t.Errorf("%s: %d of %d %s, want %d\n%+v", c.name, got.Covered[k], got.All[k], k, want[k], got.Gaps)
			}
		}
	}
}
