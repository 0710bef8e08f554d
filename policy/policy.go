// Package policy tells what templates mean: which sets of people can get something approved, and what a change of a
// template means for that. It is pure and knows the model alone: no drive, no files, no plan.
package policy

import (
	"slices"

	"countersign/schema"
)

// Requirement is one step: so many of these people must agree.
type Requirement struct {
	People []int64 // user ids, sorted, without repeats
	Needs  int     // more than there are people: it can never be met
}

// Policy is what a template asks for: every requirement must be met. Whoever is in several counts in each.
type Policy []Requirement

// Never is what nobody can pass.
var Never = Policy{{Needs: 1}}

// Of is what a template asks for. Steps pass by the rules of the vendor's section 1: all of their approvers agree,
// any one, the one who was designated, or at least so many. Whom somebody designates is theirs to choose, so it needs
// one. Without a step nothing that is raised can pass.
func Of(t schema.Template) Policy {
	if len(t.Steps) == 0 {
		return Never
	}
	p := make(Policy, len(t.Steps))
	for i, s := range t.Steps {
		r := Requirement{People: make([]int64, 0, len(s.Approvers)), Needs: 1}
		for _, who := range s.Approvers {
			r.People = append(r.People, who.ID)
		}
		slices.Sort(r.People)
		r.People = slices.Compact(r.People)
		switch s.Rule {
		case schema.RuleAll:
			r.Needs = max(1, len(r.People)) // nobody at all decides nothing
		case schema.RuleAtLeast:
			r.Needs = max(1, s.MinApprovals)
		}
		p[i] = r
	}
	return p
}

// Suffices reports whether these people together can pass it. It is the definition that everything else is held
// against.
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

// Possible reports whether everybody together can pass it.
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

// Alone are those who can each pass it without anybody else, sorted.
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

// InEvery are those without whom it cannot pass, sorted: each is in every set that suffices, and blocks it by not
// agreeing. Where it can never pass, that is nobody.
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

// BusFactor is how many people may leave, whoever they are, before it can never pass; -1 when it cannot pass with all
// of them. A policy without a step passes without anybody; it has no bus factor, and 0 is returned.
func (p Policy) BusFactor() int {
	if len(p) == 0 {
		return 0
	}
	spare := func(r Requirement) int { return len(r.People) - r.Needs }
	least := spare(p[0])
	for _, r := range p[1:] {
		least = min(least, spare(r))
	}
	return max(least, -1)
}

// Lacking is a smallest set of people who could pass it together with those of set, sorted; nil where nobody needs to
// be added, or it can never pass. only is false where others could, too, or that is not known.
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
