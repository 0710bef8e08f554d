package config

import (
	"slices"
	"strings"
	"testing"

	"countersign/schema"
	"countersign/schema/config/configtest"
)

// Instances that give an expression the same to read share its value; those that give it only what looks the same do
// not, and no secret passes for the plain text that it is equal to.
func TestRepeatedExpressions(t *testing.T) {
	t.Chdir(t.TempDir())
	evaluate := func(values string) ([]schema.Declared, schema.Diagnostics) {
		configtest.Write(t, "a.hcl", `
provider "yomicloud" {
  endpoint = "http://127.0.0.1:1"
}
folder "f" {
  id = 1
}
approver "li" {
  id       = 2
  username = "li"
  realname = "李"
}
template "t" {
  for_each      = { `+values+` }
  scope         = folder.f
  title         = each.key
  approval_type = "1"
  description   = jsonencode(each.value.v)
  step "s" {
    approvers = [approver.li]
    require   = "any"
  }
}
`)
		s, diags := Load("a.hcl")
		if diags.HasErrors() {
			t.Fatal(diags)
		}
		c, diags := s.Evaluate(Inputs{}, nil)
		if diags.HasErrors() {
			return nil, diags
		}
		return c.Declaration.Templates, nil
	}
	templates, diags := evaluate(`a = { v = "1" }, b = { v = 1 }, c = { v = true }, d = { v = "true" }, e = { v = "1" },
    f = { v = 1 }, g = { v = "1 1" }, h = { v = 10 }, i = { v = [1] }, j = { v = 1 }`)
	var got []string
	for _, d := range templates {
		got = append(got, d.Template.Description)
	}
	want := []string{`"1"`, `1`, `true`, `"true"`, `"1"`, `1`, `"1 1"`, `10`, `[1]`, `1`}
	if diags != nil || !slices.Equal(got, want) {
		t.Errorf("%q, not %q: %v", got, want, diags)
	}
	for _, values := range []string{`a = { v = "1" }, b = { v = sensitive("1") }`,
		`a = { v = sensitive("1") }, b = { v = "1" }`, `a = { v = sensitive("1") }, b = { v = sensitive("1") }`} {
		_, diags := evaluate(values)
		if len(diags) != 1 || !strings.Contains(diags[0].Summary, "Sensitive") {
			t.Errorf("%s: %v", values, diags)
		}
	}
}
