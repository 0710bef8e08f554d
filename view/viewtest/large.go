package viewtest

import (
	"fmt"
	"maps"
	"slices"

	"countersign/reconcile"
	"countersign/reconcile/plans"
	"countersign/schema"
	"countersign/schema/addr"
)

// EveryKind is a plan with one of everything that a page can show.
func EveryKind() *plans.Plan {
	all := Plans()
	p := PlanOf()
	take := func(name string, address string) {
		c := all[name].Changes[0]
		c.Address = addr.Of(address)
		p.Changes = append(p.Changes, c)
	}
	front := Changed(func(t *schema.Template) {
		Insert(t, 0, Step("法务", schema.RuleAll, 0, Chen))
		t.Steps[3] = Step("终审", schema.RuleAtLeast, 3, Admin, Li, Other, Ghost)
		t.Description = "请说明修改内容，以及为什么要修改、谁同意过、何时需要完成"
	})
	front.Address = addr.Of("template.contract_change")
	p.Changes = append(p.Changes, front)
	take("create", "template.create")
	take("update-fields", "template.fields")
	take("step-moved", "template.moved")
	take("step-changed", "template.steps")
	take("step-removed", "template.shorter")
	take("step-of-many", "template.board")
	take("replace", "template.replaced")
	take("import", "template.imported")
	p.Changes = append(p.Changes, all["import"].Changes[1], all["forget"].Changes[0])
	p.Changes = append(p.Changes, all["for-each"].Changes...)
	p.Changes = append(p.Changes, all["destroy"].Changes...)
	take("recreate", "template.again")
	slices.SortStableFunc(p.Changes, func(a, b plans.Change) int {
		return addr.CompareText(a.Address.String(), b.Address.String())
	})
	p.Drift = append(all["drift"].Drift, plans.Drift{Address: addr.Of("template.again"), ID: 5, Place: Contracts,
		Recorded: Modify()})
	p.Unmanaged = all["unmanaged"].Unmanaged
	p.Refused = all["refused"].Refused
	p.HeldBack = all["held-back"].HeldBack
	p.Outputs = all["outputs"].Outputs
	p.Warnings = all["refused"].Warnings
	p.Attachments = append(all["attachment-and-template"].Attachments, Again(), Contract())
	return p
}

// ManyChanges is a plan of a large company: n changes of several kinds, in a folder for each of its departments.
func ManyChanges(n int) *plans.Plan {
	staff := map[int64]schema.Person{}
	family, given := []rune("赵钱孙李周吴郑王冯陈褚卫蒋沈韩杨"), []rune("伟芳娜敏静丽强磊军洋勇艳杰涛明超秀霞平刚")
	var people []schema.Person
	for i := range 200 {
		p := schema.Person{ID: int64(1000 + i), Username: fmt.Sprintf("u%03d", i),
			Realname: string(family[i%len(family)]) + string(given[i/len(family)%len(given)])}
		staff[p.ID] = p
		people = append(people, p)
	}
	who := func(i, of int) (out []schema.Person) {
		for j := range of {
			out = append(out, people[(i*7+j*13)%len(people)])
		}
		return schema.People(out)
	}
	var list []plans.Change
	for i := range n {
		at := plans.Place{Address: addr.Of("folder.department").Instance(fmt.Sprint(i / 10)),
			Kind: schema.ScopeFolder, ID: int64(5000 + i/10), Path: fmt.Sprintf("公司文件/%s/第%d部门",
				[]string{"研发", "市场", "财务", "法务"}[i/10%4], i/10+1)}
		before := &schema.Template{Title: fmt.Sprintf("%s审批%d", []string{"上传", "修改", "下载", "预览", "外发"}[i%5], i+1),
			ApprovalType: "4", AppliesTo: schema.AppliesToFiles, Description: "请说明原因",
			Steps: []schema.Step{Step("初审", schema.RuleAny, 0, who(i, 2)...),
				Step("复审", schema.RuleAll, 0, who(i+3, 1)...), Step("终审", schema.RuleAtLeast, 2, who(i+5, 3)...)},
			ApproverAccess: schema.AccessPreview, CCAccess: schema.AccessNone}
		after := *before
		after.Steps = slices.Clone(before.Steps)
		c := plans.Change{Address: addr.New("template", "each").Instance(fmt.Sprint(i)), Action: plans.Update,
			ID: int64(i + 1), Place: at, Before: before, After: &after,
			Edited: &plans.Edit{By: people[i%len(people)], At: 1714968000 + int64(i)}}
		switch i % 10 {
		case 0:
			c.Action, c.Before, c.ID = plans.Create, nil, 0
		case 1:
			c.Action, c.After = plans.Remove, nil
		case 2:
			after.Description = "请说明原因和期限"
		case 3, 4:
			after.Steps = slices.Insert(after.Steps, 0, Step("法务", schema.RuleAll, 0, who(i+9, 1)...))
		default:
			after.Steps[2] = Step("终审", schema.RuleAtLeast, 2, who(i+5, 4)...)
		}
		if c.Action == plans.Update {
			c.Steps = reconcile.AlignSteps(before.Steps, after.Steps)
		}
		list = append(list, c)
	}
	p := PlanOf(list...)
	p.People = maps.Clone(staff)
	return p
}
