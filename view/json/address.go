package json

import "countersign/schema/addr"

// unmanaged is the kind of what stands for a template without an address.
const unmanaged = "unmanaged"

// typeOf is what Terraform's JSON calls the type of a resource.
func typeOf(a addr.Address) string {
	if a.Kind == "" || a.Kind == unmanaged {
		return "template"
	}
	return a.Kind
}
