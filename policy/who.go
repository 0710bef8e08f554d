package policy

import "slices"

// Who is who can pass something, in the fewest words. No list of it is nil.
type Who struct {
	Minimal   [][]int64 // sets that suffice and of which nobody can be left out: the smallest first
	Alone     []int64
	InEvery   []int64
	BusFactor int
	Truncated bool // there may be other minimal sets
}

// Who tells who can pass it, with no more minimal sets than limit.
func (p Policy) Who(limit int) Who {
	sets, whole := p.Minimal(limit)
	return Who{append([][]int64{}, sets...), append([]int64{}, p.Alone()...), append([]int64{}, p.InEvery()...),
		p.BusFactor(), !whole}
}

// WithoutPerson is what is asked once a person has left: as many as before, of those who are still there.
func (p Policy) WithoutPerson(gone int64) Policy {
	left := slices.Clone(p)
	for i, r := range left {
		left[i].People = slices.DeleteFunc(slices.Clone(r.People), func(who int64) bool { return who == gone })
	}
	return left
}

// Asks reports whether a person has a say in it.
func (p Policy) Asks(who int64) bool {
	return slices.ContainsFunc(p, func(r Requirement) bool { return slices.Contains(r.People, who) })
}
