package run

import (
	"encoding/json"
	"reflect"
	"testing"

	"countersign/schema"
	"countersign/schema/addr"
	"countersign/state"
)

// fullState has something in every field.
func fullState() state.State {
	person := schema.Person{ID: 1, Username: "admin", Realname: "系统管理员"}
	recorded := schema.Template{
		Title: "申请修改", ApprovalType: "4", AppliesTo: schema.AppliesToFiles, Description: "说明",
		Steps: []schema.Step{{Name: "审批", Approvers: []schema.Person{person}, Rule: schema.RuleAtLeast,
			MinApprovals: 1}},
		ApproverAccess: schema.AccessNone, CC: []schema.Person{person}, CCAccess: schema.AccessPreview,
	}
	return state.State{
		Bindings: []state.Binding{{
			Address: addr.Of("template.a"), ID: 5, ScopeID: 7, Scope: addr.Of("folder.a"),
			ScopeKind: schema.ScopeFolder, ScopePath: "甲/乙", Recorded: recorded,
			Sets: []string{"cc"}, PreventDestroy: true, Deposed: []state.Deposed{{ID: 4, ScopeID: 3,
				Recorded: recorded}},
		}},
		Outputs: map[string]state.Output{"id": {Value: json.Number("5"), Type: "number", Sensitive: true}},
	}
}

// A field that is added to the state one day and not compared would never be written: this finds it.
func TestSameStateSeesEveryField(t *testing.T) {
	if !SameState(fullState(), fullState()) {
		t.Fatal("a state differs from itself")
	}
	count := 0
	var change func(v reflect.Value, path string, differs func() bool)
	change = func(v reflect.Value, path string, differs func() bool) {
		switch v.Kind() {
		case reflect.Struct:
			for i := range v.NumField() {
				change(v.Field(i), path+"."+v.Type().Field(i).Name, differs)
			}
			return
		case reflect.Slice:
			for i := range v.Len() {
				change(v.Index(i), path+"[]", differs)
			}
		}
		count++
		old := reflect.New(v.Type()).Elem()
		old.Set(v)
		switch v.Kind() {
		case reflect.String:
			v.SetString(v.String() + "x")
		case reflect.Int, reflect.Int64:
			v.SetInt(v.Int() + 1)
		case reflect.Bool:
			v.SetBool(!v.Bool())
		case reflect.Slice:
			v.SetZero()
		default:
			t.Fatalf("%s: a %s is not foreseen", path, v.Kind())
		}
		if !differs() {
			t.Errorf("a change of %s goes unseen", path)
		}
		v.Set(old)
	}
	st := fullState()
	change(reflect.ValueOf(&st.Bindings[0]).Elem(), "Binding", func() bool { return !SameState(st, fullState()) })
	if count < 30 {
		t.Errorf("only %d fields were tried", count)
	}
	st.Outputs["id"] = state.Output{Value: json.Number("6"), Type: "number", Sensitive: true}
	if SameState(st, fullState()) {
		t.Error("a change of an output goes unseen")
	}
}

func TestSameStateIgnoresHowNothingIsWritten(t *testing.T) {
	a, b := fullState(), fullState()
	for _, st := range []*state.State{&a, &b} {
		st.Bindings[0].Recorded.CC = nil
		st.Bindings[0].Deposed = nil
	}
	b.Bindings[0].Recorded.CC = []schema.Person{}
	b.Bindings[0].Deposed = []state.Deposed{}
	if !SameState(a, b) || !SameState(state.State{}, state.State{Bindings: []state.Binding{},
		Outputs: map[string]state.Output{}}) {
		t.Error("an empty list differs from none")
	}
}
