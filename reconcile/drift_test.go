package reconcile

import (
	"slices"
	"strings"
	"testing"

	"countersign/reconcile/plans"
	"countersign/reconcile/world"
	"countersign/schema"
	"countersign/schema/addr"
	"countersign/state"
)

// What was edited and what is gone is drift; one that cannot be read is an error, because silence would mean "none".
func TestFindDrift(t *testing.T) {
	recorded := schema.Template{Title: "a"}.Normalise()
	st := state.State{Bindings: []state.Binding{
		{Address: addr.Of("template.edited"), ID: 1, ScopeID: 7, Scope: addr.Of("folder.x"), Recorded: recorded},
		{Address: addr.Of("template.gone"), ID: 2, ScopeID: 7, Scope: addr.Of("folder.x"), Recorded: recorded},
		{Address: addr.Of("template.same"), ID: 3, ScopeID: 7, Scope: addr.Of("folder.x"), Recorded: recorded},
		{Address: addr.Of("template.unread"), ID: 4, ScopeID: 7, Scope: addr.Of("folder.y"), Recorded: recorded},
	}}
	other := recorded
	other.Title = "b"
	w := &world.World{Listings: map[int64]schema.Listing{7: {Templates: []schema.Live{
		{ID: 1, ScopeID: 7, Template: other, Editor: 5, Edited: 99}, {ID: 3, ScopeID: 7, Template: recorded},
		{ID: 4, ScopeID: 7, Template: recorded, Unreadable: "a new rule"},
	}}}}
	if plan, diags := FindDrift(schema.Declaration{}, st, w, nil); plan != nil || !diags.HasErrors() ||
		!strings.Contains(diags[len(diags)-1].Detail, "a new rule") {
		t.Errorf("with one that cannot be read: %v, %v", plan, diags)
	}
	plan, diags := FindDrift(schema.Declaration{}, st, w, []string{"template.edited", "template.gone", "template.same"})
	if diags.HasErrors() || len(plan.Drift) != 2 || len(plan.Changes) != 3 {
		t.Fatalf("%+v, %v", plan, diags)
	}
	if d := plan.Drift[0]; d.Address.String() != "template.edited" || d.Recorded.Title != "a" || d.Live.Title != "b" ||
		d.Edited.By.ID != 5 || d.Edited.At != 99 {
		t.Errorf("%+v", d)
	}
	if d := plan.Drift[1]; d.Address.String() != "template.gone" || d.Live != nil {
		t.Errorf("%+v", d)
	}
}

// Of each attribute that was edited by hand, the plan says whether it is undone, and if not, why.
func TestStays(t *testing.T) {
	recorded := schema.Template{Title: "a", ApprovalType: "1", AppliesTo: schema.AppliesToAny, Description: "old",
		Steps: []schema.Step{{Name: "one", Rule: schema.RuleAll,
			Approvers: []schema.Person{{ID: 5, Username: "li", Realname: "李四"}}}}}.Normalise()
	live := recorded
	live.Title, live.Description, live.CC = "b", "new", []schema.Person{{ID: 6, Username: "wang", Realname: "王五"}}
	live.Steps = []schema.Step{{Name: "two", Rule: schema.RuleAll,
		Approvers: []schema.Person{{ID: 5, Username: "li", Realname: "李四"}}}}
	declared := schema.Declared{Address: addr.Of("template.x"), Scope: addr.Of("folder.x"), Template: recorded,
		IgnoreChanges: []string{schema.AttrTitle}, Sets: []string{schema.AttrApproverAccess}}
	declared.Template.Steps = live.Steps
	w := &world.World{Catalogue: schema.Catalogue{{ID: "1", Name: "none", AppliesTo: schema.AppliesToAny}},
		Listings: map[int64]schema.Listing{
			7: {Templates: []schema.Live{{ID: 1, ScopeID: 7, Template: live}}}}}
	stays := []plans.Stay{{Attribute: schema.AttrTitle, Why: plans.Ignored},
		{Attribute: schema.AttrDescription, Why: plans.Unset},
		{Attribute: schema.AttrStep, Why: plans.Agreed},
		{Attribute: schema.AttrCC, Why: plans.Unset}}
	for _, c := range []struct {
		name   string
		change func(*schema.Declared)
		undone bool
		stays  []plans.Stay
	}{
		{"all", func(*schema.Declared) {}, false, stays},
		{"but the cc", func(d *schema.Declared) { d.Sets = []string{schema.AttrApproverAccess, schema.AttrCC} }, true,
			stays[:3]},
		{"while something else changes", func(d *schema.Declared) { d.Template.ApproverAccess = schema.AccessPreview },
			false, stays},
	} {
		d := declared
		c.change(&d)
		st := state.State{Bindings: []state.Binding{{Address: addr.Of("template.x"), ID: 1, Scope: addr.Of("folder.x"),
			ScopeID: 7, Recorded: recorded}}}
		plan, diags := Diff(schema.Declaration{Scopes: []schema.Scope{{Address: addr.Of("folder.x"),
			Kind: schema.ScopeFolder, ID: 7}}, Templates: []schema.Declared{d}}, st, w, Options{})
		if diags.HasErrors() || len(plan.Drift) != 1 {
			t.Fatalf("%s: %+v, %v", c.name, plan, diags)
		}
		if got := plan.Drift[0]; got.Undone != c.undone || !slices.Equal(got.Stays, c.stays) {
			t.Errorf("%s: undone %v, stays %v", c.name, got.Undone, got.Stays)
		}
	}
	gone := &world.World{Catalogue: w.Catalogue, Listings: map[int64]schema.Listing{7: {}}}
	st := state.State{Bindings: []state.Binding{{Address: addr.Of("template.x"), ID: 1, Scope: addr.Of("folder.x"),
		ScopeID: 7, Recorded: recorded}}}
	plan, _ := Diff(schema.Declaration{Scopes: []schema.Scope{{Address: addr.Of("folder.x"), Kind: schema.ScopeFolder,
		ID: 7}}, Templates: []schema.Declared{declared}}, st, gone, Options{})
	if got := plan.Drift[0]; !got.Undone || len(got.Stays) > 0 {
		t.Errorf("gone: %+v", got)
	}
}
