package json

import (
	"encoding/json"

	"countersign/reconcile/plans"
	"countersign/schema"
	"countersign/schema/addr"
	"countersign/view"
)

// template is a template under the language's attribute names, as JSON plans and states have it.
type template struct {
	ID             *int64        `json:"id,omitempty"` // the tid; absent while it is known only after apply
	Scope          plans.Place   `json:"scope"`
	Title          string        `json:"title"`
	ApprovalType   string        `json:"approval_type"`              // its name on the drive, or its id
	ApprovalTypeID string        `json:"approval_type_id,omitempty"` // where approval_type is a name
	AppliesTo      string        `json:"applies_to"`
	Description    string        `json:"description"`
	Step           []step        `json:"step"`
	ApproverAccess schema.Access `json:"approver_access"`
	CC             cc            `json:"cc"`
}

type step struct {
	Name         string          `json:"name"`
	Approvers    []schema.Person `json:"approvers"`
	Require      schema.PassRule `json:"require,omitempty"`
	MinApprovals int             `json:"min_approvals,omitempty"`
}

type cc struct {
	Users  []schema.Person `json:"users"`
	Access schema.Access   `json:"access"`
}

// edit is who edited a template last.
type edit struct {
	By *schema.Person `json:"by,omitempty"` // absent where the drive does not say
	At int64          `json:"at,omitempty"` // Unix seconds; likewise
}

// templateOf is t in JSON; a nil t is nil. id is 0 while it is not known.
func templateOf(l *view.Names, t *schema.Template, id int64, at plans.Place) *template {
	if t == nil {
		return nil
	}
	out := &template{
		Scope:          at,
		Title:          t.Title,
		ApprovalType:   t.ApprovalType,
		AppliesTo:      string(t.AppliesTo),
		Description:    t.Description,
		Step:           make([]step, len(t.Steps)),
		ApproverAccess: t.ApproverAccess,
		CC:             cc{Users: personsOf(l, t.CC), Access: t.CCAccess},
	}
	if id != 0 {
		out.ID = &id
	}
	if n := l.TypeName(t.ApprovalType); n != "" {
		out.ApprovalType, out.ApprovalTypeID = n, t.ApprovalType
	}
	for i, s := range t.Steps {
		out.Step[i] = step{Name: s.Name, Approvers: personsOf(l, s.Approvers), Require: s.Rule}
		if s.Rule == schema.RuleAtLeast {
			out.Step[i].Require, out.Step[i].MinApprovals = "", s.MinApprovals
		}
	}
	return out
}

func personsOf(l *view.Names, list []schema.Person) []schema.Person {
	out := make([]schema.Person, len(list))
	for i, p := range list {
		out[i] = personOf(l, p)
	}
	return out
}

// personOf is a person with all the names that are known.
func personOf(l *view.Names, p schema.Person) schema.Person {
	if known, ok := l.Known(p.ID); ok {
		return known
	}
	return p
}

func editOf(l *view.Names, e *plans.Edit) *edit {
	if e == nil {
		return nil
	}
	out := &edit{At: e.At}
	if e.By.ID != 0 {
		by := personOf(l, e.By)
		out.By = &by
	}
	return out
}

// indexOf is a for_each key as JSON, or nothing.
func indexOf(k addr.Key) json.RawMessage {
	if k == "" {
		return nil
	}
	doc, err := view.CompactJSON(k.Text())
	if err != nil {
		return nil
	}
	return doc
}

// unmanaged is the kind of a template without an address.
const unmanaged = "unmanaged"

// typeOf is what Terraform's JSON calls the type of a resource.
func typeOf(a addr.Address) string {
	if a.Kind == "" || a.Kind == unmanaged {
		return "template"
	}
	return a.Kind
}
