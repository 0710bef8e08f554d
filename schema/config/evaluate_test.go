package config

import (
	"encoding/json"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/function"

	"countersign/schema"
	"countersign/schema/addr"
	"countersign/schema/config/configtest"
)

// TestNeedsFacts: which configurations say all there is to know, and which need the drive.
func TestNeedsFacts(t *testing.T) {
	const base = `
folder "x" { id = 7 }
approver "li" {
  id       = 3
  username = "li"
  realname = "李"
}
`
	template := func(title, description string) string {
		return "template \"t\" {\n scope = folder.x\n title = " + title + "\n approval_type = \"修改文件\"\n" +
			" description = " + description +
			"\n step \"一\" {\n approvers = [approver.li]\n require = \"any\"\n }\n}\n"
	}
	tests := []struct {
		name, text string
		want       bool
	}{
		{"all written", base + template(`"t"`, `"of ${folder.x.id} by ${approver.li.realname}"`), false},
		{"a scope without an id", base + `folder "y" { path = "公司文件" }`, true},
		{"an approver without a username", base + "approver \"w\" {\n id = 4\n realname = \"王\"\n}", true},
		{"an approver without a realname", base + "approver \"w\" {\n id = 4\n username = \"w\"\n}", true},
		{"a reference to an id to be found", base + "folder \"y\" { path = \"公司文件\" }\n" +
			template(`"t"`, `"of ${folder.y.id}"`), true},
		{"a reference to another template's id", base + template(`"t"`, `"after ${template.first.id}"`) +
			strings.ReplaceAll(template(`"first"`, `null`), `"t" {`, `"first" {`), true},
		{"an output of a template's id", base + template(`"t"`, `null`) + "output \"id\" { value = template.t.id }",
			false},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Chdir(t.TempDir())
			configtest.Write(t, "a.hcl", test.text)
			config, diags := evaluate(t, "a.hcl", Inputs{}, nil)
			if len(diags) > 0 {
				t.Fatal(diags)
			}
			if config.NeedsFacts != test.want {
				t.Errorf("NeedsFacts is %t", config.NeedsFacts)
			}
		})
	}
}

// TestFacts: what expressions see before the drive is read, after it, and after an apply.
func TestFacts(t *testing.T) {
	t.Chdir(t.TempDir())
	configtest.Write(t, "a.hcl", `
folder "team" {
  for_each = toset(["legal", "finance"])
  path     = "公司文件/${each.key}"
}
approver "li" { id = 3 }
approver "wang" {
  id       = 4
  username = "wang"
  realname = "written, not what the drive says"
}
template "t" {
  for_each      = folder.team
  scope         = each.value
  title         = "审批 ${each.key}"
  approval_type = "修改文件"
  description   = "${approver.li.realname}负责 ${each.value.id}"
  step "${approver.li.username}" {
    approvers = [for name in ["li", "wang"] : approver[name]]
    require   = "any"
  }
}
output "ids" { value = { for k, t in template.t : k => t.id } }
output "names" { value = [approver.li.username, approver.wang.realname] }
output "legal" { value = template.t["legal"].scope.path }
`)
	// A step's name is a label, which cannot refer to anything: ${…} in it is refused.
	if _, diags := Load("a.hcl"); len(diags) == 0 {
		t.Error("a reference in a label was taken")
	}
	source := rewrite(t, "a.hcl", `step "${approver.li.username}"`, `step "一"`)

	before, diags := source.Evaluate(Inputs{}, nil)
	if len(diags) > 0 {
		t.Fatal(diags)
	}
	if !before.NeedsFacts || before.Declaration.Templates[0].Template.Description != "" ||
		before.Declaration.Templates[0].Template.Title != "审批 finance" {
		t.Errorf("%+v", before.Declaration.Templates[0])
	}
	facts := &schema.Facts{
		People: map[int64]schema.Person{3: {ID: 3, Username: "li", Realname: "李"},
			4: {ID: 4, Username: "wang", Realname: "王"}},
		ScopeIDs: map[addr.Address]int64{addr.Of(`folder.team["finance"]`): 8, addr.Of(`folder.team["legal"]`): 9},
	}
	after, diags := source.Evaluate(Inputs{}, facts)
	if len(diags) > 0 {
		t.Fatal(diags)
	}
	var got []string
	for _, d := range after.Declaration.Templates {
		got = append(got, d.Address.String()+" on "+d.Scope.String()+": "+d.Template.Description)
	}
	want := []string{`template.t["finance"] on folder.team["finance"]: 李负责 8`,
		`template.t["legal"] on folder.team["legal"]: 李负责 9`}
	if !slices.Equal(got, want) {
		t.Errorf("got %q", got)
	}
	if scope, person := after.Declaration.Scopes[0], after.Declaration.Approvers[0].Person; scope.ID != 0 ||
		person.Realname != "" {
		t.Errorf("the declaration holds what only the drive knows: %+v %+v", scope, person)
	}

	check := func(want string) {
		t.Helper()
		outputs, diags := source.Outputs(Inputs{}, facts)
		if len(diags) > 0 {
			t.Fatal(diags)
		}
		text, err := json.Marshal(outputs)
		if err != nil {
			t.Fatal(err)
		}
		if d := cmp.Diff(want, string(text)); d != "" {
			t.Error(d)
		}
	}
	legal := `{"Name":"legal","Description":"","Value":"公司文件/legal","Type":"string","Unknown":false,"Sensitive":false},`
	names := `{"Name":"names","Description":"","Value":["li","written, not what the drive says"],` +
		`"Type":["tuple",["string","string"]],"Unknown":false,"Sensitive":false}`
	ids := `"Type":["object",{"finance":"number","legal":"number"}],`
	check(`[{"Name":"ids","Description":"","Value":null,` + ids + `"Unknown":true,"Sensitive":false},` + legal + names +
		`]`)
	facts.Templates = map[addr.Address]int64{addr.Of(`template.t["finance"]`): 21, addr.Of(`template.t["legal"]`): 22}
	check(`[{"Name":"ids","Description":"","Value":{"finance":21,"legal":22},` + ids +
		`"Unknown":false,"Sensitive":false},` + legal + names + `]`)
}

// rewrite changes a file and loads it.
func rewrite(t *testing.T, name, old, new string) *Source {
	t.Helper()
	text, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	configtest.Write(t, name, strings.ReplaceAll(string(text), old, new))
	source, diags := Load(name)
	if len(diags) > 0 {
		t.Fatal(diags)
	}
	return source
}

// TestEvaluatedOnce counts how often expressions are evaluated: once an instance those that speak of the instance,
// once a block all others, for_each before all; a block that many refer to once.
func TestEvaluatedOnce(t *testing.T) {
	counts := map[string]int{}
	seen := function.New(&function.Spec{
		Params: []function.Parameter{{Name: "where", Type: cty.String},
			{Name: "value", Type: cty.DynamicPseudoType, AllowUnknown: true}},
		Type: func(args []cty.Value) (cty.Type, error) { return args[1].Type(), nil },
		Impl: func(args []cty.Value, _ cty.Type) (cty.Value, error) {
			counts[args[0].AsString()]++
			return args[1], nil
		},
	})
	t.Chdir(t.TempDir())
	configtest.Write(t, "a.hcl", `
locals {
  list = seen("local", ["a", "b", "c"])
}
folder "f" {
  for_each = seen("for_each of folder", toset(local.list))
  path     = seen("path", each.key)
}
approver "li" { id = seen("approver", 3) }
template "t" {
  for_each      = seen("for_each of template", folder.f)
  scope         = seen("scope", each.value)
  title         = seen("title", "${each.key} of ${length(local.list)}")
  approval_type = "修改文件"
  description   = seen("description", folder.f["a"].path)
  step "一" {
    approvers = seen("approvers", [approver.li])
    require   = "any"
  }
  dynamic "step" {
    for_each = seen("for_each of step", ["二", "三"])
    labels   = [seen("label", step.value)]
    content {
      approvers     = [approver.li]
      min_approvals = seen("min_approvals", 1)
    }
  }
}
template "u" {
  scope         = folder.f["b"]
  title         = template.t["a"].title
  approval_type = "修改文件"
  step "一" {
    approvers = [approver["li"]]
    require   = "any"
  }
}
output "o" { value = [for t in template.t : t.title] }
`)
	source, _ := Load("a.hcl")
	ev := source.evaluator(Inputs{}, nil)
	ev.Root.Functions["seen"] = seen
	if _, diags := ev.evaluate(); len(diags) > 0 {
		t.Fatal(diags)
	}
	want := map[string]int{"local": 1, "for_each of folder": 1, "path": 3, "approver": 1, "for_each of template": 1,
		"scope": 3, "title": 3,
		"description": 1, "approvers": 1, "for_each of step": 1, "label": 6, "min_approvals": 1}
	if d := cmp.Diff(want, counts); d != "" {
		t.Errorf("-want +got:\n%s", d)
	}
}

// TestReferencesInAnyOrder: a chain through every kind of block, written backwards and over several files.
func TestReferencesInAnyOrder(t *testing.T) {
	t.Chdir(t.TempDir())
	configtest.Write(t, "1.hcl", `
output "o" { value = template.t.description }
template "t" {
  scope         = file.c
  title         = local.title
  approval_type = "修改文件"
  description   = template.before.title
  step "一" {
    approvers = local.board
    require   = "any"
  }
}
template "before" {
  scope         = folder.b
  title         = "${local.title} before"
  approval_type = "修改文件"
  step "一" {
    approvers = local.board
    require   = "any"
  }
}
`)
	configtest.Write(t, "2.hcl", `
file "c" { id = folder.b.id + 1 }
locals {
  title = "t of ${folder.b.name}"
  board = [approver.li]
}
folder "b" { id = approver.li.id + var.base }
approver "li" { id = 3 }
variable "base" { default = 100 }
`)
	if got := outputsOf(t, ".", Inputs{})["o"]; got != "t of b before" {
		t.Errorf("got %q", got)
	}
}

// TestToken: the token comes from the block or the environment, and is in nothing that is printed.
func TestToken(t *testing.T) {
	tests := []struct {
		name, attribute, env, want string
	}{
		{"written", `token = "s3cret"`, "", "s3cret"},
		{"from the variable named", `token = env("OTHER")`, "OTHER=s3cret", "s3cret"},
		{"not set, so the default variable", `token = env("OTHER")`, "YOMICLOUD_TOKEN=s3cret", "s3cret"},
		{"the default", ``, "YOMICLOUD_TOKEN=s3cret", "s3cret"},
		{"none", `token = env("YOMICLOUD_TOKEN")`, "", ""},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Chdir(t.TempDir())
			configtest.Write(t, "a.hcl", "provider \"yomicloud\" {\n endpoint = \"sandbox:\"\n "+test.attribute+"\n}\n")
			config, diags := evaluate(t, "a.hcl", Inputs{Environ: []string{test.env}}, nil)
			if len(diags) > 0 {
				t.Fatal(diags)
			}
			if config.Provider.Token != test.want {
				t.Errorf("got %q", config.Provider.Token)
			}
			if printed := config.Provider.String() + config.Provider.GoString(); strings.Contains(printed, "s3cret") {
				t.Error(printed)
			}
		})
	}
}
