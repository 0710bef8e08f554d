// Package reconcile compares what is declared with what is recorded and what is live. Diff is a pure function from
// these three to a plan: it reads no clock and no drive, and no result depends on the order of a map. Package world
// reads the drive, package apply writes to it. What else follows from the comparison is here too: drift alone, what
// accept takes over, import, explain. The package prints nothing and reads no files.
package reconcile

import (
	"cmp"
	"slices"

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
	Targets     []string   // addresses; none: everything. A block stands for its instances, a scope for its templates
	MaxRemovals int        // refuse a plan that removes more; negative: the default guard, see guard
	NoRemovals  bool       // leave removals out
}

// Diff compares declared, recorded and live. It is a pure function; the plan is nil when the diagnostics have errors.
func Diff(decl schema.Declaration, st state.State, w *world.World, o Options) (*plans.Plan, schema.Diagnostics) {
	d := newDiffer(decl, st, w, o)
	d.imports()
	d.targeted.check(decl, st, &d.diags)
	d.replacements()
	if d.plan.Mode == plans.Normal {
		for i := range d.wanted {
			if t := &d.wanted[i]; d.targeted.has(t.Address, t.Scope) {
				d.template(t)
			}
		}
	}
	for i := range st.Bindings {
		if b := &st.Bindings[i]; d.targeted.has(b.Address, b.Scope) {
			d.binding(b)
		}
	}
	sortChanges(d.plan.Changes)
	d.refuseSeconds()
	d.setAside()
	switch d.plan.Mode {
	case plans.Normal:
		d.unmanaged()
		d.stays()
		d.attachments(decl.Attachments)
	case plans.RefreshOnly:
		d.unmanaged()
	case plans.Destroy:
		d.attachments(nil)
	}
	d.doubled()
	d.renamed()
	d.unseen()
	sortChanges(d.plan.Changes)
	sortChanges(d.plan.HeldBack)
	d.guard()

	if d.diags.HasErrors() {
		return nil, d.diags
	}
	d.plan.Warnings = d.diags
	return d.plan, d.diags
}

// differ is one Diff: what it is given, what it looks things up in, and the plan it fills.
type differ struct {
	decl     schema.Declaration
	state    state.State
	world    *world.World
	options  Options
	targeted targets

	live     map[int64]*schema.Live            // by tid
	known    state.Index                       // of the state; its owners include what is imported
	declared map[addr.Address]*schema.Declared // by address
	blocks   map[addr.Address]bool             // the blocks that declare templates or attachments
	wanted   []wanted                          // the declared templates that can be resolved
	places   map[addr.Address]plans.Place      // the declared scopes
	adopted  map[addr.Address]int64            // tids of imports that are not bound yet
	renewed  map[addr.Address]bool             // to be replaced because -replace asks for it

	plan  *plans.Plan
	diags schema.Diagnostics
}

func newDiffer(decl schema.Declaration, st state.State, w *world.World, o Options) *differ {
	d := &differ{
		decl: decl, state: st, world: w, options: o, targeted: newTargets(o.Targets),
		live: w.LiveByID(), known: st.Index(),
		declared: make(map[addr.Address]*schema.Declared, len(decl.Templates)), blocks: map[addr.Address]bool{},
		adopted: map[addr.Address]int64{}, renewed: map[addr.Address]bool{},
		plan: &plans.Plan{Mode: cmp.Or(o.Mode, plans.Normal), Targets: o.Targets, Catalogue: w.Catalogue,
			Changes: make([]plans.Change, 0, max(len(decl.Templates), len(st.Bindings)))},
	}
	for _, b := range st.Bindings {
		if b.ID != 0 {
			d.plan.Bound++
		}
	}
	for i := range decl.Templates {
		t := &decl.Templates[i]
		d.declared[t.Address], d.blocks[t.Address.Block()] = t, true
	}
	for _, a := range decl.Attachments {
		d.blocks[a.Address.Block()] = true
	}
	var diags schema.Diagnostics
	d.wanted, d.places, d.plan.People, diags = resolve(decl, w)
	d.diags = slices.Concat(w.Warnings, diags)
	return d
}

func (d *differ) problem(severity schema.Severity, address addr.Address, attribute, summary, format string,
	args ...any) {
	d.diags = append(d.diags, schema.Problem(severity, address, attribute, summary, format, args...))
}

// template plans one declared template.
func (d *differ) template(t *wanted) {
	c := plans.Change{Address: t.Address, Place: t.place, PreventDestroy: t.PreventDestroy, Sets: t.Sets}
	if id, importing := d.adopted[t.Address]; importing {
		live := d.live[id]
		if live == nil || live.ScopeID != t.place.ID {
			d.importMissing(t, id, live)
			return
		}
		c.Importing, c.Sets = true, importSets(t.Sets, live.Template)
		d.compare(c, t, live, nil)
		return
	}
	b := d.known.Bindings[t.Address]
	if b == nil || b.ID == 0 {
		d.create(c, t)
		return
	}
	c.Sets = union(b.Sets, t.Sets)
	live := d.live[b.ID]
	if live == nil {
		c.Reason, c.ID = plans.Gone, b.ID
		d.create(c, t)
		return
	}
	d.compare(c, t, live, b)
}

// madeSets are the optional attributes under management once a template is made: those that the code sets, and those
// that are set to their default because the code does not.
func madeSets(sets []string) []string {
	for _, a := range schema.Attributes {
		if a.MadeDefault {
			sets = union(sets, []string{a.Name})
		}
	}
	return sets
}

// create plans a new template.
func (d *differ) create(c plans.Change, t *wanted) {
	c.Action, c.After, c.Sets = plans.Create, &t.want, madeSets(c.Sets)
	d.plan.Changes = append(d.plan.Changes, c)
}

// compare plans what makes a live template as wanted: nothing, an update, or a replacement when it is attached to
// another scope or -replace asks for a new one. b is its binding, nil while it is being imported.
func (d *differ) compare(c plans.Change, t *wanted, live *schema.Live, b *state.Binding) {
	if d.unreadable(t.Address, live) {
		return
	}
	c.ID, c.Before, c.After = live.ID, &live.Template, merge(t, &live.Template, c.Sets)
	switch {
	case live.ScopeID != t.place.ID, d.renewed[t.Address]:
		if !d.replace(&c, t, live, b) {
			return
		}
	case c.After.Equal(live.Template):
		c.Action, c.After = plans.NoOp, c.Before
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
	} else {
		d.plan.Changes = append(d.plan.Changes, c)
	}
}

// replace makes a change a replacement; false when the template is protected from it.
func (d *differ) replace(c *plans.Change, t *wanted, live *schema.Live, b *state.Binding) bool {
	c.Action, c.Reason = plans.Replace, plans.Elsewhere
	old, what := plans.Place{ID: live.ScopeID}, "replaced, because its scope is another one"
	switch {
	case live.ScopeID == t.place.ID:
		c.Reason, old, what = plans.Asked, t.place, "replaced, because -replace asks for it"
	case b != nil && b.ScopeID == live.ScopeID:
		old = plans.PlaceOf(b)
	}
	if t.PreventDestroy && !d.options.NoRemovals {
		d.protected(t.Address, live, what)
		return false
	}
	c.OldPlace, c.Opaque, c.Sets = &old, live.Opaque, madeSets(c.Sets)
	return true
}

// merge is the wanted template, with the live value of what is not under management (the code never set it) or is in
// ignore_changes, and with texts that mean the same spelled as they are on the drive.
func merge(t *wanted, live *schema.Template, managed []string) *schema.Template {
	after := t.want
	for _, a := range schema.Attributes {
		if !a.Managed(managed) || slices.Contains(t.IgnoreChanges, a.Name) {
			a.Copy(&after, live)
		}
	}
	spellAs(&after, live)
	return &after
}

// binding plans what becomes of a binding besides what is declared for it.
func (d *differ) binding(b *state.Binding) {
	d.drift(b)
	switch {
	case d.plan.Mode == plans.RefreshOnly:
		d.asIs(b)
		return
	case d.plan.Mode == plans.Destroy || d.declared[b.Address] == nil:
		d.unwanted(b)
	}
	d.deposed(b)
}

// unreadable reports, as an error too, that this program cannot read a template.
func (d *differ) unreadable(address addr.Address, live *schema.Live) bool {
	if live.Unreadable != "" {
		d.problem(schema.Error, address, "", "A template cannot be read",
			"%s is tid %d (%q%s), which this program cannot read: %s. Mend it in the drive's "+
				"console, or use a newer countersign.",
			address, live.ID, live.Template.Title, editText(d.edit(live)), live.Unreadable)
	}
	return live.Unreadable != ""
}

// asIs lists a binding in a refresh-only plan, which changes nothing on the drive.
func (d *differ) asIs(b *state.Binding) {
	c := plans.Change{Address: b.Address, Action: plans.NoOp, ID: b.ID, Place: d.placeOf(b), Sets: b.Sets,
		PreventDestroy: b.PreventDestroy}
	switch live := d.live[b.ID]; {
	case b.ID == 0:
	case live == nil:
		d.forget(c, b.Recorded)
	default:
		c.Before, c.After = &live.Template, &live.Template
		d.plan.Changes = append(d.plan.Changes, c)
	}
}

// placeOf is where a template is bound, as it is declared if that is the same place.
func (d *differ) placeOf(b *state.Binding) plans.Place {
	if p, ok := d.places[b.Scope]; ok && p.ID == b.ScopeID {
		return p
	}
	return plans.PlaceOf(b)
}

// shown is a copy of a template with all names of people that this run knows.
func (d *differ) shown(t schema.Template) *schema.Template {
	t = named(t, d.plan.People)
	return &t
}

func (d *differ) edit(l *schema.Live) *plans.Edit { return editOf(l, d.plan.People) }

// editOf is the last edit of a live template, nil when the drive says nothing of it.
func editOf(l *schema.Live, people map[int64]schema.Person) *plans.Edit {
	if l.Editor == 0 && l.Edited == 0 {
		return nil
	}
	by := people[l.Editor]
	by.ID = l.Editor
	return &plans.Edit{By: by, At: l.Edited}
}

// sortChanges sorts changes by address, then by tid.
func sortChanges(list []plans.Change) {
	slices.SortStableFunc(list, func(a, b plans.Change) int {
		return cmp.Or(a.Address.Compare(b.Address), cmp.Compare(a.ID, b.ID))
	})
}

// union is the sorted union of two lists of names.
func union(a, b []string) []string {
	out := slices.Concat(a, b)
	slices.Sort(out)
	return slices.Compact(out)
}

// editText is who wrote a template last, as the end of a phrase; "" when that is not known.
func editText(e *plans.Edit) string {
	if e == nil || e.By.ID == 0 {
		return ""
	}
	return ", last edited by " + plans.PersonText(e.By)
}
