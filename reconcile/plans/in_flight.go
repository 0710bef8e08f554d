package plans

import (
	"cmp"
	"slices"

	"countersign/schema"
)

// InFlight is the open approvals that were raised from a template.
type InFlight struct {
	Open  int      `json:"open"`
	Since int64    `json:"since,omitempty"` // when the oldest was raised, in Unix seconds; 0 where the drive does not say
	By    []Raiser `json:"by,omitempty"`    // those with the most first
}

// Raiser is a person with so many of them open.
type Raiser struct {
	Who   schema.Person `json:"who"`
	Open  int           `json:"open"`
	Since int64         `json:"since,omitempty"` // when the oldest was raised
}

// Unsettles reports whether a change touches what open approvals may have been raised from: a live template that becomes
// another, or goes.
func (c *Change) Unsettles() bool {
	return c.ID != 0 && (c.Action == Update || c.Action == Replace || c.Action == Remove)
}

// KeepsRules reports whether open approvals are known to go on as they were raised: a template that is removed leaves
// them as they are (section 5 of the vendor's document). Of one that is changed the document does not say.
func (c *Change) KeepsRules() bool { return c.Action == Remove || c.Action == Replace }

// Unsettles reports whether there is such a change.
func (p *Plan) Unsettles() bool {
	return slices.ContainsFunc(p.Changes, func(c Change) bool { return c.Unsettles() })
}

// CountInFlight notes at each change that unsettles approvals how many are open, of all that there are.
func (p *Plan) CountInFlight(all []schema.Approval) {
	open := map[int64][]*schema.Approval{}
	for i := range all {
		if a := &all[i]; a.Status == schema.ApprovalPending {
			open[a.TemplateID] = append(open[a.TemplateID], a)
		}
	}
	for i := range p.Changes {
		if c := &p.Changes[i]; c.Unsettles() {
			c.InFlight = inFlight(open[c.ID])
		}
	}
}

func inFlight(open []*schema.Approval) *InFlight {
	f := &InFlight{Open: len(open)}
	at := map[int64]int{} // place in By, by user id
	for _, a := range open {
		i, known := at[a.Creator.ID]
		if !known {
			i = len(f.By)
			at[a.Creator.ID] = i
			f.By = append(f.By, Raiser{Who: a.Creator})
		}
		f.By[i].Open++
		f.By[i].Since = earlier(f.By[i].Since, a.Created)
		f.Since = earlier(f.Since, a.Created)
	}
	slices.SortFunc(f.By, func(a, b Raiser) int { return cmp.Or(b.Open-a.Open, cmp.Compare(a.Who.ID, b.Who.ID)) })
	return f
}

// earlier is the earlier of two moments, of which 0 is none.
func earlier(a, b int64) int64 {
	if a == 0 || b != 0 && b < a {
		return b
	}
	return a
}
