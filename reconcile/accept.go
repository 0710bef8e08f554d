package reconcile

import (
	"fmt"
	"slices"
	"strings"

	"countersign/reconcile/plans"
	"countersign/reconcile/world"
	"countersign/schema"
	"countersign/schema/addr"
	"countersign/state"
)

// Acceptance is what the configuration has to declare so that what was edited by hand on the drive stays.
type Acceptance struct {
	Rewrites []schema.Rewrite // by address
	People   map[int64]schema.Person
	Edits    []plans.Drift  // of the rewrites, in their order
	Said     []addr.Address // those where the configuration says the same as the edit, does not set it, or ignores it
}

// Accept finds out what the configuration has to declare so that the edits by hand of the templates within the targets
// stay; without targets, of all. A target that has not drifted is an error. What can be declared is returned beside the
// errors about what cannot. It is a pure function.
func Accept(decl schema.Declaration, st state.State, w *world.World, targets []string) (Acceptance,
	schema.Diagnostics) {
	var out Acceptance
	drifted, diags := FindDrift(decl, st, w, targets)
	if diags.HasErrors() {
		return out, diags
	}
	wants, places, _, more := resolve(decl, w)
	if more.HasErrors() {
		return out, more
	}
	a := accepting{bound: st.Index().Bindings, scopes: make(map[int64]addr.Address, len(places)), types: w.Catalogue}
	declared := make(map[addr.Address]*wanted, len(wants))
	for i := range wants {
		declared[wants[i].Address] = &wants[i]
	}
	for address, p := range places {
		a.scopes[p.ID] = address
	}
	out.People = drifted.People
	diags = append(diags, undrifted(drifted, st, targets)...)
	for i := range drifted.Drift {
		d := &drifted.Drift[i]
		want := declared[d.Address]
		switch {
		case want == nil && d.Live == nil: // deleted by hand, and its block is gone already
			out.Said = append(out.Said, d.Address)
			continue
		case want == nil:
			diags = append(diags, orphan(d, len(targets) == 0))
			continue
		}
		r, wrong := a.accept(d, want)
		switch {
		case wrong.HasErrors():
			diags = append(diags, wrong...)
		case r.Gone || len(r.Attributes) > 0:
			out.Rewrites, out.Edits = append(out.Rewrites, r), append(out.Edits, *d)
		default:
			out.Said = append(out.Said, d.Address)
		}
	}
	return out, diags
}

// accepting is what one Accept looks things up in.
type accepting struct {
	bound  map[addr.Address]*state.Binding
	scopes map[int64]addr.Address // by id
	types  schema.Catalogue
}

// accept is what one template has to declare: what was edited by hand, and no more. What the code has changed since the
// last apply stays to be applied. Where both have changed the same attribute, a person must decide: that is an error.
func (a *accepting) accept(d *plans.Drift, want *wanted) (schema.Rewrite, schema.Diagnostics) {
	r := schema.Rewrite{Address: d.Address, Gone: d.Live == nil}
	if r.Gone {
		return r, nil
	}
	b := a.bound[d.Address]
	live, recorded, declared := *d.Live, *d.Recorded, want.want
	managed := union(b.Sets, want.Sets)
	var wrong schema.Diagnostics
	both := func(attribute string) {
		wrong = append(wrong, schema.Problem(schema.Error, d.Address, attribute, "Cannot take in "+d.Address.String(),
			"Its %s was edited by hand, and the configuration says something else than what was last applied, too. "+
				"Taking the edit in would undo that: write here what both together shall be, "+
				"or apply the configuration, which undoes the edit.", attribute))
	}
	for _, x := range schema.Attributes {
		switch {
		case x.Same(&recorded, &live), x.Same(&declared, &live), slices.Contains(want.IgnoreChanges, x.Name):
		case x.Derived && x.Text(&want.Template) == "": // it follows the type
		case !x.Managed(managed):
		case !x.Same(&recorded, &declared):
			both(x.Name)
		default:
			r.Attributes = append(r.Attributes, x.Name)
		}
	}
	switch now := d.Place.ID; {
	case now == b.ScopeID || now == want.place.ID: // it was not moved by hand, or to where the code wants it
	case want.place.ID != b.ScopeID:
		both("scope")
	case a.scopes[now].IsZero():
		wrong = append(wrong, schema.Problem(schema.Error, d.Address, "scope", "Cannot take in "+d.Address.String(),
			"It was moved by hand to %d, and no folder or file block has that id. Declare it, then accept again.", now))
	default:
		r.Scope = a.scopes[now]
		r.Attributes = append(r.Attributes, "scope")
	}
	r.Template = live
	r.Template.ApprovalType = want.Template.ApprovalType
	if declared.ApprovalType != live.ApprovalType {
		r.Template.ApprovalType = a.types.Word(live.ApprovalType)
		if want.Template.ApprovalType == declared.ApprovalType {
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
	return r, wrong
}

// undrifted refuses every target of which nothing was edited by hand.
func undrifted(p *plans.Plan, st state.State, addresses []string) schema.Diagnostics {
	var diags schema.Diagnostics
	for _, a := range addresses {
		a = strings.TrimSpace(a)
		one := newTargets([]string{a})
		if slices.ContainsFunc(p.Drift, func(d plans.Drift) bool { return one.has(d.Address, d.Place.Address) }) {
			continue
		}
		detail := fmt.Sprintf("%s is on the drive as it was last applied or refreshed, so there is nothing to take "+
			"in. What a plan shows of it comes from the configuration, and apply carries it out.", a)
		if !slices.ContainsFunc(st.Bindings, func(b state.Binding) bool {
			return b.ID != 0 && one.has(b.Address, b.Scope)
		}) {
			detail = fmt.Sprintf("%s stands for nothing on the drive yet, so nothing of it can have been edited "+
				"there. Apply or import it first.", a)
		}
		diags = append(diags, schema.Problem(schema.Error, addr.Of(a), "", "Nothing was edited by hand", "%s", detail))
	}
	return diags
}

// orphan reports drift of a template that no block declares any more: an error for whoever asked for that template, a
// warning among all.
func orphan(d *plans.Drift, all bool) schema.Diagnostic {
	severity := schema.Error
	if all {
		severity = schema.Warning
	}
	return schema.Problem(severity, d.Address, "", "No block declares "+d.Address.String(),
		"It was edited by hand (tid %d), and the configuration does not declare it any more: "+
			"there is no block to take the edit into. Declare it again, or let apply remove it.", d.ID)
}
