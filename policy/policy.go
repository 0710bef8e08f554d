// Package policy says what a template means: which sets of people can get something approved, and how a change of the
// template changes that. It is pure and knows package schema alone: no drive, no files, no plan.
package policy

import (
	"math"
	"slices"

	"countersign/schema"
)

// Requirement is one step: so many of these people must agree.
type Requirement struct {
	People []int64 // user ids, sorted, without repeats
	Needs  int     // more than there are people: it can never be met
}

// Policy is what a template asks for: every requirement must be met. A person in several requirements counts in each.
type Policy []Requirement

// Never is a policy that nobody can pass.
var Never = Policy{{Needs: 1}}

// Of is what a template asks for. A step passes by the rules of section 1 of the vendor's document: when all of its
// approvers agree, any one of them, the designated one, or at least so many. Who raises an approval may designate any
// approver, so such a step needs one. A template without a step can never pass.
func Of(t schema.Template) Policy {
	if len(t.Steps) == 0 {
		return Never
	}
	p := make(Policy, len(t.Steps))
	for i, s := range t.Steps {
		r := Requirement{People: IDs(s.Approvers), Needs: 1}
		switch s.Rule {
		case schema.RuleAll:
			r.Needs = max(1, len(r.People)) // a step without approvers never passes
		case schema.RuleAtLeast:
			r.Needs = max(1, s.MinApprovals)
		}
		p[i] = r
	}
	return p
}

// IDs are the ids of people, sorted, without repeats.
func IDs(people []schema.Person) []int64 {
	ids := make([]int64, len(people))
	for i, p := range people {
		ids[i] = p.ID
	}
	slices.Sort(ids)
	return slices.Compact(ids)
}

// Suffices reports whether these people together can pass it. This is the definition; every other answer of this
// package is checked against it.
func (p Policy) Suffices(people []int64) bool {
	agrees := make(map[int64]bool, len(people))
	for _, who := range people {
		agrees[who] = true
	}
	for _, r := range p {
		agree := 0
		for _, who := range r.People {
			if agrees[who] {
				agree++
			}
		}
		if agree < r.Needs {
			return false
		}
	}
	return true
}

// Possible reports whether it can pass when everybody agrees.
func (p Policy) Possible() bool {
	return !slices.ContainsFunc(p, func(r Requirement) bool { return len(r.People) < r.Needs })
}

// People are all who have a say in it, sorted.
func (p Policy) People() []int64 {
	var all []int64
	for _, r := range p {
		all = append(all, r.People...)
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// Alone are the people who can each pass it without anybody else, sorted.
func (p Policy) Alone() []int64 {
	if len(p) == 0 || slices.ContainsFunc(p, func(r Requirement) bool { return r.Needs != 1 }) {
		return nil
	}
	alone := slices.Clone(p[0].People)
	for _, r := range p[1:] {
		alone = slices.DeleteFunc(alone, func(who int64) bool {
			_, in := slices.BinarySearch(r.People, who)
			return !in
		})
	}
	return alone
}

// InEvery are the people without whom it cannot pass, sorted: each is in every set that suffices, and blocks it by not
// agreeing. It is nobody when the policy can never pass.
func (p Policy) InEvery() []int64 {
	if !p.Possible() {
		return nil
	}
	var in []int64
	for _, r := range p {
		if len(r.People) == r.Needs {
			in = append(in, r.People...)
		}
	}
	slices.Sort(in)
	return slices.Compact(in)
}

// BusFactor is how many people may leave, whoever they are, while it can still pass; -1 when it cannot pass even with
// all of them. A policy without requirements passes without anybody; its bus factor is 0.
func (p Policy) BusFactor() int {
	if len(p) == 0 {
		return 0
	}
	least := math.MaxInt
	for _, r := range p {
		least = min(least, len(r.People)-r.Needs)
	}
	return max(least, -1)
}

// Lacking is a smallest set of people who could pass it together with those in set, sorted; nil when nobody is lacking,
// or when it can never pass. only says that no other people would do; it is false when that is not known.
func (p Policy) Lacking(set []int64) (more []int64, only bool) {
	rest := make(Policy, 0, len(p))
	for _, r := range p {
		others := slices.DeleteFunc(slices.Clone(r.People), func(who int64) bool { return slices.Contains(set, who) })
		if needs := r.Needs - (len(r.People) - len(others)); needs > 0 {
			rest = append(rest, Requirement{People: others, Needs: needs})
		}
	}
	sets, whole := rest.Minimal(2)
	if len(sets) == 0 || len(sets[0]) == 0 {
		return nil, false
	}
	return sets[0], whole && len(sets) == 1
}
