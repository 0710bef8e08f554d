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
)

// refusal is why a change is refused.
type refusal struct {
	plans.Holder
	live *schema.Live // the template that has the title; nil when it is still to be made
}

// refuseSeconds takes those changes out of the plan that would give a scope a second template of one title. A refused
// change keeps its own old title, so that refusing it may lead to refusing another. Only titles that the plan really
// takes away become free.
func (d *differ) refuseSeconds() {
	changes := d.plan.Changes
	takers := map[schema.Title][]int{} // places in changes
	var titles []schema.Title
	for i := range changes {
		if key, takes := changes[i].Takes(); takes {
			if takers[key] == nil {
				titles = append(titles, key)
			}
			takers[key] = append(takers[key], i)
		}
	}
	if len(titles) == 0 {
		return
	}
	refused := make([]*refusal, len(changes))
	var refuse func(i int, r refusal)
	refuse = func(i int, r refusal) {
		if refused[i] != nil {
			return
		}
		refused[i] = &r
		c := &changes[i]
		if key, gives := c.Gives(); gives { // but now keeps it
			for _, next := range takers[key] {
				refuse(next, refusal{plans.Holder{Address: c.Address, ID: c.ID, Keeps: plans.KeepsRefused},
					d.live[c.ID]})
			}
		}
	}
	kept := d.keptTitles(titles)
	for _, key := range titles {
		for _, i := range takers[key] {
			if l := kept[key]; l != nil {
				refuse(i, refusal{d.holder(l), l})
			}
		}
	}
	for _, key := range titles { // the first that is left takes it
		var taker *plans.Change
		for _, i := range takers[key] {
			switch {
			case refused[i] != nil:
			case taker == nil:
				taker = &changes[i]
			default:
				refuse(i, refusal{Holder: plans.Holder{Address: taker.Address, ID: taker.ID, Keeps: plans.KeepsTakes}})
			}
		}
	}
	if !slices.ContainsFunc(refused, func(r *refusal) bool { return r != nil }) {
		return
	}
	wants := make(map[addr.Address]*wanted, len(d.wanted))
	for i := range d.wanted {
		wants[d.wanted[i].Address] = &d.wanted[i]
	}
	left := changes[:0:0]
	for i := range changes {
		if refused[i] == nil {
			left = append(left, changes[i])
		} else {
			d.refused(changes[i], refused[i], wants[changes[i].Address])
		}
	}
	d.plan.Changes = left
}

// keptTitles finds, on the scopes of these titles, the first template of each title that no change takes its title
// away from.
func (d *differ) keptTitles(titles []schema.Title) map[schema.Title]*schema.Live {
	given, kept := d.given(), map[schema.Title]*schema.Live{}
	read := map[int64]bool{}
	for _, title := range titles {
		if read[title.Scope] {
			continue
		}
		read[title.Scope] = true
		for _, l := range d.world.Own(title.Scope) {
			if key := schema.TitleIn(title.Scope, l.Template.Title); !given[l.ID] && kept[key] == nil {
				kept[key] = l
			}
		}
	}
	return kept
}

// given are the tids of the templates whose title the plan takes away.
func (d *differ) given() map[int64]bool {
	given := map[int64]bool{}
	for i := range d.plan.Changes {
		if c := &d.plan.Changes[i]; c.Action != plans.Create {
			if _, gives := c.Gives(); gives {
				given[c.ID] = true
			}
		}
	}
	return given
}

// holder says what a live template is that keeps its title, and why it keeps it.
func (d *differ) holder(l *schema.Live) plans.Holder {
	h := plans.Holder{Address: d.known.Owners[l.ID], ID: l.ID, Keeps: plans.KeepsDeclared}
	block := d.declared[h.Address]
	var scope addr.Address
	if b := d.known.Bindings[h.Address]; b != nil {
		scope = b.Scope
	}
	if block != nil {
		scope = block.Scope
	}
	switch {
	case h.Address.IsZero():
		h.Keeps = plans.KeepsUnbound
	case slices.ContainsFunc(d.plan.HeldBack, func(c plans.Change) bool { return c.ID == l.ID }):
		h.Keeps = plans.KeepsHeldBack
	case !d.targeted.has(h.Address, scope):
		h.Keeps = plans.KeepsUntargeted
	case block != nil && slices.Contains(block.IgnoreChanges, schema.AttrTitle):
		h.Keeps = plans.KeepsIgnored
	}
	return h
}

// ways say, by why a template keeps its title, what it is and what helps. ADDRESS is the template's.
var ways = map[plans.Keeps]struct{ is, way string }{
	plans.KeepsHeldBack: {"which is ADDRESS and stays because of -no-removals",
		"Apply without -no-removals, or choose another title."},
	plans.KeepsUntargeted: {"which is ADDRESS and none of the targets",
		"Add -target='ADDRESS', or choose another title."},
	plans.KeepsIgnored: {"which is ADDRESS and keeps it, because its ignore_changes names title",
		"Choose another title, or take title out of that ignore_changes."},
	plans.KeepsRefused: {"which is ADDRESS and keeps it, because its own change is refused",
		"What leads out of that one helps this one too."},
	plans.KeepsTakes:    {"which this plan gives to ADDRESS", "Choose another title."},
	plans.KeepsDeclared: {"which is ADDRESS", "Choose another title, or remove that one first."},
}

// refused notes a refused change, of that declared template, and says what helps.
func (d *differ) refused(c plans.Change, r *refusal, t *wanted) {
	h, l := r.Holder, r.live
	c.Holder, c.ID, c.Before, c.Steps, c.Edited, c.Saw, c.OldPlace = &h, h.ID, nil, nil, nil, "", nil
	has, which := "gets", "still to be made"
	if l != nil {
		has, which = "has", fmt.Sprintf("tid %d%s", l.ID, editText(d.edit(l)))
		c.Before, c.Edited = d.shown(l.Template), d.edit(l)
	}
	is := strings.ReplaceAll(ways[h.Keeps].is, "ADDRESS", h.Address.String())
	way := strings.ReplaceAll(ways[h.Keeps].way, "ADDRESS", h.Address.String())
	if h.Keeps == plans.KeepsUnbound {
		if d.unreadable(c.Address, l) {
			return
		}
		is, way = "which is bound to no address", d.takeOver(c, l)
		c.After = d.shown(*merge(t, &l.Template, t.Sets))
		c.Steps = AlignSteps(c.Before.Steps, c.After.Steps)
	}
	if !h.Address.IsZero() && h.ID != 0 && d.declared[h.Address] == nil && c.Action == plans.Create && !c.Recreates() {
		way = fmt.Sprintf(
			"If only the block was renamed, keep the template and its tid: countersign state mv '%s' '%s'. Otherwise: ",
			h.Address, c.Address) + strings.ToLower(way[:1]) + way[1:]
	}
	d.plan.Refused = append(d.plan.Refused, c)
	d.problem(schema.Warning, c.Address, schema.AttrTitle, plans.TitleTaken,
		"%s %s a template titled %q (%s), %s. A second one of that title is not made. %s",
		c.Place.Text(), has, c.After.Title, which, is, way)
}

// takeOver says how the address that was to make a template can take over the one that nobody declared.
func (d *differ) takeOver(c plans.Change, twin *schema.Live) string {
	var ids []string
	for _, l := range d.world.Own(c.Place.ID) {
		if d.known.Owners[l.ID].IsZero() && spelling.Same(l.Template.Title, twin.Template.Title) {
			ids = append(ids, fmt.Sprint(l.ID))
		}
	}
	how := "To take it over"
	if len(ids) > 1 {
		how = fmt.Sprintf("There are %d of that title (tid %s). To take over the first", len(ids),
			strings.Join(ids, ", "))
	}
	if b := d.known.Bindings[c.Address]; b != nil && b.ID != 0 {
		how += fmt.Sprintf(", forget tid %d with `countersign state rm '%s'` and add", b.ID, c.Address)
	} else {
		how += ", add"
	}
	return fmt.Sprintf("%s\n\n  import {\n    to = %s\n    id = %d\n  }\n\nor remove it, or choose another title.", how,
		c.Address, twin.ID)
}

// doubled warns of each title that several live templates of one scope have, one of them ours: a write that was carried
// out late or twice, or a copy that somebody made. Every plan says so, whatever its targets.
func (d *differ) doubled() {
	given := d.given()
	for _, scope := range slices.Sorted(maps.Keys(d.world.Listings)) {
		own, byTitle := d.world.Own(scope), map[schema.Title][]*schema.Live{}
		for _, l := range own {
			key := schema.TitleIn(scope, l.Template.Title)
			byTitle[key] = append(byTitle[key], l)
		}
		for _, l := range own {
			if same := byTitle[schema.TitleIn(scope, l.Template.Title)]; len(same) > 1 && same[0] == l {
				d.doubledTitle(scope, same, given)
			}
		}
	}
}

func (d *differ) doubledTitle(scope int64, same []*schema.Live, given map[int64]bool) {
	var ours addr.Address
	stay := 0
	each := make([]string, len(same))
	for i, l := range same {
		address := d.known.Owners[l.ID]
		switch b := d.known.Bindings[address]; {
		case address.IsZero():
			each[i] = fmt.Sprintf("tid %d%s, which is bound to no address", l.ID, editText(d.edit(l)))
		case b != nil && b.ID != l.ID && b.ID != 0:
			each[i] = fmt.Sprintf("tid %d, left over from a replacement of %s", l.ID, address)
		default:
			each[i] = fmt.Sprintf("tid %d, which is %s", l.ID, address)
		}
		if ours.IsZero() {
			ours = address
		}
		if !given[l.ID] {
			stay++
		}
	}
	if ours.IsZero() {
		return
	}
	way := "Remove the one that should not be there, or give it another title."
	switch stay {
	case 0:
		way = "This plan leaves none of them."
	case 1:
		way = "This plan leaves one of them."
	}
	d.problem(schema.Warning, ours, schema.AttrTitle, "Two templates of one title",
		"%s has %d templates titled %q: %s. People who raise an approval cannot tell them apart. %s",
		d.placeOfScope(scope).Text(), len(same), same[0].Template.Title, strings.Join(each, "; "), way)
}

// placeOfScope is what is known of a scope besides its id.
func (d *differ) placeOfScope(id int64) plans.Place {
	for _, address := range slices.SortedFunc(maps.Keys(d.places), addr.Address.Compare) {
		if p := d.places[address]; p.ID == id {
			return p
		}
	}
	for _, address := range slices.SortedFunc(maps.Keys(d.known.Bindings), addr.Address.Compare) {
		if b := d.known.Bindings[address]; b.ScopeID == id {
			return d.placeOf(b)
		}
	}
	return plans.Place{ID: id}
}

// renamed warns of a template that is removed under one address and made under another: its block may have been
// renamed.
func (d *differ) renamed() {
	gone := map[schema.Title]addr.Address{}
	for i := range d.plan.Changes {
		if c := &d.plan.Changes[i]; c.Action == plans.Remove && !c.Address.IsZero() && !c.Deposed {
			gone[schema.TitleIn(c.Place.ID, c.Before.Title)] = c.Address
		}
	}
	for i := range d.plan.Changes {
		c := &d.plan.Changes[i]
		if c.Action != plans.Create {
			continue
		}
		if from := gone[schema.TitleIn(c.Place.ID, c.After.Title)]; !from.IsZero() {
			d.problem(schema.Warning, c.Address, "", "The same title under another address",
				"%s is made anew and %s, which has the same title and scope, is removed. "+
					"If only the block was renamed, keep the template and its tid: countersign state mv '%s' '%s'",
				c.Address, from, from, c.Address)
		}
	}
}

// setAside gives an interim title to each template whose title another one takes before it gets its own new title.
func (d *differ) setAside() {
	o := plans.OrderOf(d.plan.Changes)
	if len(o.Givers) == 0 {
		return
	}
	o.Aside = func(c *plans.Change) {
		key, _ := c.Gives()
		c.Interim = d.interim(key, c.ID, o)
	}
	for i := range d.plan.Changes {
		o.Wave(i)
	}
}

// interim is a title that shows on the drive which template it is, and that no other template of the scope has or gets.
func (d *differ) interim(key schema.Title, id int64, o *plans.Order) string {
	for n := 1; ; n++ {
		title := fmt.Sprintf("%s (tid %d)", key.Text, id)
		if n > 1 {
			title = fmt.Sprintf("%s (tid %d, %d)", key.Text, id, n)
		}
		as := schema.TitleIn(key.Scope, title)
		_, taken := o.Takers[as]
		for _, l := range d.world.Own(key.Scope) {
			taken = taken || schema.TitleIn(key.Scope, l.Template.Title) == as
		}
		if !taken {
			return title
		}
	}
}
