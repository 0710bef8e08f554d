package policy

import "slices"

// Result says how a policy compares with the one before it.
type Result string

const (
	Same         Result = "same"         // the same sets of people suffice
	Stronger     Result = "stronger"     // some sets suffice no longer, and no new ones do
	Weaker       Result = "weaker"       // some sets suffice that did not, and all that did still do
	Incomparable Result = "incomparable" // both: some suffice no longer, and others do now
	Undecided    Result = "undecided"    // it would take too long to find out
)

// Results are all of them.
var Results = []Result{Weaker, Incomparable, Undecided, Stronger, Same}

// Verdict compares two policies, with a witness for each way in which they differ.
type Verdict struct {
	Result Result
	// Opens is a smallest set of people that suffices now and did not before, sorted; nil when there is none. The empty
	// set means that nobody is needed any more.
	Opens []int64
	// Closes is a smallest set that sufficed before and does not now.
	Closes []int64
	// MaybeSmaller says that there may be a smaller set than Opens or Closes: it would take too long to find out. Opens
	// and Closes are true all the same, and nobody can be left out of them.
	MaybeSmaller bool
	// Why says what is not decided; "" when Result is.
	Why string
}

// Compare says what it means to go from one policy to another. It is exact, and undecided when it would take too long.
func Compare(before, after Policy) Verdict {
	opens, closes := witness(after, before), witness(before, after)
	v := Verdict{Opens: opens.set, Closes: closes.set, MaybeSmaller: opens.maybeSmaller || closes.maybeSmaller}
	switch {
	case opens.undecided:
		v.Result, v.Why = Undecided, "whether it lets pass what could not pass before takes too long to find out"
	case closes.undecided:
		v.Result, v.Why = Undecided, "whether it keeps from passing what could pass before takes too long to find out"
	case v.Opens != nil && v.Closes != nil:
		v.Result = Incomparable
	case v.Opens != nil:
		v.Result = Weaker
	case v.Closes != nil:
		v.Result = Stronger
	default:
		v.Result = Same
	}
	return v
}

// finding is what witness found.
type finding struct {
	set          []int64 // nil: there is none
	maybeSmaller bool    // there may be a smaller one
	undecided    bool    // whether there is one is not known
}

// witness finds a smallest set that suffices for one policy and not for another. Such a set misses one requirement of
// the other policy, so it tries to miss each of them.
func witness(passes, fails Policy) (f finding) {
	if !passes.Possible() {
		return f
	}
	var asks Policy // passes without implied requirements
	under, budget, tooLong := 1, mostNodes, false
	for _, r := range passes {
		under += r.Needs // more people are never needed
	}
	for _, r := range fails {
		if r.Needs <= 0 || slices.ContainsFunc(passes, func(o Requirement) bool { return implies(o, r) }) {
			continue // whoever suffices for passes meets r
		}
		if f.set != nil && budget <= 0 { // there is one; nobody knows whether there is a smaller one
			tooLong = true
			continue
		}
		if asks == nil {
			asks = withoutImplied(passes)
		}
		most := min(r.Needs-1, len(r.People)) // r may need more people than it has
		people, sure := smallest(asks, r.People, most, under, &budget)
		tooLong = tooLong || !sure
		if people == nil {
			continue
		}
		// The plain definition has the last word: better no answer than a wrong one.
		if !passes.Suffices(people) || fails.Suffices(people) {
			return finding{undecided: true}
		}
		f.set, under = people, len(people)
	}
	if f.set == nil {
		f.undecided = tooLong
	} else if tooLong {
		f.set, f.maybeSmaller = withoutSpare(passes, f.set), true
	}
	return f
}

// withoutSpare removes from a set everybody who is not needed.
func withoutSpare(p Policy, set []int64) []int64 {
	for i := 0; i < len(set); {
		if less := slices.Delete(slices.Clone(set), i, i+1); p.Suffices(less) {
			set = less
		} else {
			i++
		}
	}
	return set
}
