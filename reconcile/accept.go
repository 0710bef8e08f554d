package reconcile

import (
	"fmt"
	"slices"
	"strings"

	"countersign/schema"
	"countersign/state"
)

// Acceptance is what the configuration has to declare so that what was edited by hand on the drive stays.
type Acceptance struct {
	Rewrites []schema.Rewrite // by address
	Said     []string         // addresses that were edited where the configuration says the same, says nothing, or ignores it
}

// Accept finds out what the configuration has to declare so that the edits by hand of the templates within the targets stay;
// without targets, of all. A target that has not drifted is an error. It is a pure function.
func Accept(decl schema.Declaration, st state.State, w *World, targets []string) (Acceptance, schema.Diagnostics) {
	var out Acceptance
	drifted, diags := FindDrift(decl, st, w, targets)
	if diags.HasErrors() {
		return out, diags
	}
	wants, _, _, more := resolve(decl, w)
	if more.HasErrors() {
		return out, more
	}
	declared := make(map[string]*wanted, len(wants))
	for i := range wants {
		declared[wants[i].Address] = &wants[i]
	}
	scopes := map[int64]string{}
	for _, s := range decl.Scopes {
		id := s.ID
		if id == 0 {
			id = w.ScopeIDs[s.Address]
		}
		scopes[id] = s.Address
	}
	diags = append(undrifted(drifted, st, targets), orphans(drifted, declared)...)
	for i := range drifted.Drift {
		d := &drifted.Drift[i]
		want := declared[d.Address]
		if want == nil {
			continue
		}
		r, wrong := accept(d, want, scopes, w.Catalogue)
		switch {
		case wrong != nil:
			diags = append(diags, *wrong)
		case r.Gone || len(r.Attributes) > 0:
			out.Rewrites = append(out.Rewrites, r)
		default:
			out.Said = append(out.Said, d.Address)
		}
	}
	if diags.HasErrors() {
		return Acceptance{}, diags
	}
	return out, diags
}

// accept is what one template has to declare: what was edited by hand, and no more.
func accept(d *Drift, want *wanted, scopes map[int64]string, types schema.Catalogue) (schema.Rewrite, *schema.Diagnostic) {
	r := schema.Rewrite{Address: d.Address}
	if d.Live == nil {
		r.Gone = true
		return r, nil
	}
	live, recorded, declared := *d.Live, *d.Recorded, want.want
	for _, a := range attributes {
		follows := a.name == schema.AttrAppliesTo && want.Template.AppliesTo == "" // the type
		if !follows && !a.same(&recorded, &live) && !a.same(&declared, &live) && !slices.Contains(want.IgnoreChanges, a.name) {
			r.Attributes = append(r.Attributes, a.name)
		}
	}
	if d.Place.ID != want.place.ID {
		if r.Scope = scopes[d.Place.ID]; r.Scope == "" {
			wrong := schema.Problem(schema.Error, d.Address, "scope", "Cannot take in "+d.Address,
				fmt.Sprintf("It was moved by hand to %d, and no folder or file block has that id. Declare it, then accept again.", d.Place.ID))
			return r, &wrong
		}
		r.Attributes = append(r.Attributes, "scope")
	}
	r.Template = live
	r.Template.ApprovalType = want.Template.ApprovalType
	if declared.ApprovalType != live.ApprovalType {
		if r.Template.ApprovalType = types.Word(live.ApprovalType); want.Template.ApprovalType == declared.ApprovalType {
			r.Template.ApprovalType = live.ApprovalType // it was written as an id, and is so from now on
		}
	}
	if slices.Contains(r.Attributes, schema.AttrStep) {
		r.Steps = make([]int, len(live.Steps))
		for _, s := range AlignSteps(declared.Steps, live.Steps) {
			if s.To >= 0 {
				r.Steps[s.To] = s.From
			}
		}
	}
	return r, nil
}

// undrifted tells every target that nothing was edited of.
func undrifted(p *Plan, st state.State, addresses []string) schema.Diagnostics {
	var diags schema.Diagnostics
	for _, a := range addresses {
		a = strings.TrimSpace(a)
		one := newTargets([]string{a})
		if slices.ContainsFunc(p.Drift, func(d Drift) bool { return one.has(d.Address, d.Place.Address) }) {
			continue
		}
		detail := fmt.Sprintf("%s is on the drive as it was last applied or refreshed, so there is nothing to take in. What a plan shows of it comes from the configuration, and apply carries it out.", a)
		if !slices.ContainsFunc(st.Bindings, func(b state.Binding) bool { return b.ID != 0 && one.has(b.Address, b.Scope) }) {
			detail = fmt.Sprintf("%s stands for nothing on the drive yet, so nothing of it can have been edited there. Apply or import it first.", a)
		}
		diags = append(diags, schema.Problem(schema.Error, a, "", "Nothing was edited by hand", detail))
	}
	return diags
}

// orphans tells drift of what no block declares any more.
func orphans(p *Plan, declared map[string]*wanted) schema.Diagnostics {
	var diags schema.Diagnostics
	for _, d := range p.Drift {
		if declared[d.Address] == nil {
			diags = append(diags, schema.Problem(schema.Error, d.Address, "", "No block declares "+d.Address,
				fmt.Sprintf("It was edited by hand (tid %d), and the configuration does not declare it any more: there is no block to take the edit into. Declare it again, or let apply remove it.", d.ID)))
		}
	}
	return diags
}
