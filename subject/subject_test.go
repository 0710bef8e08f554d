package subject

import (
	"os"
	"strings"
	"testing"

	"github.com/zclconf/go-cty/cty"

	"countersign/reconcile/plans"
	"countersign/schema"
	"countersign/schema/addr"
)

// docs/policy.md names everything that a policy can see, each attribute where it belongs.
func TestDocsNameEveryAttribute(t *testing.T) {
	page, err := os.ReadFile("../docs/policy.md")
	if err != nil {
		t.Fatal(err)
	}
	_, text, _ := strings.Cut(string(page), "### What a policy can see")
	text, _, _ = strings.Cut(text, "\n### ")
	templates, rest, _ := strings.Cut(text, "Of a change:")
	changes, whole, _ := strings.Cut(rest, "Of the whole:")
	for part, ty := range map[string]cty.Type{templates: templateType, changes: changeType} {
		for name := range ty.AttributeTypes() {
			if !strings.Contains(part, "`"+name+"`") {
				t.Errorf("%s is not told of", name)
			}
		}
	}
	for name := range typeOf(allRows).AttributeTypes() {
		if !strings.Contains(whole, "`all."+name+"`") {
			t.Errorf("all.%s is not told of", name)
		}
	}
	for _, ty := range []cty.Type{scopeType, stepType, personType, grantType, deltaType} {
		for name := range ty.AttributeTypes() {
			if !strings.Contains(text, "`"+name+"`") {
				t.Errorf("%s of a part is not told of", name)
			}
		}
	}
}

// declared is a template whose block leaves as much as it can to the drive.
func declared() schema.Declaration {
	scope := addr.Of("folder.contracts")
	li, wang := schema.Person{ID: 6, Username: "li", Realname: "李四"}, schema.Person{ID: 7}
	return schema.Declaration{
		Scopes: []schema.Scope{{Address: scope, Kind: schema.ScopeFolder, ID: 72}},
		Approvers: []schema.Approver{{Address: addr.Of("approver.li"), Person: li},
			{Address: addr.Of("approver.wang"), Person: wang}},
		Templates: []schema.Declared{{Address: addr.Of(`template.modify["a"]`), Scope: scope, Template: schema.Template{
			Title: "修改", ApprovalType: "修改文件",
			Steps: []schema.Step{{Name: "初审", Rule: schema.RuleAny, Approvers: []schema.Person{li, wang}},
				{Name: "终审", Rule: schema.RuleAtLeast, MinApprovals: 2, Approvers: []schema.Person{wang, li}}}}}},
	}
}

// planned is what a plan makes of it.
func planned() *plans.Plan {
	d := declared()
	after := d.Templates[0].Template.Normalise()
	after.ApprovalType, after.AppliesTo = "4", schema.AppliesToFiles
	return &plans.Plan{Mode: plans.Normal,
		Catalogue: schema.Catalogue{{ID: "4", Name: "修改文件", AppliesTo: schema.AppliesToFiles}},
		People: map[int64]schema.Person{6: {ID: 6, Username: "li", Realname: "李四"},
			7: {ID: 7, Username: "wang", Realname: "王五"}},
		Changes: []plans.Change{{Address: d.Templates[0].Address, Action: plans.Create, After: &after,
			Place: plans.Place{Address: d.Templates[0].Scope, Kind: schema.ScopeFolder, ID: 72, Path: "公司文件/合同"}}}}
}

// What is known before the drive is read is the same once it was: a policy that is judged by validate is judged alike
// by plan. What the files leave to the drive is not known before.
func TestWhatIsKnownEarlyStays(t *testing.T) {
	early, late := Of(declared(), nil).Templates[0].Self(), Of(declared(), planned()).Templates[0].Self()
	var compare func(path string, a, b cty.Value)
	compare = func(path string, a, b cty.Value) {
		switch {
		case !a.IsKnown():
		case a.IsNull() || !a.CanIterateElements():
			if !a.RawEquals(b) {
				t.Errorf("%s is %#v in validate and %#v in plan", path, a, b)
			}
		case a.LengthInt() != b.LengthInt():
			t.Errorf("%s has %d elements in validate and %d in plan", path, a.LengthInt(), b.LengthInt())
		default:
			x, y := a.ElementIterator(), b.ElementIterator()
			for x.Next() && y.Next() {
				k, v := x.Element()
				_, w := y.Element()
				compare(path+"."+k.GoString(), v, w)
			}
		}
	}
	compare("self", early, late)
	for _, name := range []string{"access", "applies_to", "approver_access", "cc", "description", "id"} {
		if early.GetAttr(name).IsKnown() {
			t.Errorf("%s is known before the drive is read", name)
		}
		if name != "id" && !late.GetAttr(name).IsKnown() {
			t.Errorf("%s is not known in a plan", name)
		}
	}
	if !early.GetAttr("fewest_approvers").RawEquals(cty.NumberIntVal(2)) {
		t.Errorf("fewest_approvers is %#v", early.GetAttr("fewest_approvers"))
	}
}

// -target leaves nothing out of what policies are held against, and destroying leaves changes alone.
func TestEveryDeclaredTemplateIsThere(t *testing.T) {
	none := &plans.Plan{Mode: plans.Normal, Targets: []string{"template.other"}}
	if n := len(Of(declared(), none).Templates); n != 1 {
		t.Errorf("a plan that does not look at it: %d templates", n)
	}
	gone := planned()
	gone.Mode = plans.Destroy
	gone.Changes[0].Action, gone.Changes[0].Before, gone.Changes[0].After = plans.Remove, gone.Changes[0].After, nil
	s := Of(declared(), gone)
	if len(s.Templates) != 0 || len(s.Changes) != 1 {
		t.Errorf("a plan that destroys it: %d templates, %d changes", len(s.Templates), len(s.Changes))
	}
	if v := s.Changes[0].Change(); !v.GetAttr("after").IsNull() || v.GetAttr("before").IsNull() {
		t.Errorf("it goes: %#v", v)
	}
}
