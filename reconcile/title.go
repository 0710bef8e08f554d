package reconcile

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"countersign/reconcile/plans"
	"countersign/schema"
	"countersign/schema/addr"
)

// refuseSeconds takes those changes out of the plan that would leave a scope with a second template of a title, which
// one refused change may lead to another. Only what the plan really takes away counts as gone.
func (d *differ) refuseSeconds() {
	changes := d.plan.Changes
	byID := make(map[int64]*plans.Change, len(changes))
	takers := map[schema.Title][]int{}
	for i := range changes {
		c := &changes[i]
		if c.Action != plans.Create {
			byID[c.ID] = c
		}
		if key, takes := c.Takes(); takes {
			takers[key] = append(takers[key], i)
		}
	}
	if len(takers) == 0 {
		return
	}
	stay := map[schema.Title][]*schema.Live{}
	scopes := map[int64]bool{}
	for key := range takers {
		scopes[key.Scope] = true
	}
	for scope := range scopes {
		for _, l := range d.own(scope) {
			if c := byID[l.ID]; c != nil {
				if _, gives := c.Gives(); gives {
					continue
				}
			}
			key := schema.TitleIn(scope, l.Template.Title)
			stay[key] = append(stay[key], l)
		}
	}

	refused := make([]*plans.Holder, len(changes))
	second := make([]*schema.Live, len(changes)) // the live template that each refused one would double
	var refuse func(i int, h plans.Holder, l *schema.Live)
	refuse = func(i int, h plans.Holder, l *schema.Live) {
		if refused[i] != nil {
			return
		}
		refused[i], second[i] = &h, l
		c := &changes[i]
		if key, gives := c.Gives(); gives { // which stays where it is now
			for _, next := range takers[key] {
				refuse(next, plans.Holder{Address: c.Address, ID: c.ID, Keeps: plans.KeepsRefused}, d.live[c.ID])
			}
		}
	}
	keys := slices.SortedFunc(maps.Keys(takers), func(a, b schema.Title) int { return takers[a][0] - takers[b][0] })
	for _, key := range keys {
		for _, i := range takers[key] {
			others := stay[key]
			if len(others) > 0 {
				refuse(i, d.holder(others[0]), others[0])
			}
		}
	}
	for _, key := range keys {
		first := -1
		for _, i := range takers[key] {
			switch {
			case refused[i] != nil:
			case first < 0:
				first = i
			default:
				refuse(i, plans.Holder{Address: changes[first].Address, ID: changes[first].ID, Keeps: plans.KeepsTakes}, nil)
			}
		}
	}
	left := changes[:0:0]
	for i := range changes {
		if refused[i] == nil {
			left = append(left, changes[i])
			continue
		}
		d.refused(changes[i], *refused[i], second[i])
	}
	d.plan.Changes = left
}

// own are the templates that are attached to a scope itself, each once.
func (d *differ) own(scope int64) []*schema.Live {
	var own []*schema.Live
	seen := map[int64]bool{}
	list := d.world.Listings[scope].Templates
	for i := range list {
		if l := &list[i]; l.ScopeID == scope && !seen[l.ID] {
			seen[l.ID] = true
			own = append(own, l)
		}
	}
	return own
}

// holder says of a live template that keeps its title whose it is and why.
func (d *differ) holder(l *schema.Live) plans.Holder {
	h := plans.Holder{Address: d.owner[l.ID], ID: l.ID, Keeps: plans.KeepsDeclared}
	held := func(c plans.Change) bool { return c.ID == l.ID }
	block := d.declared[h.Address]
	var scope addr.Address
	if b := d.bindings[h.Address]; b != nil {
		scope = b.Scope
	}
	if block != nil {
		scope = block.Scope
	}
	switch {
	case h.Address.IsZero():
		h.Keeps = plans.KeepsUnbound
	case slices.ContainsFunc(d.plan.HeldBack, held):
		h.Keeps = plans.KeepsHeldBack
	case !d.targeted.has(h.Address, scope):
		h.Keeps = plans.KeepsUntargeted
	case block != nil && slices.Contains(block.IgnoreChanges, schema.AttrTitle):
		h.Keeps = plans.KeepsIgnored
	}
	return h
}

// refused notes a refused change and says what leads out of it.
func (d *differ) refused(c plans.Change, h plans.Holder, l *schema.Live) {
	c.Holder, c.ID, c.Before, c.Steps, c.Edited, c.Saw, c.OldPlace = &h, h.ID, nil, nil, nil, "", nil
	who := ""
	if l != nil {
		who = fmt.Sprintf("tid %d%s", l.ID, editText(d.edit(l)))
		c.Before, c.Edited = d.shown(l.Template), d.edit(l)
	}
	var is, way string
	switch h.Keeps {
	case plans.KeepsUnbound:
		if d.unreadable(c.Address, l) {
			return
		}
		is, way = "which is bound to no address", d.takeOver(c, l)
		after := merge(d.wants[c.Address], l.Template, d.wants[c.Address].Sets)
		c.After = d.shown(after)
		c.Steps = AlignSteps(c.Before.Steps, c.After.Steps)
	case plans.KeepsHeldBack:
		is, way = fmt.Sprintf("which is %s and stays because of -no-removals",
			h.Address), "Apply without -no-removals, or choose another title."
	case plans.KeepsUntargeted:
		is, way = fmt.Sprintf("which is %s and none of the targets",
			h.Address), fmt.Sprintf("Add -target='%s', or choose another title.", h.Address)
	case plans.KeepsIgnored:
		is, way = fmt.Sprintf("which is %s and keeps it, because its ignore_changes names title",
			h.Address), "Choose another title, or take title out of that ignore_changes."
	case plans.KeepsRefused:
		is, way = fmt.Sprintf("which is %s and keeps it, because its own change is refused",
			h.Address), "What leads out of that one helps this one too."
	case plans.KeepsTakes:
		is, way = fmt.Sprintf("which this plan gives to %s", h.Address), "Choose another title."
	default:
		is, way = fmt.Sprintf("which is %s", h.Address), "Choose another title, or remove that one first."
	}
	if !h.Address.IsZero() && h.ID != 0 && d.declared[h.Address] == nil && c.Action == plans.Create && !c.Recreates() {
		way = fmt.Sprintf(
			"If only the block was renamed, keep the template and its tid: countersign state mv '%s' '%s'. Otherwise: ",
			h.Address, c.Address) + lower(way)
	}
	d.plan.Refused = append(d.plan.Refused, c)
	has := "has"
	if who == "" {
		has, who = "gets", "still to be made"
	}
	d.problem(schema.Warning, c.Address, schema.AttrTitle, plans.TitleTaken,
		"%s %s a template titled %q (%s), %s. A second one of that title is not made. %s",
		c.Place.Text(), has, c.After.Title, who, is, way)
}

// lower is a sentence as the second part of another.
func lower(s string) string { return strings.ToLower(s[:1]) + s[1:] }

// takeOver says how the template that nobody declared is taken over by the address that was to make another.
func (d *differ) takeOver(c plans.Change, twin *schema.Live) string {
	var ids []string
	for _, l := range d.own(c.Place.ID) {
		if d.owner[l.ID].IsZero() && schema.TitleIn(c.Place.ID, l.Template.Title) == schema.TitleIn(c.Place.ID,
			twin.Template.Title) {
			ids = append(ids, fmt.Sprint(l.ID))
		}
	}
	how := "To take it over"
	if len(ids) > 1 {
		how = fmt.Sprintf("There are %d of that title (tid %s). To take over the first", len(ids),
			strings.Join(ids, ", "))
	}
	if b := d.bindings[c.Address]; b != nil && b.ID != 0 {
		how += fmt.Sprintf(", forget tid %d with `countersign state rm '%s'` and add", b.ID, c.Address)
	} else {
		how += ", add"
	}
	return fmt.Sprintf("%s\n\n  import {\n    to = %s\n    id = %d\n  }\n\nor remove it, or choose another title.", how,
		c.Address, twin.ID)
}

// doubled warns of each title that two live templates of one scope have, one of them ours: a write that came very late,
// one that was sent twice, somebody's copy. It does so in every plan, whatever it was narrowed to.
func (d *differ) doubled() {
	changed := make(map[int64]*plans.Change, len(d.plan.Changes))
	for i := range d.plan.Changes {
		if c := &d.plan.Changes[i]; c.Action != plans.Create {
			changed[c.ID] = c
		}
	}
	for _, scope := range slices.Sorted(maps.Keys(d.world.Listings)) {
		own := d.own(scope)
		byTitle := make(map[schema.Title][]*schema.Live, len(own))
		for _, l := range own {
			key := schema.TitleIn(scope, l.Template.Title)
			byTitle[key] = append(byTitle[key], l)
		}
		for _, l := range own {
			same := byTitle[schema.TitleIn(scope, l.Template.Title)]
			if len(same) < 2 || same[0] != l {
				continue
			}
			var ours addr.Address
			stay := 0
			each := make([]string, len(same))
			for i, s := range same {
				address := d.owner[s.ID]
				each[i] = fmt.Sprintf("tid %d%s, which is bound to no address", s.ID, editText(d.edit(s)))
				if !address.IsZero() {
					each[i] = fmt.Sprintf("tid %d, which is %s", s.ID, address)
					if b := d.bindings[address]; b != nil && b.ID != s.ID && b.ID != 0 {
						each[i] = fmt.Sprintf("tid %d, left over from a replacement of %s", s.ID, address)
					}
				}
				if ours.IsZero() {
					ours = address
				}
				gives := false
				if c := changed[s.ID]; c != nil {
					_, gives = c.Gives()
				}
				if !gives {
					stay++
				}
			}
			if ours.IsZero() {
				continue
			}
			way := "Remove the one that should not be there, or give it another title."
			if stay < 2 {
				way = "This plan leaves one of them."
				if stay == 0 {
					way = "This plan leaves none of them."
				}
			}
			d.problem(schema.Warning, ours, schema.AttrTitle, "Two templates of one title",
				"%s has %d templates titled %q: %s. People who raise an approval cannot tell them apart. %s",
				d.placeOfScope(scope).Text(), len(same), l.Template.Title, strings.Join(each, "; "), way)
		}
	}
}

// placeOfScope is a scope that was read, as a reader knows it.
func (d *differ) placeOfScope(id int64) plans.Place {
	for _, address := range slices.SortedFunc(maps.Keys(d.places), addr.Address.Compare) {
		if p := d.places[address]; p.ID == id {
			return p
		}
	}
	for _, address := range slices.SortedFunc(maps.Keys(d.bindings), addr.Address.Compare) {
		if b := d.bindings[address]; b.ScopeID == id {
			return d.placeOf(b)
		}
	}
	return plans.Place{ID: id}
}

// renamed warns of a template that is removed under one address and made under another: a block that was given
// another name.
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

// setAside gives an interim title to each template whose title another one takes before it can give it away itself.
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

// interim is a title that tells a reader of the drive whose it is, and that nothing else in the scope has or gets.
func (d *differ) interim(key schema.Title, id int64, o *plans.Order) string {
	for n := 1; ; n++ {
		title := fmt.Sprintf("%s (tid %d)", key.Text, id)
		if n > 1 {
			title = fmt.Sprintf("%s (tid %d, %d)", key.Text, id, n)
		}
		as := schema.TitleIn(key.Scope, title)
		_, taken := o.Takers[as]
		for _, l := range d.own(key.Scope) {
			taken = taken || schema.TitleIn(key.Scope, l.Template.Title) == as
		}
		if !taken {
			return title
		}
	}
}
