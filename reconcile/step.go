package reconcile

import (
	"cmp"
	"slices"

	"countersign/reconcile/plans"
	"countersign/schema"
	"countersign/schema/spelling"
)

// alignLimit bounds the pairs of steps with different names that are compared. Beyond it, in a template of over a
// thousand renamed steps, these count as removed and added.
const alignLimit = 1 << 20

// AlignSteps compares two lists of steps the way a reader does: which stayed, which moved, which are new. Steps
// are matched by name first, then by likeness of people and rule. The result is in reading order: the new list,
// with removed steps where they used to stand.
func AlignSteps(before, after []schema.Step) []plans.StepChange {
	to := matchSteps(before, after)
	from := make([]int, len(after))
	for j := range from {
		from[j] = -1
	}
	for i, j := range to {
		if j >= 0 {
			from[j] = i
		}
	}
	stays := longestRise(from)

	out := make([]plans.StepChange, 0, max(len(before), len(after)))
	next := 0 // the first step of before that is not in out yet
	removed := func(until int) {
		for ; next < until; next++ {
			if to[next] < 0 {
				out = append(out, plans.StepChange{From: next, To: -1, Before: &before[next]})
			}
		}
	}
	for j := range after {
		i := from[j]
		switch {
		case i < 0:
			out = append(out, plans.StepChange{From: -1, To: j, After: &after[j]})
		case !stays[j]:
			out = append(out, plans.StepChange{From: i, To: j, Moved: true, Before: &before[i], After: &after[j]})
		default:
			removed(i)
			out = append(out, plans.StepChange{From: i, To: j, Before: &before[i], After: &after[j]})
		}
	}
	removed(len(before))
	return out
}

// matching is which step of one list became which of another.
type matching struct {
	before, after []schema.Step
	to            []int  // for each step of before the place of its match in after, or -1
	taken         []bool // whether a step of after has a match
}

// matchSteps returns for each step of before the place of its match in after, or -1.
func matchSteps(before, after []schema.Step) []int {
	m := &matching{before, after, make([]int, len(before)), make([]bool, len(after))}
	for i := range m.to {
		m.to[i] = -1
	}
	m.byName()
	m.byLikeness()
	return m.to
}

func (m *matching) match(i, j int) { m.to[i], m.taken[j] = j, true }

// byName matches steps of one name. Several steps may have one: equal steps come first, then the others in order.
func (m *matching) byName() {
	named := make(map[string][]int, len(m.after))
	for j, s := range m.after {
		name := spelling.Form(s.Name)
		named[name] = append(named[name], j)
	}
	for _, equal := range []bool{true, false} {
		for i, s := range m.before {
			if m.to[i] >= 0 {
				continue
			}
			same := named[spelling.Form(s.Name)]
			at := slices.IndexFunc(same, func(j int) bool { return !m.taken[j] && (!equal || s.Equal(m.after[j])) })
			if at >= 0 {
				m.match(i, same[at])
			}
		}
	}
}

// byLikeness matches the steps that are left, those first that are most alike.
func (m *matching) byLikeness() {
	var left, free []int
	for i, j := range m.to {
		if j < 0 {
			left = append(left, i)
		}
	}
	for j, taken := range m.taken {
		if !taken {
			free = append(free, j)
		}
	}
	if len(left)*len(free) > alignLimit {
		return
	}
	type pair struct {
		i, j     int
		distance float64
	}
	var pairs []pair
	for _, i := range left {
		for _, j := range free {
			if d := unlikeness(m.before[i], m.after[j]); d <= 0.5 {
				pairs = append(pairs, pair{i, j, d})
			}
		}
	}
	slices.SortFunc(pairs, func(a, b pair) int {
		return cmp.Or(cmp.Compare(a.distance, b.distance), cmp.Compare(a.i, b.i), cmp.Compare(a.j, b.j))
	})
	for _, p := range pairs {
		if m.to[p.i] < 0 && !m.taken[p.j] {
			m.match(p.i, p.j)
		}
	}
}

// unlikeness is the edit distance between the people and rules of two steps, divided by the greatest that is possible:
// 0 for the same people under the same rule, 1 for nothing in common.
func unlikeness(a, b schema.Step) float64 {
	edits, all := 0, 1
	i, j := 0, 0
	for i < len(a.Approvers) || j < len(b.Approvers) {
		all++
		switch {
		case j == len(b.Approvers) || i < len(a.Approvers) && a.Approvers[i].ID < b.Approvers[j].ID:
			edits++
			i++
		case i == len(a.Approvers) || a.Approvers[i].ID > b.Approvers[j].ID:
			edits++
			j++
		default:
			i, j = i+1, j+1
		}
	}
	if edits == all-1 {
		return 1 // nobody in common
	}
	if a.Rule != b.Rule || a.MinApprovals != b.MinApprovals {
		edits++
	}
	return float64(edits) / float64(all)
}

// longestRise marks the places of a longest rising subsequence of seq, without entries below 0. These are the matched
// steps that kept their order, so that as few as possible count as moved. Among equally long subsequences it takes one
// that keeps most steps at exactly the place they had.
func longestRise(seq []int) []bool {
	type rise struct{ length, inPlace, last int } // last: the place in seq where it ends, -1 for none
	better := func(a, b rise) bool {
		return cmp.Or(cmp.Compare(a.length, b.length), cmp.Compare(a.inPlace, b.inPlace)) > 0
	}
	size := 1
	for _, v := range seq {
		size = max(size, v+2)
	}
	// best is a Fenwick tree of the best rise that ends with a value below a given one.
	best := make([]rise, size)
	for i := range best {
		best[i].last = -1
	}
	prev := make([]int, len(seq))
	whole := rise{last: -1}
	for j, v := range seq {
		if v < 0 {
			continue
		}
		r := rise{last: -1}
		for k := v; k > 0; k &= k - 1 {
			if better(best[k], r) {
				r = best[k]
			}
		}
		prev[j] = r.last
		r.length, r.last = r.length+1, j
		if v == j {
			r.inPlace++
		}
		for k := v + 1; k < size; k += k & -k {
			if better(r, best[k]) {
				best[k] = r
			}
		}
		if better(r, whole) {
			whole = r
		}
	}
	in := make([]bool, len(seq))
	for j := whole.last; j >= 0; j = prev[j] {
		in[j] = true
	}
	return in
}
