package schema

import (
	"reflect"
	"testing"
)

// Each field of a template belongs to one row of the table: a change of it is a change of that row alone, and copying
// the row takes it over.
func TestEachFieldHasItsAttribute(t *testing.T) {
	for i := range reflect.TypeFor[Template]().NumField() {
		name := reflect.TypeFor[Template]().Field(i).Name
		a, b := full(), full()
		change(t, reflect.ValueOf(&b).Elem().Field(i))
		var differ []string
		for _, attribute := range Attributes {
			if !attribute.Same(&a, &b) {
				differ = append(differ, attribute.Name)
				attribute.Copy(&a, &b)
			}
		}
		if len(differ) != 1 {
			t.Errorf("a change of %s is one of %q, not of one attribute", name, differ)
		}
		if !reflect.DeepEqual(a, b) {
			t.Errorf("copying %q does not take over %s", differ, name)
		}
		if full().Equal(b) || !full().Equal(full()) {
			t.Errorf("Equal does not see a change of %s", name)
		}
	}
}

// What is not written means the default of an optional attribute.
func TestDefaults(t *testing.T) {
	empty, whole := Template{}, full()
	for _, a := range Attributes {
		if a.Optional != (a.Default != nil) || a.MadeDefault && !a.Optional {
			t.Errorf("%s: only what is optional has a default, and needs one", a.Name)
		}
		if a.Default != nil && (!a.Default(&empty) || a.Default(&whole)) {
			t.Errorf("%s: nothing is its default, and only nothing", a.Name)
		}
		if (a.Text != nil) != (a.SetText != nil) {
			t.Errorf("%s: a text is read and set", a.Name)
		}
		if a.Managed(nil) == a.Optional || !a.Managed([]string{a.Name}) {
			t.Errorf("%s: what is optional is managed once it was set", a.Name)
		}
	}
}

// full is a template that says something in every respect.
func full() Template {
	who := []Person{{ID: 1, Username: "a", Realname: "甲"}}
	return Template{Title: "t", ApprovalType: "1", AppliesTo: AppliesToAny, Description: "d",
		ApproverAccess: AccessPreview, CC: who,
		CCAccess: AccessPreview, Steps: []Step{{Name: "s", Approvers: who, Rule: RuleAtLeast, MinApprovals: 1}}}
}

// change makes a field of a template say something else.
func change(t *testing.T, field reflect.Value) {
	switch field.Kind() {
	case reflect.String:
		field.SetString(field.String() + "x")
	case reflect.Slice:
		field.SetLen(0)
	case reflect.Int, reflect.Int64:
		field.SetInt(field.Int() + 1)
	case reflect.Bool:
		field.SetBool(!field.Bool())
	default:
		t.Fatalf("no change of a %s is known", field.Kind())
	}
}

// Lists of the same people under the same names become one; any other keeps what it says.
func TestTeamsShare(t *testing.T) {
	list := func(names ...string) []Person {
		var people []Person
		for i, name := range names {
			people = append(people, Person{ID: int64(i + 1), Username: name})
		}
		return people
	}
	steps := func() []Step {
		return []Step{{Approvers: list("li", "wang")}, {Approvers: list("li", "wang")}, {Approvers: list("li")},
			{Approvers: list("li", "王")}, {Approvers: list("li", "王")}, {}, {Approvers: []Person{}},
			{Approvers: []Person{{ID: 12}}}}
	}
	got := steps()
	Teams{}.Share(got)
	if !reflect.DeepEqual(got, steps()) {
		t.Errorf("sharing has changed what the steps say: %v", got)
	}
	one := func(a, b int) bool { return &got[a].Approvers[0] == &got[b].Approvers[0] }
	if !one(0, 1) || one(0, 2) || one(1, 3) || !one(3, 4) {
		t.Error("lists are shared that differ, or not shared that are the same")
	}
}
