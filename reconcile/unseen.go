package reconcile

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"countersign/reconcile/plans"
	"countersign/schema"
	"countersign/schema/addr"
	"countersign/schema/spelling"
	"countersign/state"
)

// unseen warns of what people at the drive do not see: characters without a shape in the texts of templates and the
// names of people, and titles on one folder or file that look the same. Where the configuration writes the text itself,
// schema/config has warned already.
func (d *differ) unseen() {
	d.oneAddress()
	checked := map[int64]bool{} // people
	for _, a := range d.decl.Approvers {
		d.hiddenName(a.Person.ID, a, checked)
	}
	touched := map[int64]bool{}
	for _, c := range d.plan.Changes {
		touched[c.Place.ID] = true
	}
	titles := titlingOf(d.plan.Changes)
	for _, s := range d.decl.Scopes {
		place := d.places[s.Address]
		if len(d.targeted) > 0 && !touched[place.ID] && !d.targeted.has(addr.Address{}, s.Address) {
			continue
		}
		own := d.world.Own(place.ID)
		for _, l := range own {
			if d.known.Owners[l.ID].IsZero() && s.Unmanaged == schema.UnmanagedIgnore {
				continue
			}
			d.hiddenTexts(l, s, place)
			d.hiddenName(l.Editor, schema.Approver{}, checked)
			for p := range l.Template.Everybody() {
				d.hiddenName(p.ID, schema.Approver{}, checked)
			}
		}
		d.alike(s, place, d.titlesAfter(place.ID, own, titles))
	}
}

// oneAddress refuses a state that binds one address in two forms of Unicode to two templates, as older programs could.
func (d *differ) oneAddress() {
	odd := func(b state.Binding) bool { return state.Form(b.Address) != b.Address }
	if !slices.ContainsFunc(d.state.Bindings, odd) {
		return // without looking each up among all the others
	}
	first := map[addr.Address]*state.Binding{}
	for i := range d.state.Bindings {
		b := &d.state.Bindings[i]
		form := state.Form(b.Address)
		a := first[form]
		if a == nil {
			first[form] = b
			continue
		}
		one, other := spelling.Unlike(a.Address.String(), b.Address.String())
		odd := other // the one that no configuration can declare
		if b.Address == form {
			odd = one
		}
		typed := "$'" + strings.Trim(odd, `"`) + "'"
		d.problem(schema.Error, form, "", "One address in two forms of Unicode",
			"The state binds %s to tid %d and %s to tid %d. They are one address, and a configuration "+
				"can declare one of the two alone. Give the other one another address, or forget it: "+
				"in bash, zsh and others `countersign state mv %[5]s template.NAME`, or `countersign state rm %[5]s`.",
			one, a.ID, other, b.ID, typed)
	}
}

// hiddenTexts warns of characters without a shape in one live template.
func (d *differ) hiddenTexts(l *schema.Live, s schema.Scope, place plans.Place) {
	t, owner := &l.Template, d.known.Owners[l.ID]
	declared := &schema.Template{}
	if block := d.declared[owner]; block != nil {
		declared = &block.Template
	}
	var odd []string
	add := func(what, text string, c spelling.Care, declared bool) {
		if all := spelling.Odd(text, c); all != nil && !declared {
			odd = append(odd, fmt.Sprintf("Its %s %s has %s.", what, spelling.Quote(text), spelling.Listed(text, all)))
		}
	}
	for _, a := range schema.Attributes {
		if a.Text != nil {
			care := spelling.Read
			if a.Name == schema.AttrTitle {
				care = spelling.Chosen
			}
			add(a.Name, a.Text(t), care, a.Same(t, declared))
		}
	}
	for _, step := range t.Steps {
		add("step", step.Name, spelling.Chosen, slices.ContainsFunc(declared.Steps,
			func(o schema.Step) bool { return spelling.Same(o.Name, step.Name) }))
	}
	if odd == nil {
		return
	}
	address, attribute, bound := owner, schema.AttrTitle, ", which is "+owner.String()
	if owner.IsZero() {
		address, attribute, bound = s.Address, "", ", which is bound to no address"
	}
	d.problem(schema.Warning, address, attribute, "A template has characters that nobody sees",
		"On %s, tid %d%s%s. %s People at the drive may take it for another.", place.Text(), l.ID, bound,
		editText(d.edit(l)), strings.Join(odd, " "))
}

// hiddenName warns, once, of characters without a shape in the names that the drive has for a user; approver is the
// block that declares the user, if any does.
func (d *differ) hiddenName(id int64, approver schema.Approver, checked map[int64]bool) {
	if checked[id] {
		return
	}
	checked[id] = true
	live := d.world.People[id]
	for _, n := range []struct {
		attribute, live, declared string
		care                      spelling.Care
	}{
		{"username", live.Username, approver.Person.Username, spelling.Chosen},
		{"realname", live.Realname, approver.Person.Realname, spelling.Read},
	} {
		if odd := spelling.Odd(n.live, n.care); odd != nil && n.declared == "" {
			d.problem(schema.Warning, approver.Address, n.attribute, "A name has characters that nobody sees",
				"User %d has the %s %s on the drive. It has %s.", id, n.attribute, spelling.Quote(n.live),
				spelling.Listed(n.live, odd))
		}
	}
}

// titled is a template with the title that it has once the plan is applied.
type titled struct {
	id      int64 // 0: still to be made
	address addr.Address
	title   string
	written bool // the configuration says that title
}

func (t titled) String() string {
	switch {
	case t.id == 0:
		return t.address.String()
	case t.address.IsZero():
		return fmt.Sprintf("tid %d", t.id)
	}
	return fmt.Sprintf("tid %d, %s,", t.id, t.address)
}

// titling is what a plan does to titles: its changes of live templates by tid, and by scope those that make one.
type titling struct {
	changed map[int64]*plans.Change
	made    map[int64][]*plans.Change
}

func titlingOf(changes []plans.Change) titling {
	t := titling{map[int64]*plans.Change{}, map[int64][]*plans.Change{}}
	for i := range changes {
		c := &changes[i]
		if c.Action == plans.Update || c.Action == plans.Replace || c.Action == plans.Remove {
			t.changed[c.ID] = c
		}
		if c.Action == plans.Create || c.Action == plans.Replace {
			t.made[c.Place.ID] = append(t.made[c.Place.ID], c)
		}
	}
	return t
}

// titlesAfter are the templates that a scope has once the plan is applied; own are those that are there already, and
// come first.
func (d *differ) titlesAfter(scope int64, own []*schema.Live, t titling) []titled {
	var out []titled
	add := func(id int64, address addr.Address, title string) {
		block := d.declared[address]
		out = append(out, titled{id, address, title, block != nil && spelling.Same(block.Template.Title, title)})
	}
	for _, l := range own {
		switch c := t.changed[l.ID]; {
		case c == nil:
			add(l.ID, d.known.Owners[l.ID], l.Template.Title)
		case c.Action == plans.Update:
			add(l.ID, d.known.Owners[l.ID], c.After.Title)
		}
	}
	for _, c := range t.made[scope] {
		add(0, c.Address, c.After.Title)
	}
	return out
}

// alike warns of titles on one place that differ in nothing that anybody sees. Where the configuration writes all of
// them, schema/config has warned; of one title in two forms of Unicode, one of them bound, doubled warns.
func (d *differ) alike(s schema.Scope, place plans.Place, there []titled) {
	looks := map[string][]titled{}
	for _, t := range there {
		look := spelling.Look(t.title)
		looks[look] = append(looks[look], t)
	}
	for _, look := range slices.Sorted(maps.Keys(looks)) {
		list := looks[look]
		first := list[0]
		ours := slices.IndexFunc(list, func(t titled) bool { return !t.address.IsZero() })
		other := slices.IndexFunc(list, func(t titled) bool { return !spelling.Same(first.title, t.title) })
		if other < 0 && ours < 0 {
			other = slices.IndexFunc(list, func(t titled) bool { return first.title != t.title })
		}
		written := !slices.ContainsFunc(list, func(t titled) bool { return !t.written })
		if other < 0 || written || ours < 0 && s.Unmanaged == schema.UnmanagedIgnore {
			continue
		}
		address, attribute := s.Address, ""
		if ours >= 0 {
			address, attribute = list[ours].address, schema.AttrTitle
		}
		words := make([]string, len(list))
		for i, t := range list {
			q, _ := spelling.Unlike(t.title, first.title)
			if i == 0 || t.title == first.title {
				q, _ = spelling.Unlike(first.title, list[other].title)
			}
			words[i] = fmt.Sprintf("%v is titled %s", t, q)
		}
		d.problem(schema.Warning, address, attribute, "Titles that look the same",
			"On %s, %s. They are different titles, and to those who raise approvals they look the same. "+
				"Give all but one another title.", place.Text(), strings.Join(words, "; "))
	}
}
