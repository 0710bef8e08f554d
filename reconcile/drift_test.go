package reconcile

import (
	"strings"
	"testing"

	"countersign/schema"
	"countersign/state"
)

// What was edited and what is gone is drift; one that cannot be read is an error, because silence would mean "none".
func TestFindDrift(t *testing.T) {
	recorded := schema.Template{Title: "a"}.Normalise()
	st := state.State{Bindings: []state.Binding{
		{Address: "template.edited", ID: 1, ScopeID: 7, Scope: "folder.x", Recorded: recorded},
		{Address: "template.gone", ID: 2, ScopeID: 7, Scope: "folder.x", Recorded: recorded},
		{Address: "template.same", ID: 3, ScopeID: 7, Scope: "folder.x", Recorded: recorded},
		{Address: "template.unread", ID: 4, ScopeID: 7, Scope: "folder.y", Recorded: recorded},
	}}
	other := recorded
	other.Title = "b"
	w := &World{Listings: map[int64]schema.Listing{7: {Templates: []schema.Live{
		{ID: 1, ScopeID: 7, Template: other, Editor: 5, Edited: 99}, {ID: 3, ScopeID: 7, Template: recorded},
		{ID: 4, ScopeID: 7, Template: recorded, Unreadable: "a new rule"},
	}}}}
	if plan, diags := FindDrift(schema.Declaration{}, st, w, nil); plan != nil || !diags.HasErrors() || !strings.Contains(diags[len(diags)-1].Detail, "a new rule") {
		t.Errorf("with one that cannot be read: %v, %v", plan, diags)
	}
	plan, diags := FindDrift(schema.Declaration{}, st, w, []string{"template.edited", "template.gone", "template.same"})
	if diags.HasErrors() || len(plan.Drift) != 2 || len(plan.Changes) != 3 {
		t.Fatalf("%+v, %v", plan, diags)
	}
	if d := plan.Drift[0]; d.Address != "template.edited" || d.Recorded.Title != "a" || d.Live.Title != "b" || d.Edited.By.ID != 5 || d.Edited.At != 99 {
		t.Errorf("%+v", d)
	}
	if d := plan.Drift[1]; d.Address != "template.gone" || d.Live != nil {
		t.Errorf("%+v", d)
	}
}
