package policy

// Result says how what a template asks for compares with what it asked for before.
type Result string

const (
	Same         Result = "same"         // the same sets of people suffice
	Stronger     Result = "stronger"     // some sets suffice no longer, and no new ones do
	Weaker       Result = "weaker"       // some sets suffice that did not, and all that did still do
	Incomparable Result = "incomparable" // both: some suffice no longer, and others do now
	Undecided    Result = "undecided"    // it would take too long to find out
)

// Verdict compares two policies, with a witness for each way in which they differ.
type Verdict struct {
	Result Result
	// Opens is a smallest set of people that suffices now and did not before, sorted; nil when there is none. An empty set means
	// that nobody is needed any more.
	Opens []int64
	// Closes is a smallest set that sufficed before and does not now.
	Closes []int64
	// Why says what is not decided; "" when all is. What stands in Opens and Closes is true all the same, if not the smallest.
	Why string
}

// Compare tells what going from one policy to another means. It is exact, and undecided where it would take too long.
func Compare(before, after Policy) Verdict {
	opens, sure := witness(after, before)
	closes, certain := witness(before, after)
	v := Verdict{Opens: opens, Closes: closes}
	switch {
	case !sure:
		v.Why = "whether it lets pass what could not pass before takes too long to find out"
	case !certain:
		v.Why = "whether it keeps from passing what could pass before takes too long to find out"
	}
	switch {
	case !sure || !certain:
		v.Result = Undecided
	case opens != nil && closes != nil:
		v.Result = Incomparable
	case opens != nil:
		v.Result = Weaker
	case closes != nil:
		v.Result = Stronger
	default:
		v.Result = Same
	}
	return v
}

// witness is a smallest set that suffices for one policy and not for another; nil if there is none. It fails the other one by
// one of its requirements, so each of them is tried.
func witness(passes, fails Policy) (smallestSet []int64, decided bool) {
	if !passes.Possible() {
		return nil, true
	}
	decided = true
	under := len(passes.People()) + 1
	for _, r := range fails {
		if r.Needs <= 0 || impliedByOne(passes, r) {
			continue
		}
		most := r.Needs - 1
		if len(r.People) < r.Needs { // nobody passes it
			most = len(r.People)
		}
		people, sure := smallest(passes, r.People, most, under)
		decided = decided && sure
		if people != nil {
			if !passes.Suffices(people) || fails.Suffices(people) {
				return nil, false // the search is wrong: better no answer than a false one
			}
			smallestSet, under = people, len(people)
		}
	}
	return smallestSet, decided
}

// impliedByOne reports whether a policy meets a requirement by one of its own.
func impliedByOne(p Policy, r Requirement) bool {
	for _, o := range p {
		if implies(o, r) {
			return true
		}
	}
	return false
}
