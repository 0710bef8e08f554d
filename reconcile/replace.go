package reconcile

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"countersign/schema"
	"countersign/schema/addr"
	"countersign/schema/spelling"
)

// replacements notes which templates -replace names, and refuses addresses that are no template's. A template that is
// made or removed anyway needs no replacement.
func (d *differ) replacements() {
	if len(d.options.Replace) == 0 {
		return
	}
	scopes, attachments := map[addr.Address]addr.Address{}, map[addr.Address]bool{} // scopes by template
	for _, b := range d.state.Bindings {
		scopes[b.Address] = b.Scope
	}
	for _, t := range d.decl.Templates {
		scopes[t.Address] = t.Scope
	}
	for _, a := range d.decl.Attachments {
		attachments[a.Address] = true
	}
	for _, a := range d.state.Attachments {
		attachments[a.Address] = true
	}
	names := addr.Texts(slices.Collect(maps.Keys(scopes)))
	slices.Sort(names)
	for _, text := range d.options.Replace {
		a := addr.Of(spelling.Form(strings.TrimSpace(text)))
		scope, known := scopes[a]
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
			problem("The address to replace stands for nothing",
				"no template of that address is declared or bound.%s `countersign state list` shows the addresses "+
					"that are bound.", didYouMean(a, names))
		}
	}
}
