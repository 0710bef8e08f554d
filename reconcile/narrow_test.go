package reconcile

import (
	"slices"
	"testing"

	"countersign/schema"
	"countersign/schema/addr"
)

func TestNarrow(t *testing.T) {
	li, wang := schema.Person{ID: 5}, schema.Person{ID: 6}
	d := schema.Declaration{
		Scopes: []schema.Scope{{Address: addr.Of("folder.a")}, {Address: addr.Of("folder.b")},
			{Address: addr.Of("folder.bare")}},
		Approvers: []schema.Approver{{Address: addr.Of("approver.li"), Person: li},
			{Address: addr.Of("approver.wang"), Person: wang}},
		Templates: []schema.Declared{
			{Address: addr.Of(`template.x["1"]`), Scope: addr.Of("folder.a"),
				Template: schema.Template{Steps: []schema.Step{{Approvers: []schema.Person{li}}}}},
			{Address: addr.Of(`template.x["2"]`), Scope: addr.Of("folder.b"),
				Template: schema.Template{CC: []schema.Person{wang}}},
		},
	}
	for _, c := range []struct {
		targets, left []string
	}{
		{nil, []string{"folder.a", "folder.b", "folder.bare", "approver.li", "approver.wang", `template.x["1"]`,
			`template.x["2"]`}},
		{[]string{"template.x"}, []string{"folder.a", "folder.b", "approver.li", "approver.wang", `template.x["1"]`,
			`template.x["2"]`}},
		{[]string{`template.x["1"]`}, []string{"folder.a", "approver.li", `template.x["1"]`}},
		{[]string{"folder.b"}, []string{"folder.b", "approver.wang", `template.x["2"]`}},
		{[]string{"folder.bare"}, []string{"folder.bare"}},
	} {
		got, diags := Narrow(d, c.targets)
		var left []string
		for _, s := range got.Scopes {
			left = append(left, s.Address.String())
		}
		for _, a := range got.Approvers {
			left = append(left, a.Address.String())
		}
		for _, x := range got.Templates {
			left = append(left, x.Address.String())
		}
		if !slices.Equal(left, c.left) || len(diags) > 0 {
			t.Errorf("%v: %v, want %v (%v)", c.targets, left, c.left, diags)
		}
	}
	if _, diags := Narrow(d, []string{"template.y"}); !diags.HasErrors() {
		t.Errorf("a target that stands for nothing is no error")
	}
}
