package simulate

import (
	"slices"

	"countersign/policy"
	"countersign/schema"
)

// Result is what came of one test.
type Result struct {
	Test     *schema.Test
	Approval *Approval // nil where the test takes no decision
	Failures []Failure
}

// Failure is an assertion that does not hold.
type Failure struct {
	schema.Assertion
	Got     schema.Outcome // of AssertOutcome
	Witness []int64        // AssertCanPass: who is lacking; AssertNeeds: who can pass
	// Of AssertWhoCanPass: the groups that can pass and were not named, and those that were named and are no smallest group.
	Unexpected, Missing [][]int64
	Only                bool // of AssertCanPass: nobody else could stand in for Witness
	Undecided           bool // it takes too long to find out
}

// mostGroups is how many smallest groups are listed to compare them.
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
			group := ids(a.Groups[0])
			holds = asks.Suffices(group)
			if !holds {
				f.Witness, f.Only = asks.Lacking(group)
			}
		case schema.AssertCannotPass:
			holds = !asks.Suffices(ids(a.Groups[0]))
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
		named[i] = ids(g)
	}
	f.Unexpected, f.Missing = lacks(sets, named), lacks(named, sets)
	return len(f.Unexpected)+len(f.Missing) == 0
}

// lacks are the sets that others do not hold.
func lacks(sets, others [][]int64) (left [][]int64) {
	for _, set := range sets {
		if !slices.ContainsFunc(others, func(o []int64) bool { return slices.Equal(o, set) }) {
			left = append(left, set)
		}
	}
	return left
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

func ids(people []schema.Person) []int64 {
	out := make([]int64, len(people))
	for i, p := range people {
		out[i] = p.ID
	}
	slices.Sort(out)
	return slices.Compact(out)
}
