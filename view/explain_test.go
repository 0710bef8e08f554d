package view

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"

	"countersign/reconcile"
	"countersign/schema"
	"countersign/schema/spelling"
	"countersign/view/viewtest"
)

// explanation has each way in which a template can be in force, and two that are not yet.
func explanation() reconcile.Explanation {
	company := reconcile.Place{Kind: schema.ScopeFolder, ID: 1, Path: "公司文件"}
	designated := *viewtest.Upload(viewtest.Zhang, viewtest.Li)
	designated.Steps[0].Rule = schema.RuleDesignated
	designated.Title = "指定"
	single := *viewtest.Upload(viewtest.Wang)
	single.ApproverAccess, single.CC, single.CCAccess = schema.AccessDownload, []schema.Person{
		viewtest.Chen,
	}, schema.AccessPreview
	single.Steps[0].Rule = schema.RuleAll
	return reconcile.Explanation{
		Place:     viewtest.Contracts,
		Catalogue: viewtest.Catalogue,
		People: map[int64]schema.Person{
			1: viewtest.Admin,
			3: viewtest.Zhang,
			5: viewtest.Li,
			6: viewtest.Wang,
			7: viewtest.Chen,
		},
		Templates: []reconcile.InForce{
			{
				ID:       5,
				Address:  "template.modify",
				Place:    viewtest.Contracts,
				Template: *viewtest.Modify(),
				Edited:   viewtest.Edited,
			},
			{ID: 8, Place: viewtest.Contracts, Template: schema.Template{Title: "新规则"},
				Unreadable: "step 1 has the unknown type 9"},
			{ID: 2, Place: company, Inherited: true, Template: designated},
			{ID: 3, Place: reconcile.Place{Kind: schema.ScopeFolder, ID: 77}, Inherited: true, Template: single},
		},
		Awaited: []reconcile.Awaited{
			{Address: "template.new", Title: "新的", Place: viewtest.Contracts},
			{Address: "template.upper", Title: "上面的", Place: company, Inherited: true},
		},
	}
}

func TestExplanation(t *testing.T) {
	bare := explanation()
	bare.Templates, bare.Awaited = nil, nil
	single := explanation().Only("template.modify")
	on := explanation()
	on.Place = reconcile.Place{Kind: schema.ScopeFile, ID: 98, Path: "公司文件/合同/章程.pdf"}
	for name, e := range map[string]reconcile.Explanation{"all": explanation(), "none": bare, "one": single,
		"missing": explanation().Only("template.new"), "file": on} {
		var b bytes.Buffer
		if err := Explanation(&b, e, Settings{Width: 100}); err != nil {
			t.Fatal(err)
		}
		viewtest.Golden(t, "explain/"+name+".txt", b.Bytes())
	}
	doc, err := ExplanationJSON(explanation())
	if err != nil {
		t.Fatal(err)
	}
	viewtest.Golden(t, "explain/all.json", viewtest.Readable(t, doc))
}

// No title and no name can colour the screen or begin a line.
func TestExplanationOfHostileNames(t *testing.T) {
	for _, text := range viewtest.HostileTexts {
		who := schema.Person{ID: 8, Realname: text}
		at := reconcile.Place{ID: 1, Path: text}
		e := reconcile.Explanation{Place: at, Templates: []reconcile.InForce{
			{ID: 1, Address: "template.a", Place: at, Inherited: true, Edited: &reconcile.Edit{By: who},
				Template: schema.Template{Title: text, ApprovalType: text, AppliesTo: schema.AppliesTo(text),
					Description: text, CC: []schema.Person{who},
					Steps: []schema.Step{{Name: text, Approvers: []schema.Person{who}, Rule: schema.PassRule(text)}}}},
			{ID: 2, Place: at, Unreadable: text},
		}, Awaited: []reconcile.Awaited{{Address: "template.b", Title: text, Place: at, Inherited: true}}}
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
