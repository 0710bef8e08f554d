package policy

import "slices"

// Who is a summary of who can pass a policy. None of its lists is nil.
type Who struct {
	Minimal   [][]int64 // sets that suffice and from which nobody can be left out, the smallest first
	Alone     []int64
	InEvery   []int64
	BusFactor int
	Truncated bool // there may be other minimal sets
}

// Who summarises who can pass it, with at most limit minimal sets.
func (p Policy) Who(limit int) Who {
	sets, whole := p.Minimal(limit)
	return Who{append([][]int64{}, sets...), append([]int64{}, p.Alone()...), append([]int64{}, p.InEvery()...),
		p.BusFactor(), !whole}
}

// WithoutPerson is the policy once a person has left: it needs as many people as before, of those who are left.
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
