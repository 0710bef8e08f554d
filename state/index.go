package state

import (
	"slices"

	"countersign/schema/addr"
)

// Index finds what a state says by address and by tid. It is made once where more than one thing is looked for, and is
// of the state as it was then.
type Index struct {
	Bindings    map[string]*Binding
	Attachments map[string]*Attachment
	Owners      map[int64]string // the address of a tid that is bound, or deposed
}

// Index makes an index of the state.
func (s State) Index() Index {
	in := Index{make(map[string]*Binding, len(s.Bindings)), make(map[string]*Attachment, len(s.Attachments)),
		make(map[int64]string, len(s.Bindings))}
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
func (in Index) Attachment(address string) (Attachment, bool) {
	if a := in.Attachments[address]; a != nil {
		return *a, true
	}
	return Attachment{}, false
}

// sorted returns the bindings in the order of addr.CompareText; it may sort them in place.
func sorted(bindings []Binding) []Binding {
	byAddress := func(a, b Binding) int { return addr.CompareText(a.Address, b.Address) }
	if !slices.IsSortedFunc(bindings, byAddress) {
		slices.SortStableFunc(bindings, byAddress)
	}
	return bindings
}
