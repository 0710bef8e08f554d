// Package subject gives policies what they are evaluated on: templates, changes and the whole, as values of the
// language. One table for each says what a policy can see of it, a row an attribute. What a policy is and how it is
// judged is in schema/config/rule.
//
// What is not known yet is an unknown value, and no policy passes by an unknown value. Before the drive is read that is
// names, paths and whatever the files leave to the drive; in a plan it is what is known only after apply.
package subject

import (
	"cmp"
	"slices"
	"sync"

	"github.com/zclconf/go-cty/cty"

	"countersign/reconcile/plans"
	"countersign/schema"
	"countersign/schema/addr"
	"countersign/schema/config/rule"
	"countersign/view"
)

// row is one attribute of something: its type, and its value; cty.NilVal while that is not known.
type row[T any] struct {
	name string
	ty   cty.Type
	of   func(T) cty.Value
}

func typeOf[T any](rows []row[T]) cty.Type {
	attributes := map[string]cty.Type{}
	for _, r := range rows {
		attributes[r.name] = r.ty
	}
	return cty.Object(attributes)
}

func valueOf[T any](rows []row[T], of T) cty.Value {
	attributes := map[string]cty.Value{}
	for _, r := range rows {
		v := r.of(of)
		if v == cty.NilVal {
			v = cty.UnknownVal(r.ty)
		}
		attributes[r.name] = v
	}
	return cty.ObjectVal(attributes)
}

// list is a list of a type, which may be empty.
func list[T any](ty cty.Type, of []T, value func(T) cty.Value) cty.Value {
	if len(of) == 0 {
		return cty.ListValEmpty(ty)
	}
	out := make([]cty.Value, len(of))
	for i, x := range of {
		out[i] = value(x)
	}
	return cty.ListVal(out)
}

func texts(of []string) cty.Value { return list(cty.String, of, cty.StringVal) }

// text is a text, null where there is none.
func text(s string) cty.Value {
	if s == "" {
		return cty.NullVal(cty.String)
	}
	return cty.StringVal(s)
}

// scene is what the values are made from.
type scene struct {
	declared  schema.Declaration
	blocks    map[addr.Address]*schema.Declared
	plan      *plans.Plan // nil: the drive was not read
	names     *view.Names
	approvers map[int64]addr.Address
	scopes    map[addr.Address]schema.Scope
	places    map[addr.Address]plans.Place // of declared scopes, as the plan has found them
}

// Of gives the subjects of a declaration and, once there is one, of a plan. The templates are those that the
// configuration declares, as the plan leaves them; in a refresh-only plan those that are bound, as they are live; when
// everything is destroyed none: then there are changes alone.
func Of(d schema.Declaration, p *plans.Plan) *rule.Subjects {
	s := &scene{declared: d, plan: p, blocks: map[addr.Address]*schema.Declared{}, approvers: map[int64]addr.Address{},
		scopes: map[addr.Address]schema.Scope{}, places: map[addr.Address]plans.Place{}}
	for i := range d.Templates {
		s.blocks[d.Templates[i].Address] = &d.Templates[i]
	}
	people := map[int64]schema.Person{}
	for _, a := range d.Approvers {
		s.approvers[a.Person.ID] = a.Address
		people[a.Person.ID] = a.Person
	}
	for _, x := range d.Scopes {
		s.scopes[x.Address] = x
	}
	if s.names = view.NewNames(people, nil); p != nil {
		s.names = view.NamesOf(p)
	}
	out := &rule.Subjects{Planned: p != nil, Partial: p != nil && p.Mode != plans.Normal, Words: closed,
		Types: map[string]cty.Type{rule.Self: templateType, rule.Change: changeType, rule.All: typeOf(allRows)}}
	w := &whole{scene: s}
	for _, t := range s.templates() {
		self := sync.OnceValue(func() cty.Value { return valueOf(templateRows, t) })
		w.templates = append(w.templates, self)
		out.Templates = append(out.Templates, rule.Subject{Address: t.address, Self: self})
	}
	if p != nil {
		for _, c := range s.changes() {
			change := sync.OnceValue(func() cty.Value { return valueOf(changeRows, c) })
			w.changes = append(w.changes, change)
			out.Changes = append(out.Changes, rule.Subject{Address: c.verdict.Address, Change: change,
				Self: sync.OnceValue(func() cty.Value { return valueOf(templateRows, c.subject()) })})
		}
	}
	out.All = sync.OnceValue(func() cty.Value { return valueOf(allRows, w) })
	return out
}

// templates are the declared ones as they will be, sorted by address.
func (s *scene) templates() []*template {
	planned := map[addr.Address]bool{}
	var out []*template
	if s.plan != nil && s.plan.Mode != plans.Destroy {
		for _, changes := range [][]plans.Change{s.plan.Changes, s.plan.HeldBack, s.plan.Refused} {
			for i := range changes {
				c := &changes[i]
				if !c.Place.Address.IsZero() {
					s.places[c.Place.Address] = c.Place
				}
				if c.After == nil || c.Address.IsZero() || c.Deposed || planned[c.Address] {
					continue
				}
				planned[c.Address] = true
				out = append(out, s.template(c.Address, c.After, c.Place, c.ID))
			}
		}
	}
	if s.plan == nil || s.plan.Mode == plans.Normal { // those that -target leaves out are declared all the same
		for i := range s.declared.Templates {
			if d := &s.declared.Templates[i]; !planned[d.Address] {
				out = append(out, s.template(d.Address, &d.Template, s.places[d.Scope], 0))
			}
		}
	}
	slices.SortFunc(out, func(a, b *template) int { return a.address.Compare(b.address) })
	return out
}

// person is somebody whose id is known.
type person struct {
	*scene
	schema.Person
}

func (s *scene) person(id int64) person {
	p, _ := s.names.Known(id)
	p.ID = id
	return person{s, p}
}

// name is what lists call the person: the realname, or in a plan else the username or what the plan shows; "" while it
// is not known.
func (p person) name() string {
	if p.plan == nil {
		return p.Realname
	}
	return cmp.Or(p.Realname, p.Username, p.names.Called(p.Person))
}

// known is a text, unknown while it is empty.
func known(name string) cty.Value {
	if name == "" {
		return cty.UnknownVal(cty.String)
	}
	return cty.StringVal(name)
}

var personRows = []row[person]{
	{"address", cty.String, func(p person) cty.Value { return text(p.approvers[p.ID].String()) }},
	{"id", cty.Number, func(p person) cty.Value { return cty.NumberIntVal(p.ID) }},
	{"realname", cty.String, func(p person) cty.Value { return known(p.Realname) }},
	{"username", cty.String, func(p person) cty.Value { return known(p.Username) }},
}

var personType = typeOf(personRows)

func (s *scene) people(ids []int64) cty.Value {
	return list(personType, ids, func(id int64) cty.Value { return valueOf(personRows, s.person(id)) })
}

// named are people by name.
func (s *scene) named(ids []int64) cty.Value {
	return list(cty.String, ids, func(id int64) cty.Value { return known(s.person(id).name()) })
}

// whole is everything together.
type whole struct {
	*scene
	templates, changes []func() cty.Value
}

func build(of func() cty.Value) cty.Value { return of() }

var allRows = []row[*whole]{
	{"templates", cty.List(templateType), func(w *whole) cty.Value { return list(templateType, w.templates, build) }},
	{"changes", cty.List(changeType), func(w *whole) cty.Value {
		if w.plan == nil {
			return cty.NilVal
		}
		return list(changeType, w.changes, build)
	}},
	{"approvers", cty.List(personType), func(w *whole) cty.Value {
		var ids []int64
		for _, a := range w.declared.Approvers {
			ids = append(ids, a.Person.ID)
		}
		return w.people(ids)
	}},
	{"scopes", cty.List(scopeType), func(w *whole) cty.Value {
		return list(scopeType, w.declared.Scopes, func(x schema.Scope) cty.Value {
			return valueOf(scopeRows, w.place(x.Address, w.places[x.Address]))
		})
	}},
	{"unmanaged", cty.List(templateType), func(w *whole) cty.Value {
		if w.plan == nil {
			return cty.NilVal
		}
		return list(templateType, w.plan.Unmanaged, func(f plans.Found) cty.Value {
			t := w.template(addr.Address{}, &f.Live, f.Place, f.ID)
			t.unread = f.Unreadable != ""
			t.open = t.unread
			return valueOf(templateRows, t)
		})
	}},
}
