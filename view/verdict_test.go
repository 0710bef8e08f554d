package view

import (
	"testing"

	"countersign/policy"
	"countersign/reconcile/plans"
	"countersign/schema"
)

func pass(rule schema.PassRule, n int, ids ...int64) schema.Step {
	names := map[int64]string{1: "系统管理员", 3: "测试2", 4: "测试3", 5: "张三"}
	s := schema.Step{Rule: rule, MinApprovals: n}
	for _, id := range ids {
		s.Approvers = append(s.Approvers, schema.Person{ID: id, Realname: names[id]})
	}
	return s
}

// A verdict in words, for people who know nothing of sets.
func TestVerdictInWords(t *testing.T) {
	for _, c := range []struct {
		name          string
		action        plans.Action
		before, after []schema.Step
		want          string
	}{
		{"one of them is enough now", plans.Update, []schema.Step{pass("all", 0, 3, 4)},
			[]schema.Step{pass("any", 0, 3, 4)},
			"weaker: now 测试2 alone can pass this; before, 测试3 was needed too"},
		{"all of them are needed now", plans.Update, []schema.Step{pass("any", 0, 3, 4)},
			[]schema.Step{pass("all", 0, 3, 4)},
			"stronger: before, 测试2 alone could pass this; now 测试3 is needed too"},
		{"a step goes", plans.Update, []schema.Step{pass("any", 0, 3), pass("any", 0, 1, 4)},
			[]schema.Step{pass("any", 0, 3)},
			"weaker: now 测试2 alone can pass this; before, one more was needed, such as 系统管理员"},
		{"somebody else", plans.Update, []schema.Step{pass("any", 0, 3)}, []schema.Step{pass("any", 0, 4)},
			"incomparable: weaker for some, as now 测试3 alone can pass this; before, 测试2 was needed; " +
				"stronger for others, as before, 测试2 alone could pass this; now 测试3 is needed"},
		{"fewer of more", plans.Update, []schema.Step{pass("at_least", 3, 1, 3, 4, 5)},
			[]schema.Step{pass("at_least", 2, 1, 3, 4, 5)},
			"weaker: now 系统管理员 and 测试2 together can pass this; before, one more was needed, such as 测试3"},
		{"it could never pass", plans.Update, nil, []schema.Step{pass("any", 0, 3)},
			"weaker: now 测试2 alone can pass this; before, nobody could pass it"},
		{"it can never pass now", plans.Update, []schema.Step{pass("any", 0, 3)}, []schema.Step{pass("at_least",
			2, 3)},
			"stronger: before, 测试2 alone could pass this; now nobody can pass it"},
		{"nothing", plans.Update, []schema.Step{pass("any", 0, 3)}, []schema.Step{pass("all", 0, 3)},
			"same: the same people can pass this as before"},
		{"made", plans.Create, nil, []schema.Step{pass("all", 0, 3, 4)},
			"opened: this approval can be raised from now on; 测试2 and 测试3 together can pass it"},
		{"made, and nobody can pass it", plans.Create, nil, nil,
			"opened: this approval can be raised from now on, but nobody can pass it"},
		{"gone", plans.Remove, []schema.Step{pass("any", 0, 3, 4)}, nil,
			"closed: this approval can no longer be raised, and those raised already go on; " +
				"until now 测试2 alone could pass it"},
	} {
		before, after := &schema.Template{Steps: c.before}, &schema.Template{Steps: c.after}
		l := NewNames(nil, nil)
		l.MeetAll(before)
		l.MeetAll(after)
		v := VerdictOf(&plans.Change{Action: c.action, Before: before, After: after})
		if got := l.VerdictText(v); got != c.want {
			t.Errorf("%s: %s\n   not %s", c.name, got, c.want)
		}
	}
}

// Of many people the first are named.
func TestVerdictOfMany(t *testing.T) {
	ids := make([]int64, 20)
	for i := range ids {
		ids[i] = int64(i + 10)
	}
	l := NewNames(nil, nil)
	const want = "user 10, user 11, user 12, user 13, user 14, user 15, user 16 and 13 more"
	if got := l.And(ids); got != want {
		t.Errorf("%s, not %s", got, want)
	}
	v := Verdict{Verdict: policy.Verdict{Result: policy.Undecided, Why: "it takes too long"}}
	if got := l.VerdictText(v); got != "undecided: it takes too long" || !v.Alarms() {
		t.Error(got)
	}
}

// A template that moves up the tree gives its access to more files, and the plan says where.
func TestEffectsInATree(t *testing.T) {
	place := func(id int64, path string) plans.Place {
		return plans.Place{ID: id, Kind: schema.ScopeFolder, Path: path}
	}
	sees := &schema.Template{Steps: []schema.Step{pass("any", 0, 3)}, ApproverAccess: schema.AccessPreview}
	for _, c := range []struct {
		name    string
		old, to plans.Place
		want    string
	}{
		{"up", place(7, "公司文件/合同"), place(1, "公司文件"),
			"gains access: 测试2, as an approver: preview of what this is raised on in 公司文件 (folder 1)\n" +
				"raised on more: all of 公司文件, of which 公司文件/合同 is a part\n"},
		{"down", place(1, "公司文件"), place(7, "公司文件/合同"),
			"loses access: 测试2, as an approver: preview of what this is raised on in 公司文件 (folder 1)\n" +
				"raised on less: 公司文件/合同, no longer the rest of 公司文件\n"},
		{"no part of it, though its name begins alike", place(7, "公司文件/合同"), place(8, "公司文件/合同2"),
			"loses access: 测试2, as an approver: preview of what this is raised on in 公司文件/合同 (folder 7)\n" +
				"gains access: 测试2, as an approver: preview of what this is raised on in 公司文件/合同2 (folder 8)\n" +
				"raised elsewhere: 公司文件/合同2 (folder 8), no longer 公司文件/合同 (folder 7)\n"},
	} {
		l := NewNames(nil, nil)
		l.MeetAll(sees)
		got := ""
		for _, n := range l.effects(VerdictOf(&plans.Change{Action: plans.Replace, Before: sees, After: sees,
			Place: c.to, OldPlace: &c.old})) {
			got += n.Label + ": " + n.After + "\n"
		}
		if got != c.want {
			t.Errorf("%s:\n%s not\n%s", c.name, got, c.want)
		}
	}
}

// The line with the numbers names those that somebody must look at, each title once, and of many the first.
func TestVerdictLine(t *testing.T) {
	weaker := func(title string) Verdict {
		named := &schema.Template{Title: title}
		return Verdict{Verdict: policy.Verdict{Result: policy.Weaker, Opens: []int64{3}}, from: named, to: named}
	}
	same := Verdict{Verdict: policy.Verdict{Result: policy.Same}}
	for _, c := range []struct {
		list []Verdict
		want Remark
	}{
		{nil, Remark{}},
		{[]Verdict{same}, Remark{Text: "Who can approve: 1 same."}},
		{[]Verdict{same, weaker("修改"), weaker("修改"), weaker("上传")},
			Remark{Text: `Who can approve: 3 weaker ("修改", "上传"), 1 same.`, Alarm: true}},
		{[]Verdict{weaker("a"), weaker("b"), weaker("c"), weaker("d"), weaker("e")},
			Remark{Text: `Who can approve: 5 weaker ("a", "b", "c", 2 more).`, Alarm: true}},
	} {
		if got := VerdictLine(c.list); got != c.want {
			t.Errorf("%v, not %v", got, c.want)
		}
	}
}
