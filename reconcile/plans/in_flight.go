package plans

import (
	"cmp"
	"slices"

	"countersign/schema"
)

// InFlight are the open approvals that were raised from a template.
type InFlight struct {
	Open  int      `json:"open"`
	Since int64    `json:"since,omitempty"` // Unix seconds, when the oldest was raised; 0: not known
	By    []Raiser `json:"by,omitempty"`    // those who raised most first
}

// Raiser is a person who raised some of them.
type Raiser struct {
	Who   schema.Person `json:"who"`
	Open  int           `json:"open"`
	Since int64         `json:"since,omitempty"` // when the oldest was raised
}

// Unsettles reports whether a change touches open approvals: it changes or removes a live template, from which they may
// have been raised.
func (c *Change) Unsettles() bool {
	return c.ID != 0 && (c.Action == Update || c.Action == Replace || c.Action == Remove)
}

// KeepsRules reports whether open approvals are known to keep the rules they were raised under: removing a template
// leaves them as they are (section 5 of the vendor's document). What changing one does to them the document does not
// say.
func (c *Change) KeepsRules() bool { return c.Action == Remove || c.Action == Replace }

// Unsettles reports whether some change does.
func (p *Plan) Unsettles() bool {
	return slices.ContainsFunc(p.Changes, func(c Change) bool { return c.Unsettles() })
}

// CountInFlight notes at each change that Unsettles approvals how many of them are open; all are all approvals. It
// notes nothing where the drive does not say of one whether it is open, and returns the ids of those.
func (p *Plan) CountInFlight(all []schema.Approval) (unknown []int64) {
	open, hidden := map[int64][]*schema.Approval{}, map[int64][]int64{}
	for i := range all {
		switch a := &all[i]; a.Status {
		case schema.ApprovalPending:
			open[a.TemplateID] = append(open[a.TemplateID], a)
		case "":
			hidden[a.TemplateID] = append(hidden[a.TemplateID], a.ID)
		}
	}
	for i := range p.Changes {
		c := &p.Changes[i]
		switch {
		case !c.Unsettles():
		case len(hidden[c.ID]) > 0:
			unknown = append(unknown, hidden[c.ID]...)
		default:
			c.InFlight = inFlight(open[c.ID])
		}
	}
	return unknown
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
