package policy

import (
	"cmp"
	"maps"
	"slices"

	"countersign/schema"
)

// Access is what a person may see of the file that an approval is about, before and after a change of the template.
type Access struct {
	Who           int64
	CC            bool // through cc; otherwise as an approver
	Before, After schema.Access
}

// Accesses lists the people whose access a change changes, sorted by id; either template may be nil. Who gets access
// both ways has the greater one (section 1 of the vendor's document: a right besides those that a person has already).
func Accesses(before, after *schema.Template) []Access {
	was, is := granted(before), granted(after)
	all := maps.Clone(was)
	maps.Copy(all, is)
	var out []Access
	for who := range all {
		a := Access{Who: who, CC: is[who].cc, Before: cmp.Or(was[who].access, schema.AccessNone),
			After: cmp.Or(is[who].access, schema.AccessNone)}
		if a.Before.More(a.After) {
			a.CC = was[who].cc
		}
		if a.Before != a.After {
			out = append(out, a)
		}
	}
	slices.SortFunc(out, func(a, b Access) int { return cmp.Compare(a.Who, b.Who) })
	return out
}

// Gains reports whether the access is greater after the change.
func (a Access) Gains() bool { return a.After.More(a.Before) }

type grant struct {
	access schema.Access
	cc     bool
}

// granted is who gets what access through a template, without those who get none.
func granted(t *schema.Template) map[int64]grant {
	out := map[int64]grant{}
	if t == nil {
		return out
	}
	give := func(who int64, g grant) {
		if g.access.More(out[who].access) {
			out[who] = g
		}
	}
	for _, s := range t.Steps {
		for _, p := range s.Approvers {
			give(p.ID, grant{t.ApproverAccess, false})
		}
	}
	for _, p := range t.CC {
		give(p.ID, grant{t.CCAccess, true})
	}
	return out
}
