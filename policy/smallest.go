package policy

import (
	"maps"
	"math/bits"
	"slices"
)

// mostNodes bounds all searches for one witness together, or for minimal sets: a question that needs more nodes stays
// undecided. Policies that people write need a few nodes; only many steps whose people overlap without any order come
// near the bound. Each search gets at least leastNodes, which is enough to find some set if there is one.
const (
	mostNodes  = 2_000
	leastNodes = 100
)

// search looks for the fewest people who meet all requirements, with at most so many of certain capped people among
// them. People who are in exactly the same requirements are interchangeable, so it counts them by kind. It is a branch
// and bound: exact, unless it runs out of nodes.
type search struct {
	kinds  [][]int64 // the people of each kind, sorted
	in     [][]int   // requirements that a kind is in
	of     [][]int   // kinds that are in a requirement
	sets   []members // in as bits
	capped []bool    // kinds that count against the cap
	nodes  int       // that may still be looked at

	best  int   // the size of the best set found; before, one more than is of interest
	found []int // how many of each kind are in that set; nil: none was found
	out   bool  // it ran out of nodes: there may be a set though none was found, or a smaller one
}

// members is a set of requirements.
type members []uint64

func (b members) set(i int)   { b[i/64] |= 1 << (i % 64) }
func (b members) clear(i int) { b[i/64] &^= 1 << (i % 64) }

// common counts the requirements that are in both sets.
func (b members) common(o members) (n int) {
	for i := range b {
		n += bits.OnesCount64(b[i] & o[i])
	}
	return n
}

// covers reports whether b has every requirement that o and open have in common.
func (b members) covers(o, open members) bool {
	for i := range b {
		if o[i]&open[i]&^b[i] != 0 {
			return false
		}
	}
	return true
}

// place is one node of a search.
type place struct {
	left  []int   // how many people of each kind may still be taken
	taken []int   // how many of each kind are taken
	needs []int   // how many people each requirement still needs
	open  members // the requirements that still need somebody
	cap   int     // how many capped people may still be taken
	size  int     // how many people are taken
}

func (p place) clone() place {
	p.left, p.taken, p.needs = slices.Clone(p.left), slices.Clone(p.taken), slices.Clone(p.needs)
	p.open = slices.Clone(p.open)
	return p
}

// smallest returns the fewest people who meet all of p, with at most most of the people in few among them, sorted; nil
// if there are none, or no fewer than under. No requirement of p may imply another one. decided is false when the
// search ended too early to be sure. It takes its nodes from budget.
func smallest(p Policy, few []int64, most, under int, budget *int) (people []int64, decided bool) {
	given := max(*budget, leastNodes)
	s := &search{best: under, nodes: given}
	at := s.sort(p, few, most)
	s.look(at)
	*budget -= given - s.nodes
	if s.found == nil {
		return nil, !s.out
	}
	return s.people(), !s.out
}

// people are the people of the set that was found, sorted.
func (s *search) people() []int64 {
	people := []int64{}
	for k, n := range s.found {
		people = append(people, s.kinds[k][:n]...)
	}
	slices.Sort(people)
	return people
}

// sort divides people into kinds and returns where the search begins. At first all are of one kind, and each
// requirement sets those who are in it apart from the others.
func (s *search) sort(p Policy, few []int64, most int) place {
	named := 0
	for _, r := range p {
		named += len(r.People)
	}
	kindOf := make(map[int64]int, min(named, 32*len(p))) // in many steps, the same people are named again
	in, capped := [][]int{nil}, []bool{false}
	apart := map[int]int{} // the new kind, by the kind they were of
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

// withoutImplied leaves out the requirements that are met whenever another one is.
func withoutImplied(p Policy) Policy {
	var kept Policy
next:
	for i, r := range p {
		for j, o := range p {
			if i != j && implies(o, r) && (j < i || !implies(r, o)) {
				continue next
			}
		}
		kept = append(kept, r)
	}
	return kept
}

// implies reports whether r is met whenever o is: any people who meet o have enough of r's people among them.
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

// look searches on from a node.
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
		case k >= 0: // nobody else would be worth more: there is no need to try another way
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
		with := at.clone()
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
	met      = -1 // every requirement is met
	hopeless = -2 // some requirement can no longer be met
)

// next is the requirement to go on with, and the kind of people to take for it when no other kind could be better; -1
// when both ways must be tried. It prefers a requirement with such a kind, then the one that leaves the least choice.
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

// choose is the kind of people to take for a requirement: those who help with most. beyond says that no other kind is
// better: none helps with anything else, and none costs less of the cap.
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

// bound is how many more people are needed at least: the sum over requirements that share nobody, those that need most
// taken first; or what everybody needs together, divided by the most that one person helps with.
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

// worth is how many of the open requirements a person of a kind is in.
func (s *search) worth(at *place, k int) int { return s.sets[k].common(at.open) }
