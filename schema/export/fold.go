package export

import (
	"cmp"
	"encoding/json"
	"fmt"
	"slices"

	"countersign/schema"
)

// shared is a template that is attached to several places and otherwise alike.
type shared struct {
	template schema.Template
	spots    []spot // in the order of the places
}

// places are the indexes of the places where it is attached.
func (s shared) places() []int {
	on := make([]int, len(s.spots))
	for i, at := range s.spots {
		on[i] = at.place
	}
	return on
}

// on is the same text for the same places.
func (s shared) on() string { return fmt.Sprint(s.places()) }

// spot is one place where a shared template is attached.
type spot struct {
	place int   // its index
	id    int64 // the template's tid there
}

// first is the lowest tid, which identifies the shared template.
func (s shared) first() int64 {
	return slices.MinFunc(s.spots, func(a, b spot) int { return cmp.Compare(a.id, b.id) }).id
}

// fold separates the templates that occur often from the others. They are in the order in which they occur first.
func fold(kept [][]schema.Live) (single [][]schema.Live, alike []shared) {
	groups := map[string]*shared{}
	keys := make([][]string, len(kept))
	var order []*shared
	for i, list := range kept {
		for _, l := range list {
			k := likeness(l.Template)
			g := groups[k]
			if g == nil {
				g = &shared{template: l.Template}
				groups[k] = g
				order = append(order, g)
			}
			g.spots = append(g.spots, spot{i, l.ID})
			keys[i] = append(keys[i], k)
		}
	}
	single = make([][]schema.Live, len(kept))
	for i, list := range kept {
		for n, l := range list {
			if len(groups[keys[i][n]].spots) < often {
				single[i] = append(single[i], l)
			}
		}
	}
	for _, g := range order {
		if len(g.spots) >= often {
			alike = append(alike, *g)
		}
	}
	return single, alike
}

// likeness is the same text for equal templates. Names of people do not count.
func likeness(t schema.Template) string {
	text, err := json.Marshal(t.Form().Nameless())
	if err != nil {
		panic(err) // it is made of texts and numbers
	}
	return string(text)
}
