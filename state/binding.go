package state

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"countersign/schema"
)

// Find returns the binding of exactly that address.
func (s State) Find(address string) (Binding, bool) {
	i := slices.IndexFunc(s.Bindings, func(b Binding) bool { return b.Address == address })
	if i < 0 {
		return Binding{}, false
	}
	return s.Bindings[i], true
}

// Select returns the bindings that an address stands for: its own, and those of its instances when it is the
// address of a block with for_each.
func (s State) Select(address string) []Binding {
	var selected []Binding
	for _, b := range s.Bindings {
		if stands(address, b.Address) {
			selected = append(selected, b)
		}
	}
	return selected
}

// stands reports whether address is that of the binding, or of the block that the binding is an instance of.
func stands(address, binding string) bool {
	rest, ok := strings.CutPrefix(binding, address)
	return ok && (rest == "" || rest[0] == '[')
}

// Rename is one address that Move changed.
type Rename struct{ From, To string }

// templateAddress is the form of the address of a template, with or without a for_each key.
var templateAddress = regexp.MustCompile(`^template\.[\pL_][\pL\pM\pN_-]*(\["(?:[^"\\]|\\.)+"\])?$`)

// Move gives what from stands for the address to; nothing on the drive changes by it. The address of a block
// with for_each moves all its instances. It fails when from stands for nothing, when to is bound already, and
// when to is not the address of a template.
func (s State) Move(from, to string) (State, []Rename, error) {
	if from == to {
		return s, nil, fmt.Errorf("move %s: the new address is the same as the old one", from)
	}
	if !templateAddress.MatchString(to) {
		return s, nil, fmt.Errorf(`move %s: %q is not the address of a template; write template.NAME or template.NAME["KEY"]`, from, to)
	}
	taken := make(map[string]int64, len(s.Bindings))
	for _, b := range s.Bindings {
		taken[b.Address] = b.ID
	}
	bindings := slices.Clone(s.Bindings)
	var renames []Rename
	var errs []error
	for i, b := range bindings {
		if !stands(from, b.Address) {
			continue
		}
		target := to + strings.TrimPrefix(b.Address, from)
		switch id, bound := taken[target]; {
		case !templateAddress.MatchString(target):
			errs = append(errs, fmt.Errorf("move %s to %s: the new address has a key already; give that of a block, or move the instances one by one", b.Address, to))
		case bound:
			errs = append(errs, fmt.Errorf("move %s to %s: that address stands for tid %d already; remove it from the state first", b.Address, target, id))
		}
		bindings[i].Address = target
		renames = append(renames, Rename{b.Address, target})
	}
	if len(renames) == 0 {
		return s, nil, fmt.Errorf("move %s: the state has no such address; state list shows those it has", from)
	}
	if len(errs) > 0 {
		return s, nil, errors.Join(errs...)
	}
	s.Bindings = sorted(bindings)
	return s, renames, nil
}

// Remove takes what the addresses stand for out of the state, and returns it; on the drive it stays as it is.
// When one of them stands for nothing, nothing is removed.
func (s State) Remove(addresses ...string) (State, []Binding, error) {
	var errs []error
	var removed, kept []Binding
	used := make([]bool, len(addresses))
	for _, b := range s.Bindings {
		gone := false
		for i, a := range addresses {
			if stands(a, b.Address) {
				gone, used[i] = true, true
			}
		}
		if gone {
			removed = append(removed, b)
		} else {
			kept = append(kept, b)
		}
	}
	for i, a := range addresses {
		if !used[i] {
			errs = append(errs, fmt.Errorf("remove %s from the state: it has no such address; state list shows those it has", a))
		}
	}
	if len(errs) > 0 {
		return s, nil, errors.Join(errs...)
	}
	s.Bindings = kept
	return s, removed, nil
}

// sorted returns the bindings in the order of schema.CompareAddresses; it may sort them in place.
func sorted(bindings []Binding) []Binding {
	byAddress := func(a, b Binding) int { return schema.CompareAddresses(a.Address, b.Address) }
	if !slices.IsSortedFunc(bindings, byAddress) {
		slices.SortStableFunc(bindings, byAddress)
	}
	return bindings
}
