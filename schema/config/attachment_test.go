package config

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"countersign/schema"
	"countersign/schema/addr"
	"countersign/schema/config/configtest"
	"countersign/schema/config/provider"
)

// manyAttachments is the language of attachments at a glance.
const manyAttachments = `
provider "dingtalk" {
  app_key    = env("DINGTALK_APP_KEY")
  app_secret = env("DINGTALK_APP_SECRET")
  agent_id   = 8345000
  endpoint   = "https://api.dingtalk.com"
}

provider "tencentess" {
  secret_id    = env("TENCENTCLOUD_SECRET_ID")
  secret_key   = env("TENCENTCLOUD_SECRET_KEY")
  app_id       = "yDwhxUUckp3gl8j5UuFX33LSNozpRsbi"
  organization = "org_dianziqian"
  operator     = "n9527"
}

attachment "handbook" {
  files = fileset("handbook", "**/*.pdf")

  drive {}
  dingtalk {
    user_id     = "user123"
    union_id    = "union123"
    folder_id   = "0"
    on_conflict = "rename"
    preview {
      user_id             = "user123"
      process_instance_id = "a17444d1-075b-4a4d-9a0e-d2f0b5c0a111"
    }
    link {
      conversation_id = "cidSandbox"
    }
  }
}

attachment "contracts" {
  for_each = { "2025" = ["yDwivUUckpor6wtoUuogwQHCAB0ES0pQ", "yDwi8UUckpo5fz9cUqI6nGwcuTvt9YSh"] }
  contract {
    flows = each.value
  }
  dingtalk {
    user_id     = "user123"
    union_id    = "union${123}"
    folder_id   = 643
    on_conflict = "reuse"
    dynamic "preview" {
      for_each = ["user456", "user123"]
      content {
        user_id             = preview.value
        process_instance_id = each.key
      }
    }
    dynamic "link" {
      for_each = toset(["cidSandbox"])
      iterator = chat
      content {
        conversation_id = chat.value
      }
    }
  }
}

output "attachment_id" {
  value = attachment.handbook.drive.id
}

output "form_value" {
  value = attachment.handbook.dingtalk.form_value
}

output "names" {
  value = attachment.handbook.files
}

output "ids" {
  value = { for f in attachment.contracts["2025"].dingtalk.files :
    f.source => "${f.space_id}/${f.id} ${f.name} ${f.size} ${f.extension}"
  }
}

output "spaces" {
  value = attachment.contracts["2025"].dingtalk.files[*].space_id
}
`

// TestAttachments: what the files say, before anything is staged, and what expressions see of it afterwards.
func TestAttachments(t *testing.T) {
	dir := t.TempDir()
	t.Chdir(dir)
	configtest.Write(t, "main.hcl", manyAttachments)
	configtest.Write(t, "handbook/rules.pdf", "the rules")
	configtest.Write(t, "handbook/2025/员工手册.pdf", "more rules")
	configtest.Write(t, "handbook/notes.txt", "not wanted")
	in := Inputs{Environ: []string{"DINGTALK_APP_SECRET=s3cret", "TENCENTCLOUD_SECRET_ID=AKID",
		"TENCENTCLOUD_SECRET_KEY=s3cret"}}
	source, diags := Load("main.hcl")
	if len(diags) > 0 {
		t.Fatal(diags)
	}
	config, diags := source.Evaluate(in, nil)
	if len(diags) > 0 {
		t.Fatal(diags)
	}
	want := []schema.Attachment{
		{
			Address: addr.Of(`attachment.contracts["2025"]`), Flows: []string{"yDwi8UUckpo5fz9cUqI6nGwcuTvt9YSh",
				"yDwivUUckpor6wtoUuogwQHCAB0ES0pQ"},
			DingTalk: &schema.DingTalkTarget{UserID: "user123", UnionID: "union123", FolderID: "643",
				OnConflict: schema.ConflictReuse,
				Previews: []schema.Preview{{UserID: "user123", ProcessInstanceID: "2025"},
					{UserID: "user456", ProcessInstanceID: "2025"}}, Links: []string{"cidSandbox"}},
		},
		{
			Address: addr.Of("attachment.handbook"),
			Files: []schema.SourceFile{
				{Name: "2025/员工手册.pdf", Path: filepath.Join(dir, "handbook/2025/员工手册.pdf"), Folder: dir},
				{Name: "rules.pdf", Path: filepath.Join(dir, "handbook/rules.pdf"), Folder: dir},
			},
			Drive: true,
			DingTalk: &schema.DingTalkTarget{UserID: "user123", UnionID: "union123", FolderID: "0",
				OnConflict: schema.ConflictRename,
				Previews: []schema.Preview{{UserID: "user123",
					ProcessInstanceID: "a17444d1-075b-4a4d-9a0e-d2f0b5c0a111"}}, Links: []string{"cidSandbox"}},
		},
	}
	if d := cmp.Diff(want, config.Declaration.Attachments); d != "" {
		t.Errorf("-want +got:\n%s", d)
	}
	if config.NeedsFacts {
		t.Error("outputs may be unknown, so nothing needs the drive")
	}
	// Keys that are not there are no mistake: whoever validates a configuration need not have them.
	if d := cmp.Diff(&provider.DingTalk{Endpoint: "https://api.dingtalk.com", AppSecret: "s3cret", AgentID: 8345000},
		config.DingTalk); d != "" {
		t.Errorf("-want +got:\n%s", d)
	}
	if d := cmp.Diff(&provider.ESign{Endpoint: "https://essbasic.tencentcloudapi.com", SecretID: "AKID",
		SecretKey: "s3cret",
		AppID:     "yDwhxUUckp3gl8j5UuFX33LSNozpRsbi", Organization: "org_dianziqian", Operator: "n9527"},
		config.ESign); d != "" {
		t.Errorf("-want +got:\n%s", d)
	}

	facts := &schema.Facts{}
	check := func(want map[string]any) {
		t.Helper()
		outputs, diags := source.Outputs(in, facts)
		if len(diags) > 0 {
			t.Fatal(diags)
		}
		got := map[string]any{}
		for _, o := range outputs {
			got[o.Name] = o.Value
			if o.Unknown != (o.Value == nil) {
				t.Errorf("%s: %v, unknown %t", o.Name, o.Value, o.Unknown)
			}
		}
		if d := cmp.Diff(want, got); d != "" {
			t.Errorf("-want +got:\n%s", d)
		}
	}
	names := []any{"2025/员工手册.pdf", "rules.pdf"}
	check(map[string]any{"attachment_id": nil, "form_value": nil, "names": names, "ids": nil, "spaces": nil})
	facts.Attachments = map[addr.Address]schema.Staged{
		addr.Of("attachment.handbook"): {DriveID: 7, FormValue: "[…]"},
		addr.Of(`attachment.contracts["2025"]`): {FormValue: "[…]", Files: []schema.StagedFile{
			{Source: "合同.pdf", SpaceID: "163", ID: "643", Name: "合同(1).pdf", Size: 5 << 30, Extension: "pdf"}}},
	}
	check(map[string]any{"attachment_id": json.Number("7"), "form_value": "[…]", "names": names,
		"ids": map[string]any{"合同.pdf": "163/643 合同(1).pdf 5368709120 pdf"}, "spaces": []any{"163"}})
	if after, diags := source.Evaluate(in, facts); len(diags) > 0 || after.NeedsFacts {
		t.Error(diags)
	}
}

// TestSourceNames: where the files of an attachment are, and what they are called in it.
func TestSourceNames(t *testing.T) {
	dir := t.TempDir()
	t.Chdir(dir)
	for _, name := range []string{"top.pdf", "handbook/rules.pdf", "handbook/2025/rules.pdf", "other/rules.pdf",
		"other/rules/a.pdf"} {
		configtest.Write(t, name, "in "+name)
	}
	const decomposed = "handbook/re\u0301sume\u0301.doc" // as some systems spell it
	configtest.Write(t, decomposed, "who I am")
	for link, target := range map[string]string{"alias.pdf": "handbook/rules.pdf", "linked": "handbook"} {
		if err := os.Symlink(target, link); err != nil {
			t.Fatal(err)
		}
	}
	tests := []struct {
		name, text string
		want       []string // name = path
	}{
		{"a path is one file by its own name", `files = "handbook/2025/rules.pdf"`,
			[]string{"rules.pdf = handbook/2025/rules.pdf"}},
		{"a list keeps folders", `files = ["top.pdf", "handbook/rules.pdf"]`,
			[]string{"handbook/rules.pdf = handbook/rules.pdf", "top.pdf = top.pdf"}},
		{"also of one file", `files = ["handbook/rules.pdf"]`, []string{"handbook/rules.pdf = handbook/rules.pdf"}},
		{"fileset gives names in its folder", `files = fileset("handbook", "**/rules.pdf")`,
			[]string{"2025/rules.pdf = handbook/2025/rules.pdf", "rules.pdf = handbook/rules.pdf"}},
		{"in brackets", `files = (fileset("handbook", "*.pdf"))`, []string{"rules.pdf = handbook/rules.pdf"}},
		{"in a template", `files = "${fileset("handbook", "*.pdf")}"`, []string{"rules.pdf = handbook/rules.pdf"}},
		{"not one of the same name elsewhere", `files = fileset("other", "*.pdf")`,
			[]string{"rules.pdf = other/rules.pdf"}},
		{"of the whole configuration", `files = fileset(".", "*/*.pdf")`,
			[]string{"handbook/rules.pdf = handbook/rules.pdf", "linked/rules.pdf = handbook/rules.pdf",
				"other/rules.pdf = other/rules.pdf"}},
		{"base is where paths and names start", "base  = \"handbook\"\n  files = [\"rules.pdf\", \"2025/rules.pdf\"]",
			[]string{"2025/rules.pdf = handbook/2025/rules.pdf", "rules.pdf = handbook/rules.pdf"}},
		{"of one file too", "base  = \"handbook\"\n  files = \"2025/rules.pdf\"",
			[]string{"2025/rules.pdf = handbook/2025/rules.pdf"}},
		{"base for fileset that stands elsewhere", "base  = \"handbook\"\n  files = local.rules",
			[]string{"2025/rules.pdf = handbook/2025/rules.pdf", "rules.pdf = handbook/rules.pdf"}},
		{"base changes what fileset's files are called", "base  = \".\"\n  files = fileset(\"handbook\", \"*.pdf\")",
			[]string{"handbook/rules.pdf = handbook/rules.pdf"}},
		{"and the other way about", "base  = \"handbook\"\n  files = fileset(\".\", \"handbook/*.pdf\")",
			[]string{"rules.pdf = handbook/rules.pdf"}},
		{"paths made of fileset's names", `files = [for name in fileset("other", "*.pdf") : "other/${name}"]`,
			[]string{"other/rules.pdf = other/rules.pdf"}},
		{"an absolute path in the folder", fmt.Sprintf("files = [%q]", filepath.Join(dir, "other/rules.pdf")),
			[]string{"other/rules.pdf = other/rules.pdf"}},
		{"a path that goes up and comes back", `files = ["handbook/../top.pdf"]`, []string{"top.pdf = top.pdf"}},
		{"links within the folder", `files = ["alias.pdf", "linked/2025/rules.pdf"]`,
			[]string{"alias.pdf = handbook/rules.pdf", "linked/2025/rules.pdf = handbook/2025/rules.pdf"}},
		{"characters in another form", `files = fileset("handbook", "*.doc")`,
			[]string{"r\u00e9sum\u00e9.doc = " + decomposed}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			configtest.Write(t, "main.hcl", "locals {\n  rules = fileset(\"handbook\", \"**/rules.pdf\")\n}\n"+
				"attachment \"a\" {\n  "+test.text+"\n  drive {}\n}\n")
			config, diags := evaluate(t, "main.hcl", Inputs{}, nil)
			for _, d := range diags {
				t.Fatal(configtest.Text(d))
			}
			var got []string
			for _, f := range config.Declaration.Attachments[0].Files {
				path, err := filepath.Rel(dir, f.Path)
				if err != nil || f.Size != 0 || f.SHA256 != "" {
					t.Errorf("%+v %v", f, err)
				}
				got = append(got, f.Name+" = "+path)
			}
			if d := cmp.Diff(test.want, got); d != "" {
				t.Errorf("-want +got:\n%s", d)
			}
		})
	}
}

// TestSourceFromElsewhere: files are found from the configuration's folder, wherever the program runs.
func TestSourceFromElsewhere(t *testing.T) {
	dir := t.TempDir()
	t.Chdir(dir)
	configtest.Write(t, "policies/main.hcl", "attachment \"a\" {\n  files = fileset(\"handbook\", \"*\")\n"+
		"  drive {}\n}\n")
	configtest.Write(t, "policies/handbook/rules.pdf", "the rules")
	if err := os.Symlink("policies", "linked"); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{"policies", "policies/main.hcl", filepath.Join(dir, "policies"), "linked"} {
		config, diags := evaluate(t, path, Inputs{}, nil)
		if len(diags) > 0 {
			t.Errorf("%s: %s", path, configtest.Text(diags[0]))
			continue
		}
		got := config.Declaration.Attachments[0].Files[0]
		if text, err := os.ReadFile(got.Path); err != nil || string(text) != "the rules" || got.Name != "rules.pdf" {
			t.Errorf("%s: %+v %v", path, got, err)
		}
	}
}

// TestAttachmentJSON holds attachments in JSON against the same in HCL.
func TestAttachmentJSON(t *testing.T) {
	t.Chdir(t.TempDir())
	configtest.Write(t, "handbook/rules.pdf", "the rules")
	configtest.Write(t, "rules.pdf", "others")
	configtest.Write(t, "a.hcl", `
provider "dingtalk" {
  endpoint = "sandbox:"
}
provider "tencentess" {
  endpoint = "sandbox:"
}
attachment "handbook" {
  for_each = toset(["handbook"])
  files    = fileset(each.key, "*.pdf")
  drive {}
}
attachment "contracts" {
  contract {
    flows = ["yDwivUUckpor6wtoUuogwQHCAB0ES0pQ"]
  }
  dingtalk {
    user_id  = "user123"
    union_id = "union123"
    preview {
      user_id             = "user123"
      process_instance_id = "a17444d1"
    }
    preview {
      user_id             = "user456"
      process_instance_id = "a17444d1"
    }
    dynamic "link" {
      for_each = ["cidSandbox"]
      content {
        conversation_id = link.value
      }
    }
  }
}
`)
	configtest.Write(t, "b.hcl.json", `{
  "provider": {"dingtalk": {"endpoint": "sandbox:"}, "tencentess": {"endpoint": "sandbox:"}},
  "attachment": {
    "handbook": {"for_each": "${toset([\"handbook\"])}", "files": "${fileset(each.key, \"*.pdf\")}", "drive": {}},
    "contracts": {
      "contract": {"flows": ["yDwivUUckpor6wtoUuogwQHCAB0ES0pQ"]},
      "dingtalk": {"user_id": "user123", "union_id": "union123",
        "preview": [{"user_id": "user123", "process_instance_id": "a17444d1"},
          {"user_id": "user456", "process_instance_id": "a17444d1"}],
        "dynamic": {"link": {"for_each": ["cidSandbox"], "content": {"conversation_id": "${link.value}"}}}}
    }
  }
}`)
	native, diags := evaluate(t, "a.hcl", Inputs{}, nil)
	if len(diags) > 0 {
		t.Fatal(diags)
	}
	inJSON, diags := evaluate(t, "b.hcl.json", Inputs{}, nil)
	if len(diags) > 0 {
		t.Fatal(configtest.Text(diags[0]))
	}
	if d := cmp.Diff(native.Declaration, inJSON.Declaration); d != "" {
		t.Errorf("-hcl +json:\n%s", d)
	}
	if a := native.Declaration.Attachments; len(a) != 2 ||
		!strings.HasSuffix(a[1].Files[0].Path, "handbook/rules.pdf") || len(a[0].DingTalk.Links) != 1 {
		t.Errorf("%+v", a)
	}
}

// TestProviderSecrets: where the providers' keys come from, and that nothing prints them.
func TestProviderSecrets(t *testing.T) {
	tests := []struct {
		name, text string
		Environ    []string
		dingtalk   *provider.DingTalk
		esign      *provider.ESign
	}{
		{"no block", ``, []string{"DINGTALK_APP_KEY=key", "TENCENTCLOUD_SECRET_ID=id"}, nil, nil},
		{"the sandbox needs no keys", "provider \"dingtalk\" {\n  endpoint = \"sandbox:\"\n}\n" +
			"provider \"tencentess\" {\n  endpoint = \"sandbox:\"\n}\n", nil,
			&provider.DingTalk{Endpoint: "sandbox:"}, &provider.ESign{Endpoint: "sandbox:"}},
		{"the environment", "provider \"dingtalk\" {\n}\n",
			[]string{"DINGTALK_APP_KEY=key", "DINGTALK_APP_SECRET=s3cret", "DINGTALK_AGENT_ID=8345000",
				"DINGTALK_ENDPOINT=https://api.dingtalk.io"},
			&provider.DingTalk{Endpoint: "https://api.dingtalk.io", AppKey: "key", AppSecret: "s3cret",
				AgentID: 8345000}, nil},
		{"what is written wins", "provider \"dingtalk\" {\n  app_key = env(\"OTHER\")\n" +
			"  app_secret = env(\"UNSET\")\n  agent_id = \"7\"\n  endpoint = \"sandbox:\"\n  multipart_above = 1\n}\n",
			[]string{"OTHER=other", "DINGTALK_APP_KEY=key", "DINGTALK_APP_SECRET=s3cret", "DINGTALK_AGENT_ID=none",
				"DINGTALK_ENDPOINT=nowhere"},
			&provider.DingTalk{Endpoint: "sandbox:", AppKey: "other", AppSecret: "s3cret", AgentID: 7,
				MultipartAbove: 1}, nil},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Chdir(t.TempDir())
			configtest.Write(t, "main.hcl", test.text)
			config, diags := evaluate(t, "main.hcl", Inputs{Environ: test.Environ}, nil)
			if len(diags) > 0 {
				t.Fatal(configtest.Text(diags[0]))
			}
			if d := cmp.Diff(test.dingtalk, config.DingTalk); d != "" {
				t.Errorf("-want +got:\n%s", d)
			}
			if d := cmp.Diff(test.esign, config.ESign); d != "" {
				t.Errorf("-want +got:\n%s", d)
			}
			if printed := fmt.Sprintf("%v %+v %#v %v %+v %#v", config.DingTalk, config.DingTalk, config.DingTalk,
				config.ESign, config.ESign, config.ESign); strings.Contains(printed, "s3cret") {
				t.Error(printed)
			}
		})
	}
	if p, err := provider.DingTalkFromEnviron([]string{"DINGTALK_APP_KEY=key"}); err != nil || p.AppKey != "key" ||
		p.Endpoint != "https://api.dingtalk.com" {
		t.Error(p, err)
	}
	if _, err := provider.DingTalkFromEnviron([]string{"DINGTALK_AGENT_ID=0"}); err == nil {
		t.Error("0 is the number of no agent")
	}
}
