package state

import (
	"fmt"
	"slices"

	"countersign/schema/addr"
)

// Moved is a binding, or what is staged of an attachment, that has another address now.
type Moved struct {
	From, To addr.Address
	ID       int64 // the tid; 0 of an attachment
}

// MoveError is why something cannot be moved.
type MoveError struct {
	From, To addr.Address
	Taken    bool         // To stands for something already
	Beside   addr.Address // an instance beside To: of the two, one has a key and the other has none
	Key      addr.Key     // neither Taken nor Beside: To has a key already, and this would be its second
}

func (e *MoveError) Error() string {
	if e.Taken {
		return fmt.Sprintf("%s is bound already, so %s cannot be moved there", e.To, e.From)
	}
	if !e.Beside.IsZero() {
		return fmt.Sprintf("%s cannot become %s beside %s: the instances of a block all have a key, "+
			"or it is one without",
			e.From, e.To, e.Beside)
	}
	return fmt.Sprintf("%s cannot become %s, which has two keys", e.From, e.To.String()+string(e.Key))
}

// Move gives what is at an address another address. All instances of a block move with it and keep their keys. The
// state given is not changed; an error is a *MoveError. When nothing is at the address, nothing is moved.
func (s State) Move(from, to addr.Address) (State, []Moved, error) {
	s.Bindings, s.Attachments = slices.Clone(s.Bindings), slices.Clone(s.Attachments)
	known := s.Index()
	var moved []Moved
	move := func(address *addr.Address, id int64) error {
		m := Moved{*address, to, id}
		switch {
		case !from.Contains(m.From):
			return nil
		case m.From == from || m.From.Key == "":
		case to.Key != "":
			return &MoveError{From: m.From, To: to, Key: m.From.Key}
		default:
			m.To.Key = m.From.Key
		}
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
	if m, other := s.mixed(moved); !other.IsZero() {
		return State{}, nil, &MoveError{From: m.From, To: m.To, Beside: other}
	}
	s.Bindings, s.Attachments = sorted(s.Bindings), sortedAttachments(s.Attachments)
	return s, moved, nil
}

// mixed finds a move after which a block would have instances with a key and one without, and that other instance.
func (s State) mixed(moved []Moved) (Moved, addr.Address) {
	keyed, plain := map[addr.Address]addr.Address{}, map[addr.Address]addr.Address{}
	note := func(a addr.Address) {
		if a.Key == "" {
			plain[a] = a
		} else {
			keyed[a.Block()] = a
		}
	}
	for _, b := range s.Bindings {
		note(b.Address)
	}
	for _, a := range s.Attachments {
		note(a.Address)
	}
	for _, m := range moved {
		others := plain
		if m.To.Key == "" {
			others = keyed
		}
		if other, there := others[m.To.Block()]; there {
			return m, other
		}
	}
	return Moved{}, addr.Address{}
}
