package view

import (
	"encoding/json"
	"maps"
	"slices"

	"countersign/reconcile"
	"countersign/schema"
	"countersign/schema/addr"
	"countersign/state"
)

// The people, places and templates that the tests tell of. Two of them are called 张三.
var (
	admin = schema.Person{ID: 1, Username: "admin", Realname: "系统管理员"}
	zhang = schema.Person{ID: 3, Username: "zhang", Realname: "张三"}
	other = schema.Person{ID: 4, Username: "zhang2", Realname: "张三"}
	li    = schema.Person{ID: 5, Username: "li", Realname: "李四"}
	wang  = schema.Person{ID: 6, Username: "wang"}
	ghost = schema.Person{ID: 9}
	chen  = schema.Person{ID: 7, Username: "chen", Realname: "陈晨"}

	contracts = reconcile.Place{Address: addr.Of("folder.contracts"), Kind: schema.ScopeFolder, ID: 71, Path: "公司文件/合同"}
	archive   = reconcile.Place{Address: addr.Of("folder.archive"), Kind: schema.ScopeFolder, ID: 80, Path: "公司文件/归档"}
	catalogue = schema.Catalogue{
		{ID: "1", Name: "不处理", AppliesTo: schema.AppliesToAny},
		{ID: "2", Name: "上传文件", AppliesTo: schema.AppliesToFolders},
		{ID: "4", Name: "修改文件", AppliesTo: schema.AppliesToFiles},
	}
	edited = &reconcile.Edit{By: li, At: 1714968000}
)

func step(name string, rule schema.PassRule, n int, who ...schema.Person) schema.Step {
	return schema.Step{Name: name, Rule: rule, MinApprovals: n, Approvers: schema.People(who)}
}

// modify is the template that most tests change something of.
func modify() *schema.Template {
	return &schema.Template{
		Title: "申请修改", ApprovalType: "4", AppliesTo: schema.AppliesToFiles, Description: "请说明修改内容",
		Steps: []schema.Step{
			step("初审", schema.RuleAny, 0, zhang, li),
			step("复审", schema.RuleAll, 0, wang),
			step("终审", schema.RuleAtLeast, 2, admin, li, wang),
		},
		ApproverAccess: schema.AccessPreview, CC: []schema.Person{chen}, CCAccess: schema.AccessNone,
	}
}

func upload(who ...schema.Person) *schema.Template {
	return &schema.Template{Title: "上传审批", ApprovalType: "2", AppliesTo: schema.AppliesToFolders,
		Steps: []schema.Step{step("初审", schema.RuleAny, 0, who...)}, ApproverAccess: schema.AccessNone, CCAccess: schema.AccessNone}
}

func titled(title string) *schema.Template {
	t := upload(li)
	t.Title = title
	return t
}

// changed is an update of modify() by f.
func changed(f func(*schema.Template)) reconcile.Change {
	before, after := modify(), modify()
	f(after)
	return reconcile.Change{Address: addr.Of("template.modify"), Action: reconcile.Update, ID: 5, Place: contracts,
		Before: before, After: after,
		Steps: reconcile.AlignSteps(before.Steps, after.Steps), Edited: edited}
}

func planOf(changes ...reconcile.Change) *reconcile.Plan {
	return &reconcile.Plan{Mode: reconcile.Normal, Changes: changes, Catalogue: catalogue, Bound: len(changes),
		People: map[int64]schema.Person{1: admin, 3: zhang, 5: li, 6: wang, 7: chen}}
}

func insert(t *schema.Template, at int, s schema.Step) { t.Steps = slices.Insert(t.Steps, at, s) }

// plans are one of each kind of change, by the name of their goldens.
func plans() map[string]*reconcile.Plan {
	all := map[string]*reconcile.Plan{}

	all["create"] = planOf(reconcile.Change{Address: addr.Of("template.modify"), Action: reconcile.Create,
		Place: contracts, After: modify()})

	again := reconcile.Change{Address: addr.Of("template.modify"), Action: reconcile.Create, Reason: reconcile.Gone,
		Place: contracts, After: modify()}
	all["recreate"] = planOf(again)
	all["recreate"].Drift = []reconcile.Drift{{Address: addr.Of("template.modify"), ID: 5, Place: contracts,
		Recorded: modify(), Undone: true}}

	all["update-fields"] = planOf(changed(func(t *schema.Template) {
		t.Title, t.ApprovalType, t.AppliesTo, t.Description = "修改申请", "2", schema.AppliesToFolders, "请说明修改内容,以及为什么要修改、谁同意过、何时需要完成,并附上旧版本的链接。"
		t.ApproverAccess, t.CCAccess, t.CC = schema.AccessDownload, schema.AccessPreview, []schema.Person{zhang, other}
	}))

	all["step-in-front"] = planOf(changed(func(t *schema.Template) {
		insert(t, 0, step("预审", schema.RuleDesignated, 0, zhang, other, ghost))
	}))
	all["step-moved"] = planOf(changed(func(t *schema.Template) {
		t.Steps[0], t.Steps[1], t.Steps[2] = t.Steps[2], t.Steps[0], t.Steps[1]
	}))
	all["step-changed"] = planOf(changed(func(t *schema.Template) {
		t.Steps[0] = step("初审", schema.RuleAll, 0, zhang, li)
		t.Steps[1] = step("部门负责人复审", schema.RuleAll, 0, wang)
		t.Steps[2] = step("终审", schema.RuleAtLeast, 3, admin, li, other, ghost)
	}))
	all["step-removed"] = planOf(changed(func(t *schema.Template) { t.Steps = t.Steps[:2] }))

	many := func(n int) (out []schema.Person) {
		for i := range n {
			out = append(out, schema.Person{ID: int64(100 + i), Realname: "委员" + string(rune('一'+i))})
		}
		return out
	}
	board := changed(func(t *schema.Template) {
		t.Steps = []schema.Step{step("委员会", schema.RuleAll, 0, many(13)...)}
	})
	board.Before.Steps = []schema.Step{step("委员会", schema.RuleAtLeast, 7, many(12)...)}
	board.Steps = reconcile.AlignSteps(board.Before.Steps, board.After.Steps)
	all["step-of-many"] = planOf(board)

	moved := changed(func(t *schema.Template) { t.Steps[0].Rule = schema.RuleAll })
	moved.Action, moved.Reason, moved.OldPlace, moved.Place = reconcile.Replace, reconcile.Elsewhere, &contracts, archive
	all["replace"] = planOf(moved)

	all["destroy"] = planOf(
		reconcile.Change{Address: addr.Of("template.old"), Action: reconcile.Remove, Reason: reconcile.Undeclared,
			ID: 6, Place: contracts, Before: modify(), Edited: edited},
		reconcile.Change{Address: addr.Of("template.stale"), Action: reconcile.Remove, Reason: reconcile.LeftOver,
			Deposed: true, ID: 8, Place: reconcile.Place{ID: 80}, Before: upload(li)},
		reconcile.Change{Action: reconcile.Remove, Reason: reconcile.Unowned, ID: 12, Place: archive,
			Before: upload(wang), Edited: edited},
	)
	all["destroy-all"] = planOf(reconcile.Change{Address: addr.Of("template.old"), Action: reconcile.Remove, ID: 6,
		Place: contracts, Before: upload(li)})
	all["destroy-all"].Mode = reconcile.Destroy
	all["destroy-nothing"] = planOf()
	all["destroy-nothing"].Mode = reconcile.Destroy

	taken := changed(func(t *schema.Template) { t.Description = "" })
	taken.Importing, taken.Address = true, addr.Of("template.taken")
	all["import"] = planOf(reconcile.Change{Address: addr.Of("template.modify"), Action: reconcile.NoOp,
		Importing: true, ID: 5, Place: contracts, Before: modify(), After: modify()}, taken)

	all["forget"] = planOf(reconcile.Change{Address: addr.Of(`template.upload["legal"]`), Action: reconcile.Forget,
		Reason: reconcile.Gone, ID: 6, Place: contracts, Before: upload(li)})

	var each []reconcile.Change
	for i, key := range []string{"研发部", "法务部", "财务部"} {
		at := reconcile.Place{Address: addr.Of("folder.department").Instance(key), Kind: schema.ScopeFolder,
			ID: int64(90 + i), Path: "公司文件/" + key}
		before, after := upload(li), upload(li, wang)
		each = append(each, reconcile.Change{Address: addr.Of("template.upload").Instance(key),
			Action: reconcile.Update, ID: int64(20 + i), Place: at,
			Before: before, After: after, Steps: reconcile.AlignSteps(before.Steps, after.Steps)})
	}
	gone := reconcile.Change{Address: addr.Of(`template.upload["旧部门"]`), Action: reconcile.Remove,
		Reason: reconcile.KeyGone, ID: 31, Place: archive, Before: upload(li)}
	all["for-each"] = planOf(append(each, gone)...)

	live := modify()
	live.Steps = live.Steps[1:]
	live.Description = "随便"
	all["drift"] = planOf(changed(func(t *schema.Template) {}))
	all["drift"].Changes[0].Before = live
	all["drift"].Changes[0].Steps = reconcile.AlignSteps(live.Steps, modify().Steps)
	all["drift"].Drift = []reconcile.Drift{{Address: addr.Of("template.modify"), ID: 5, Place: contracts,
		Recorded: modify(), Live: live,
		Steps: reconcile.AlignSteps(modify().Steps, live.Steps), Edited: edited, Undone: true}}

	more := upload(li)
	more.Description, more.CC, more.ApproverAccess = "改过了", []schema.Person{chen}, schema.AccessPreview
	all["drift-stays"] = planOf(all["drift"].Changes[0], reconcile.Change{Address: addr.Of("template.upload"),
		Action: reconcile.NoOp, ID: 6, Place: archive, Before: more, After: more})
	partly := all["drift"].Drift[0]
	partly.Stays = []reconcile.Stay{{Attribute: schema.AttrDescription, Why: reconcile.Unset}}
	all["drift-stays"].Changes[0].After = modify()
	all["drift-stays"].Changes[0].After.Description = live.Description
	all["drift-stays"].Drift = []reconcile.Drift{partly, {Address: addr.Of("template.upload"), ID: 6, Place: archive,
		Recorded: upload(li), Live: more, Stays: []reconcile.Stay{
			{Attribute: schema.AttrDescription, Why: reconcile.Unset}, {Attribute: schema.AttrApproverAccess,
				Why: reconcile.Ignored}, {Attribute: schema.AttrCC, Why: reconcile.Unset}}}}
	all["drift-alone"] = planOf(all["drift-stays"].Changes[1:]...)
	all["drift-alone"].Drift = all["drift-stays"].Drift[1:]

	all["refresh-only"] = planOf(reconcile.Change{Address: addr.Of("template.modify"), Action: reconcile.NoOp, ID: 5,
		Place: contracts, Before: live, After: live})
	all["refresh-only"].Mode, all["refresh-only"].Drift = reconcile.RefreshOnly, all["drift"].Drift
	all["refresh-only-nothing"] = planOf()
	all["refresh-only-nothing"].Mode = reconcile.RefreshOnly

	all["nothing"] = planOf(reconcile.Change{Address: addr.Of("template.modify"), Action: reconcile.NoOp, ID: 5,
		Place: contracts, Before: modify(), After: modify()})

	all["unmanaged"] = planOf(all["nothing"].Changes...)
	all["unmanaged"].Unmanaged = []reconcile.Found{
		{ID: 9, Place: contracts, Live: *upload(li), Edited: edited},
		{ID: 12, Place: contracts, Live: schema.Template{Title: "申请预览权限"}, Unreadable: "step 1: no type 9",
			Edited: &reconcile.Edit{By: ghost}},
		{ID: 103, Place: archive, Live: *titled("Old 审批")},
	}

	refused := reconcile.Change{Address: addr.Of("template.modify"), Action: reconcile.Create, ID: 44, Place: contracts,
		Before: modify(), After: modify(), Edited: edited}
	refused.After.Steps[0].Rule = schema.RuleAll
	refused.Holder = &reconcile.Holder{ID: 44, Keeps: reconcile.KeepsUnbound}
	held := reconcile.Change{Address: addr.Of("template.edit"), Action: reconcile.Create, ID: 5, Place: contracts,
		Before: modify(), After: modify(), Edited: edited,
		Holder: &reconcile.Holder{Address: addr.Of("template.modify"), ID: 5, Keeps: reconcile.KeepsHeldBack}}
	coming := reconcile.Change{Address: addr.Of("template.late"), Action: reconcile.Create, Place: contracts,
		After: titled("申请修改"), Holder: &reconcile.Holder{Address: addr.Of("template.early"),
			Keeps: reconcile.KeepsTakes}}
	all["refused"] = planOf()
	all["refused"].Refused = []reconcile.Change{refused}
	all["refused-titles"] = planOf()
	all["refused-titles"].Refused = []reconcile.Change{held, coming}
	all["refused-titles"].Warnings = schema.Diagnostics{
		schema.Problem(schema.Warning, addr.Of("template.edit"), schema.AttrTitle, reconcile.TitleTaken,
			"what leads out of it"),
	}
	swap := func(address string, id int64, from, to, interim string) reconcile.Change {
		before, after := titled(from), titled(to)
		return reconcile.Change{Address: addr.Of(address), Action: reconcile.Update, ID: id, Place: contracts,
			Before: before, After: after, Steps: reconcile.AlignSteps(before.Steps, after.Steps), Interim: interim}
	}
	all["interim"] = planOf(swap("template.a", 5, "甲", "乙", ""), swap("template.b", 6, "乙", "甲", "乙 (tid 6)"))
	all["refused"].Warnings = schema.Diagnostics{
		schema.Problem(schema.Warning, addr.Of("template.modify"), schema.AttrTitle,
			"A template of this title is there already", "said in the section about it"),
		schema.Problem(schema.Warning, addr.Of("approver.li"), "realname", "The drive knows this user by another name",
			`approver.li: user 5 has the realname "李四" on the drive, and "李肆" here.`),
	}

	all["held-back"] = planOf()
	all["held-back"].HeldBack = []reconcile.Change{all["destroy"].Changes[0], moved, all["destroy"].Changes[2]}

	all["outputs"] = planOf(all["create"].Changes...)
	all["outputs"].Outputs = []reconcile.OutputChange{
		{Name: "approvers", Action: reconcile.Update, Before: []any{"张三"}, After: []any{"张三", "李四"}},
		{Name: "gone", Action: reconcile.Remove, Before: json.Number("7")},
		{Name: "modify_id", Action: reconcile.Create, Unknown: true},
		{Name: "secret", Action: reconcile.Update, Before: "hush", After: "hush2", Sensitive: true},
	}
	all["outputs-only"] = planOf(all["nothing"].Changes...)
	all["outputs-only"].Outputs = all["outputs"].Outputs[:2]
	maps.Copy(all, attachmentPlans())
	return all
}

func number(n string) state.Output { return state.Output{Value: json.Number(n), Type: "number"} }
