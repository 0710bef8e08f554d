package view

import (
	"encoding/json"

	"countersign/reconcile"
	"countersign/schema"
	"countersign/schema/addr"
)

// jsonTemplate is a template under the language's attribute names, as JSON plans and states hold it.
type jsonTemplate struct {
	ID             *int64        `json:"id,omitempty"` // the tid; absent while it is known only after apply
	Scope          jsonScope     `json:"scope"`
	Title          string        `json:"title"`
	ApprovalType   string        `json:"approval_type"`              // its name in the drive's catalogue; its id where there is none
	ApprovalTypeID string        `json:"approval_type_id,omitempty"` // where approval_type is a name
	AppliesTo      string        `json:"applies_to"`
	Description    string        `json:"description"`
	Step           []jsonStep    `json:"step"`
	ApproverAccess schema.Access `json:"approver_access"`
	CC             jsonCC        `json:"cc"`
}

type jsonScope struct {
	Address addr.Address     `json:"address,omitzero"`
	Kind    schema.ScopeKind `json:"kind,omitempty"`
	ID      int64            `json:"id"`
	Path    string           `json:"path,omitempty"`
}

type jsonPerson struct {
	ID       int64  `json:"id"`
	Username string `json:"username,omitempty"`
	Realname string `json:"realname,omitempty"`
}

type jsonStep struct {
	Name         string          `json:"name"`
	Approvers    []jsonPerson    `json:"approvers"`
	Require      schema.PassRule `json:"require,omitempty"`
	MinApprovals int             `json:"min_approvals,omitempty"`
}

type jsonCC struct {
	Users  []jsonPerson  `json:"users"`
	Access schema.Access `json:"access"`
}

// jsonEdit is who edited a template last.
type jsonEdit struct {
	By jsonPerson `json:"by"`
	At int64      `json:"at,omitempty"` // Unix seconds
}

// template is t in JSON; a nil t is nil. id is 0 while it is not known.
func (l *naming) template(t *schema.Template, id int64, at reconcile.Place) *jsonTemplate {
	if t == nil {
		return nil
	}
	out := &jsonTemplate{
		Scope: jsonScope(at), Title: t.Title, ApprovalType: t.ApprovalType, AppliesTo: string(t.AppliesTo), Description: t.Description,
		Step: make([]jsonStep, len(t.Steps)), ApproverAccess: t.ApproverAccess,
		CC: jsonCC{Users: l.persons(t.CC), Access: t.CCAccess},
	}
	if id != 0 {
		out.ID = &id
	}
	if n := l.types[t.ApprovalType]; n != "" {
		out.ApprovalType, out.ApprovalTypeID = n, t.ApprovalType
	}
	for i, s := range t.Steps {
		out.Step[i] = jsonStep{Name: s.Name, Approvers: l.persons(s.Approvers), Require: s.Rule}
		if s.Rule == schema.RuleAtLeast {
			out.Step[i].Require, out.Step[i].MinApprovals = "", s.MinApprovals
		}
	}
	return out
}

func (l *naming) persons(list []schema.Person) []jsonPerson {
	out := make([]jsonPerson, len(list))
	for i, p := range list {
		out[i] = l.person(p)
	}
	return out
}

func (l *naming) person(p schema.Person) jsonPerson {
	if known, ok := l.people.known[p.ID]; ok {
		p = known
	}
	return jsonPerson(p)
}

func (l *naming) jsonEdit(e *reconcile.Edit) *jsonEdit {
	if e == nil {
		return nil
	}
	return &jsonEdit{By: l.person(e.By), At: e.At}
}

// jsonIndex is a for_each key as JSON, or nothing.
func jsonIndex(k addr.Key) json.RawMessage {
	if k == "" {
		return nil
	}
	doc, err := compact(k.Text())
	if err != nil {
		return nil
	}
	return doc
}
