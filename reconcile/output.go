package reconcile

import (
	"bytes"
	"encoding/json"
	"maps"
	"slices"

	"countersign/reconcile/plans"
	"countersign/schema"
	"countersign/schema/addr"
	"countersign/state"
)

// DiffOutputs compares outputs with those that the state holds; the changes are sorted by name.
func DiffOutputs(before map[string]state.Output, after []schema.Output) []plans.OutputChange {
	var changes []plans.OutputChange
	declared := make(map[string]bool, len(after))
	for _, o := range after {
		declared[o.Name] = true
		old, had := before[o.Name]
		c := plans.OutputChange{Name: o.Name, Action: plans.Create, After: o.Value, Unknown: o.Unknown,
			Sensitive: o.Sensitive || old.Sensitive}
		if had {
			if !o.Unknown && o.Sensitive == old.Sensitive && sameJSON(old.Value, o.Value) {
				continue
			}
			c.Action, c.Before = plans.Update, old.Value
		}
		changes = append(changes, c)
	}
	for _, name := range slices.Sorted(maps.Keys(before)) {
		if !declared[name] {
			changes = append(changes, plans.OutputChange{Name: name, Action: plans.Remove, Before: before[name].Value,
				Sensitive: before[name].Sensitive})
		}
	}
	slices.SortFunc(changes, func(a, b plans.OutputChange) int { return addr.CompareText(a.Name, b.Name) })
	return changes
}

// WithoutSecrets are changes of outputs without the values of sensitive ones.
func WithoutSecrets(list []plans.OutputChange) []plans.OutputChange {
	out := slices.Clone(list)
	for i := range out {
		if out[i].Sensitive {
			out[i].Before, out[i].After = nil, nil
		}
	}
	return out
}

// SameOutputs reports whether two lists of changes are the same, values of sensitive outputs apart; if not, it names
// the first output that they differ in.
func SameOutputs(a, b []plans.OutputChange) (name string, same bool) {
	a, b = WithoutSecrets(a), WithoutSecrets(b)
	for i := range max(len(a), len(b)) {
		switch {
		case i >= len(a), i < len(b) && addr.CompareText(b[i].Name, a[i].Name) < 0:
			return b[i].Name, false
		case i >= len(b), !sameJSON(a[i], b[i]):
			return a[i].Name, false
		}
	}
	return "", true
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
