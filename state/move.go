package state

import (
	"fmt"
	"slices"

	"countersign/schema/addr"
)

// Moved is a binding, or what is staged of an attachment, that has another address now.
type Moved struct {
	From, To string
	ID       int64 // the tid; 0 of an attachment
}

// MoveError is why something cannot be moved.
type MoveError struct {
	From, To string
	Taken    bool // To stands for something already; otherwise it has two keys
}

func (e *MoveError) Error() string {
	if e.Taken {
		return fmt.Sprintf("%s is bound already, so %s cannot be moved there", e.To, e.From)
	}
	return fmt.Sprintf("%s cannot become %s, which has two keys", e.From, e.To)
}

// Move gives what is at an address another one. All instances of a block move with it and keep their keys. The state
// given is left alone; an error is a *MoveError. When nothing is at the address, nothing is moved.
func (s State) Move(from, to addr.Address) (State, []Moved, error) {
	s.Bindings, s.Attachments = slices.Clone(s.Bindings), slices.Clone(s.Attachments)
	known := s.Index()
	var moved []Moved
	move := func(address *string, id int64) error {
		is, target := addr.Of(*address), to
		if !from.Contains(is) {
			return nil
		}
		if key, keyed := is.Key.Text(); keyed && is != from {
			if _, second := to.Key.Text(); second {
				return &MoveError{From: *address, To: to.String() + is.Key.String()}
			}
			target = to.Instance(key)
		}
		m := Moved{*address, target.String(), id}
		if known.Bindings[m.To] != nil || known.Attachments[m.To] != nil {
			return &MoveError{From: m.From, To: m.To, Taken: true}
		}
		moved = append(moved, m)
		*address = m.To
		return nil
	}
	for i := range s.Bindings {
		if err := move(&s.Bindings[i].Address, s.Bindings[i].ID); err != nil {
			return State{}, nil, err
		}
	}
	for i := range s.Attachments {
		if err := move(&s.Attachments[i].Address, 0); err != nil {
			return State{}, nil, err
		}
	}
	s.Bindings, s.Attachments = sorted(s.Bindings), sortedAttachments(s.Attachments)
	return s, moved, nil
}
