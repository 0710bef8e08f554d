package reconcile

import (
	"cmp"
	"maps"
	"slices"
	"strings"

	"countersign/reconcile/plans"
	"countersign/reconcile/world"
	"countersign/schema"
	"countersign/schema/addr"
	"countersign/schema/spelling"
	"countersign/state"
)

// Surroundings are what is known besides the list that a drive gives of a folder or file. All of it may be missing.
type Surroundings struct {
	Declared    bool // there is a configuration
	Declaration schema.Declaration
	Bindings    []state.Binding
	Catalogue   schema.Catalogue
	Paths       map[int64]string // of the place and of folders above it, by id
	Above       []int64          // ids of the folders above the place, as far as known
}

// Explanation is which templates are in force on a folder or file, and why.
type Explanation struct {
	Place     plans.Place
	Asked     addr.Address // the one template that was asked about, none for all
	Templates []InForce    // its own, then those inherited, from the nearest folder on; each by tid
	Awaited   []Awaited    // declared for the place and not on the drive, by address; nil: there is no configuration
	Catalogue schema.Catalogue
	People    map[int64]schema.Person
}

// InForce is one template in force on a place.
type InForce struct {
	ID         int64
	Address    addr.Address // what it is bound to, none for none
	Place      plans.Place  // what it is attached to
	Inherited  bool         // from a folder above
	Template   schema.Template
	Unreadable string // why Template holds nothing but the title
	Edited     *plans.Edit
}

// Raisable reports whether it can be raised on a folder or on a file: one of the kind that it applies to.
func (t InForce) Raisable(kind schema.ScopeKind) bool {
	switch t.Template.AppliesTo {
	case schema.AppliesToFolders:
		return kind != schema.ScopeFile
	case schema.AppliesToFiles:
		return kind != schema.ScopeFolder
	}
	return true
}

// Awaited is a declared template that would be in force once it is applied.
type Awaited struct {
	Address   addr.Address
	Title     string
	Place     plans.Place // what it would be attached to
	Inherited bool
}

// Explain says which templates are in force on a place, by the drive's list of them. It is a pure function.
func Explain(at plans.Place, listing schema.Listing, around Surroundings) Explanation {
	people, _ := resolvePeople(around.Declaration.Approvers, &world.World{People: listing.People})
	scopes := scopesByAddress(around)
	known := placesByID(scopes, around.Paths)
	e := Explanation{Place: known(at), Catalogue: around.Catalogue, People: people}

	owner := make(map[int64]addr.Address, len(around.Bindings))
	bound := make(map[addr.Address]int64, len(around.Bindings))
	for _, b := range around.Bindings {
		if b.ID != 0 {
			owner[b.ID], bound[b.Address] = b.Address, b.ID
		}
	}
	there := map[int64]bool{}
	for i := range listing.Templates {
		l := &listing.Templates[i]
		there[l.ID] = true
		from := plans.Place{ID: l.ScopeID}
		if l.ScopeID != at.ID {
			from.Kind = schema.ScopeFolder // a file passes nothing on
		}
		e.Templates = append(e.Templates, InForce{ID: l.ID, Address: owner[l.ID], Place: known(from),
			Inherited: l.ScopeID != at.ID, Template: named(l.Template, people), Unreadable: l.Unreadable,
			Edited: editOf(l, people)})
	}
	slices.SortStableFunc(e.Templates, func(a, b InForce) int {
		switch {
		case b.Inherited && !a.Inherited:
			return -1
		case a.Inherited && !b.Inherited:
			return 1
		}
		return cmp.Or(-cmp.Compare(depth(a.Place), depth(b.Place)), cmp.Compare(a.Place.ID, b.Place.ID),
			cmp.Compare(a.ID, b.ID))
	})

	if !around.Declared {
		return e
	}
	e.Awaited = []Awaited{}
	where := spelling.Form(e.Place.Path)
	for _, t := range around.Declaration.Templates {
		s := scopes[t.Scope]
		path := spelling.Form(s.Path)
		here := s.ID != 0 && s.ID == at.ID || path != "" && path == where
		inherited := s.ID != 0 && slices.Contains(around.Above, s.ID) ||
			path != "" && strings.HasPrefix(where, path+"/")
		if !here && !inherited || there[bound[t.Address]] {
			continue
		}
		from := e.Place
		if !here {
			from = known(s)
		}
		e.Awaited = append(e.Awaited, Awaited{Address: t.Address, Title: t.Template.Title, Place: from,
			Inherited: inherited})
	}
	return e
}

// Only is the explanation of one template alone.
func (e Explanation) Only(address addr.Address) Explanation {
	e.Asked = address
	e.Templates = slices.DeleteFunc(slices.Clone(e.Templates), func(t InForce) bool { return t.Address != address })
	e.Awaited = slices.DeleteFunc(slices.Clone(e.Awaited), func(a Awaited) bool { return a.Address != address })
	return e
}

// depth is how many names a place's path has, 0 when the path is not known.
func depth(p plans.Place) int { return len(world.SplitPath(p.Path)) }

// placesByID returns a function that fills in what is known of a place by its id.
func placesByID(scopes map[addr.Address]plans.Place, paths map[int64]string) func(plans.Place) plans.Place {
	byID := make(map[int64]plans.Place, len(scopes))
	for _, address := range slices.SortedFunc(maps.Keys(scopes), addr.Address.Compare) {
		if p := scopes[address]; byID[p.ID].ID == 0 {
			byID[p.ID] = p
		}
	}
	return func(p plans.Place) plans.Place {
		var d plans.Place
		if p.ID != 0 {
			d = byID[p.ID]
		}
		return plans.Place{Address: cmp.Or(p.Address, d.Address), Kind: cmp.Or(p.Kind, d.Kind), ID: p.ID,
			Path: cmp.Or(p.Path, paths[p.ID], d.Path)}
	}
}

// scopesByAddress are the declared places. A place that is declared by its path gets the id that is known for the path.
func scopesByAddress(around Surroundings) map[addr.Address]plans.Place {
	ids := make(map[string]int64, len(around.Paths))
	for id, path := range around.Paths {
		ids[spelling.Form(world.CleanPath(path))] = id
	}
	places := make(map[addr.Address]plans.Place, len(around.Declaration.Scopes))
	for _, s := range around.Declaration.Scopes {
		path := world.CleanPath(s.Path)
		places[s.Address] = plans.Place{Address: s.Address, Kind: s.Kind, ID: cmp.Or(s.ID, ids[spelling.Form(path)]),
			Path: path}
	}
	return places
}
