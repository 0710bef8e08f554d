package viewtest

import (
	"countersign/policy/simulate"
	"countersign/schema"
	"countersign/schema/addr"
)

// Tested are tests, some of which fail, in every way, and what they cover.
func Tested() ([]simulate.Result, schema.Declaration, *simulate.Coverage) {
	two, three, admin := schema.Person{ID: 3, Realname: "测试2"}, schema.Person{ID: 4, Realname: "测试3"},
		schema.Person{ID: 1, Username: "admin", Realname: "系统管理员"}
	modify := schema.Declared{Address: addr.New("template", "modify"), Template: schema.Template{Title: "申请修改",
		Steps: []schema.Step{{Name: "初审", Rule: schema.RuleAny, Approvers: []schema.Person{two}},
			{Name: "终审", Rule: schema.RuleAtLeast, MinApprovals: 2, Approvers: []schema.Person{admin, two, three}}}}}
	d := schema.Declaration{Templates: []schema.Declared{modify,
		{Address: addr.New("template", "other"), Template: modify.Template}}}
	for _, p := range []schema.Person{two, three, admin} {
		d.Approvers = append(d.Approvers, schema.Approver{Person: p})
	}
	at := func(line, column int) schema.Range {
		return schema.Range{Filename: "main.test.hcl", Start: schema.Pos{Line: line, Column: column},
			End: schema.Pos{Line: line, Column: column + 9}}
	}
	says := func(p schema.Person, agrees bool) schema.Answer { return schema.Answer{Person: p, Agrees: agrees} }
	tests := []schema.Test{
		{Name: "passes", Agree: []schema.Person{two, admin}, Assertions: []schema.Assertion{
			{Kind: schema.AssertOutcome, Outcome: schema.OutcomeApproved}}},
		{
			Name: `table["<b>"]`,
			Decisions: []schema.Answer{says(three, true), says(two, true), says(two, true), says(two, false),
				says(three, true), says(admin, true)},
			Assertions: []schema.Assertion{
				{Kind: schema.AssertOutcome, Outcome: schema.OutcomePending}},
		},
		{Name: "who can", Assertions: []schema.Assertion{
			{Kind: schema.AssertCanPass, Groups: [][]schema.Person{{two}}},
			{Kind: schema.AssertCannotPass, Groups: [][]schema.Person{{two, three}}},
			{Kind: schema.AssertWhoCanPass, Groups: [][]schema.Person{{two}, {two, three}}},
			{Kind: schema.AssertNeeds, Least: 3}}},
	}
	var results []simulate.Result
	for i := range tests {
		tests[i].Template, tests[i].At = modify.Address, at(10*i+1, 1)
		for k := range tests[i].Assertions {
			tests[i].Assertions[k].At = at(10*i+2+k, 12)
		}
		results = append(results, simulate.Check(&tests[i], modify.Template))
	}
	c := simulate.Cover([]*schema.Test{&tests[0]}, d.Templates)
	return results, d, &c
}
