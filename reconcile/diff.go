// Package reconcile compares what is declared with what is recorded and what is live. Diff is a pure function to a
// plan: it reads no clock, no map order and no drive. Package world reads, package apply writes; what else follows from
// the comparison (drift alone, what accept takes over, import, explain) is here too. It prints nothing and reads no
// configuration files.
package reconcile

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"countersign/reconcile/plans"
	"countersign/reconcile/world"
	"countersign/schema"
	"countersign/schema/addr"
	"countersign/state"
)

// Options narrow or guard a plan.
type Options struct {
	Mode        plans.Mode // "" is Normal
	Replace     []string   // addresses of templates to replace by new ones, whether they differ or not
	Targets     []string   // addresses; empty: everything. template.x stands for all its instances, a scope's address for the templates on it
	MaxRemovals int        // refuse a plan that removes more; negative: the default guard (more than 10 and more than 30 % of those bound)
	NoRemovals  bool       // leave removals out
}

// Diff compares declared, recorded and live. It is a pure function; the plan is nil when the diagnostics have errors.
func Diff(decl schema.Declaration, st state.State, w *world.World, o Options) (*plans.Plan, schema.Diagnostics) {
	known := st.Index()
	d := &differ{
		options:  o,
		world:    w,
		live:     w.LiveByID(),
		bindings: known.Bindings,
		owner:    known.Owners,
		targeted: newTargets(o.Targets),
		plan: &plans.Plan{Mode: cmp.Or(o.Mode, plans.Normal), Targets: o.Targets, Catalogue: w.Catalogue,
			Changes: make([]plans.Change, 0, max(len(decl.Templates), len(st.Bindings)))},
	}
	for _, b := range st.Bindings {
		if b.ID != 0 {
			d.plan.Bound++
		}
	}
	var wants []wanted
	var diags schema.Diagnostics
	wants, d.places, d.plan.People, diags = resolve(decl, w)
	d.diags = append(append(d.diags, w.Warnings...), diags...)
	d.imports(decl)
	d.targeted.check(decl, st, &d.diags)
	d.replacements(decl, st)

	d.declared = make(map[addr.Address]*schema.Declared, len(decl.Templates))
	d.blocks = map[addr.Address]bool{}
	for i := range decl.Templates {
		address := decl.Templates[i].Address
		d.declared[address] = &decl.Templates[i]
		d.blocks[address.Block()] = true
	}
	for i := range decl.Attachments {
		d.blocks[decl.Attachments[i].Address.Block()] = true
	}
	d.wants = make(map[addr.Address]*wanted, len(wants))
	for i := range wants {
		d.wants[wants[i].Address] = &wants[i]
	}
	if d.plan.Mode == plans.Normal {
		for i := range wants {
			if d.targeted.has(wants[i].Address, wants[i].Scope) {
				d.template(&wants[i])
			}
		}
	}
	for i := range st.Bindings {
		b := &st.Bindings[i]
		if !d.targeted.has(b.Address, b.Scope) {
			continue
		}
		d.drift(b)
		switch {
		case d.plan.Mode == plans.RefreshOnly:
			d.asIs(b)
		case d.plan.Mode == plans.Destroy || d.declared[b.Address] == nil:
			d.unwanted(b)
		}
		if d.plan.Mode != plans.RefreshOnly {
			d.deposed(b)
		}
	}
	sortChanges(d.plan.Changes)
	d.refuseSeconds()
	d.setAside()
	if d.plan.Mode != plans.Destroy {
		d.unmanaged(decl.Scopes)
	}
	switch d.plan.Mode {
	case plans.Normal:
		d.stays()
		d.attachments(decl.Attachments, st)
	case plans.Destroy:
		d.attachments(nil, st)
	}
	d.doubled()
	d.renamed()
	d.unseen(decl, st)
	sortChanges(d.plan.Changes)
	sortChanges(d.plan.HeldBack)
	d.guard()

	if d.diags.HasErrors() {
		return nil, d.diags
	}
	d.plan.Warnings = d.diags
	return d.plan, d.diags
}

// differ holds what one Diff looks things up in, and the plan it fills.
type differ struct {
	options  Options
	world    *world.World
	live     map[int64]*schema.Live
	bindings map[addr.Address]*state.Binding
	owner    map[int64]addr.Address // by bound, deposed or imported tid
	adopted  map[addr.Address]int64 // tids of imports not bound yet
	renewed  map[addr.Address]bool  // to be replaced by request
	declared map[addr.Address]*schema.Declared
	blocks   map[addr.Address]bool    // that declare something
	wants    map[addr.Address]*wanted // by address
	places   map[addr.Address]plans.Place
	targeted targets
	plan     *plans.Plan
	diags    schema.Diagnostics
}

func (d *differ) problem(severity schema.Severity, address addr.Address, attribute, summary, format string,
	args ...any) {
	d.diags = append(d.diags, schema.Problem(severity, address, attribute, summary, format, args...))
}

// imports takes in the import blocks whose address is not bound yet.
func (d *differ) imports(decl schema.Declaration) {
	d.adopted = map[addr.Address]int64{}
	if d.plan.Mode != plans.Normal {
		return
	}
	for _, im := range decl.Imports {
		if b := d.bindings[im.To]; b != nil && b.ID != 0 {
			if b.ID != im.ID {
				d.problem(schema.Error, im.To, "", "The address to import to stands for another template",
					"%s is bound to tid %d, so tid %d cannot be imported to it. "+
						"Forget the binding with `countersign state rm '%s'`, or remove the import block.",
					im.To, b.ID, im.ID, im.To)
			}
			continue
		}
		if other, ok := d.owner[im.ID]; ok {
			d.problem(schema.Error, im.To, "", "The template to import is bound already",
				"tid %d is bound to %s. One template stands for one address: "+
					"use `countersign state mv '%s' '%s'` to rename it.", im.ID, other, other, im.To)
			continue
		}
		d.owner[im.ID] = im.To
		d.adopted[im.To] = im.ID
	}
}

// template plans one declared template.
func (d *differ) template(t *wanted) {
	b := d.bindings[t.Address]
	c := plans.Change{Address: t.Address, Place: t.place, PreventDestroy: t.PreventDestroy, Sets: t.Sets}
	if id, ok := d.adopted[t.Address]; ok {
		live := d.live[id]
		if live == nil || live.ScopeID != t.place.ID {
			d.importMissing(t, id, live)
			return
		}
		c.Importing = true
		c.Sets = importSets(t.Sets, live.Template)
		d.compare(c, t, live, nil)
		return
	}
	if b == nil || b.ID == 0 {
		d.create(c, t)
		return
	}
	c.Sets = union(b.Sets, t.Sets)
	live := d.live[b.ID]
	if live == nil {
		c.Reason, c.ID = plans.Gone, b.ID
		c.Sets = madeSets(c.Sets)
		d.create(c, t)
		return
	}
	d.compare(c, t, live, b)
}

// madeSets are the optional attributes under management once a template is made: those that the code sets, and those
// that were set to their default because it does not.
func madeSets(sets []string) []string {
	for _, a := range schema.Attributes {
		if a.MadeDefault {
			sets = union(sets, []string{a.Name})
		}
	}
	return sets
}

// importSets are the optional attributes under management once a live template is imported: those that the code sets,
// and of those that a create would take over the ones that are at their default on the drive. To write these out would
// change nothing, and a right that is given by hand later is seen. What the drive has and the code is silent on stays
// as it is.
func importSets(sets []string, live schema.Template) []string {
	for _, a := range schema.Attributes {
		if a.MadeDefault && a.Default(&live) {
			sets = union(sets, []string{a.Name})
		}
	}
	return sets
}

func (d *differ) create(c plans.Change, t *wanted) {
	c.Action, c.After = plans.Create, &t.want
	c.Sets = madeSets(c.Sets)
	d.plan.Changes = append(d.plan.Changes, c)
}

func (d *differ) importMissing(t *wanted, id int64, live *schema.Live) {
	where := "It is in none of the scopes that were read."
	if there := d.titlesOn(t.place.ID); there != "" {
		where += " What is attached there: " + there + "."
	}
	if live != nil {
		where = fmt.Sprintf("It is attached to %d, and inherited from there.", live.ScopeID)
	}
	d.problem(schema.Error, t.Address, "", "The template to import is not in the declared scope",
		"%s is declared on %s, and tid %d is not attached there. %s Correct the id or the scope.",
		t.Address, t.place.Text(), id, where)
}

// titlesOn lists what is attached to a scope itself.
func (d *differ) titlesOn(scope int64) string {
	var titles []string
	for _, l := range d.world.Listings[scope].Templates {
		if l.ScopeID == scope {
			titles = append(titles, fmt.Sprintf("%d %q", l.ID, l.Template.Title))
		}
	}
	return strings.Join(titles, ", ")
}

// compare plans what makes a live template as wanted: nothing, an update, or a replace when it is attached
// elsewhere, or when a new one is asked for.
func (d *differ) compare(c plans.Change, t *wanted, live *schema.Live, b *state.Binding) {
	if d.unreadable(t.Address, live) {
		return
	}
	after := merge(t, live.Template, c.Sets)
	c.ID, c.Before, c.After = live.ID, &live.Template, &after
	switch {
	case live.ScopeID != t.place.ID, d.renewed[t.Address]:
		c.Action, c.Reason = plans.Replace, plans.Elsewhere
		old, fate := plans.Place{ID: live.ScopeID}, "replaced, because its scope is another one"
		switch {
		case live.ScopeID == t.place.ID:
			c.Reason, old, fate = plans.Asked, t.place, "replaced, because -replace asks for it"
		case b != nil && b.ScopeID == live.ScopeID:
			old = plans.Place{Address: b.Scope, Kind: b.ScopeKind, ID: b.ScopeID, Path: b.ScopePath}
		}
		if t.PreventDestroy && !d.options.NoRemovals {
			d.protected(t.Address, live, fate)
			return
		}
		c.OldPlace, c.Opaque = &old, live.Opaque
		c.Sets = madeSets(c.Sets)
	case after.Equal(live.Template):
		c.Action = plans.NoOp
		c.After = c.Before
		d.plan.Changes = append(d.plan.Changes, c)
		return
	default:
		c.Action = plans.Update
	}
	c.Saw, c.Edited = plans.Fingerprint(live), d.edit(live)
	c.Before, c.After = d.shown(*c.Before), d.shown(*c.After)
	c.Steps = AlignSteps(c.Before.Steps, c.After.Steps)
	if c.Action == plans.Replace && d.options.NoRemovals {
		d.plan.HeldBack = append(d.plan.HeldBack, c)
		return
	}
	d.plan.Changes = append(d.plan.Changes, c)
}

// merge is the wanted template, but with the live value of what is not under management (never set by the code) or
// is told to be ignored, and with what is the same as the live template spells it.
func merge(t *wanted, live schema.Template, managed []string) schema.Template {
	after := t.want
	for _, a := range schema.Attributes {
		if !a.Managed(managed) || slices.Contains(t.IgnoreChanges, a.Name) {
			a.Copy(&after, &live)
		}
	}
	return spelledAs(after, live)
}

// unwanted plans the end of a binding that nothing declares any more.
func (d *differ) unwanted(b *state.Binding) {
	if b.ID == 0 {
		return
	}
	live := d.live[b.ID]
	c := plans.Change{Address: b.Address, ID: b.ID, Place: d.placeOf(b)}
	if live == nil {
		c.Action, c.Reason, c.Before = plans.Forget, plans.Gone, d.shown(b.Recorded)
		d.plan.Changes = append(d.plan.Changes, c)
		return
	}
	c.Reason = d.undeclared(b.Address)
	if !d.options.NoRemovals && d.unreadable(b.Address, live) {
		return
	}
	if block := d.declared[b.Address]; !d.options.NoRemovals &&
		(block != nil && block.PreventDestroy || block == nil && b.PreventDestroy) {
		d.protected(b.Address, live, "removed")
		return
	}
	c.Action, c.Before, c.Saw, c.Edited = plans.Remove, d.readable(live, b.Recorded), plans.Fingerprint(live), d.edit(live)
	c.Place.ID = live.ScopeID
	d.remove(c)
}

// readable is a live template, or what was recorded of it when this program cannot read it.
func (d *differ) readable(live *schema.Live, recorded schema.Template) *schema.Template {
	if live.Unreadable != "" {
		return d.shown(recorded)
	}
	return d.shown(live.Template)
}

func (d *differ) remove(c plans.Change) {
	if d.options.NoRemovals {
		d.plan.HeldBack = append(d.plan.HeldBack, c)
		return
	}
	d.plan.Changes = append(d.plan.Changes, c)
}

// unreadable refuses to deal with a template whose content this program does not know how to read.
func (d *differ) unreadable(address addr.Address, live *schema.Live) bool {
	if live.Unreadable != "" {
		d.problem(schema.Error, address, "", "A template cannot be read",
			"%s is tid %d (%q%s), which this program cannot read: %s. Mend it in the drive's "+
				"console, or use a newer countersign.",
			address, live.ID, live.Template.Title, editText(d.edit(live)), live.Unreadable)
	}
	return live.Unreadable != ""
}

// protected refuses to take a template away. The block decides while there is one; without it the state remembers.
func (d *differ) protected(address addr.Address, live *schema.Live, fate string) {
	how := "Set prevent_destroy = false in its block"
	if d.declared[address] == nil {
		how = "No block declares it any more, and the state remembers its protection. Declare it again with " +
			"prevent_destroy = false and apply, then remove the block"
	}
	d.problem(schema.Error, address, "lifecycle", "The template is protected by prevent_destroy",
		"%s (%q, tid %d) would be %s. %s, if that is meant.", address, live.Template.Title, live.ID, fate, how)
}

// deposed plans the removals that earlier replaces still owe.
func (d *differ) deposed(b *state.Binding) {
	for _, dep := range b.Deposed {
		live := d.live[dep.ID]
		if live == nil {
			d.plan.Changes = append(d.plan.Changes, plans.Change{Address: b.Address, Action: plans.Forget, Reason: plans.Gone,
				Deposed: true, ID: dep.ID,
				Place: plans.Place{ID: dep.ScopeID}, Before: d.shown(dep.Recorded)})
			continue
		}
		if !d.options.NoRemovals && d.unreadable(b.Address, live) {
			continue
		}
		d.remove(plans.Change{Address: b.Address, Action: plans.Remove, Reason: plans.LeftOver, Deposed: true, ID: dep.ID,
			Place:  plans.Place{ID: live.ScopeID},
			Before: d.readable(live, dep.Recorded), Saw: plans.Fingerprint(live), Edited: d.edit(live)})
	}
}

// asIs lists a binding in a refresh-only plan, which changes nothing on the drive.
func (d *differ) asIs(b *state.Binding) {
	live := d.live[b.ID]
	if b.ID == 0 {
		return
	}
	c := plans.Change{Address: b.Address, Action: plans.NoOp, ID: b.ID, Place: d.placeOf(b), Sets: b.Sets,
		PreventDestroy: b.PreventDestroy}
	if live != nil {
		c.Before, c.After = &live.Template, &live.Template
	} else {
		c.Action, c.Reason, c.Before = plans.Forget, plans.Gone, d.shown(b.Recorded)
	}
	d.plan.Changes = append(d.plan.Changes, c)
}

// undeclared is why nothing declares an address; "" when everything is destroyed anyway.
func (d *differ) undeclared(address addr.Address) plans.Reason {
	switch {
	case d.plan.Mode == plans.Destroy:
		return ""
	case d.blocks[address.Block()]:
		return plans.KeyGone
	}
	return plans.Undeclared
}

func (d *differ) placeOf(b *state.Binding) plans.Place {
	if p, ok := d.places[b.Scope]; ok && p.ID == b.ScopeID {
		return p
	}
	return plans.Place{Address: b.Scope, Kind: b.ScopeKind, ID: b.ScopeID, Path: b.ScopePath}
}

// shown is a copy of a template with every name filled in that this run knows.
func (d *differ) shown(t schema.Template) *schema.Template {
	t = named(t, d.plan.People)
	return &t
}

func (d *differ) edit(l *schema.Live) *plans.Edit {
	if l.Editor == 0 && l.Edited == 0 {
		return nil
	}
	by := d.plan.People[l.Editor]
	by.ID = l.Editor
	return &plans.Edit{By: by, At: l.Edited}
}

func sortChanges(list []plans.Change) {
	slices.SortStableFunc(list, func(a, b plans.Change) int {
		return cmp.Or(a.Address.Compare(b.Address), cmp.Compare(a.ID, b.ID))
	})
}

func union(a, b []string) []string {
	out := slices.Concat(a, b)
	slices.Sort(out)
	return slices.Compact(out)
}

func editText(e *plans.Edit) string {
	if e == nil || e.By.ID == 0 {
		return ""
	}
	return ", last edited by " + plans.PersonText(e.By)
}
