package viewtest

import (
	"encoding/json"
	"slices"

	"countersign/reconcile"
	"countersign/reconcile/plans"
	"countersign/schema"
	"countersign/schema/addr"
	"countersign/state"
)

// The people and places in the tests. Two people are called 张三.
var (
	Admin = schema.Person{ID: 1, Username: "admin", Realname: "系统管理员"}
	Zhang = schema.Person{ID: 3, Username: "zhang", Realname: "张三"}
	Other = schema.Person{ID: 4, Username: "zhang2", Realname: "张三"}
	Li    = schema.Person{ID: 5, Username: "li", Realname: "李四"}
	Wang  = schema.Person{ID: 6, Username: "wang"}
	Ghost = schema.Person{ID: 9}
	Chen  = schema.Person{ID: 7, Username: "chen", Realname: "陈晨"}

	Contracts = plans.Place{Address: addr.Of("folder.contracts"), Kind: schema.ScopeFolder, ID: 71, Path: "公司文件/合同"}
	Archive   = plans.Place{Address: addr.Of("folder.archive"), Kind: schema.ScopeFolder, ID: 80, Path: "公司文件/归档"}
	Catalogue = schema.Catalogue{
		{ID: "1", Name: "不处理", AppliesTo: schema.AppliesToAny},
		{ID: "2", Name: "上传文件", AppliesTo: schema.AppliesToFolders},
		{ID: "4", Name: "修改文件", AppliesTo: schema.AppliesToFiles},
	}
	Edited = &plans.Edit{By: Li, At: 1714968000}
)

// Step is a step of a template.
func Step(name string, rule schema.PassRule, n int, who ...schema.Person) schema.Step {
	return schema.Step{Name: name, Rule: rule, MinApprovals: n, Approvers: schema.People(who)}
}

// Modify is the template that most tests change something of.
func Modify() *schema.Template {
	return &schema.Template{
		Title: "申请修改", ApprovalType: "4", AppliesTo: schema.AppliesToFiles, Description: "请说明修改内容",
		Steps: []schema.Step{
			Step("初审", schema.RuleAny, 0, Zhang, Li),
			Step("复审", schema.RuleAll, 0, Wang),
			Step("终审", schema.RuleAtLeast, 2, Admin, Li, Wang),
		},
		ApproverAccess: schema.AccessPreview, CC: []schema.Person{Chen}, CCAccess: schema.AccessNone,
	}
}

// Upload is a small template on folders.
func Upload(who ...schema.Person) *schema.Template {
	return &schema.Template{Title: "上传审批", ApprovalType: "2", AppliesTo: schema.AppliesToFolders,
		Steps: []schema.Step{Step("初审", schema.RuleAny, 0, who...)}, ApproverAccess: schema.AccessNone,
		CCAccess: schema.AccessNone}
}

// Titled is a small template under a title.
func Titled(title string) *schema.Template {
	t := Upload(Li)
	t.Title = title
	return t
}

// Changed is an update of Modify by f.
func Changed(f func(*schema.Template)) plans.Change {
	before, after := Modify(), Modify()
	f(after)
	return plans.Change{Address: addr.Of("template.modify"), Action: plans.Update, ID: 5, Place: Contracts,
		Before: before, After: after,
		Steps: reconcile.AlignSteps(before.Steps, after.Steps), Edited: Edited}
}

// inFlight is a plan that changes and removes templates, of which some have open approvals.
func inFlight() *plans.Plan {
	p := PlanOf(Changed(func(t *schema.Template) { t.Steps[0].Rule = schema.RuleAll }),
		plans.Change{Address: addr.Of("template.new"), Action: plans.Create, Place: Contracts, After: Upload(Li)},
		plans.Change{Address: addr.Of("template.old"), Action: plans.Remove, Reason: plans.Undeclared, ID: 6,
			Place: Contracts, Before: Upload(Li)},
		plans.Change{Address: addr.Of("template.unused"), Action: plans.Remove, Reason: plans.Undeclared, ID: 7,
			Place: Contracts, Before: Upload(Wang)})
	open := func(template, created int64, who schema.Person) schema.Approval {
		return schema.Approval{TemplateID: template, Status: schema.ApprovalPending, Creator: who, Created: created}
	}
	p.CountInFlight([]schema.Approval{open(5, 1635170411, Chen), open(5, 1635180000, Ghost), open(5, 1635170412, Chen),
		open(6, 0, schema.Person{}), open(99, 1, Li),
		{TemplateID: 7, Status: schema.ApprovalRefused, Creator: Li}})
	return p
}

// PlanOf is a plan of changes.
func PlanOf(changes ...plans.Change) *plans.Plan {
	return &plans.Plan{Mode: plans.Normal, Changes: changes, Catalogue: Catalogue, Bound: len(changes),
		People: map[int64]schema.Person{1: Admin, 3: Zhang, 5: Li, 6: Wang, 7: Chen}}
}

// Insert puts a step into a template.
func Insert(t *schema.Template, at int, s schema.Step) { t.Steps = slices.Insert(t.Steps, at, s) }

// Number is an output of a number.
func Number(n string) state.Output { return state.Output{Value: json.Number(n), Type: "number"} }
