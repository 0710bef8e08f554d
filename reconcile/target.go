package reconcile

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"countersign/schema"
	"countersign/schema/near"
	"countersign/schema/spelling"
	"countersign/state"
)

// targets is the set of addresses that a plan is narrowed to; empty means everything.
type targets map[string]bool

func newTargets(addresses []string) targets {
	t := targets{}
	for _, a := range addresses {
		t[spelling.Form(strings.TrimSpace(a))] = true
	}
	return t
}

// has reports whether a template, or a scope when address is "", is within the targets: named itself, as an
// instance of a block that is named, or by its scope.
func (t targets) has(address, scope string) bool {
	return len(t) == 0 || t[address] || t[block(address)] || t[scope] || t[block(scope)]
}

// block is the address without an instance key.
func block(address string) string {
	if i := strings.IndexByte(address, '['); i >= 0 {
		return address[:i]
	}
	return address
}

// check tells every target that stands for nothing.
func (t targets) check(decl schema.Declaration, st state.State, diags *schema.Diagnostics) {
	if len(t) == 0 {
		return
	}
	known := map[string]bool{}
	for _, d := range decl.Templates {
		known[d.Address], known[block(d.Address)] = true, true
	}
	for _, s := range decl.Scopes {
		known[s.Address], known[block(s.Address)] = true, true
	}
	for _, a := range decl.Attachments {
		known[a.Address], known[block(a.Address)] = true, true
	}
	for _, a := range st.Attachments {
		known[a.Address], known[block(a.Address)] = true, true
	}
	for _, b := range st.Bindings {
		known[b.Address], known[block(b.Address)] = true, true
	}
	for _, a := range slices.Sorted(maps.Keys(t)) {
		if !known[a] {
			hint := ""
			if name := near.Name(a, slices.Sorted(maps.Keys(known))); name != "" {
				hint = fmt.Sprintf(" Did you mean %s?", name)
			}
			*diags = append(*diags, schema.Problem(schema.Error, "", "", "The target stands for nothing",
				fmt.Sprintf("%s: no template, folder or file of that address is declared or bound.%s `countersign state list` shows the addresses that are bound.", a, hint)))
		}
	}
}
