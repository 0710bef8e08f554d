package json

import (
	"countersign/reconcile"
	"countersign/reconcile/plans"
	"countersign/schema/addr"
	"countersign/view"
)

// explanation is an explanation under the language's attribute names.
type explanation struct {
	FormatVersion string      `json:"format_version"`
	Place         plans.Place `json:"place"`
	Templates     []any       `json:"templates"`   // inForce or unreadInForce
	NotApplied    []awaited   `json:"not_applied"` // null: there is no configuration
	Errored       bool        `json:"errored"`
}

type inForce struct {
	Address addr.Address `json:"address,omitzero"`
	template
	Inherited bool   `json:"inherited"`
	Approval  string `json:"approval"` // who must approve, in words
	Who       *who   `json:"who"`      // and in ids, who can
	Edited    *edit  `json:"edited,omitempty"`
}

// unreadInForce is a template in force that this program cannot read.
type unreadInForce struct {
	Address addr.Address `json:"address,omitzero"`
	unreadable
	Inherited bool `json:"inherited"`
}

type awaited struct {
	Address   addr.Address `json:"address"`
	Title     string       `json:"title"`
	Scope     plans.Place  `json:"scope"`
	Inherited bool         `json:"inherited"`
}

// Explanation is an explanation for programs, on one line, without a newline at its end.
func Explanation(e reconcile.Explanation) ([]byte, error) {
	l := view.NamesOfExplanation(&e)
	doc := explanation{FormatVersion: "1.2", Place: e.Place, Templates: make([]any, len(e.Templates))}
	if e.Awaited != nil {
		doc.NotApplied = make([]awaited, len(e.Awaited))
	}
	for i := range e.Templates {
		t := &e.Templates[i]
		if t.Unreadable != "" {
			doc.Templates[i] = unreadInForce{t.Address, unreadable{t.ID, t.Place, t.Template.Title,
				t.Unreadable, editOf(l, t.Edited)}, t.Inherited}
			continue
		}
		doc.Templates[i] = inForce{t.Address, *templateOf(l, &t.Template, t.ID, t.Place), t.Inherited,
			l.Approves(t.Template.Steps), whoOf(&t.Template), editOf(l, t.Edited)}
	}
	for i, a := range e.Awaited {
		doc.NotApplied[i] = awaited{Address: a.Address, Title: a.Title, Scope: a.Place,
			Inherited: a.Inherited}
	}
	return view.CompactJSON(doc)
}
