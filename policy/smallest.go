package policy

import (
	"encoding/binary"
	"slices"
)

// mostNodes bounds a search: what needs more places to be looked at is not decided. Policies that people write need a few; only
// many steps whose people overlap without any order come near it.
const mostNodes = 20_000

// search looks for the fewest people that meet requirements while at most so many of certain people are among them. People who
// are in the very same requirements are alike, so it counts them by kind. It is a branch and bound: exact, unless it runs out of
// nodes.
type search struct {
	kinds  [][]int64 // the people of each kind, sorted
	in     [][]int   // requirements that a kind is in
	of     [][]int   // kinds that a requirement is met by
	capped []bool    // kinds that count against the cap
	nodes  int

	best  int // the size of the best set found, or one more than is of interest
	found []int
	out   bool // it ran out of nodes: what was not found may be there, and what was found may not be the smallest
}

// place is where a search stands.
type place struct {
	left  []int // people of each kind that may still be taken
	taken []int
	needs []int // what each requirement still needs
	cap   int
	size  int
}

// smallest returns the fewest people who meet all of p with at most most of the people in few, sorted, if they are fewer than
// under; nil if there are none. decided is false when the search was too long to be sure.
func smallest(p Policy, few []int64, most, under int) (people []int64, decided bool) {
	s := &search{best: under}
	at := s.sort(p, few, most)
	s.look(at)
	if s.found == nil {
		return nil, !s.out
	}
	people = []int64{}
	for k, n := range s.found {
		people = append(people, s.kinds[k][:n]...)
	}
	slices.Sort(people)
	return people, !s.out
}

// sort tells people by kind.
func (s *search) sort(p Policy, few []int64, most int) place {
	p = withoutImplied(p)
	signs := map[int64][]byte{}
	sign := func(who int64, i int) {
		signs[who] = binary.BigEndian.AppendUint32(signs[who], uint32(i))
	}
	for i, r := range p {
		for _, who := range r.People {
			sign(who, i)
		}
	}
	for _, who := range few {
		if signs[who] != nil {
			sign(who, len(p))
		}
	}
	everybody := p.People()
	kind := map[string]int{}
	for _, who := range everybody {
		key := string(signs[who])
		k, known := kind[key]
		if !known {
			k = len(s.kinds)
			kind[key] = k
			s.kinds, s.in, s.capped = append(s.kinds, nil), append(s.in, nil), append(s.capped, false)
			for at := 0; at < len(key); at += 4 {
				i := int(binary.BigEndian.Uint32([]byte(key[at:])))
				if i == len(p) {
					s.capped[k] = true
					continue
				}
				s.in[k] = append(s.in[k], i)
			}
		}
		s.kinds[k] = append(s.kinds[k], who)
	}
	s.of = make([][]int, len(p))
	at := place{left: make([]int, len(s.kinds)), taken: make([]int, len(s.kinds)), needs: make([]int, len(p)), cap: most}
	for k := range s.kinds {
		at.left[k] = len(s.kinds[k])
		for _, i := range s.in[k] {
			s.of[i] = append(s.of[i], k)
		}
	}
	for i, r := range p {
		at.needs[i] = r.Needs
	}
	return at
}

// withoutImplied leaves out requirements that are met whenever another one is: that which needs as many of fewer people.
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
	if o.Needs < r.Needs {
		return false
	}
	return o.Needs-outside(o.People, r.People) >= r.Needs
}

// outside is how many of one sorted list are not in another.
func outside(list, other []int64) int {
	n, at := 0, 0
	for _, who := range list {
		for at < len(other) && other[at] < who {
			at++
		}
		if at == len(other) || other[at] != who {
			n++
		}
	}
	return n
}

// look goes on from a place.
func (s *search) look(at place) {
	for {
		if at.size >= s.best {
			return
		}
		i := s.tightest(&at)
		switch i {
		case met:
			s.best, s.found = at.size, slices.Clone(at.taken)
			return
		case hopeless:
			return
		}
		k, beyond := s.choose(&at, i)
		if beyond { // nobody else is worth more for anything that is still needed: no other way need be looked at
			n := min(at.left[k], at.needs[i])
			if s.capped[k] {
				n = min(n, at.cap)
			}
			s.take(&at, k, n)
			continue
		}
		if s.nodes++; s.nodes > mostNodes {
			s.out = true
			return
		}
		if at.size+s.bound(&at) >= s.best {
			return
		}
		with := place{left: slices.Clone(at.left), taken: slices.Clone(at.taken), needs: slices.Clone(at.needs), cap: at.cap, size: at.size}
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
		at.needs[i] -= n
	}
}

const (
	met      = -1 // nothing is needed any more
	hopeless = -2 // something can no longer be met
)

// tightest is the requirement that leaves the least choice.
func (s *search) tightest(at *place) int {
	tightest, slack := met, 0
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
			return hopeless
		}
		if tightest == met || spare < slack {
			tightest, slack = i, spare
		}
	}
	return tightest
}

// choose is the kind of people to take for a requirement: those who help with most. beyond is true when any other who could be
// taken helps with nothing else, and costs no less of the cap.
func (s *search) choose(at *place, i int) (chosen int, beyond bool) {
	chosen = -1
	open := func(k int) bool { return at.left[k] > 0 && (!s.capped[k] || at.cap > 0) }
	most := 0
	for _, k := range s.of[i] {
		if !open(k) {
			continue
		}
		if n := s.worth(at, k); chosen < 0 || n > most || n == most && s.capped[chosen] && !s.capped[k] {
			chosen, most = k, n
		}
	}
	for _, k := range s.of[i] {
		if k == chosen || !open(k) {
			continue
		}
		if s.capped[chosen] && !s.capped[k] {
			return chosen, false
		}
		for _, j := range s.in[k] {
			if at.needs[j] > 0 && !slices.Contains(s.in[chosen], j) {
				return chosen, false
			}
		}
	}
	return chosen, true
}

// bound is how many more people are needed at least. Requirements that nobody is in two of add up, those that need most taken
// first; and nobody helps with more than so many at once.
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
func (s *search) worth(at *place, k int) (n int) {
	for _, i := range s.in[k] {
		if at.needs[i] > 0 {
			n++
		}
	}
	return n
}
