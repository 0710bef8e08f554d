package command

import (
	"maps"
	"reflect"
	"slices"

	"countersign/schema"
	"countersign/state"
)

// sameState reports whether two states say the same of templates and outputs, so that writing the second would
// only raise the serial. No list and an empty one are the same.
func sameState(a, b state.State) bool {
	return slices.EqualFunc(a.Bindings, b.Bindings, sameBinding) &&
		maps.EqualFunc(a.Outputs, b.Outputs, func(x, y state.Output) bool { return reflect.DeepEqual(x, y) })
}

func sameBinding(a, b state.Binding) bool {
	return a.Address == b.Address && a.ID == b.ID && a.ScopeID == b.ScopeID && a.Scope == b.Scope && a.ScopeKind == b.ScopeKind &&
		a.ScopePath == b.ScopePath && a.PreventDestroy == b.PreventDestroy && slices.Equal(a.Sets, b.Sets) &&
		sameRecord(a.Recorded, b.Recorded) && slices.EqualFunc(a.Deposed, b.Deposed, sameDeposed)
}

func sameDeposed(a, b state.Deposed) bool {
	return a.ID == b.ID && a.ScopeID == b.ScopeID && sameRecord(a.Recorded, b.Recorded)
}

// sameRecord compares names of people too, which two templates that mean the same may differ in.
func sameRecord(a, b schema.Template) bool {
	return a.Equal(b) && slices.Equal(a.CC, b.CC) &&
		slices.EqualFunc(a.Steps, b.Steps, func(x, y schema.Step) bool { return slices.Equal(x.Approvers, y.Approvers) })
}
