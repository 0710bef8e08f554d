package reconcile

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"countersign/reconcile/plans"
	"countersign/reconcile/world"
	"countersign/schema"
	"countersign/schema/addr"
	"countersign/schema/spelling"
	"countersign/state"
)

// unseen warns of what people at the drive do not see of what it has: characters without a shape in the texts of
// templates and the names of people, and titles on one folder or file that look the same. What the configuration writes
// itself it is warned of where it stands there.
func (d *differ) unseen(decl schema.Declaration, st state.State) {
	d.oneAddress(st)
	told := map[int64]bool{}
	for _, a := range decl.Approvers {
		d.hiddenName(a.Person.ID, a, told)
	}
	touched := map[int64]bool{}
	for _, c := range d.plan.Changes {
		touched[c.Place.ID] = true
	}
	all := d.bearers()
	for _, s := range decl.Scopes {
		place := d.places[s.Address]
		if len(d.targeted) > 0 && !touched[place.ID] && !d.targeted.has(addr.Address{}, s.Address) {
			continue
		}
		for _, l := range d.own(place.ID) {
			if d.owner[l.ID].IsZero() && s.Unmanaged == schema.UnmanagedIgnore {
				continue
			}
			d.hiddenTexts(l, s, place)
			for _, id := range world.Involved(l) {
				d.hiddenName(id, schema.Approver{}, told)
			}
			for _, step := range l.Template.Steps {
				for _, p := range step.Approvers {
					d.hiddenName(p.ID, schema.Approver{}, told)
				}
			}
		}
		d.alike(s, place, all.on(place.ID))
	}
}

// oneAddress refuses a state that binds one address in two forms of Unicode to two templates, as older programs could.
func (d *differ) oneAddress(st state.State) {
	first := map[addr.Address]*state.Binding{}
	for i := range st.Bindings {
		b := &st.Bindings[i]
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

// hiddenTexts warns of one live template.
func (d *differ) hiddenTexts(l *schema.Live, s schema.Scope, place plans.Place) {
	t, owner := l.Template, d.owner[l.ID]
	var declared schema.Template
	if block := d.declared[owner]; block != nil {
		declared = block.Template
	}
	var odd []string
	add := func(what, text string, c spelling.Care, said bool) {
		if all := spelling.Odd(text, c); all != nil && !said {
			odd = append(odd, fmt.Sprintf("Its %s %s has %s.", what, spelling.Quote(text), spelling.Listed(text, all)))
		}
	}
	for _, a := range schema.Attributes {
		if a.Text != nil {
			care := spelling.Read
			if a.Name == schema.AttrTitle {
				care = spelling.Chosen
			}
			add(a.Name, a.Text(&t), care, a.Same(&t, &declared))
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
		"On %s, tid %d%s%s. %s People at the drive may take it for another.", place.Text(), l.ID, bound, editText(d.edit(l)), strings.Join(odd,
			" "))
}

// hiddenName warns of the names that the drive has for a user, once; approver is the block that declares the user, if
// any does.
func (d *differ) hiddenName(id int64, approver schema.Approver, told map[int64]bool) {
	if told[id] {
		return
	}
	told[id] = true
	live := d.world.People[id]
	for _, n := range []struct {
		attribute, live, declared string
		care                      spelling.Care
	}{
		{"username", live.Username, approver.Person.Username, spelling.Chosen},
		{"realname", live.Realname, approver.Person.Realname, spelling.Read},
	} {
		if odd := spelling.Odd(n.live, n.care); odd != nil && n.declared == "" { // otherwise it is told as declared, or as another name
			d.problem(schema.Warning, approver.Address, n.attribute, "A name has characters that nobody sees",
				"User %d has the %s %s on the drive. It has %s.", id, n.attribute, spelling.Quote(n.live), spelling.Listed(n.live,
					odd))
		}
	}
}

// bearer is a template that bears a title, now or once the plan is applied.
type bearer struct {
	id      int64
	address addr.Address
	title   string
	written bool // the configuration says that title
}

func (b bearer) String() string {
	switch {
	case b.id == 0:
		return b.address.String()
	case b.address.IsZero():
		return fmt.Sprintf("tid %d", b.id)
	}
	return fmt.Sprintf("tid %d, %s,", b.id, b.address)
}

// alike warns of titles on one place that differ in nothing that anybody sees. Of those that the configuration writes
// itself it is warned where they are written, and of two that are one title in two forms of Unicode, one of them bound,
// by doubled.
func (d *differ) alike(s schema.Scope, place plans.Place, there []bearer) {
	looks := map[string][]bearer{}
	for _, b := range there {
		look := spelling.Look(b.title)
		looks[look] = append(looks[look], b)
	}
	for _, look := range slices.Sorted(maps.Keys(looks)) {
		list := looks[look]
		first := list[0]
		ours := slices.ContainsFunc(list, func(b bearer) bool { return !b.address.IsZero() })
		written := !slices.ContainsFunc(list, func(b bearer) bool { return !b.written })
		unlike := func(same func(a, b string) bool) int {
			return slices.IndexFunc(list, func(b bearer) bool { return !same(first.title, b.title) })
		}
		other := unlike(spelling.Same)
		if other < 0 && !ours {
			other = unlike(func(a, b string) bool { return a == b })
		}
		if other < 0 || written || !ours && s.Unmanaged == schema.UnmanagedIgnore {
			continue
		}
		address, attribute := s.Address, ""
		if i := slices.IndexFunc(list, func(b bearer) bool { return !b.address.IsZero() }); i >= 0 {
			address, attribute = list[i].address, schema.AttrTitle
		}
		words := make([]string, len(list))
		for i, b := range list {
			q, _ := spelling.Unlike(b.title, first.title)
			if i == 0 || b.title == first.title {
				q, _ = spelling.Unlike(first.title, list[other].title)
			}
			words[i] = fmt.Sprintf("%v is titled %s", b, q)
		}
		d.problem(schema.Warning, address, attribute, "Titles that look the same",
			"On %s, %s. They are different titles, and to those who raise approvals they look the same. "+
				"Give all but one another title.", place.Text(), strings.Join(words, "; "))
	}
}

// bearers finds the templates on each place that there will be, by their titles.
type bearers struct {
	differ *differ
	change map[int64]*plans.Change // by tid
	made   map[int64][]bearer      // by place
}

func (d *differ) bearers() bearers {
	all := bearers{d, map[int64]*plans.Change{}, map[int64][]bearer{}}
	for i := range d.plan.Changes {
		c := &d.plan.Changes[i]
		if c.ID != 0 && !c.Recreates() {
			all.change[c.ID] = c
		}
		if c.Action == plans.Create || c.Action == plans.Replace {
			all.made[c.Place.ID] = append(all.made[c.Place.ID],
				bearer{0, c.Address, c.After.Title, all.written(c.Address, c.After.Title)})
		}
	}
	return all
}

// written reports whether the configuration says a title.
func (all bearers) written(address addr.Address, title string) bool {
	block := all.differ.declared[address]
	return block != nil && spelling.Same(block.Template.Title, title)
}

// on lists those of a place, the ones that are there first.
func (all bearers) on(place int64) []bearer {
	var list []bearer
	for _, l := range all.differ.own(place) {
		c := all.change[l.ID]
		if c != nil && (c.Action == plans.Remove || c.Action == plans.Replace) {
			continue
		}
		b := bearer{id: l.ID, address: all.differ.owner[l.ID], title: l.Template.Title}
		if c != nil && c.After != nil {
			b.title = c.After.Title
		}
		b.written = all.written(b.address, b.title)
		list = append(list, b)
	}
	return append(list, all.made[place]...)
}
