package policy

import (
	"maps"
	"math/bits"
	"slices"
)

// mostNodes bounds all searches for one witness together, or for minimal sets: what needs more places to be looked at
// is not decided. Policies that people write need a few; only many steps whose people overlap without any order come
// near it. Each search gets leastNodes at any rate, which is enough to find some set where one is to be had.
const (
	mostNodes  = 2_000
	leastNodes = 100
)

// search looks for the fewest people that meet requirements while at most so many of certain people are among them.
// People who are in the very same requirements are alike, so it counts them by kind. It is a branch and bound: exact,
// unless it runs out of nodes.
type search struct {
	kinds  [][]int64 // the people of each kind, sorted
	in     [][]int   // requirements that a kind is in
	of     [][]int   // kinds that a requirement is met by
	sets   []members // in, as bits
	capped []bool    // kinds that count against the cap
	nodes  int       // that may still be looked at

	best  int // the size of the best set found, or one more than is of interest
	found []int
	out   bool // it ran out of nodes: what was not found may be there, and what was found may not be the smallest
}

// members is a set of requirements.
type members []uint64

func (b members) set(i int)   { b[i/64] |= 1 << (i % 64) }
func (b members) clear(i int) { b[i/64] &^= 1 << (i % 64) }

// both is how many are in b and in o.
func (b members) both(o members) (n int) {
	for i := range b {
		n += bits.OnesCount64(b[i] & o[i])
	}
	return n
}

// covers reports whether b holds all that are in o and in open.
func (b members) covers(o, open members) bool {
	for i := range b {
		if o[i]&open[i]&^b[i] != 0 {
			return false
		}
	}
	return true
}

// place is where a search stands.
type place struct {
	left  []int // people of each kind that may still be taken
	taken []int
	needs []int   // what each requirement still needs
	open  members // the requirements that still need somebody
	cap   int
	size  int
}

// smallest returns the fewest people who meet all of p, in which no requirement implies another, with at most most of
// the people in few, sorted, if they are fewer than under; nil if there are none. decided is false when the search
// was too long to be sure. It takes its nodes from budget.
func smallest(p Policy, few []int64, most, under int, budget *int) (people []int64, decided bool) {
	given := max(*budget, leastNodes)
	s := &search{best: under, nodes: given}
	at := s.sort(p, few, most)
	s.look(at)
	*budget -= given - s.nodes
	if s.found == nil {
		return nil, !s.out
	}
	return s.spelled(), !s.out
}

// spelled are the people of the set that was found, sorted.
func (s *search) spelled() []int64 {
	people := []int64{}
	for k, n := range s.found {
		people = append(people, s.kinds[k][:n]...)
	}
	slices.Sort(people)
	return people
}

// sort tells people by kind: all are of one kind first, and each requirement sets those who are in it apart from the
// rest.
func (s *search) sort(p Policy, few []int64, most int) place {
	kindOf := make(map[int64]int, 32*len(p))
	in, capped := [][]int{nil}, []bool{false}
	apart := map[int]int{} // by the kind they were of
	for i, r := range p {
		clear(apart)
		for _, who := range r.People {
			was := kindOf[who]
			is, known := apart[was]
			if !known {
				is = len(in)
				apart[was] = is
				in, capped = append(in, append(slices.Clone(in[was]), i)), append(capped, false)
			}
			kindOf[who] = is
		}
	}
	clear(apart)
	for _, who := range few {
		was, asked := kindOf[who]
		if !asked {
			continue
		}
		is, known := apart[was]
		if !known {
			is = len(in)
			apart[was] = is
			in, capped = append(in, in[was]), append(capped, true)
		}
		kindOf[who] = is
	}
	number := make([]int, len(in)) // of a kind among those that have people, counted from 1
	for _, who := range slices.Sorted(maps.Keys(kindOf)) {
		k := kindOf[who]
		if number[k] == 0 {
			s.kinds, s.in, s.capped = append(s.kinds, nil), append(s.in, in[k]), append(s.capped, capped[k])
			number[k] = len(s.kinds)
		}
		s.kinds[number[k]-1] = append(s.kinds[number[k]-1], who)
	}
	s.of = make([][]int, len(p))
	words := (len(p) + 63) / 64
	at := place{left: make([]int, len(s.kinds)), taken: make([]int, len(s.kinds)), needs: make([]int, len(p)),
		open: make(members, words), cap: most}
	s.sets = make([]members, len(s.kinds))
	for k := range s.kinds {
		at.left[k], s.sets[k] = len(s.kinds[k]), make(members, words)
		for _, i := range s.in[k] {
			s.of[i] = append(s.of[i], k)
			s.sets[k].set(i)
		}
	}
	for i, r := range p {
		if at.needs[i] = r.Needs; r.Needs > 0 {
			at.open.set(i)
		}
	}
	return at
}

// withoutImplied leaves out requirements that are met whenever another one is: that which needs as many of fewer
// people.
func withoutImplied(p Policy) Policy {
	var kept Policy
	for i, r := range p {
		implied := false
		for j, o := range p {
			if i != j && implies(o, r) && (j < i || !implies(r, o)) {
				implied = true
				break
			}
		}
		if !implied {
			kept = append(kept, r)
		}
	}
	return kept
}

// implies reports whether r is met whenever o is, for that reason alone: so many of o's people are r's too.
func implies(o, r Requirement) bool {
	spare := o.Needs - r.Needs
	if spare < 0 || len(o.People)-len(r.People) > spare {
		return false
	}
	at := 0
	for _, who := range o.People {
		for at < len(r.People) && r.People[at] < who {
			at++
		}
		if at == len(r.People) || r.People[at] != who {
			if spare--; spare < 0 {
				return false
			}
		}
	}
	return true
}

// look goes on from a place.
func (s *search) look(at place) {
	for {
		if at.size >= s.best {
			return
		}
		i, k := s.next(&at)
		switch {
		case i == met:
			s.best, s.found = at.size, slices.Clone(at.taken)
			return
		case i == hopeless:
			return
		case k >= 0: // nobody else is worth more for anything that is still needed: no other way need be looked at
			n := min(at.left[k], at.needs[i])
			if s.capped[k] {
				n = min(n, at.cap)
			}
			s.take(&at, k, n)
			continue
		}
		if s.nodes <= 0 {
			s.out = true
			return
		}
		s.nodes--
		if at.size+s.bound(&at) >= s.best {
			return
		}
		k, _ = s.choose(&at, i)
		with := place{left: slices.Clone(at.left), taken: slices.Clone(at.taken), needs: slices.Clone(at.needs),
			open: slices.Clone(at.open), cap: at.cap, size: at.size}
		s.take(&with, k, 1)
		s.look(with)
		at.left[k] = 0
	}
}

func (s *search) take(at *place, k, n int) {
	at.left[k] -= n
	at.taken[k] += n
	at.size += n
	if s.capped[k] {
		at.cap -= n
	}
	for _, i := range s.in[k] {
		if at.needs[i] -= n; at.needs[i] <= 0 {
			at.open.clear(i)
		}
	}
}

const (
	met      = -1 // nothing is needed any more
	hopeless = -2 // something can no longer be met
)

// next is the requirement to go on with, and the kind of people to take for it where nothing is gained by any other;
// -1 where it must be tried. It prefers a requirement with such a kind, then the one that leaves the least choice.
func (s *search) next(at *place) (next, sure int) {
	next, slack := met, 0
	for i, needs := range at.needs {
		if needs <= 0 {
			continue
		}
		free, capped := 0, 0
		for _, k := range s.of[i] {
			if s.capped[k] {
				capped += at.left[k]
			} else {
				free += at.left[k]
			}
		}
		spare := free + min(capped, at.cap) - needs
		if spare < 0 {
			return hopeless, -1
		}
		if next == met || spare < slack {
			next, slack = i, spare
		}
	}
	for i, needs := range at.needs {
		if needs > 0 {
			if k, beyond := s.choose(at, i); beyond {
				return i, k
			}
		}
	}
	return next, -1
}

// choose is the kind of people to take for a requirement: those who help with most. beyond is true when any other who
// could be taken helps with nothing else, and costs no less of the cap.
func (s *search) choose(at *place, i int) (chosen int, beyond bool) {
	chosen = -1
	available := func(k int) bool { return at.left[k] > 0 && (!s.capped[k] || at.cap > 0) }
	most := 0
	for _, k := range s.of[i] {
		if !available(k) {
			continue
		}
		if n := s.worth(at, k); chosen < 0 || n > most || n == most && s.capped[chosen] && !s.capped[k] {
			chosen, most = k, n
		}
	}
	for _, k := range s.of[i] {
		if k == chosen || !available(k) {
			continue
		}
		if s.capped[chosen] && !s.capped[k] || !s.sets[chosen].covers(s.sets[k], at.open) {
			return chosen, false
		}
	}
	return chosen, true
}

// bound is how many more people are needed at least. Requirements that nobody is in two of add up, those that need
// most taken first; and nobody helps with more than so many at once.
func (s *search) bound(at *place) int {
	order := make([]int, 0, len(at.needs))
	sum := 0
	for i, needs := range at.needs {
		if needs > 0 {
			order = append(order, i)
			sum += needs
		}
	}
	if len(order) == 0 {
		return 0
	}
	slices.SortStableFunc(order, func(i, j int) int { return at.needs[j] - at.needs[i] })
	used := make([]bool, len(s.kinds))
	apart := 0
	for _, i := range order {
		if slices.ContainsFunc(s.of[i], func(k int) bool { return used[k] && at.left[k] > 0 }) {
			continue
		}
		for _, k := range s.of[i] {
			used[k] = true
		}
		apart += at.needs[i]
	}
	most := 1
	for k := range s.kinds {
		if at.left[k] > 0 {
			most = max(most, s.worth(at, k))
		}
	}
	return max(apart, (sum+most-1)/most)
}

// worth is how many requirements that still need somebody a person of a kind is in.
func (s *search) worth(at *place, k int) int { return s.sets[k].both(at.open) }
