package reconcile

import (
	"fmt"
	"strings"

	"countersign/schema"
)

// TitleTaken is the summary of the warning about each create in Plan.Refused.
const TitleTaken = "A template of this title is there already"

// refused refuses to make a second template of a title in one scope, by a create, a move or a rename, and says how
// to take over the first.
func (d *differ) refused(c Change, t *wanted) bool {
	twins := d.twins[titleInScope{t.place.ID, c.After.Title}]
	if len(twins) == 0 {
		return false
	}
	twin := twins[0]
	if d.unreadable(t.Address, twin) {
		return true
	}
	after := merge(t, twin.Template, t.Sets)
	how := "To take it over"
	if len(twins) > 1 {
		ids := make([]string, len(twins))
		for i, l := range twins {
			ids[i] = fmt.Sprint(l.ID)
		}
		how = fmt.Sprintf("There are %d of that title (tid %s). To take over the first", len(twins), strings.Join(ids, ", "))
	}
	if b := d.bindings[t.Address]; b != nil && b.ID != 0 {
		how += fmt.Sprintf(", forget tid %d with `countersign state rm '%s'` and add", b.ID, t.Address)
	} else {
		how += ", add"
	}
	c.ID, c.Before, c.After, c.Steps, c.Edited = twin.ID, d.shown(twin.Template), d.shown(after), nil, d.edit(twin)
	c.Steps = AlignSteps(c.Before.Steps, c.After.Steps)
	d.plan.Refused = append(d.plan.Refused, c)
	d.problem(schema.Warning, t.Address, schema.AttrTitle, TitleTaken,
		"%s has a template titled %q (tid %d%s) that is bound to no address. A second one of that title is not made. %s\n\n  import {\n    to = %s\n    id = %d\n  }\n\nor remove it, or choose another title.",
		placeText(t.place), twin.Template.Title, twin.ID, editText(d.edit(twin)), how, t.Address, twin.ID)
	return true
}

// findTwins looks up the live templates that are bound to no address, by scope and title.
func (d *differ) findTwins(scopes []schema.Scope) {
	d.twins = map[titleInScope][]*schema.Live{}
	for _, s := range scopes {
		scope := d.places[s.Address].ID
		list := d.world.Listings[scope].Templates
		for i := range list {
			l := &list[i]
			if l.ScopeID == scope && d.owner[l.ID] == "" {
				key := titleInScope{scope, l.Template.Title}
				d.twins[key] = append(d.twins[key], l)
			}
		}
	}
}

// doubled warns of a bound template whose title an unbound one in the same scope bears too: a write of an earlier
// run that came very late, or somebody's copy.
func (d *differ) doubled(c Change, t *wanted) {
	if twins := d.twins[titleInScope{t.place.ID, c.After.Title}]; len(twins) > 0 {
		twin := twins[0]
		d.problem(schema.Warning, t.Address, schema.AttrTitle, "Two templates of one title",
			"%s has two templates titled %q: tid %d, which is %s, and tid %d%s, which is bound to no address. People who raise an approval cannot tell them apart. Remove the one that should not be there.",
			placeText(t.place), c.After.Title, c.ID, t.Address, twin.ID, editText(d.edit(twin)))
	}
}

// renamed warns of a template that is removed under one address and made under another: a block that was given
// another name.
func (d *differ) renamed() {
	gone := map[titleInScope]string{}
	for i := range d.plan.Changes {
		if c := &d.plan.Changes[i]; c.Action == Remove && c.Address != "" && !c.Deposed {
			gone[titleInScope{c.Place.ID, c.Before.Title}] = c.Address
		}
	}
	for i := range d.plan.Changes {
		c := &d.plan.Changes[i]
		if from := gone[titleInScope{c.Place.ID, titleOf(c.After)}]; c.Action == Create && from != "" {
			d.problem(schema.Warning, c.Address, "", "The same title under another address",
				"%s is made anew and %s, which has the same title and scope, is removed. If only the block was renamed, keep the template and its tid: countersign state mv '%s' '%s'", c.Address, from, from, c.Address)
		}
	}
}

func titleOf(t *schema.Template) string {
	if t == nil {
		return ""
	}
	return t.Title
}
