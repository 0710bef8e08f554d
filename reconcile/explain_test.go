package reconcile

import (
	"fmt"
	"slices"
	"testing"

	"countersign/reconcile/plans"
	"countersign/schema"
	"countersign/schema/addr"
	"countersign/state"
)

// A folder three levels down: what is in force there is its own first, then from the nearest folder on.
func TestExplain(t *testing.T) {
	li := schema.Person{ID: 5, Username: "li", Realname: "李四"}
	live := func(id, scope int64, title string) schema.Live {
		return schema.Live{ID: id, ScopeID: scope, Editor: 5, Edited: 9,
			Template: schema.Template{Title: title, Steps: []schema.Step{{Approvers: []schema.Person{{ID: 5}}}}}}
	}
	listing := schema.Listing{People: map[int64]schema.Person{5: li},
		Templates: []schema.Live{live(1, 10, "top"), live(9, 30, "own"), live(4, 77, "unknown"), live(2, 20, "middle"),
			live(3, 30, "own too")}}
	around := Surroundings{
		Declared: true,
		Paths:    map[int64]string{10: "a", 20: "a/b", 30: "a/b/c"}, Above: []int64{10, 20},
		Declaration: schema.Declaration{
			Scopes: []schema.Scope{{Address: addr.Of("folder.c"), Kind: schema.ScopeFolder, Path: "/a/b/c"},
				{Address: addr.Of("folder.other"), ID: 99}, {Address: addr.Of("folder.top"), Kind: schema.ScopeFolder,
					ID: 10}},
			Templates: []schema.Declared{
				{Address: addr.Of("template.gone"), Scope: addr.Of("folder.c"),
					Template: schema.Template{Title: "gone"}},
				{Address: addr.Of("template.new"), Scope: addr.Of("folder.top"),
					Template: schema.Template{Title: "new"}},
				{Address: addr.Of("template.other"), Scope: addr.Of("folder.other")},
				{Address: addr.Of("template.own"), Scope: addr.Of("folder.c")},
			},
		},
		Bindings: []state.Binding{{Address: addr.Of("template.gone"), ID: 8},
			{Address: addr.Of("template.own"), ID: 9}},
	}
	e := Explain(plans.Place{ID: 30}, listing, around)
	place := plans.Place{Address: addr.Of("folder.c"), Kind: schema.ScopeFolder, ID: 30, Path: "a/b/c"}
	if e.Place != place {
		t.Errorf("place %+v, want %+v", e.Place, place)
	}
	var got []string
	for _, x := range e.Templates {
		got = append(got, fmt.Sprintf("%d %s %s %s %v", x.ID, x.Address, x.Place.Path, x.Place.Address, x.Inherited))
		if x.Edited == nil || x.Edited.By != li || x.Template.Steps[0].Approvers[0] != li {
			t.Errorf("tid %d: edited by %v, approvers %v", x.ID, x.Edited, x.Template.Steps)
		}
	}
	want := []string{"3  a/b/c folder.c false", "9 template.own a/b/c folder.c false", "2  a/b  true",
		"1  a folder.top true", "4    true"}
	if !slices.Equal(got, want) {
		t.Errorf("in force:\n%q, want\n%q", got, want)
	}
	wait := []Awaited{
		{Address: addr.Of("template.gone"), Title: "gone", Place: e.Place},
		{Address: addr.Of("template.new"), Title: "new", Place: plans.Place{Address: addr.Of("folder.top"),
			Kind: schema.ScopeFolder, ID: 10, Path: "a"}, Inherited: true},
	}
	if !slices.Equal(e.Awaited, wait) {
		t.Errorf("awaited %+v, want %+v", e.Awaited, wait)
	}
	if one := e.Only(addr.Of("template.gone")); len(one.Templates) != 0 || len(one.Awaited) != 1 ||
		len(e.Templates) != 5 {
		t.Errorf("only one: %+v", one)
	}
}

// By id alone, without a configuration, a drive's list still says what is inherited.
func TestExplainWithoutSurroundings(t *testing.T) {
	e := Explain(plans.Place{ID: 7}, schema.Listing{Templates: []schema.Live{{ID: 1, ScopeID: 3}}}, Surroundings{})
	if e.Awaited != nil {
		t.Errorf("without a configuration nobody knows what is awaited: %v", e.Awaited)
	}
	if len(e.Templates) != 1 || !e.Templates[0].Inherited ||
		e.Templates[0].Place != (plans.Place{Kind: schema.ScopeFolder, ID: 3}) || e.Place != (plans.Place{ID: 7}) {
		t.Errorf("%+v", e)
	}
}

func TestRaisable(t *testing.T) {
	for _, c := range []struct {
		applies schema.AppliesTo
		on      schema.ScopeKind
		want    bool
	}{
		{schema.AppliesToAny, schema.ScopeFile, true},
		{schema.AppliesToFolders, schema.ScopeFile, false},
		{schema.AppliesToFolders, schema.ScopeFolder, true},
		{schema.AppliesToFiles, schema.ScopeFolder, false},
		{schema.AppliesToFiles, schema.ScopeFile, true},
		{schema.AppliesToFiles, "", true},
	} {
		if got := (InForce{Template: schema.Template{AppliesTo: c.applies}}).Raisable(c.on); got != c.want {
			t.Errorf("for %s on a %q: %v", c.applies, c.on, got)
		}
	}
}
