package json

import (
	"strings"

	"countersign/schema/addr"
)

// parts are what an address is made of, under the names of Terraform's JSON.
type parts struct {
	module string // "module.a", or "" in the root
	local  string // the address inside its module
	kind   string // template
	name   string
	key    *string // of for_each
}

// parseAddress takes an address apart. One that is not of the usual form is all name; what stands for a template
// without an address is of its kind.
func parseAddress(address string) parts {
	a := addr.Of(address)
	p := parts{module: a.Module, local: a.Local(), kind: strings.Replace(a.Kind, "unmanaged", "template", 1),
		name: a.Name}
	if p.kind == "" {
		p.kind = "template"
	}
	if key, keyed := a.Key.Text(); keyed {
		p.key = &key
	}
	return p
}
