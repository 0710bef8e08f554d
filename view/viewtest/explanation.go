package viewtest

import (
	"countersign/reconcile"
	"countersign/reconcile/plans"
	"countersign/schema"
	"countersign/schema/addr"
)

// Explanation has each way in which a template can be in force, and two that are not yet.
func Explanation() reconcile.Explanation {
	company := plans.Place{Kind: schema.ScopeFolder, ID: 1, Path: "公司文件"}
	designated := *Upload(Zhang, Li)
	designated.Steps[0].Rule = schema.RuleDesignated
	designated.Title = "指定"
	single := *Upload(Wang)
	single.ApproverAccess = schema.AccessDownload
	single.CC, single.CCAccess = []schema.Person{Chen}, schema.AccessPreview
	single.Steps[0].Rule = schema.RuleAll
	return reconcile.Explanation{
		Place: Contracts, Catalogue: Catalogue,
		People: map[int64]schema.Person{1: Admin, 3: Zhang, 5: Li, 6: Wang, 7: Chen},
		Templates: []reconcile.InForce{
			{ID: 5, Address: addr.Of("template.modify"), Place: Contracts, Template: *Modify(), Edited: Edited},
			{ID: 8, Place: Contracts, Template: schema.Template{Title: "新规则"},
				Unreadable: "step 1 has the unknown type 9"},
			{ID: 2, Place: company, Inherited: true, Template: designated},
			{ID: 3, Place: plans.Place{Kind: schema.ScopeFolder, ID: 77}, Inherited: true, Template: single},
		},
		Awaited: []reconcile.Awaited{
			{Address: addr.Of("template.new"), Title: "新的", Place: Contracts},
			{Address: addr.Of("template.upper"), Title: "上面的", Place: company, Inherited: true},
		},
	}
}

// HostileExplanation has a text wherever an explanation has one from outside.
func HostileExplanation(text string) reconcile.Explanation {
	who := schema.Person{ID: 8, Realname: text}
	at := plans.Place{ID: 1, Path: text}
	return reconcile.Explanation{Place: at, Templates: []reconcile.InForce{
		{ID: 1, Address: addr.Of("template.a"), Place: at, Inherited: true, Edited: &plans.Edit{By: who},
			Template: schema.Template{Title: text, ApprovalType: text, AppliesTo: schema.AppliesTo(text),
				Description: text, CC: []schema.Person{who},
				Steps: []schema.Step{{Name: text, Approvers: []schema.Person{who}, Rule: schema.PassRule(text)}}}},
		{ID: 2, Place: at, Unreadable: text},
	}, Awaited: []reconcile.Awaited{{Address: addr.Of("template.b"), Title: text, Place: at, Inherited: true}}}
}
