package subject

import (
	"cmp"
	"slices"
	"strconv"
	"strings"

	"github.com/zclconf/go-cty/cty"

	"countersign/policy"
	"countersign/reconcile/plans"
	"countersign/schema"
	"countersign/schema/addr"
)

// closed are all the values of those attributes that have few, by name.
var closed = map[string][]string{
	"access": schema.Names(schema.Accesses),
	"action": schema.Names([]plans.Action{plans.Create, plans.Update, plans.Replace, plans.Remove, plans.Forget,
		plans.NoOp}),
	"applies_to": schema.Names([]schema.AppliesTo{schema.AppliesToAny, schema.AppliesToFolders,
		schema.AppliesToFiles}),
	"approver_access": schema.Names(schema.Accesses),
	"as":              {"approver", "cc"},
	"kind":            {string(schema.ScopeFolder), string(schema.ScopeFile)},
	"require":         {string(schema.RuleAll), string(schema.RuleAny), string(schema.RuleDesignated)},
	"verdict":         schema.Names(policy.Results),
}

// place is the folder or file that a template is on.
type place struct {
	address addr.Address
	kind    schema.ScopeKind
	id      int64
	path    string
}

// place joins what the files say of a scope and what the plan found.
func (s *scene) place(address addr.Address, found plans.Place) place {
	x := s.scopes[address]
	names := strings.Split(cmp.Or(found.Path, x.Path), "/")
	for i := range names {
		names[i] = strings.TrimSpace(names[i])
	}
	return place{address, cmp.Or(found.Kind, x.Kind), cmp.Or(found.ID, x.ID), strings.Join(names, "/")}
}

var scopeRows = []row[place]{
	{"address", cty.String, func(p place) cty.Value { return text(p.address.String()) }},
	{"id", cty.Number, func(p place) cty.Value { return number(p.id) }},
	{"kind", cty.String, func(p place) cty.Value { return known(string(p.kind)) }},
	{"name", cty.String, func(p place) cty.Value { return text(p.address.Name) }},
	{"path", cty.String, func(p place) cty.Value { return known(p.path) }},
}

var scopeType = typeOf(scopeRows)

// number is an id, unknown while it is 0.
func number(id int64) cty.Value {
	if id == 0 {
		return cty.NilVal
	}
	return cty.NumberIntVal(id)
}

// template is one template.
type template struct {
	*scene
	address  addr.Address
	declared *schema.Declared // nil for one that nobody declares
	t        *schema.Template
	at       place
	id       int64
	open     bool // some of its steps are not known
	unread   bool // this program can read nothing of it but the title
	asks     policy.Policy
}

func (s *scene) template(address addr.Address, t *schema.Template, at plans.Place, id int64) *template {
	d, scope := s.blocks[address], at.Address
	if d != nil {
		scope = d.Scope
	}
	out := &template{scene: s, address: address, declared: d, t: t, at: s.place(scope, at), id: id,
		open: s.plan == nil && d != nil && d.Unknown, asks: policy.Of(*t)}
	s.names.MeetAll(t)
	return out
}

// decided reports whether it is known what an attribute is that the files may leave to the drive.
func (t *template) decided(attribute string) bool {
	return !t.unread && (t.plan != nil || slices.Contains(t.declared.Sets, attribute))
}

// mayBeLeft is the row of an attribute that the files may leave to the drive: what they do not write is not known
// before the drive was read.
func mayBeLeft(attribute string, ty cty.Type, value func(*template) cty.Value) row[*template] {
	return row[*template]{attribute, ty, func(t *template) cty.Value {
		if !t.decided(attribute) {
			return cty.NilVal
		}
		return value(t)
	}}
}

// fromSteps is the row of an attribute that depends on all steps: it is not known while one of them is not.
func fromSteps(name string, ty cty.Type, value func(*template) cty.Value) row[*template] {
	return row[*template]{name, ty, func(t *template) cty.Value {
		if t.open {
			return cty.NilVal
		}
		return value(t)
	}}
}

// approvalType is what the catalogue calls it. Before that is read, a name that is a number may be an id.
func (t *template) approvalType() cty.Value {
	if t.plan != nil {
		return known(t.plan.Catalogue.Word(t.t.ApprovalType))
	}
	if _, err := strconv.Atoi(t.t.ApprovalType); err == nil {
		return cty.NilVal
	}
	return known(t.t.ApprovalType)
}

func access(a schema.Access) cty.Value { return cty.StringVal(string(cmp.Or(a, schema.AccessNone))) }

// step is one step of a template.
type step struct {
	*template
	schema.Step
	needs int
}

var stepRows = []row[step]{
	{"approvers", cty.List(personType), func(s step) cty.Value { return s.people(policy.IDs(s.Approvers)) }},
	{"min_approvals", cty.Number, func(s step) cty.Value {
		if s.Rule != schema.RuleAtLeast {
			return cty.NullVal(cty.Number)
		}
		return cty.NumberIntVal(int64(s.MinApprovals))
	}},
	{"name", cty.String, func(s step) cty.Value { return cty.StringVal(s.Name) }},
	{"needs", cty.Number, func(s step) cty.Value { return cty.NumberIntVal(int64(s.needs)) }},
	{"require", cty.String, func(s step) cty.Value {
		if s.Rule == schema.RuleAtLeast {
			return cty.NullVal(cty.String)
		}
		return cty.StringVal(string(s.Rule))
	}},
}

var stepType = typeOf(stepRows)

var ccType = cty.Object(map[string]cty.Type{"access": cty.String, "users": cty.List(personType)})

// grant is what somebody may see of the files through a template.
type grant struct {
	person
	policy.Access
}

func (g grant) as() string {
	if g.CC {
		return "cc"
	}
	return "approver"
}

// of makes a row of a part into a row of the whole.
func of[T, P any](part func(T) P, r row[P]) row[T] {
	return row[T]{r.name, r.ty, func(x T) cty.Value { return r.of(part(x)) }}
}

// withPerson puts the rows of a person before others.
func withPerson[T any](who func(T) person, rows ...row[T]) []row[T] {
	var out []row[T]
	for _, r := range personRows {
		out = append(out, of(who, r))
	}
	return append(out, rows...)
}

var grantRows = withPerson(func(g grant) person { return g.person },
	row[grant]{"access", cty.String, func(g grant) cty.Value { return access(g.After) }},
	row[grant]{"as", cty.String, func(g grant) cty.Value { return cty.StringVal(g.as()) }})

var grantType = typeOf(grantRows)

var templateRows = []row[*template]{
	fromSteps("access", cty.List(grantType), func(t *template) cty.Value {
		if !t.decided(schema.AttrApproverAccess) || !t.decided(schema.AttrCC) {
			return cty.NilVal
		}
		return list(grantType, policy.Accesses(nil, t.t), func(a policy.Access) cty.Value {
			return valueOf(grantRows, grant{t.person(a.Who), a})
		})
	}),
	{"address", cty.String, func(t *template) cty.Value { return text(t.address.String()) }},
	{"applies_to", cty.String, func(t *template) cty.Value { return known(string(t.t.AppliesTo)) }},
	{"approval_type", cty.String, (*template).approvalType},
	mayBeLeft(schema.AttrApproverAccess, cty.String, func(t *template) cty.Value { return access(t.t.ApproverAccess) }),
	fromSteps("approvers", cty.List(personType), func(t *template) cty.Value { return t.people(t.asks.People()) }),
	fromSteps("bus_factor", cty.Number, func(t *template) cty.Value {
		return cty.NumberIntVal(int64(t.asks.BusFactor()))
	}),
	fromSteps("can_block_alone", cty.List(cty.String), func(t *template) cty.Value {
		return t.named(t.asks.InEvery())
	}),
	fromSteps("can_pass", cty.Bool, func(t *template) cty.Value { return cty.BoolVal(t.asks.Possible()) }),
	fromSteps("can_pass_alone", cty.List(cty.String), func(t *template) cty.Value { return t.named(t.asks.Alone()) }),
	mayBeLeft(schema.AttrCC, ccType, func(t *template) cty.Value {
		return cty.ObjectVal(map[string]cty.Value{"access": access(t.t.CCAccess),
			"users": t.people(policy.IDs(t.t.CC))})
	}),
	mayBeLeft(schema.AttrDescription, cty.String, func(t *template) cty.Value {
		return cty.StringVal(t.t.Description)
	}),
	fromSteps("fewest_approvers", cty.Number, func(t *template) cty.Value {
		set, exact := t.asks.Fewest()
		switch {
		case !exact:
			return cty.NilVal
		case set == nil:
			return cty.NullVal(cty.Number)
		}
		return cty.NumberIntVal(int64(len(set)))
	}),
	{"id", cty.Number, func(t *template) cty.Value { return number(t.id) }},
	{"ignore_changes", cty.List(cty.String), func(t *template) cty.Value {
		if t.declared == nil {
			return texts(nil)
		}
		return texts(t.declared.IgnoreChanges)
	}},
	{"key", cty.String, func(t *template) cty.Value {
		if t.address.Key == "" {
			return cty.NullVal(cty.String)
		}
		return cty.StringVal(t.address.Key.Text())
	}},
	{"name", cty.String, func(t *template) cty.Value { return text(t.address.Name) }},
	{"prevent_destroy", cty.Bool, func(t *template) cty.Value {
		return cty.BoolVal(t.declared != nil && t.declared.PreventDestroy)
	}},
	{"scope", scopeType, func(t *template) cty.Value { return valueOf(scopeRows, t.at) }},
	fromSteps("steps", cty.List(stepType), func(t *template) cty.Value {
		i := -1
		return list(stepType, t.t.Steps, func(s schema.Step) cty.Value {
			i++
			return valueOf(stepRows, step{t, s, t.asks[i].Needs})
		})
	}),
	{"title", cty.String, func(t *template) cty.Value { return known(t.t.Title) }},
}

var templateType = typeOf(templateRows)
