package reconcile

import (
	"slices"
	"testing"

	"countersign/schema"
)

func TestNarrow(t *testing.T) {
	li, wang := schema.Person{ID: 5}, schema.Person{ID: 6}
	d := schema.Declaration{
		Scopes:    []schema.Scope{{Address: "folder.a"}, {Address: "folder.b"}, {Address: "folder.bare"}},
		Approvers: []schema.Approver{{Address: "approver.li", Person: li}, {Address: "approver.wang", Person: wang}},
		Templates: []schema.Declared{
			{Address: `template.x["1"]`, Scope: "folder.a", Template: schema.Template{Steps: []schema.Step{{Approvers: []schema.Person{li}}}}},
			{Address: `template.x["2"]`, Scope: "folder.b", Template: schema.Template{CC: []schema.Person{wang}}},
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
			left = append(left, s.Address)
		}
		for _, a := range got.Approvers {
			left = append(left, a.Address)
		}
		for _, x := range got.Templates {
			left = append(left, x.Address)
		}
		if !slices.Equal(left, c.left) || len(diags) > 0 {
			t.Errorf("%v: %v, want %v (%v)", c.targets, left, c.left, diags)
		}
	}
	if _, diags := Narrow(d, []string{"template.y"}); !diags.HasErrors() {
		t.Errorf("a target that stands for nothing is no error")
	}
}
