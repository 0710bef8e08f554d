package reconcile

import (
	"fmt"
	"slices"
	"strings"

	"countersign/schema"
	"countersign/schema/addr"
	"countersign/schema/near"
	"countersign/schema/spelling"
	"countersign/state"
)

// replacements notes which templates are to be replaced though they may be as declared, and tells each address that is
// none's. One that is to be made or removed anyway needs no replacement.
func (d *differ) replacements(decl schema.Declaration, st state.State) {
	d.renewed = map[addr.Address]bool{}
	if len(d.options.Replace) == 0 {
		return
	}
	templates, attachments := map[addr.Address]addr.Address{}, map[addr.Address]bool{} // templates with their scopes
	for _, b := range st.Bindings {
		templates[b.Address] = b.Scope
	}
	for _, t := range decl.Templates {
		templates[t.Address] = t.Scope
	}
	for _, a := range decl.Attachments {
		attachments[a.Address] = true
	}
	for _, a := range st.Attachments {
		attachments[a.Address] = true
	}
	var names []string
	for a := range templates {
		names = append(names, a.String())
	}
	slices.Sort(names)
	for _, text := range d.options.Replace {
		a := addr.Of(spelling.Form(strings.TrimSpace(text)))
		scope, known := templates[a]
		_, imported := d.adopted[a]
		var instances []string
		for _, n := range names {
			if addr.Of(n).Block() == a {
				instances = append(instances, fmt.Sprintf("-replace='%s'", n))
			}
		}
		problem := func(summary, format string, values ...any) {
			d.problem(schema.Error, addr.Address{}, "", summary, "-replace=%s: "+format, append([]any{a}, values...)...)
		}
		switch {
		case attachments[a]:
			problem("Only templates are replaced",
				"an attachment is staged anew when its files change, or after `countersign state rm '%s'`.", a)
		case imported:
			problem("What is imported is not replaced",
				"the template is bound to this address by an import in the same plan. Apply that first.")
		case known && !d.targeted.has(a, scope):
			problem("The address to replace is none of the targets",
				"it is left out of this plan by -target. Name it there, too.")
		case known:
			d.renewed[a] = true
		case len(instances) > 0:
			problem("The address to replace has several instances", "name those that are meant: %s.",
				strings.Join(instances, ", "))
		default:
			hint := ""
			if name := near.Name(a.String(), names); name != "" {
				hint = fmt.Sprintf(" Did you mean %s?", name)
			}
			problem("The address to replace stands for nothing",
				"no template of that address is declared or bound.%s `countersign state list` "+
					"shows the addresses that are bound.", hint)
		}
	}
}
