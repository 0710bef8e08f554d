package reconcile

import (
	"bytes"
	"encoding/json"
	"maps"
	"slices"

	"countersign/schema"
	"countersign/state"
)

// DiffOutputs compares outputs with those the state holds, sorted by name.
func DiffOutputs(before map[string]state.Output, after []schema.Output) []OutputChange {
	var changes []OutputChange
	declared := make(map[string]bool, len(after))
	for _, o := range after {
		declared[o.Name] = true
		old, had := before[o.Name]
		c := OutputChange{Name: o.Name, Action: Create, After: o.Value, Unknown: o.Unknown, Sensitive: o.Sensitive || old.Sensitive}
		if had {
			if !o.Unknown && o.Sensitive == old.Sensitive && sameJSON(old.Value, o.Value) {
				continue
			}
			c.Action, c.Before = Update, old.Value
		}
		changes = append(changes, c)
	}
	for _, name := range slices.Sorted(maps.Keys(before)) {
		if !declared[name] {
			changes = append(changes, OutputChange{Name: name, Action: Remove, Before: before[name].Value, Sensitive: before[name].Sensitive})
		}
	}
	slices.SortFunc(changes, func(a, b OutputChange) int { return schema.CompareAddresses(a.Name, b.Name) })
	return changes
}

// RecordOutputs puts outputs into the state in place of those it holds; unknown ones are left out.
func RecordOutputs(st state.State, outputs []schema.Output) state.State {
	st.Outputs = make(map[string]state.Output, len(outputs))
	for _, o := range outputs {
		if !o.Unknown {
			st.Outputs[o.Name] = state.Output{Value: o.Value, Type: o.Type, Sensitive: o.Sensitive}
		}
	}
	return st
}

func sameJSON(a, b any) bool {
	x, errX := json.Marshal(a)
	y, errY := json.Marshal(b)
	return errX == nil && errY == nil && bytes.Equal(x, y)
}
