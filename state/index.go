package state

import (
	"slices"

	"countersign/schema/addr"
)

// Index finds what a state says by address and by tid. It is made once where more than one thing is looked for, and is
// of the state as it was then.
type Index struct {
	Bindings    map[addr.Address]*Binding
	Attachments map[addr.Address]*Attachment
	Owners      map[int64]addr.Address // of a tid that is bound, or deposed
}

// Index makes an index of the state.
func (s State) Index() Index {
	in := Index{make(map[addr.Address]*Binding, len(s.Bindings)),
		make(map[addr.Address]*Attachment, len(s.Attachments)),
		make(map[int64]addr.Address, len(s.Bindings))}
	for i := range s.Bindings {
		b := &s.Bindings[i]
		in.Bindings[b.Address] = b
		if b.ID != 0 {
			in.Owners[b.ID] = b.Address
		}
		for _, d := range b.Deposed {
			in.Owners[d.ID] = b.Address
		}
	}
	for i := range s.Attachments {
		in.Attachments[s.Attachments[i].Address] = &s.Attachments[i]
	}
	return in
}

// Attachment is what is staged under exactly that address.
func (in Index) Attachment(address addr.Address) (Attachment, bool) {
	if a := in.Attachments[address]; a != nil {
		return *a, true
	}
	return Attachment{}, false
}

// sorted returns the bindings in the order of addr.Address.Compare; it may sort them in place.
func sorted(bindings []Binding) []Binding {
	byAddress := func(a, b Binding) int { return a.Address.Compare(b.Address) }
	if !slices.IsSortedFunc(bindings, byAddress) {
		slices.SortStableFunc(bindings, byAddress)
	}
	return bindings
}
