package view

import "countersign/reconcile/plans"

const (
	hidden = "(sensitive value)"
	later  = "(known after apply)"
)

// OutputBefore is the value that an output has; lines after the first begin with margin.
func OutputBefore(c plans.OutputChange, margin string) string {
	if c.Sensitive {
		return hidden
	}
	return Literal(Decoded(c.Before), nil, margin+"    ")
}

// OutputAfter is the value that an output will have.
func OutputAfter(c plans.OutputChange, margin string) string {
	switch {
	case c.Sensitive:
		return hidden
	case c.Unknown:
		return later
	}
	return Literal(Decoded(c.After), nil, margin+"    ")
}
