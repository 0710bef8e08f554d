package world

import (
	"maps"
	"slices"

	"countersign/schema"
	"countersign/schema/addr"
	"countersign/state"
)

// World is the live world as one refresh read it.
type World struct {
	Catalogue schema.Catalogue
	Listings  map[int64]schema.Listing // by scope id
	Strays    []schema.Live            // bound templates that are attached elsewhere than the state says
	ScopeIDs  map[addr.Address]int64   // of the scopes that are declared by path alone
	Paths     map[int64]string         // paths that were walked, by scope id
	People    map[int64]schema.Person  // every name that the drive gave
	Recorded  map[int64]schema.Person  // names that the drive gave an earlier run, from the state
	Warnings  schema.Diagnostics       // what could not be checked and does not matter for the plan
}

func newWorld() *World {
	return &World{Listings: map[int64]schema.Listing{}, ScopeIDs: map[addr.Address]int64{}, Paths: map[int64]string{},
		People: map[int64]schema.Person{}}
}

// LiveByID are all live templates, by tid. Of those in several lists it takes the one in the list of its own scope.
func (w *World) LiveByID() map[int64]*schema.Live {
	n := 0
	for _, l := range w.Listings {
		n += len(l.Templates)
	}
	live := make(map[int64]*schema.Live, n)
	for _, scope := range slices.Sorted(maps.Keys(w.Listings)) {
		list := w.Listings[scope].Templates
		for i := range list {
			if have := live[list[i].ID]; have == nil || list[i].ScopeID == scope {
				live[list[i].ID] = &list[i]
			}
		}
	}
	for i := range w.Strays {
		live[w.Strays[i].ID] = &w.Strays[i]
	}
	return live
}

// Own are the templates that are attached to a scope itself, each once.
func (w *World) Own(scope int64) []*schema.Live {
	var own []*schema.Live
	seen := map[int64]bool{}
	list := w.Listings[scope].Templates
	for i := range list {
		if l := &list[i]; l.ScopeID == scope && !seen[l.ID] {
			seen[l.ID] = true
			own = append(own, l)
		}
	}
	return own
}

// Facts are what expressions may refer to, from the world and the state; package stage adds the attachments.
func (w *World) Facts(st state.State) *schema.Facts {
	f := &schema.Facts{People: w.People, ScopeIDs: w.ScopeIDs,
		Templates: make(map[addr.Address]int64, len(st.Bindings))}
	for _, b := range st.Bindings {
		if b.ID != 0 {
			f.Templates[b.Address] = b.ID
		}
	}
	return f
}
