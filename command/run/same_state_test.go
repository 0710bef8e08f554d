package run

import (
	"encoding/json"
	"testing"

	"countersign/schema"
	"countersign/schema/addr"
	"countersign/state"
)

func stateOf(change func(*state.State)) state.State {
	admin := schema.Person{ID: 1, Username: "admin", Realname: "系统管理员"}
	st := state.State{
		Writer: "1.0", Lineage: "a-lineage", Serial: 7, Drive: "sandbox:",
		Bindings: []state.Binding{{
			Address: addr.Of("template.a"), ID: 5, ScopeID: 7, Scope: addr.Of("folder.a"),
			ScopeKind: schema.ScopeFolder,
			Recorded: schema.Template{Title: "申请修改", ApprovalType: "4", AppliesTo: schema.AppliesToFiles,
				Steps:          []schema.Step{{Name: "审批", Approvers: []schema.Person{admin}, Rule: schema.RuleAll}},
				ApproverAccess: schema.AccessNone, CCAccess: schema.AccessNone},
		}},
		Outputs: map[string]state.Output{"id": {Value: json.Number("5"), Type: "number"}},
	}
	change(&st)
	return st
}

func TestSameState(t *testing.T) {
	for name, test := range map[string]struct {
		same   bool
		change func(*state.State)
	}{
		"nothing":         {true, func(*state.State) {}},
		"who wrote it":    {true, func(s *state.State) { s.Writer, s.Serial, s.Lineage = "2.0", 8, "another" }},
		"an empty list":   {true, func(s *state.State) { s.Bindings[0].Recorded.CC = []schema.Person{} }},
		"nothing deposed": {true, func(s *state.State) { s.Bindings[0].Deposed = []state.Deposed{} }},
		"the title":       {false, func(s *state.State) { s.Bindings[0].Recorded.Title = "修改" }},
		"a person's name": {false,
			func(s *state.State) { s.Bindings[0].Recorded.Steps[0].Approvers[0].Realname = "张三" }},
		"the drive": {false, func(s *state.State) { s.Drive = "https://drive.example.com" }},
		"an output": {false,
			func(s *state.State) { s.Outputs["id"] = state.Output{Value: json.Number("6"), Type: "number"} }},
		"a binding less": {false, func(s *state.State) { s.Bindings = nil }},
	} {
		if got := SameState(stateOf(func(*state.State) {}), stateOf(test.change)); got != test.same {
			t.Errorf("%s differs, and the states count as the same: %v", name, got)
		}
	}
	if !SameState(state.State{Drive: "sandbox:"},
		state.State{Bindings: []state.Binding{}, Outputs: map[string]state.Output{}}) {
		t.Error("two states that bind nothing differ")
	}
}
