package json

import (
	"countersign/policy"
	"countersign/reconcile"
	"countersign/reconcile/plans"
	"countersign/schema"
	"countersign/schema/addr"
	"countersign/view"
)

// who is who can pass a template, as user ids.
type who struct {
	Minimal   [][]int64 `json:"minimal"`
	Alone     []int64   `json:"alone"`
	InEvery   []int64   `json:"in_every"`
	BusFactor int       `json:"bus_factor"`
	Truncated bool      `json:"truncated,omitempty"`
}

func whoOf(t *schema.Template) *who {
	w := policy.Of(*t).Who(view.MostSets)
	return &who{w.Minimal, w.Alone, w.InEvery, w.BusFactor, w.Truncated}
}

// named is a template by address, tid, title and scope.
type named struct {
	Address addr.Address `json:"address,omitzero"`
	ID      int64        `json:"id,omitempty"`
	Title   string       `json:"title"`
	Scope   plans.Place  `json:"scope"`
}

func namedOf(t *reconcile.InForce) named {
	return named{t.Address, t.ID, t.Template.Title, t.Place}
}

type whoThere struct {
	named
	*who
	Unreadable string `json:"unreadable,omitempty"`
}

// Who is who can pass the one template that was asked about, or each of those in force on a place.
func Who(e reconcile.Explanation) ([]byte, error) {
	if !e.Asked.IsZero() && len(e.Templates) == 1 {
		return view.CompactJSON(whoOf(&e.Templates[0].Template))
	}
	list := make([]whoThere, len(e.Templates))
	for i := range e.Templates {
		t := &e.Templates[i]
		list[i] = whoThere{named: namedOf(t), Unreadable: t.Unreadable}
		if t.Unreadable == "" {
			list[i].who = whoOf(&t.Template)
		}
	}
	return view.CompactJSON(map[string]any{"templates": list})
}

// ifGone is what happens to templates when a person leaves.
type ifGone struct {
	User       int64   `json:"user"`
	Impossible []named `json:"impossible"`
	Possible   []named `json:"possible"`
	Never      []named `json:"never"`
	Unread     []named `json:"unread"`
}

// IfGone is DepartureOf for programs.
func IfGone(e reconcile.Explanation, person schema.Person) ([]byte, error) {
	gone := view.DepartureOf(&e, person)
	names := func(ts []*reconcile.InForce) []named {
		out := make([]named, len(ts))
		for i, t := range ts {
			out[i] = namedOf(t)
		}
		return out
	}
	return view.CompactJSON(ifGone{person.ID, names(gone.Impossible), names(gone.Possible), names(gone.Never),
		names(gone.Unread)})
}
