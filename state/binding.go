package state

import (
	"slices"

	"countersign/schema/addr"
)

// Find returns the binding of exactly that address.
func (s State) Find(address string) (Binding, bool) {
	i := slices.IndexFunc(s.Bindings, func(b Binding) bool { return b.Address == address })
	if i < 0 {
		return Binding{}, false
	}
	return s.Bindings[i], true
}

// sorted returns the bindings in the order of addr.CompareText; it may sort them in place.
func sorted(bindings []Binding) []Binding {
	byAddress := func(a, b Binding) int { return addr.CompareText(a.Address, b.Address) }
	if !slices.IsSortedFunc(bindings, byAddress) {
		slices.SortStableFunc(bindings, byAddress)
	}
	return bindings
}
