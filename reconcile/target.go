package reconcile

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"countersign/schema"
	"countersign/schema/addr"
	"countersign/schema/near"
	"countersign/schema/spelling"
	"countersign/state"
)

// targets are the addresses that a plan is narrowed to; empty means everything.
type targets map[addr.Address]bool

func newTargets(addresses []string) targets {
	t := targets{}
	for _, a := range addresses {
		t[addr.Of(spelling.Form(strings.TrimSpace(a)))] = true
	}
	return t
}

// Targeted reports whether an address is within the targets of a plan; without targets, every address is.
func (o Options) Targeted(a addr.Address) bool { return newTargets(o.Targets).has(a, addr.Address{}) }

// has reports whether a template is within the targets: itself, as an instance of a block, or by its scope. Without an
// address it is about the scope alone.
func (t targets) has(a, scope addr.Address) bool {
	if len(t) == 0 {
		return true
	}
	return t[a] || t[a.Block()] || t[scope] || t[scope.Block()]
}

// check refuses every target that stands for nothing.
func (t targets) check(decl schema.Declaration, st state.State, diags *schema.Diagnostics) {
	if len(t) == 0 {
		return
	}
	known := map[addr.Address]bool{}
	note := func(a addr.Address) {
		known[a], known[a.Block()] = true, true
	}
	for _, d := range decl.Templates {
		note(d.Address)
	}
	for _, s := range decl.Scopes {
		note(s.Address)
	}
	for _, a := range decl.Attachments {
		note(a.Address)
	}
	for _, a := range st.Attachments {
		note(a.Address)
	}
	for _, b := range st.Bindings {
		note(b.Address)
	}
	names := addr.Texts(slices.Collect(maps.Keys(known)))
	slices.Sort(names)
	for _, a := range slices.SortedFunc(maps.Keys(t), addr.Address.Compare) {
		if !known[a] {
			*diags = append(*diags, schema.Problem(schema.Error, addr.Address{}, "", "The target stands for nothing",
				"%s: no template, folder or file of that address is declared or bound.%s `countersign state list` "+
					"shows the addresses that are bound.", a, didYouMean(a, names)))
		}
	}
}

// didYouMean is a hint at the known name that is nearest to an address, "" when none is near.
func didYouMean(a addr.Address, known []string) string {
	if name := near.Name(a.String(), known); name != "" {
		return fmt.Sprintf(" Did you mean %s?", name)
	}
	return ""
}
