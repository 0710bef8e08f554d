package plans

import "countersign/schema"

// Order says which changes of a plan wait for which, so that a scope never has two templates of one title during an
// apply. A change that takes a title waits until the template that has it gets another one: its own new title, or an
// interim title when the changes wait in a circle or in too long a chain, or when that template is removed. So no
// template is removed before the one that takes its place is there. A replacement on the same scope takes the title
// that it gives away itself.
type Order struct {
	changes []Change
	Givers  map[schema.Title][]int // by the title that they give away
	Takers  map[schema.Title]int   // by the title that they take
	waves   []int                  // of each change; -1: not known yet
	Aside   func(c *Change)        // gives a change its interim title; nil: all have theirs
}

// longest bounds how many changes wait for each other in a row: each wave reads the scope's list again.
const longest = 8

// OrderOf finds the order of changes.
func OrderOf(changes []Change) *Order {
	o := &Order{changes: changes, Givers: map[schema.Title][]int{}, Takers: map[schema.Title]int{},
		waves: make([]int, len(changes))}
	for i := range changes {
		o.waves[i] = unknown
		if key, takes := changes[i].Takes(); takes {
			o.Takers[key] = i
		}
	}
	for i := range changes {
		if key, gives := changes[i].Gives(); gives {
			if _, taken := o.Takers[key]; taken {
				o.Givers[key] = append(o.Givers[key], i)
			}
		}
	}
	return o
}

const (
	unknown = -1
	open    = -2
)

// Wave is how many changes must be made before this one, one after the other.
func (o *Order) Wave(i int) int {
	if o.waves[i] >= 0 {
		return o.waves[i]
	}
	o.waves[i] = open
	wave := 0
	for _, giver := range o.Before(i) {
		g := &o.changes[giver]
		if g.Interim != "" {
			continue
		}
		if g.Action != Update || o.waves[giver] == open {
			o.setAside(g)
			continue
		}
		if w := o.Wave(giver) + 1; w < longest {
			wave = max(wave, w)
		} else {
			o.setAside(g)
		}
	}
	o.waves[i] = wave
	return wave
}

func (o *Order) setAside(c *Change) {
	if o.Aside != nil {
		o.Aside(c)
	}
}

// Before lists the changes that give away the title that this one takes.
func (o *Order) Before(i int) []int {
	key, takes := o.changes[i].Takes()
	if !takes {
		return nil
	}
	return o.Givers[key]
}

// Successor is the change that takes the title that this one gives away, false when there is none.
func (o *Order) Successor(i int) (int, bool) {
	key, gives := o.changes[i].Gives()
	if !gives {
		return 0, false
	}
	taker, taken := o.Takers[key]
	return taker, taken && taker != i
}
