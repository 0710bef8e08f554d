package config

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"countersign/schema"
	"countersign/schema/addr"
	"countersign/schema/config/backend"
	"countersign/schema/config/configtest"
	"countersign/schema/config/provider"
)

func TestExample(t *testing.T) {
	t.Chdir(t.TempDir())
	configtest.Write(t, "contracts.hcl", configtest.Example)
	in := Inputs{Environ: []string{"YOMICLOUD_TOKEN=s3cret"}}
	source, diags := Load("contracts.hcl")
	if len(diags) > 0 {
		t.Fatal(diags)
	}
	if source.Name != "contracts" || source.Dir != "." || !source.Single || len(source.Files) != 1 {
		t.Errorf("source: %+v", source)
	}
	got, diags := source.Evaluate(in, nil)
	if len(diags) > 0 {
		t.Fatal(diags)
	}

	retries := 4
	admin, wang := schema.Person{ID: 1, Username: "admin", Realname: "系统管理员"},
		schema.Person{ID: 4, Username: "wang", Realname: "王"}
	li, zhang := schema.Person{ID: 3}, schema.Person{ID: 5, Realname: "张"}
	board := []schema.Person{admin, li, wang}
	upload := schema.Template{Title: "上传审批", ApprovalType: "2", Steps: []schema.Step{
		{Name: "初审", Approvers: []schema.Person{li}, Rule: schema.RuleDesignated},
		{Name: "终审", Approvers: board, Rule: schema.RuleDesignated},
	}}
	all := []string{"applies_to", "approval_type", "approver_access", "cc", "description", "step", "title"}
	want := &Config{
		Provider: provider.Drive{Endpoint: "https://drive.example.com", Token: "s3cret",
			Connection: provider.Connection{Timeout: 30 * time.Second}, Retries: &retries},
		State: backend.State{Type: "local", Path: "state/contracts.json", Folder: "."},
		Declaration: schema.Declaration{
			Scopes: []schema.Scope{
				{Address: addr.Of("file.charter"), Kind: schema.ScopeFile, ID: 98, Unmanaged: schema.UnmanagedReport},
				{Address: addr.Of("folder.contracts"), Kind: schema.ScopeFolder, ID: 71, Path: "公司文件/合同",
					Unmanaged: schema.UnmanagedRemove},
				{Address: addr.Of("folder.finance"), Kind: schema.ScopeFolder, ID: 80,
					Unmanaged: schema.UnmanagedReport},
				{Address: addr.Of("folder.legal"), Kind: schema.ScopeFolder, Path: "公司文件/法务",
					Unmanaged: schema.UnmanagedReport},
			},
			Approvers: []schema.Approver{
				{Address: addr.Of("approver.admin"), Person: admin}, {Address: addr.Of("approver.li"), Person: li},
				{Address: addr.Of("approver.wang"), Person: wang}, {Address: addr.Of("approver.zhang"), Person: zhang},
			},
			Templates: []schema.Declared{
				{
					Address: addr.Of("template.modify"), Scope: addr.Of("folder.contracts"),
					Template: schema.Template{Title: "申请修改", ApprovalType: "修改文件", AppliesTo: schema.AppliesToFiles,
						Description: "请说明修改内容",
						Steps: []schema.Step{
							{Name: "初审", Approvers: []schema.Person{li, zhang}, Rule: schema.RuleAny},
							{Name: "终审", Approvers: board, Rule: schema.RuleAtLeast, MinApprovals: 2},
						},
						ApproverAccess: schema.AccessPreview, CC: []schema.Person{zhang}, CCAccess: schema.AccessNone},
					Sets:           []string{"approver_access", "cc", "description"},
					PreventDestroy: true, IgnoreChanges: []string{"description"},
				},
				{Address: addr.Of(`template.upload["charter"]`), Scope: addr.Of("file.charter"), Template: upload,
					IgnoreChanges: all},
				{Address: addr.Of(`template.upload["finance"]`), Scope: addr.Of("folder.finance"), Template: upload,
					IgnoreChanges: all},
				{Address: addr.Of(`template.upload["legal"]`), Scope: addr.Of("folder.legal"), Template: upload,
					IgnoreChanges: all},
			},
			Imports: []schema.Import{{To: addr.Of(`template.upload["legal"]`), ID: 12}},
		},
		NeedsFacts: true, // two approvers have no names, a folder has no id
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("-want +got:\n%s", d)
	}
}

// TestJSON holds a configuration in JSON against the same in HCL.
func TestJSON(t *testing.T) {
	t.Chdir(t.TempDir())
	configtest.Write(t, "a.hcl", `
variable "n" {
  type    = map(object({ id = number, path = optional(string) }))
  default = { x = { id = 7 } }
}
folder "team" {
  for_each = var.n
  id       = each.value.id
}
approver "li" { id = 3 }
template "t" {
  for_each      = folder.team
  scope         = each.value
  title         = "审批 ${each.key}"
  approval_type = "修改文件"
  step "一" {
    approvers = [approver.li]
    require   = "any"
  }
  dynamic "step" {
    for_each = ["二"]
    iterator = s
    labels   = [s.value]
    content {
      approvers     = [approver.li]
      min_approvals = 1
    }
  }
  lifecycle {
    ignore_changes = [title, step]
  }
}
import {
  to = template.t["x"]
  id = 5
}
`)
	configtest.Write(t, "b.hcl.json", `{
  "//": "comments are keys of two slashes",
  "variable": {"n": {"type": "map(object({ id = number, path = optional(string) }))", "default": {"x": {"id": 7}}}},
  "folder": {"team": {"for_each": "${var.n}", "id": "${each.value.id}"}},
  "approver": {"li": {"id": 3}},
  "template": {"t": {
    "for_each": "${folder.team}",
    "scope": "${each.value}",
    "title": "审批 ${each.key}",
    "approval_type": "修改文件",
    "step": {"一": {"approvers": ["${approver.li}"], "require": "any"}},
    "dynamic": {"step": {"for_each": ["二"], "iterator": "s", "labels": ["${s.value}"],
      "content": {"approvers": ["${approver.li}"], "min_approvals": 1}}},
    "lifecycle": {"ignore_changes": ["title", "step"]}
  }},
  "import": [{"to": "template.t[\"x\"]", "id": 5}]
}`)
	native, diags := evaluate(t, "a.hcl", Inputs{}, nil)
	if len(diags) > 0 {
		t.Fatal(diags)
	}
	json, diags := evaluate(t, "b.hcl.json", Inputs{}, nil)
	if len(diags) > 0 {
		t.Fatal(diags)
	}
	if d := cmp.Diff(native.Declaration, json.Declaration); d != "" {
		t.Errorf("-hcl +json:\n%s", d)
	}
	if len(native.Declaration.Templates) != 1 || len(native.Declaration.Templates[0].Template.Steps) != 2 {
		t.Errorf("declaration: %+v", native.Declaration)
	}
}

// evaluate loads and evaluates in one go.
func evaluate(t testing.TB, path string, in Inputs, facts *schema.Facts) (*Config, schema.Diagnostics) {
	t.Helper()
	source, diags := Load(path)
	if diags.HasErrors() {
		return nil, diags
	}
	return source.Evaluate(in, facts)
}
