package simulate

import (
	"slices"

	"countersign/policy"
	"countersign/schema"
)

// Result is the result of one test.
type Result struct {
	Test     *schema.Test
	Approval *Approval // nil where the test takes no decision
	Failures []Failure
}

// Failure is an assertion that does not hold.
type Failure struct {
	schema.Assertion
	Got     schema.Outcome // of AssertOutcome
	Witness []int64        // of AssertCanPass: who is lacking; of AssertNeeds: who can pass
	// Of AssertWhoCanPass: the smallest groups that were not named, and the named ones that are no smallest group.
	Unexpected, Missing [][]int64
	Only                bool // of AssertCanPass: nobody but Witness would do
	Undecided           bool // it would take too long to find out
}

// mostGroups bounds how many smallest groups are compared.
const mostGroups = 1000

// Check plays a test on its template.
func Check(test *schema.Test, t schema.Template) Result {
	r := Result{Test: test}
	asks := Asks(t, test.Designated)
	for _, a := range test.Assertions {
		f := Failure{Assertion: a}
		holds := false
		switch a.Kind {
		case schema.AssertOutcome:
			r.Approval = Play(test, t)
			f.Got = r.Approval.Outcome
			holds = f.Got == a.Outcome
		case schema.AssertCanPass:
			group := policy.IDs(a.Groups[0])
			holds = asks.Suffices(group)
			if !holds {
				f.Witness, f.Only = asks.Lacking(group)
			}
		case schema.AssertCannotPass:
			holds = !asks.Suffices(policy.IDs(a.Groups[0]))
		case schema.AssertWhoCanPass:
			holds = f.whoCanPass(asks)
		case schema.AssertNeeds:
			holds = f.needs(asks)
		}
		if !holds {
			r.Failures = append(r.Failures, f)
		}
	}
	return r
}

// Passes reports whether every assertion of a test holds for a template.
func Passes(test *schema.Test, t schema.Template) bool { return len(Check(test, t).Failures) == 0 }

func (f *Failure) whoCanPass(asks policy.Policy) bool {
	sets, whole := asks.Minimal(mostGroups)
	if f.Undecided = !whole; f.Undecided {
		return false
	}
	named := make([][]int64, len(f.Groups))
	for i, g := range f.Groups {
		named[i] = policy.IDs(g)
	}
	f.Unexpected, f.Missing = without(sets, named), without(named, sets)
	return len(f.Unexpected)+len(f.Missing) == 0
}

// without are the sets that are not among others.
func without(sets, others [][]int64) [][]int64 {
	return slices.DeleteFunc(slices.Clone(sets), func(set []int64) bool {
		return slices.ContainsFunc(others, func(o []int64) bool { return slices.Equal(o, set) })
	})
}

// needs reports whether no group of fewer people can pass.
func (f *Failure) needs(asks policy.Policy) bool {
	set, exact := asks.Fewest()
	switch {
	case !asks.Possible():
		return true
	case set != nil && len(set) < f.Least:
		f.Witness = set
		return false
	}
	f.Undecided = !exact
	return exact
}
