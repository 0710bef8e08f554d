package cmdline

import (
	"fmt"
	"slices"
	"strings"

	"countersign/schema/addr"
	"countersign/schema/near"
)

// DidYouMean suggests the near name at the end of a line.
func DidYouMean(name string, known []string, prefix string) string {
	if best := near.Name(name, known); best != "" {
		return fmt.Sprintf("; did you mean %s%s?", prefix, best)
	}
	return ""
}

// SuggestAddress suggests what somebody may have meant by an address that is not there: one of its instances, or a near
// name. It is a sentence with a blank before it, or "".
func SuggestAddress(a addr.Address, known []addr.Address) string {
	other := func(k addr.Address) bool { return k == a || !a.Contains(k) }
	instances := addr.Texts(slices.DeleteFunc(slices.Clone(known), other))
	if len(instances) == 0 {
		return Suggest(a.String(), addr.Texts(known))
	}
	return " It has instances: name one, such as " + strings.Join(instances[:min(len(instances), 10)], ", ") + "."
}

// Suggest is the near name as a sentence of its own, a blank before it.
func Suggest(name string, known []string) string {
	if best := near.Name(name, known); best != "" {
		return " Did you mean " + best + "?"
	}
	return ""
}
