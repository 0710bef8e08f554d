package reconcile

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"countersign/reconcile/write"
	"countersign/schema"
	"countersign/schema/addr"
)

// gives is the title that a change takes away from its template, false when it takes none.
func (c *Change) gives() (write.Title, bool) {
	switch {
	case c.Before == nil:
	case c.Action == Remove:
		return write.TitleIn(c.Place.ID, c.Before.Title), true
	case c.Action == Replace && c.OldPlace != nil:
		return write.TitleIn(c.OldPlace.ID, c.Before.Title), true
	case c.Action == Update && c.After != nil && write.TitleIn(0, c.Before.Title) != write.TitleIn(0, c.After.Title):
		return write.TitleIn(c.Place.ID, c.Before.Title), true
	}
	return write.Title{}, false
}

// takes is the title that a change gives to a template that did not have it there, false when it gives none.
func (c *Change) takes() (write.Title, bool) {
	switch {
	case c.After == nil:
	case c.Action == Create, c.Action == Replace:
		return write.TitleIn(c.Place.ID, c.After.Title), true
	case c.Action == Update && c.Before != nil && write.TitleIn(0, c.Before.Title) != write.TitleIn(0, c.After.Title):
		return write.TitleIn(c.Place.ID, c.After.Title), true
	}
	return write.Title{}, false
}

// Keeps is why a template keeps the title that a refused change would have given to another.
type Keeps string

const (
	KeepsUnbound    Keeps = "unbound"    // no address stands for it, and nothing is done to what nobody declared
	KeepsHeldBack   Keeps = "held_back"  // -no-removals leaves its removal or replacement out
	KeepsUntargeted Keeps = "untargeted" // -target leaves it out
	KeepsIgnored    Keeps = "ignored"    // its ignore_changes names the title
	KeepsRefused    Keeps = "refused"    // its own change is refused
	KeepsTakes      Keeps = "takes"      // this plan gives the title to it
	KeepsDeclared   Keeps = "declared"   // it stays what it is
)

// Holder is the template that has the title which a refused change would have given to another one.
type Holder struct {
	Address addr.Address `json:"address,omitzero"` // none when no address stands for it
	ID      int64        `json:"id,omitempty"`     // 0 when it is still to be made
	Keeps   Keeps        `json:"keeps"`
}

// TitleTaken is the summary of the warning about each change in Plan.Refused.
const TitleTaken = "A template of this title is there already"

// refuseSeconds takes those changes out of the plan that would leave a scope with a second template of a title, which
// one refused change may lead to another. Only what the plan really takes away counts as gone.
func (d *differ) refuseSeconds() {
	changes := d.plan.Changes
	byID := make(map[int64]*Change, len(changes))
	takers := map[write.Title][]int{}
	for i := range changes {
		c := &changes[i]
		if c.Action != Create {
			byID[c.ID] = c
		}
		if key, takes := c.takes(); takes {
			takers[key] = append(takers[key], i)
		}
	}
	if len(takers) == 0 {
		return
	}
	stay := map[write.Title][]*schema.Live{}
	scopes := map[int64]bool{}
	for key := range takers {
		scopes[key.Scope] = true
	}
	for scope := range scopes {
		for _, l := range d.own(scope) {
			if c := byID[l.ID]; c != nil {
				if _, gives := c.gives(); gives {
					continue
				}
			}
			key := write.TitleIn(scope, l.Template.Title)
			stay[key] = append(stay[key], l)
		}
	}

	refused := make([]*Holder, len(changes))
	second := make([]*schema.Live, len(changes)) // the live template that each refused one would double
	var refuse func(i int, h Holder, l *schema.Live)
	refuse = func(i int, h Holder, l *schema.Live) {
		if refused[i] != nil {
			return
		}
		refused[i], second[i] = &h, l
		c := &changes[i]
		if key, gives := c.gives(); gives { // which stays where it is now
			for _, next := range takers[key] {
				refuse(next, Holder{c.Address, c.ID, KeepsRefused}, d.live[c.ID])
			}
		}
	}
	keys := slices.SortedFunc(maps.Keys(takers), func(a, b write.Title) int { return takers[a][0] - takers[b][0] })
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
				refuse(i, Holder{changes[first].Address, changes[first].ID, KeepsTakes}, nil)
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
func (d *differ) holder(l *schema.Live) Holder {
	h := Holder{Address: d.owner[l.ID], ID: l.ID, Keeps: KeepsDeclared}
	held := func(c Change) bool { return c.ID == l.ID }
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
		h.Keeps = KeepsUnbound
	case slices.ContainsFunc(d.plan.HeldBack, held):
		h.Keeps = KeepsHeldBack
	case !d.targeted.has(h.Address, scope):
		h.Keeps = KeepsUntargeted
	case block != nil && slices.Contains(block.IgnoreChanges, schema.AttrTitle):
		h.Keeps = KeepsIgnored
	}
	return h
}

// refused notes a refused change and says what leads out of it.
func (d *differ) refused(c Change, h Holder, l *schema.Live) {
	c.Holder, c.ID, c.Before, c.Steps, c.Edited, c.Saw, c.OldPlace = &h, h.ID, nil, nil, nil, "", nil
	who := ""
	if l != nil {
		who = fmt.Sprintf("tid %d%s", l.ID, editText(d.edit(l)))
		c.Before, c.Edited = d.shown(l.Template), d.edit(l)
	}
	var is, way string
	switch h.Keeps {
	case KeepsUnbound:
		if d.unreadable(c.Address, l) {
			return
		}
		is, way = "which is bound to no address", d.takeOver(c, l)
		after := merge(d.wants[c.Address], l.Template, d.wants[c.Address].Sets)
		c.After = d.shown(after)
		c.Steps = AlignSteps(c.Before.Steps, c.After.Steps)
	case KeepsHeldBack:
		is, way = fmt.Sprintf("which is %s and stays because of -no-removals",
			h.Address), "Apply without -no-removals, or choose another title."
	case KeepsUntargeted:
		is, way = fmt.Sprintf("which is %s and none of the targets",
			h.Address), fmt.Sprintf("Add -target='%s', or choose another title.", h.Address)
	case KeepsIgnored:
		is, way = fmt.Sprintf("which is %s and keeps it, because its ignore_changes names title",
			h.Address), "Choose another title, or take title out of that ignore_changes."
	case KeepsRefused:
		is, way = fmt.Sprintf("which is %s and keeps it, because its own change is refused",
			h.Address), "What leads out of that one helps this one too."
	case KeepsTakes:
		is, way = fmt.Sprintf("which this plan gives to %s", h.Address), "Choose another title."
	default:
		is, way = fmt.Sprintf("which is %s", h.Address), "Choose another title, or remove that one first."
	}
	if !h.Address.IsZero() && h.ID != 0 && d.declared[h.Address] == nil && c.Action == Create && !c.Recreates() {
		way = fmt.Sprintf("If only the block was renamed, keep the template and its tid: countersign state mv '%s' '%s'. Otherwise: ", h.Address, c.Address) + lower(way)
	}
	d.plan.Refused = append(d.plan.Refused, c)
	has := "has"
	if who == "" {
		has, who = "gets", "still to be made"
	}
	d.problem(schema.Warning, c.Address, schema.AttrTitle, TitleTaken,
		"%s %s a template titled %q (%s), %s. A second one of that title is not made. %s",
		placeText(c.Place), has, c.After.Title, who, is, way)
}

// lower is a sentence as the second part of another.
func lower(s string) string { return strings.ToLower(s[:1]) + s[1:] }

// takeOver says how the template that nobody declared is taken over by the address that was to make another.
func (d *differ) takeOver(c Change, twin *schema.Live) string {
	var ids []string
	for _, l := range d.own(c.Place.ID) {
		if d.owner[l.ID].IsZero() && write.TitleIn(c.Place.ID, l.Template.Title) == write.TitleIn(c.Place.ID,
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
	changed := make(map[int64]*Change, len(d.plan.Changes))
	for i := range d.plan.Changes {
		if c := &d.plan.Changes[i]; c.Action != Create {
			changed[c.ID] = c
		}
	}
	for _, scope := range slices.Sorted(maps.Keys(d.world.Listings)) {
		own := d.own(scope)
		byTitle := make(map[write.Title][]*schema.Live, len(own))
		for _, l := range own {
			key := write.TitleIn(scope, l.Template.Title)
			byTitle[key] = append(byTitle[key], l)
		}
		for _, l := range own {
			same := byTitle[write.TitleIn(scope, l.Template.Title)]
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
					_, gives = c.gives()
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
				placeText(d.placeOfScope(scope)), len(same), l.Template.Title, strings.Join(each, "; "), way)
		}
	}
}

// placeOfScope is a scope that was read, as a reader knows it.
func (d *differ) placeOfScope(id int64) Place {
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
	return Place{ID: id}
}

// renamed warns of a template that is removed under one address and made under another: a block that was given
// another name.
func (d *differ) renamed() {
	gone := map[write.Title]addr.Address{}
	for i := range d.plan.Changes {
		if c := &d.plan.Changes[i]; c.Action == Remove && !c.Address.IsZero() && !c.Deposed {
			gone[write.TitleIn(c.Place.ID, c.Before.Title)] = c.Address
		}
	}
	for i := range d.plan.Changes {
		c := &d.plan.Changes[i]
		if c.Action != Create {
			continue
		}
		if from := gone[write.TitleIn(c.Place.ID, c.After.Title)]; !from.IsZero() {
			d.problem(schema.Warning, c.Address, "", "The same title under another address",
				"%s is made anew and %s, which has the same title and scope, is removed. If only the block was renamed, keep the template and its tid: countersign state mv '%s' '%s'", c.Address, from, from, c.Address)
		}
	}
}
