package lint

import (
	"fmt"
	"slices"
	"strings"

	"countersign/policy"
	"countersign/reconcile/plans"
	"countersign/schema"
	"countersign/schema/addr"
	"countersign/schema/spelling"
)

// These are about what is in force on one folder: its own templates and those of the folders above it.

// rank is how much an access gives; what is not written gives nothing.
func rank(a schema.Access) int { return max(0, slices.Index(schema.Accesses, a)) }

func approversOf(t schema.Template) []int64 { return policy.Of(t).People() }

// paths are the paths of scopes by address, as far as they are known, without blanks around names.
func (s *Subject) paths() map[addr.Address]string {
	paths := map[addr.Address]string{}
	for _, scope := range s.Scopes {
		if scope.Path != "" {
			paths[scope.Address] = scope.Path
		}
	}
	if s.Plan != nil {
		for _, c := range s.Plan.Changes {
			if c.Place.Path != "" {
				paths[c.Place.Address] = c.Place.Path
			}
		}
		for _, f := range s.Plan.Unmanaged {
			if f.Place.Path != "" {
				paths[f.Place.Address] = f.Place.Path
			}
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

// above reports whether a folder is above another, or a file.
func above(folder, below string) bool {
	return folder != "" && below != "" && strings.HasPrefix(below, folder+"/")
}

// inherited calls f for each template and each other one that is in force there because it is on a folder above.
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

func titleTwice(s *Subject) (out schema.Diagnostics) {
	s.inherited(func(own, from schema.Declared) {
		if spelling.Look(own.Template.Title) == spelling.Look(from.Template.Title) {
			out = append(out, about(own.Address, schema.AttrTitle,
				"On %s, %s and %s, which it has from %s, are both in force with the title %q, "+
					"and people cannot tell them apart. Give one of the two another title.",
				own.Scope, own.Address, from.Address, from.Scope, own.Template.Title))
		}
	})
	return out
}

func shadowed(s *Subject) (out schema.Diagnostics) {
	s.inherited(func(own, from schema.Declared) {
		if !spelling.Same(own.Template.ApprovalType, from.Template.ApprovalType) {
			return
		}
		if v := policy.Compare(policy.Of(own.Template), policy.Of(from.Template)); v.Opens != nil {
			out = append(out, about(own.Address, schema.AttrStep,
				"On %s, whoever wants to go around %s raises %s, which is in force there too, "+
					"from %s, for the same approval type: %s can pass that and not this. "+
					"Make the one above as strict, or take this one out.",
				own.Scope, own.Address, from.Address, from.Scope, together(s, v.Opens)))
		}
	})
	return out
}

// together are people who suffice with one another.
func together(s *Subject, ids []int64) string {
	if len(ids) == 1 {
		return s.name(ids[0]) + " alone"
	}
	return s.names(ids, "and") + " together"
}

func backDoor(s *Subject) (out schema.Diagnostics) {
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
		told := map[int64]bool{}
		for _, f := range byType[kind[0].ID] {
			if at := paths[f.Place.Address]; f.Place.Address == d.Scope || above(at, path) || above(path, at) {
				told[f.ID] = true
				out = append(out, besides(s, d, f.Live, f.ID, f.Place.Address.String())...)
			}
		}
		for _, l := range s.Inherited[d.Scope] {
			if l.Unreadable == "" && !told[l.ID] && l.Template.ApprovalType == kind[0].ID {
				out = append(out, besides(s, d, l.Template, l.ID, fmt.Sprintf("a folder above (id %d)", l.ScopeID))...)
			}
		}
	}
	return out
}

// besides is a live template beside a declared one, if it lets pass what that does not.
func besides(s *Subject, d schema.Declared, live schema.Template, id int64, where string) schema.Diagnostics {
	v := policy.Compare(policy.Of(d.Template), policy.Of(live))
	if v.Opens == nil {
		return nil
	}
	return schema.Diagnostics{about(d.Address, schema.AttrStep,
		"%q (tid %d) on %s was made by hand, is for the same approval type, and lets pass what %s does not: "+
			"%s can pass it. Remove it on the drive, or declare it.",
		live.Title, id, where, d.Address, together(s, v.Opens))}
}

func driftWeakens(s *Subject) (out schema.Diagnostics) {
	for _, d := range s.Plan.Drift {
		if d.Recorded == nil || d.Live == nil {
			continue
		}
		if v := policy.Compare(policy.Of(*d.Recorded), policy.Of(*d.Live)); v.Opens != nil {
			out = append(out, about(d.Address, schema.AttrStep,
				"Since %s was applied, somebody edited it (tid %d) on the drive: "+
					"now %s can pass it, which could not before.", d.Address, d.ID, together(s, v.Opens)))
		}
	}
	return out
}

func neverPasses(s *Subject) (out schema.Diagnostics) {
	const what = "%s asks for more people than it has, so it can never pass. Ask for fewer, or add approvers."
	for _, c := range s.Plan.Changes {
		if c.After != nil && !policy.Of(*c.After).Possible() {
			out = append(out, about(c.Address, schema.AttrStep, what, c.Address))
		}
	}
	for _, f := range s.Plan.Unmanaged {
		if f.Unreadable == "" && !policy.Of(f.Live).Possible() {
			out = append(out, about(f.Place.Address, "", what,
				fmt.Sprintf("%q (tid %d), made by hand,", f.Live.Title, f.ID)))
		}
	}
	return out
}
