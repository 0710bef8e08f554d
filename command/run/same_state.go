package run

import (
	"bytes"
	"reflect"

	"countersign/state"
)

// SameState reports whether two states say the same, so that writing the second would only raise the serial: they are
// the same text, apart from who wrote it. A state that binds nothing is of no drive in particular.
func SameState(a, b state.State) bool {
	if len(a.Bindings) != len(b.Bindings) || len(a.Attachments) != len(b.Attachments) ||
		len(a.Outputs) != len(b.Outputs) {
		return false // without the texts, which are large after a first apply
	}
	if len(b.Bindings)+len(b.Attachments) == 0 {
		a.Drive = b.Drive
	}
	a.Version, a.Writer, a.Lineage, a.Serial = state.FormatVersion, "", "any", 0
	b.Version, b.Writer, b.Lineage, b.Serial = state.FormatVersion, "", "any", 0
	if reflect.DeepEqual(a, b) { // most runs change nothing, and need no text to know that
		return true
	}
	x, err1 := state.Encode(a)
	y, err2 := state.Encode(b)
	return err1 == nil && err2 == nil && bytes.Equal(x, y)
}
