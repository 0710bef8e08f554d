package routetest

import (
	"encoding/json"
	"iter"
	"maps"
	"slices"
)

// oddValues are what an answer may hold in the place of anything.
var oddValues = []any{nil, "", " ", "x", "\x00", "-1", 0, -1, 1 << 62, 1.5, 1e300, true,
	[]any{}, map[string]any{}, []any{nil}, []any{map[string]any{}}, map[string]any{"": nil}}

// Mutations are JSON texts that differ from one in one place: a value is another one, a member or an entry is missing,
// an entry stands twice.
func Mutations(text string) iter.Seq[string] {
	return func(yield func(string) bool) {
		var v any
		if json.Unmarshal([]byte(text), &v) != nil {
			return
		}
		for changed := range mutated(v) {
			raw, err := json.Marshal(changed)
			if err != nil || !yield(string(raw)) {
				return
			}
		}
	}
}

func mutated(v any) iter.Seq[any] {
	return func(yield func(any) bool) {
		for _, odd := range oddValues {
			if !yield(odd) {
				return
			}
		}
		switch v := v.(type) {
		case map[string]any:
			for _, key := range slices.Sorted(maps.Keys(v)) {
				without := maps.Clone(v)
				delete(without, key)
				if !yield(without) {
					return
				}
				for in := range mutated(v[key]) {
					with := maps.Clone(v)
					with[key] = in
					if !yield(with) {
						return
					}
				}
			}
		case []any:
			for i, e := range v {
				if !yield(slices.Delete(slices.Clone(v), i, i+1)) || !yield(slices.Insert(slices.Clone(v), i, e)) {
					return
				}
				for in := range mutated(e) {
					with := slices.Clone(v)
					with[i] = in
					if !yield(with) {
						return
					}
				}
			}
		}
	}
}
