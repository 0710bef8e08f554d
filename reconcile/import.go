package reconcile

import (
	"slices"

	"countersign/reconcile/plans"
	"countersign/reconcile/world"
	"countersign/schema"
	"countersign/schema/addr"
	"countersign/state"
)

// Import binds a live template to a declared address by the rules of an import block, and returns the state with it; of
// the drive nothing is changed. The change says what was bound; it is nil, without an error, when the address stands for
// that template already.
func Import(decl schema.Declaration, st state.State, w *world.World, to addr.Address, id int64) (state.State, *plans.Change,
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
