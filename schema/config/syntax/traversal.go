package syntax

import (
	"fmt"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/zclconf/go-cty/cty"

	"countersign/schema/spelling"
)

// Reference is a reference as it is written.
func Reference(t hcl.Traversal) string {
	var b strings.Builder
	for _, step := range t {
		switch step := step.(type) {
		case hcl.TraverseRoot:
			b.WriteString(step.Name)
		case hcl.TraverseAttr:
			b.WriteString("." + step.Name)
		case hcl.TraverseIndex:
			switch key, _ := step.Key.Unmark(); {
			case key.Type() == cty.String:
				fmt.Fprintf(&b, "[%q]", key.AsString())
			case key.Type() == cty.Number:
				fmt.Fprintf(&b, "[%s]", key.AsBigFloat().Text('g', 15))
			}
		}
	}
	return b.String()
}

// StepName is the name that a traversal's step goes to: .name or ["name"].
func StepName(t hcl.Traversal, i int) (string, bool) {
	if i >= len(t) {
		return "", false
	}
	switch step := t[i].(type) {
	case hcl.TraverseAttr:
		return spelling.Form(step.Name), true
	case hcl.TraverseIndex:
		if step.Key.Type() == cty.String && step.Key.IsKnown() && !step.Key.IsNull() {
			return step.Key.AsString(), true
		}
	}
	return "", false
}

// StepNumber is the number of a traversal's step [0], as text.
func StepNumber(t hcl.Traversal, i int) (string, bool) {
	if i >= len(t) {
		return "", false
	}
	step, is := t[i].(hcl.TraverseIndex)
	if !is || step.Key.Type() != cty.Number || !step.Key.IsKnown() || step.Key.IsNull() {
		return "", false
	}
	return step.Key.AsBigFloat().Text('f', -1), true
}
