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
