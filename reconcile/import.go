package reconcile

import (
	"fmt"
	"slices"
	"strings"

	"countersign/reconcile/plans"
	"countersign/reconcile/world"
	"countersign/schema"
	"countersign/schema/addr"
	"countersign/state"
)

// Import binds a live template to a declared address by the rules of an import block, and returns the state with it; of
// the drive nothing is changed. The change says what was bound; it is nil, without an error, when the address stands
// for that template already.
func Import(decl schema.Declaration, st state.State, w *world.World, to addr.Address,
	id int64) (state.State, *plans.Change,
	schema.Diagnostics) {
	decl.Imports = []schema.Import{{To: to, ID: id}}
	decl.Templates = slices.DeleteFunc(slices.Clone(decl.Templates),
		func(t schema.Declared) bool { return t.Address != to }) // what is wrong with others does not matter here
	plan, diags := Diff(decl, st, w, Options{Targets: []string{to.String()}, MaxRemovals: -1})
	if diags.HasErrors() {
		return st, nil, diags
	}
	i := slices.IndexFunc(plan.Changes, func(c plans.Change) bool { return c.Address == to && c.Importing })
	if i < 0 {
		return st, nil, diags
	}
	c := &plan.Changes[i]
	b := c.Imported(true)
	bindings := slices.Clone(st.Bindings)
	if at := slices.IndexFunc(bindings, func(b state.Binding) bool { return b.Address == to }); at >= 0 {
		b.Deposed = bindings[at].Deposed // only those were left of it
		bindings = slices.Delete(bindings, at, at+1)
	}
	st.Bindings = append(bindings, b)
	slices.SortFunc(st.Bindings, func(a, b state.Binding) int { return a.Address.Compare(b.Address) })
	return st, c, diags
}

// imports takes in the import blocks whose address is not bound yet.
func (d *differ) imports() {
	if d.plan.Mode != plans.Normal {
		return
	}
	for _, im := range d.decl.Imports {
		if b := d.known.Bindings[im.To]; b != nil && b.ID != 0 {
			if b.ID != im.ID {
				d.problem(schema.Error, im.To, "", "The address to import to stands for another template",
					"%s is bound to tid %d, so tid %d cannot be imported to it. "+
						"Forget the binding with `countersign state rm '%s'`, or remove the import block.",
					im.To, b.ID, im.ID, im.To)
			}
			continue
		}
		if other, ok := d.known.Owners[im.ID]; ok {
			d.problem(schema.Error, im.To, "", "The template to import is bound already",
				"tid %d is bound to %s. One template stands for one address: "+
					"use `countersign state mv '%s' '%s'` to rename it.", im.ID, other, other, im.To)
			continue
		}
		d.known.Owners[im.ID] = im.To
		d.adopted[im.To] = im.ID
	}
}

// importSets are the optional attributes under management once a live template is imported: those that the code sets,
// and those that a create would set and that are at their default on the drive. To write these changes nothing, and a
// right that is given by hand later is seen as drift. What only the drive sets stays as it is.
func importSets(sets []string, live schema.Template) []string {
	for _, a := range schema.Attributes {
		if a.MadeDefault && a.Default(&live) {
			sets = union(sets, []string{a.Name})
		}
	}
	return sets
}

// importMissing refuses to import what is not attached to the declared scope.
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
	for _, l := range d.world.Own(scope) {
		titles = append(titles, fmt.Sprintf("%d %q", l.ID, l.Template.Title))
	}
	return strings.Join(titles, ", ")
}
