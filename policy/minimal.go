package policy

import (
	"cmp"
	"slices"
)

// Minimal lists the sets of people that suffice and from which nobody can be left out: the smallest first, then by ids.
// There may be very many: it lists at most limit of them, and whole is false when there may be others.
func (p Policy) Minimal(limit int) (sets [][]int64, whole bool) {
	if !p.Possible() {
		return nil, true
	}
	p = withoutImplied(p)
	s := &search{best: len(p.People()) + 1, nodes: mostNodes}
	first := s.sort(p, nil, 0)
	s.look(first.clone())
	switch {
	case s.out && s.found == nil:
		return nil, false
	case s.out:
		return [][]int64{withoutSpare(p, s.people())}, false
	}
	e := &enumeration{search: s, needs: first.needs, most: limit + 1}
	total := 0
	for _, needs := range first.needs {
		total += needs
	}
	for size := s.best; size <= min(total, len(p.People())) && !e.stop; size++ {
		e.size = size
		e.count(0, 0, make([]int, len(s.kinds)), slices.Clone(first.needs))
	}
	if len(e.sets) == 0 { // even the first would take too long
		return [][]int64{s.people()}, false
	}
	slices.SortStableFunc(e.sets, func(a, b []int64) int {
		return cmp.Or(cmp.Compare(len(a), len(b)), slices.Compare(a, b))
	})
	return e.sets[:min(len(e.sets), limit)], !e.stop
}

// mostSteps bounds the work of listing minimal sets.
const mostSteps = 20_000

// enumeration lists the minimal sets, one size after the other.
type enumeration struct {
	*search
	needs []int // how many people each requirement needs
	size  int   // of the sets that are being listed
	steps int   // done so far
	sets  [][]int64
	most  int  // how many sets are enough
	stop  bool // there are enough, or it takes too long
}

// count decides how many people of each kind are taken, from kind k on.
func (e *enumeration) count(k, taken int, counts, needs []int) {
	if e.steps++; e.steps > mostSteps {
		e.stop = true
	}
	if e.stop {
		return
	}
	if k == len(e.kinds) {
		if taken == e.size && !slices.ContainsFunc(needs, func(n int) bool { return n > 0 }) && e.minimal(counts,
			needs) {
			e.list(0, counts, nil)
		}
		return
	}
	for n := min(len(e.kinds[k]), e.size-taken); n >= 0; n-- {
		counts[k] = n
		for _, i := range e.in[k] {
			needs[i] -= n
		}
		if e.reachable(k+1, needs) {
			e.count(k+1, taken+n, counts, needs)
		}
		for _, i := range e.in[k] {
			needs[i] += n
		}
	}
	counts[k] = 0
}

// reachable reports whether the kinds from k on have enough people for what is still needed.
func (e *enumeration) reachable(k int, needs []int) bool {
	for i, n := range needs {
		for _, o := range e.of[i] {
			if o >= k {
				n -= len(e.kinds[o])
			}
		}
		if n > 0 {
			return false
		}
	}
	return true
}

// minimal reports whether each kind from which somebody was taken is in a requirement that has nobody to spare.
func (e *enumeration) minimal(counts, needs []int) bool {
	for k, n := range counts {
		if n > 0 && !slices.ContainsFunc(e.in[k], func(i int) bool { return needs[i] == 0 && e.needs[i] > 0 }) {
			return false
		}
	}
	return true
}

// list adds all sets that have so many people of each kind.
func (e *enumeration) list(k int, counts []int, chosen []int64) {
	if k == len(counts) {
		set := slices.Clone(chosen)
		slices.Sort(set)
		e.sets = append(e.sets, set)
		e.stop = e.stop || len(e.sets) >= e.most
		return
	}
	var pick func(from, n int, chosen []int64)
	pick = func(from, n int, chosen []int64) {
		if n == 0 {
			e.list(k+1, counts, chosen)
			return
		}
		for i := from; i <= len(e.kinds[k])-n && !e.stop; i++ {
			pick(i+1, n-1, append(chosen, e.kinds[k][i]))
		}
	}
	pick(0, counts[k], chosen[:len(chosen):len(chosen)])
}

// Fewest is a smallest set of people that suffices; nil when none does. exact is false when it would take too long to
// rule out a smaller one.
func (p Policy) Fewest() (set []int64, exact bool) {
	if !p.Possible() {
		return nil, true
	}
	p = withoutImplied(p)
	budget := mostNodes
	set, exact = smallest(p, nil, 0, len(p.People())+1, &budget)
	return withoutSpare(p, set), exact
}
