package run

import (
	"cmp"
	"slices"

	"countersign/command/fault"
	"countersign/lint"
	"countersign/reconcile/plans"
	"countersign/schema"
	"countersign/schema/addr"
	"countersign/schema/config"
)

// Lint adds what lints find to what was found already: at its place, with the severity that a lint block sets,
// without what comments silence. What no lint found stays as it is. Without notices, lints whose findings are notices
// do not run, unless a comment is about one of them.
func Lint(source *config.Source, s *lint.Subject, found schema.Diagnostics, notices bool) schema.Diagnostics {
	set, wrong := lint.Settings(source.Lints())
	ignores := source.Ignores()
	needed := func(l lint.Lint) bool {
		return notices || cmp.Or(set[l.Code], string(l.Severity)) != string(schema.Notice) ||
			slices.ContainsFunc(ignores, func(g schema.Ignore) bool { return g.Code == l.Code })
	}
	placed := source.Place(slices.Concat(found, wrong, lint.Find(s, needed)))
	return lint.Settle(placed, set, ignores, s.Plan != nil)
}

// Lint makes what lints find, and what was found already, the warnings of a plan. What a lint block has made an error
// ends the run. Notices are left to validate.
func (s *Reached) Lint(plan *plans.Plan, found schema.Diagnostics) error {
	subject := &lint.Subject{Declaration: s.Config.Declaration, Plan: plan, Inherited: s.inherited(plan)}
	found = Lint(s.Source, subject, found, false)
	plan.Warnings = slices.DeleteFunc(found, func(d schema.Diagnostic) bool { return d.Severity == schema.Notice })
	if plan.Warnings.HasErrors() {
		return fault.Diagnostics(plan.Warnings)
	}
	return nil
}

// inherited are the live templates that are in force on each declared scope from a folder above, without those that an
// address stands for.
func (s *Reached) inherited(plan *plans.Plan) map[addr.Address][]schema.Live {
	known := map[int64]bool{}
	for _, b := range s.Settled.State.Bindings {
		known[b.ID] = true
	}
	for _, c := range plan.Changes { // those that are imported are known from now on
		known[c.ID] = true
	}
	out := map[addr.Address][]schema.Live{}
	for _, scope := range s.Config.Declaration.Scopes {
		id := cmp.Or(scope.ID, s.World.ScopeIDs[scope.Address])
		for _, l := range s.World.Listings[id].Templates {
			if l.ScopeID != id && !known[l.ID] {
				out[scope.Address] = append(out[scope.Address], l)
			}
		}
	}
	return out
}
