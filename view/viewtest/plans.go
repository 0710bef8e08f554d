package viewtest

import (
	"encoding/json"
	"maps"

	"countersign/reconcile"
	"countersign/reconcile/plans"
	"countersign/schema"
	"countersign/schema/addr"
)

// Plans are one of each kind of change, by the name of their goldens.
func Plans() map[string]*plans.Plan {
	all := map[string]*plans.Plan{}
	addUpdates(all)
	addRemovals(all)
	addDrift(all)
	addLeftAlone(all)
	addOutputs(all)
	maps.Copy(all, attachmentPlans())
	return all
}

// addUpdates adds plans that create, update and replace.
func addUpdates(all map[string]*plans.Plan) {
	all["create"] = PlanOf(plans.Change{Address: addr.Of("template.modify"), Action: plans.Create, Place: Contracts,
		After: Modify()})

	again := plans.Change{Address: addr.Of("template.modify"), Action: plans.Create, Reason: plans.Gone,
		Place: Contracts, After: Modify()}
	all["recreate"] = PlanOf(again)
	all["recreate"].Drift = []plans.Drift{{Address: addr.Of("template.modify"), ID: 5, Place: Contracts,
		Recorded: Modify(), Undone: true}}

	all["update-fields"] = PlanOf(Changed(func(t *schema.Template) {
		t.Title, t.ApprovalType, t.AppliesTo = "修改申请", "2", schema.AppliesToFolders
		t.Description = "请说明修改内容,以及为什么要修改、谁同意过、何时需要完成,并附上旧版本的链接。"
		t.ApproverAccess, t.CCAccess, t.CC = schema.AccessDownload, schema.AccessPreview, []schema.Person{Zhang, Other}
	}))

	all["step-in-front"] = PlanOf(Changed(func(t *schema.Template) {
		Insert(t, 0, Step("预审", schema.RuleDesignated, 0, Zhang, Other, Ghost))
	}))
	all["step-moved"] = PlanOf(Changed(func(t *schema.Template) {
		t.Steps[0], t.Steps[1], t.Steps[2] = t.Steps[2], t.Steps[0], t.Steps[1]
	}))
	all["step-changed"] = PlanOf(Changed(func(t *schema.Template) {
		t.Steps[0] = Step("初审", schema.RuleAll, 0, Zhang, Li)
		t.Steps[1] = Step("部门负责人复审", schema.RuleAll, 0, Wang)
		t.Steps[2] = Step("终审", schema.RuleAtLeast, 3, Admin, Li, Other, Ghost)
	}))
	all["step-removed"] = PlanOf(Changed(func(t *schema.Template) { t.Steps = t.Steps[:2] }))

	many := func(n int) (out []schema.Person) {
		for i := range n {
			out = append(out, schema.Person{ID: int64(100 + i), Realname: "委员" + string(rune('一'+i))})
		}
		return out
	}
	board := Changed(func(t *schema.Template) {
		t.Steps = []schema.Step{Step("委员会", schema.RuleAll, 0, many(13)...)}
	})
	board.Before.Steps = []schema.Step{Step("委员会", schema.RuleAtLeast, 7, many(12)...)}
	board.Steps = reconcile.AlignSteps(board.Before.Steps, board.After.Steps)
	all["step-of-many"] = PlanOf(board)

	moved := Changed(func(t *schema.Template) { t.Steps[0].Rule = schema.RuleAll })
	moved.Action, moved.Reason, moved.OldPlace, moved.Place = plans.Replace, plans.Elsewhere, &Contracts,
		Archive
	all["replace"] = PlanOf(moved)
	anew := moved
	anew.Reason, anew.Place, anew.After, anew.Interim = plans.Asked, Contracts, anew.Before, "申请修改 (tid 5)"
	anew.Steps = reconcile.AlignSteps(anew.Before.Steps, anew.After.Steps)
	all["replace-asked"] = PlanOf(anew)
}

// addRemovals adds plans that remove, import and forget.
func addRemovals(all map[string]*plans.Plan) {
	all["destroy"] = PlanOf(
		plans.Change{Address: addr.Of("template.old"), Action: plans.Remove, Reason: plans.Undeclared, ID: 6,
			Place: Contracts, Before: Modify(), Edited: Edited},
		plans.Change{Address: addr.Of("template.stale"), Action: plans.Remove, Reason: plans.LeftOver, Deposed: true,
			ID: 8, Place: plans.Place{ID: 80}, Before: Upload(Li)},
		plans.Change{Action: plans.Remove, Reason: plans.Unowned, ID: 12, Place: Archive,
			Before: Upload(Wang), Edited: Edited},
	)
	all["in-flight"] = inFlight()

	all["destroy-all"] = PlanOf(plans.Change{Address: addr.Of("template.old"), Action: plans.Remove, ID: 6,
		Place: Contracts, Before: Upload(Li)})
	all["destroy-all"].Mode = plans.Destroy
	all["destroy-nothing"] = PlanOf()
	all["destroy-nothing"].Mode = plans.Destroy

	taken := Changed(func(t *schema.Template) { t.Description = "" })
	taken.Importing, taken.Address = true, addr.Of("template.taken")
	all["import"] = PlanOf(plans.Change{Address: addr.Of("template.modify"), Action: plans.NoOp, Importing: true, ID: 5,
		Place: Contracts, Before: Modify(), After: Modify()}, taken)

	all["forget"] = PlanOf(plans.Change{Address: addr.Of(`template.upload["legal"]`), Action: plans.Forget,
		Reason: plans.Gone, ID: 6, Place: Contracts, Before: Upload(Li)})

	var each []plans.Change
	for i, key := range []string{"研发部", "法务部", "财务部"} {
		at := plans.Place{Address: addr.Of("folder.department").Instance(key), Kind: schema.ScopeFolder,
			ID: int64(90 + i), Path: "公司文件/" + key}
		before, after := Upload(Li), Upload(Li, Wang)
		each = append(each, plans.Change{Address: addr.New("template", "upload").Instance(key),
			Action: plans.Update, ID: int64(20 + i), Place: at,
			Before: before, After: after, Steps: reconcile.AlignSteps(before.Steps, after.Steps)})
	}
	gone := plans.Change{Address: addr.Of(`template.upload["旧部门"]`), Action: plans.Remove, Reason: plans.KeyGone,
		ID: 31, Place: Archive, Before: Upload(Li)}
	all["for-each"] = PlanOf(append(each, gone)...)
}

// addDrift adds plans with what was edited by hand.
func addDrift(all map[string]*plans.Plan) {
	live := Modify()
	live.Steps = live.Steps[1:]
	live.Description = "随便"
	all["drift"] = PlanOf(Changed(func(t *schema.Template) {}))
	all["drift"].Changes[0].Before = live
	all["drift"].Changes[0].Steps = reconcile.AlignSteps(live.Steps, Modify().Steps)
	all["drift"].Drift = []plans.Drift{{Address: addr.Of("template.modify"), ID: 5, Place: Contracts,
		Recorded: Modify(), Live: live, Steps: reconcile.AlignSteps(Modify().Steps, live.Steps), Edited: Edited,
		Undone: true}}

	more := Upload(Li)
	more.Description, more.CC, more.ApproverAccess = "改过了", []schema.Person{Chen}, schema.AccessPreview
	all["drift-stays"] = PlanOf(all["drift"].Changes[0], plans.Change{Address: addr.Of("template.upload"),
		Action: plans.NoOp, ID: 6, Place: Archive, Before: more, After: more})
	partly := all["drift"].Drift[0]
	partly.Stays = []plans.Stay{{Attribute: schema.AttrDescription, Why: plans.Unset}}
	all["drift-stays"].Changes[0].After = Modify()
	all["drift-stays"].Changes[0].After.Description = live.Description
	all["drift-stays"].Drift = []plans.Drift{partly, {Address: addr.Of("template.upload"), ID: 6, Place: Archive,
		Recorded: Upload(Li), Live: more, Stays: []plans.Stay{
			{Attribute: schema.AttrDescription, Why: plans.Unset}, {Attribute: schema.AttrApproverAccess,
				Why: plans.Ignored}, {Attribute: schema.AttrCC, Why: plans.Unset}}}}
	all["drift-alone"] = PlanOf(all["drift-stays"].Changes[1:]...)
	all["drift-alone"].Drift = all["drift-stays"].Drift[1:]

	all["refresh-only"] = PlanOf(plans.Change{Address: addr.Of("template.modify"), Action: plans.NoOp, ID: 5,
		Place: Contracts, Before: live, After: live})
	all["refresh-only"].Mode, all["refresh-only"].Drift = plans.RefreshOnly, all["drift"].Drift
	all["refresh-only-nothing"] = PlanOf()
	all["refresh-only-nothing"].Mode = plans.RefreshOnly
}

// addLeftAlone adds plans with what is not managed, refused or held back.
func addLeftAlone(all map[string]*plans.Plan) {
	all["nothing"] = PlanOf(plans.Change{Address: addr.Of("template.modify"), Action: plans.NoOp, ID: 5,
		Place: Contracts, Before: Modify(), After: Modify()})

	all["unmanaged"] = PlanOf(all["nothing"].Changes...)
	all["unmanaged"].Unmanaged = []plans.Found{
		{ID: 9, Place: Contracts, Live: *Upload(Li), Edited: Edited},
		{ID: 12, Place: Contracts, Live: schema.Template{Title: "申请预览权限"}, Unreadable: "step 1: no type 9",
			Edited: &plans.Edit{By: Ghost}},
		{ID: 103, Place: Archive, Live: *Titled("Old 审批")},
	}

	refused := plans.Change{Address: addr.Of("template.modify"), Action: plans.Create, ID: 44, Place: Contracts,
		Before: Modify(), After: Modify(), Edited: Edited}
	refused.After.Steps[0].Rule = schema.RuleAll
	refused.Holder = &plans.Holder{ID: 44, Keeps: plans.KeepsUnbound}
	held := plans.Change{Address: addr.Of("template.edit"), Action: plans.Create, ID: 5, Place: Contracts,
		Before: Modify(), After: Modify(), Edited: Edited,
		Holder: &plans.Holder{Address: addr.Of("template.modify"), ID: 5, Keeps: plans.KeepsHeldBack}}
	coming := plans.Change{Address: addr.Of("template.late"), Action: plans.Create, Place: Contracts,
		After: Titled("申请修改"), Holder: &plans.Holder{Address: addr.Of("template.early"), Keeps: plans.KeepsTakes}}
	all["refused"] = PlanOf()
	all["refused"].Refused = []plans.Change{refused}
	all["refused-titles"] = PlanOf()
	all["refused-titles"].Refused = []plans.Change{held, coming}
	all["refused-titles"].Warnings = schema.Diagnostics{
		schema.Problem(schema.Warning, addr.Of("template.edit"), schema.AttrTitle, plans.TitleTaken,
			"what leads out of it"),
	}
	swap := func(address string, id int64, from, to, interim string) plans.Change {
		before, after := Titled(from), Titled(to)
		return plans.Change{Address: addr.Of(address), Action: plans.Update, ID: id, Place: Contracts, Before: before,
			After: after, Steps: reconcile.AlignSteps(before.Steps, after.Steps), Interim: interim}
	}
	all["interim"] = PlanOf(swap("template.a", 5, "甲", "乙", ""), swap("template.b", 6, "乙", "甲", "乙 (tid 6)"))
	all["refused"].Warnings = schema.Diagnostics{
		schema.Problem(schema.Warning, addr.Of("template.modify"), schema.AttrTitle,
			"A template of this title is there already", "said in the section about it"),
		schema.Problem(schema.Warning, addr.Of("approver.li"), "realname", "The drive knows this user by another name",
			`approver.li: user 5 has the realname "李四" on the drive, and "李肆" here.`),
	}

	all["held-back"] = PlanOf()
	all["held-back"].HeldBack = []plans.Change{all["destroy"].Changes[0], all["replace"].Changes[0],
		all["destroy"].Changes[2]}
}

// addOutputs adds plans with policies and outputs.
func addOutputs(all map[string]*plans.Plan) {
	all["policies"] = PlanOf(all["create"].Changes...)
	all["policies"].Warnings = schema.Diagnostics{PolicyFails()}
	all["policies"].Checks = checks()

	all["outputs"] = PlanOf(all["create"].Changes...)
	all["outputs"].Outputs = []plans.OutputChange{
		{Name: "approvers", Action: plans.Update, Before: []any{"张三"}, After: []any{"张三", "李四"}},
		{Name: "gone", Action: plans.Remove, Before: json.Number("7")},
		{Name: "modify_id", Action: plans.Create, Unknown: true},
		{Name: "secret", Action: plans.Update, Before: "hush", After: "hush2", Sensitive: true},
	}
	all["outputs-only"] = PlanOf(all["nothing"].Changes...)
	all["outputs-only"].Outputs = all["outputs"].Outputs[:2]
}

// checks are a policy that holds, one that warns about an instance, one that fails, and one that cannot be evaluated.
func checks() []schema.Check {
	check := func(name, folder string, instances ...schema.CheckInstance) schema.Check {
		for i := range instances {
			if instances[i].Policy.IsZero() {
				instances[i].Policy = addr.New("policy", name)
			}
		}
		return schema.Check{Policy: addr.New("policy", name), Folder: folder, Instances: instances}
	}
	modify := addr.Of("template.modify")
	all := []schema.Check{
		check("whole", "", schema.CheckInstance{Severity: schema.Error, Status: schema.CheckPass}),
		check("least", "", schema.CheckInstance{Policy: addr.New("policy", "least").Instance("legal"), Subject: modify,
			Severity: schema.Warning, Status: schema.CheckFail, Problem: "Too few."}),
		check("four_eyes", "../security", schema.CheckInstance{Subject: modify, Severity: schema.Error,
			Status: schema.CheckFail, Problem: "申请修改: 测试2 alone can pass this."}),
		check("before", "../security", schema.CheckInstance{Subject: modify, Severity: schema.Error,
			Status: schema.CheckError, Problem: "Attempt to get attribute from null value."}),
	}
	all[2].Excepted = []schema.Exception{{Template: addr.Of("template.newsletter"), Reason: "Everybody reads it."}}
	return all
}

// Drifts are plans for the command drift, by the name of their goldens.
func Drifts() map[string]*plans.Plan {
	all := map[string]*plans.Plan{
		"recreate":      Plans()["recreate"],
		"none":          PlanOf(plans.Change{Action: plans.NoOp}),
		"nothing-bound": PlanOf(),
		"edited":        Plans()["refresh-only"],
		"targeted":      Plans()["refresh-only"],
	}
	all["targeted"].Targets = []string{"folder.contracts"}
	all["targeted"].Warnings = Plans()["refused"].Warnings
	for _, p := range all {
		p.Mode = plans.RefreshOnly
	}
	return all
}
