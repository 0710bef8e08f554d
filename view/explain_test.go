package view

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"

	"countersign/reconcile"
	"countersign/schema"
	"countersign/schema/addr"
	"countersign/schema/spelling"
)

// explanation has each way in which a template can be in force, and two that are not yet.
func explanation() reconcile.Explanation {
	company := reconcile.Place{Kind: schema.ScopeFolder, ID: 1, Path: "公司文件"}
	designated := *upload(zhang, li)
	designated.Steps[0].Rule = schema.RuleDesignated
	designated.Title = "指定"
	single := *upload(wang)
	single.ApproverAccess, single.CC, single.CCAccess = schema.AccessDownload, []schema.Person{chen}, schema.AccessPreview
	single.Steps[0].Rule = schema.RuleAll
	return reconcile.Explanation{Place: contracts, Catalogue: catalogue,
		People: map[int64]schema.Person{1: admin, 3: zhang, 5: li, 6: wang, 7: chen},
		Templates: []reconcile.InForce{
			{ID: 5, Address: addr.Of("template.modify"), Place: contracts, Template: *modify(), Edited: edited},
			{ID: 8, Place: contracts, Template: schema.Template{Title: "新规则"},
				Unreadable: "step 1 has the unknown type 9"},
			{ID: 2, Place: company, Inherited: true, Template: designated},
			{ID: 3, Place: reconcile.Place{Kind: schema.ScopeFolder, ID: 77}, Inherited: true, Template: single},
		},
		Awaited: []reconcile.Awaited{
			{Address: addr.Of("template.new"), Title: "新的", Place: contracts},
			{Address: addr.Of("template.upper"), Title: "上面的", Place: company, Inherited: true},
		},
	}
}

func TestExplanation(t *testing.T) {
	bare := explanation()
	bare.Templates, bare.Awaited = nil, nil
	single := explanation().Only(addr.Of("template.modify"))
	on := explanation()
	on.Place = reconcile.Place{Kind: schema.ScopeFile, ID: 98, Path: "公司文件/合同/章程.pdf"}
	for name, e := range map[string]reconcile.Explanation{"all": explanation(), "none": bare, "one": single,
		"missing": explanation().Only(addr.Of("template.new")), "file": on} {
		var b bytes.Buffer
		if err := Explanation(&b, e, Settings{Width: 100}); err != nil {
			t.Fatal(err)
		}
		golden(t, "explain/"+name+".txt", b.Bytes())
	}
	doc, err := ExplanationJSON(explanation())
	if err != nil {
		t.Fatal(err)
	}
	golden(t, "explain/all.json", readable(t, doc))
}

// No title and no name can colour the screen or begin a line.
func TestExplanationOfHostileNames(t *testing.T) {
	for _, text := range hostile {
		who := schema.Person{ID: 8, Realname: text}
		at := reconcile.Place{ID: 1, Path: text}
		e := reconcile.Explanation{Place: at, Templates: []reconcile.InForce{
			{ID: 1, Address: addr.Of("template.a"), Place: at, Inherited: true, Edited: &reconcile.Edit{By: who},
				Template: schema.Template{Title: text, ApprovalType: text, AppliesTo: schema.AppliesTo(text),
					Description: text, CC: []schema.Person{who},
					Steps: []schema.Step{{Name: text, Approvers: []schema.Person{who}, Rule: schema.PassRule(text)}}}},
			{ID: 2, Place: at, Unreadable: text},
		}, Awaited: []reconcile.Awaited{{Address: addr.Of("template.b"), Title: text, Place: at, Inherited: true}}}
		var b bytes.Buffer
		if err := Explanation(&b, e, Settings{}); err != nil {
			t.Fatal(err)
		}
		for line := range strings.Lines(b.String()) {
			line = strings.TrimSuffix(line, "\n")
			if spelling.HiddenIn(line) != nil || strings.HasPrefix(line, "Plan:") ||
				strings.HasPrefix(line, "No changes.") {
				t.Errorf("%q makes the line %q", text, line)
			}
		}
		if doc, err := ExplanationJSON(e); err != nil || !json.Valid(doc) {
			t.Errorf("%q: %v %s", text, err, doc)
		}
	}
}
