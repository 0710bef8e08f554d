package lint

import (
	"fmt"
	"strings"

	"countersign/policy"
	"countersign/reconcile/plans"
	"countersign/schema"
	"countersign/schema/addr"
	"countersign/schema/spelling"
)

// These lints are about what is in force on one folder: its own templates and those of the folders above it.

// paths are the known paths of scopes, without blanks around names.
func (s *Subject) paths() map[addr.Address]string {
	paths := map[addr.Address]string{}
	note := func(scope addr.Address, path string) {
		if path != "" {
			paths[scope] = path
		}
	}
	for _, scope := range s.Scopes {
		note(scope.Address, scope.Path)
	}
	if s.Plan != nil {
		for _, c := range s.Plan.Changes {
			note(c.Place.Address, c.Place.Path)
		}
		for _, f := range s.Plan.Unmanaged {
			note(f.Place.Address, f.Place.Path)
		}
	}
	for address, path := range paths {
		names := strings.Split(path, "/")
		for i := range names {
			names[i] = spelling.Form(strings.TrimSpace(names[i]))
		}
		paths[address] = strings.Join(names, "/")
	}
	return paths
}

// above reports whether a folder is above another folder or a file.
func above(folder, below string) bool {
	return folder != "" && below != "" && strings.HasPrefix(below, folder+"/")
}

// inherited calls f for each template and each declared one that is in force on the same place because it is on a
// folder above.
func (s *Subject) inherited(f func(own, from schema.Declared)) {
	paths, on := s.paths(), map[string][]schema.Declared{}
	for _, d := range s.Templates {
		if path := paths[d.Scope]; path != "" {
			on[path] = append(on[path], d)
		}
	}
	for _, own := range s.Templates {
		path := paths[own.Scope]
		for end := strings.LastIndexByte(path, '/'); end > 0; end = strings.LastIndexByte(path, '/') {
			path = path[:end]
			for _, from := range on[path] {
				f(own, from)
			}
		}
	}
}

func titleTwice(s *search) {
	s.inherited(func(own, from schema.Declared) {
		if spelling.Look(own.Template.Title) == spelling.Look(from.Template.Title) {
			s.report(own.Address, schema.AttrTitle, "On %s, %s and %s, which it has from %s, are both in force with "+
				"the title %q, and people cannot tell them apart. Give one of the two another title.",
				own.Scope, own.Address, from.Address, from.Scope, own.Template.Title)
		}
	})
}

func shadowed(s *search) {
	s.inherited(func(own, from schema.Declared) {
		if !spelling.Same(own.Template.ApprovalType, from.Template.ApprovalType) {
			return
		}
		if opens := opened(own.Template, from.Template); opens != nil {
			s.report(own.Address, schema.AttrStep, "On %s, whoever wants to go around %s raises %s, which is in force "+
				"there too, from %s, for the same approval type: %s can pass that and not this. "+
				"Make the one above as strict, or take this one out.",
				own.Scope, own.Address, from.Address, from.Scope, s.together(opens))
		}
	})
}

// opened is a smallest set of people who can pass one template and not the other; nil where there is none.
func opened(strict, other schema.Template) []int64 {
	return policy.Compare(policy.Of(strict), policy.Of(other)).Opens
}

// together names people who pass something as a group.
func (s *Subject) together(ids []int64) string {
	if len(ids) == 1 {
		return s.people.And(ids) + " alone"
	}
	return s.people.And(ids) + " together"
}

func backDoor(s *search) {
	paths, byType := s.paths(), map[string][]*plans.Found{}
	for i := range s.Plan.Unmanaged {
		if f := &s.Plan.Unmanaged[i]; f.Unreadable == "" {
			byType[f.Live.ApprovalType] = append(byType[f.Live.ApprovalType], f)
		}
	}
	for _, d := range s.Templates {
		kind, path := s.Plan.Catalogue.Find(d.Template.ApprovalType), paths[d.Scope]
		if len(kind) != 1 {
			continue
		}
		check := func(live schema.Template, id int64, where string) {
			if opens := opened(d.Template, live); opens != nil {
				s.report(d.Address, schema.AttrStep, "%q (tid %d) on %s was made by hand, is for the same approval "+
					"type, and lets pass what %s does not: %s can pass it. Remove it on the drive, or declare it.",
					live.Title, id, where, d.Address, s.together(opens))
			}
		}
		checked := map[int64]bool{}
		for _, f := range byType[kind[0].ID] {
			if at := paths[f.Place.Address]; f.Place.Address == d.Scope || above(at, path) || above(path, at) {
				checked[f.ID] = true
				check(f.Live, f.ID, f.Place.Address.String())
			}
		}
		for _, l := range s.Inherited[d.Scope] {
			if l.Unreadable == "" && !checked[l.ID] && l.Template.ApprovalType == kind[0].ID {
				check(l.Template, l.ID, fmt.Sprintf("a folder above (id %d)", l.ScopeID))
			}
		}
	}
}

func driftWeakens(s *search) {
	for _, d := range s.Plan.Drift {
		if d.Recorded == nil || d.Live == nil {
			continue
		}
		if opens := opened(*d.Recorded, *d.Live); opens != nil {
			s.report(d.Address, schema.AttrStep, "Since %s was applied, somebody edited it (tid %d) on the drive: "+
				"now %s can pass it, which could not before.", d.Address, d.ID, s.together(opens))
		}
	}
}

func neverPasses(s *search) {
	check := func(t schema.Template, address addr.Address, attribute, called string) {
		if !policy.Of(t).Possible() {
			s.report(address, attribute, "%s asks for more people than it has, so it can never pass. "+
				"Ask for fewer, or add approvers.", called)
		}
	}
	for _, c := range s.Plan.Changes {
		if c.After != nil {
			check(*c.After, c.Address, schema.AttrStep, c.Address.String())
		}
	}
	for _, f := range s.Plan.Unmanaged {
		if f.Unreadable == "" {
			check(f.Live, f.Place.Address, "", fmt.Sprintf("%q (tid %d), made by hand,", f.Live.Title, f.ID))
		}
	}
}
