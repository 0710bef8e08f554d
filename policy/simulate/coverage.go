package simulate

import (
	"slices"

	"countersign/schema"
	"countersign/schema/addr"
)

// Kind is a kind of thing that tests can cover.
type Kind string

const (
	Steps  Kind = "steps"
	Rules  Kind = "rules"
	People Kind = "people"
)

// Kinds are all of them.
var Kinds = []Kind{Steps, Rules, People}

// Coverage is what the tests of a configuration cover. A test covers a step, a rule or an approver when it passes, and
// would fail after a certain edit of the template:
//
//   - a step: the step is removed;
//   - a rule: the step needs one person fewer, and also one more, as far as its approvers allow both; of a designated
//     step: any one approver may decide it;
//   - an approver: that person is removed from the step.
type Coverage struct {
	Covered, All map[Kind]int
	Gaps         []Gap
	Undecided    int // how many of All would take too long to find out; they are neither covered nor gaps
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

// Edit is a kind of edit.
type Edit string

const (
	Removed Edit = "step_removed"
	Fewer   Edit = "one_fewer"
	More    Edit = "one_more"
	AnyOne  Edit = "any_one"
	Left    Edit = "approver_removed"
)

// mostWork bounds how often the approvers of steps are looked at for all templates together; it takes about a second.
const mostWork = 10_000_000

// work estimates how often a test looks at an approver. Searching for smallest groups takes far more.
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

// mutant is a template with one edit.
type mutant struct {
	Gap
	template schema.Template
}

// Cover finds out what of the templates the passing tests cover.
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
		for _, edits := range subjects(t) {
			kind := edits[0].Kind
			c.All[kind]++
			covered, decided := true, true
			for _, m := range edits {
				noticed := slices.ContainsFunc(tests, func(test *schema.Test) bool {
					if left -= work(test, t.Template); left < 0 {
						decided = false
						return false
					}
					return !Passes(test, m.template)
				})
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

// subjects are the steps, rules and approvers of a template, each as the edits that a test must notice. The rule of a
// step with one approver is none: any other rule would mean the same.
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
