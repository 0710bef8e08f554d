package policy

import (
	"cmp"
	"maps"
	"slices"

	"countersign/schema"
)

// Access is what a person may see of the file that an approval is about, through a template before a change and after
// it.
type Access struct {
	Who           int64
	CC            bool // through cc, otherwise as an approver
	Before, After schema.Access
}

// Accesses are the people whose access a change changes, by id; either template may be nil. Who gets access both
// ways has whichever is more (section 1 of the vendor's document: a right besides those that a person has already).
func Accesses(before, after *schema.Template) []Access {
	was, is := granted(before), granted(after)
	all := maps.Clone(was)
	maps.Copy(all, is)
	var out []Access
	for who := range all {
		a := Access{Who: who, Before: cmp.Or(was[who].access, schema.AccessNone), After: cmp.Or(is[who].access,
			schema.AccessNone)}
		if a.Before == a.After {
			continue
		}
		a.CC = is[who].cc
		if rank(a.Before) > rank(a.After) {
			a.CC = was[who].cc
		}
		out = append(out, a)
	}
	slices.SortFunc(out, func(a, b Access) int { return cmp.Compare(a.Who, b.Who) })
	return out
}

// Gains reports whether it is more after the change.
func (a Access) Gains() bool { return rank(a.After) > rank(a.Before) }

func rank(a schema.Access) int { return slices.Index(schema.Accesses, a) }

type grant struct {
	access schema.Access
	cc     bool
}

// granted is who gets what access through a template, those who get none left out.
func granted(t *schema.Template) map[int64]grant {
	out := map[int64]grant{}
	give := func(who int64, g grant) {
		if rank(g.access) > max(0, rank(out[who].access)) {
			out[who] = g
		}
	}
	if t == nil {
		return out
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
