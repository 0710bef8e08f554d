package reconcile

import (
	"slices"

	"countersign/schema"
	"countersign/schema/addr"
	"countersign/state"
)

// Narrow is the part of a declaration that the targets name, as Options.Targets does: templates, the folders and files
// that they are on or that are named themselves, and the people who appear in those templates. Without targets it is
// the whole declaration.
func Narrow(d schema.Declaration, addresses []string) (schema.Declaration, schema.Diagnostics) {
	if len(addresses) == 0 {
		return d, nil
	}
	var diags schema.Diagnostics
	within := newTargets(addresses)
	within.check(d, state.State{}, &diags)
	out := schema.Declaration{}
	scopes, people := map[addr.Address]bool{}, map[int64]bool{}
	for _, t := range d.Templates {
		if !within.has(t.Address, t.Scope) {
			continue
		}
		out.Templates = append(out.Templates, t)
		scopes[t.Scope] = true
		for p := range t.Template.Everybody() {
			people[p.ID] = true
		}
	}
	out.Scopes = slices.DeleteFunc(slices.Clone(d.Scopes), func(s schema.Scope) bool {
		return !scopes[s.Address] && !within.has(s.Address, addr.Address{})
	})
	out.Approvers = slices.DeleteFunc(slices.Clone(d.Approvers),
		func(a schema.Approver) bool { return !people[a.Person.ID] })
	return out, diags
}
