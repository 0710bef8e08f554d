package simulate

import (
	"slices"

	"countersign/schema"
	"countersign/schema/addr"
)

// Kind is what of a template can be covered.
type Kind string

const (
	Steps  Kind = "steps"
	Rules  Kind = "rules"
	People Kind = "people"
)

// Kinds are all of them.
var Kinds = []Kind{Steps, Rules, People}

// Coverage is what the tests of a configuration have made matter. A step, a rule or an approver of a step matters when there
// is a test that passes, and would fail if it were otherwise:
//
//   - a step, if it were not there;
//   - a rule, if the step asked one person fewer, and also if it asked one more (both, as far as the step's people allow it);
//     that of a designated step, if any one of its approvers could decide it;
//   - an approver, if they were not in the step.
type Coverage struct {
	Covered, All map[Kind]int
	Gaps         []Gap
	Undecided    int // of All, how many would take too long to find out; they are neither covered nor gaps
}

// Gap is an edit that no test would notice.
type Gap struct {
	Template addr.Address
	Untested bool // no passing test is about the template; the rest is empty
	Kind     Kind
	Step     int // from 0
	Edit     Edit
	Person   schema.Person // of Left
}

// Edit is what would not be noticed.
type Edit string

const (
	Removed Edit = "step_removed"
	Fewer   Edit = "one_fewer"
	More    Edit = "one_more"
	AnyOne  Edit = "any_one"
	Left    Edit = "approver_removed"
)

// mostWork bounds how often an approver of a step is looked at for the coverage of all templates together: what about a
// second allows.
const mostWork = 10_000_000

// work is about how often playing a test looks at an approver. Smallest groups have to be searched for.
func work(test *schema.Test, t schema.Template) int {
	n := 0
	for _, s := range t.Steps {
		n += 1 + len(s.Approvers)
	}
	for _, a := range test.Assertions {
		if a.Kind == schema.AssertWhoCanPass || a.Kind == schema.AssertNeeds {
			return 30 * n
		}
	}
	return n
}

// mutant is one edit of a template.
type mutant struct {
	Gap
	template schema.Template
}

// Cover finds out what the tests that pass have made matter in the templates.
func Cover(passing []*schema.Test, templates []schema.Declared) Coverage {
	c := Coverage{Covered: map[Kind]int{}, All: map[Kind]int{}}
	left := mostWork
	for _, t := range templates {
		var tests []*schema.Test
		for _, test := range passing {
			if test.Template == t.Address {
				tests = append(tests, test)
			}
		}
		if len(tests) == 0 {
			c.Gaps = append(c.Gaps, Gap{Template: t.Address, Untested: true})
		}
		for _, subject := range subjects(t) {
			kind := subject[0].Kind
			c.All[kind]++
			covered, decided := true, true
			for _, m := range subject {
				noticed := false
				for i := 0; i < len(tests) && !noticed; i++ {
					if left -= work(tests[i], t.Template); left < 0 {
						decided = false
						break
					}
					noticed = !Passes(tests[i], m.template)
				}
				if covered = covered && noticed; !noticed && decided && len(tests) > 0 {
					c.Gaps = append(c.Gaps, m.Gap)
				}
			}
			switch {
			case !decided:
				c.Undecided++
			case covered:
				c.Covered[kind]++
			}
		}
	}
	return c
}

// subjects are the steps, rules and approvers of a template, each as the edits of it that a test must notice. The rule of a
// step with one approver is no subject: there is no other.
func subjects(t schema.Declared) (all [][]mutant) {
	for i, s := range t.Template.Steps {
		edit := func(kind Kind, edit Edit, change func(s *schema.Step)) mutant {
			m := mutant{Gap{Template: t.Address, Kind: kind, Step: i, Edit: edit}, t.Template}
			m.template.Steps = slices.Clone(t.Template.Steps)
			change(&m.template.Steps[i])
			return m
		}
		gone := edit(Steps, Removed, func(*schema.Step) {})
		gone.template.Steps = slices.Delete(gone.template.Steps, i, i+1)
		all = append(all, []mutant{gone})

		var rules []mutant
		asks := func(n int) func(*schema.Step) {
			return func(s *schema.Step) { s.Rule, s.MinApprovals = schema.RuleAtLeast, n }
		}
		needs := Asks(t.Template, nil)[i].Needs
		switch {
		case s.Rule == schema.RuleDesignated && len(s.Approvers) > 1:
			rules = append(rules, edit(Rules, AnyOne, func(s *schema.Step) { s.Rule = schema.RuleAny }))
		case s.Rule != schema.RuleDesignated:
			if needs > 1 {
				rules = append(rules, edit(Rules, Fewer, asks(needs-1)))
			}
			if needs < len(s.Approvers) {
				rules = append(rules, edit(Rules, More, asks(needs+1)))
			}
		}
		if len(rules) > 0 {
			all = append(all, rules)
		}
		for k, who := range s.Approvers {
			m := edit(People, Left,
				func(s *schema.Step) { s.Approvers = slices.Delete(slices.Clone(s.Approvers), k, k+1) })
			m.Person = who
			all = append(all, []mutant{m})
		}
	}
	return all
}
