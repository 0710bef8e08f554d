package policy

import "slices"

// Result says how what a template asks for compares with what it asked for before.
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
	// Opens is a smallest set of people that suffices now and did not before, sorted; nil when there is none. An
	// empty set means that nobody is needed any more.
	Opens []int64
	// Closes is a smallest set that sufficed before and does not now.
	Closes []int64
	// MaybeSmaller says that a set smaller than Opens or Closes may be there: it would take too long to find out.
	// What stands in them is true all the same, and nobody can be left out of it.
	MaybeSmaller bool
	// Why says what is not decided; "" when Result is.
	Why string
}

// Compare tells what going from one policy to another means. It is exact, and undecided where it would take too long.
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

// finding is a set that suffices for one policy and not for another, nil if there is none, and what is not known of it.
type finding struct {
	set                     []int64
	maybeSmaller, undecided bool
}

// witness finds a smallest set that suffices for one policy and not for another. It fails the other one by one of its
// requirements, so each of them is tried.
func witness(passes, fails Policy) (f finding) {
	if !passes.Possible() {
		return f
	}
	var asks Policy // what passes asks for, without repeats
	under, budget, long := 1, mostNodes, false
	for _, r := range passes {
		under += r.Needs // more people are never needed
	}
	for _, r := range fails {
		if r.Needs <= 0 || impliedByOne(passes, r) {
			continue
		}
		if f.set != nil && budget <= 0 { // one is found, and whether a smaller one is there is not to be known
			long = true
			continue
		}
		if asks == nil {
			asks = withoutImplied(passes)
		}
		most := min(r.Needs-1, len(r.People)) // nobody passes one that has too few people
		people, sure := smallest(asks, r.People, most, under, &budget)
		long = long || !sure
		if people == nil {
			continue
		}
		// Nothing is believed that the plain count does not bear out: better no answer than a false one.
		if !passes.Suffices(people) || fails.Suffices(people) {
			return finding{undecided: true}
		}
		f.set, under = people, len(people)
	}
	if f.set == nil {
		f.undecided = long
	} else if long {
		f.set, f.maybeSmaller = withoutSpare(passes, f.set), true
	}
	return f
}

// withoutSpare leaves out of a set whoever is not needed.
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

// impliedByOne reports whether a policy meets a requirement by one of its own.
func impliedByOne(p Policy, r Requirement) bool {
	return slices.ContainsFunc(p, func(o Requirement) bool { return implies(o, r) })
}
