package config

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"countersign/schema"
	"countersign/schema/addr"
	"countersign/schema/config/configtest"
)

// TestPlace: what other packages say of an address and an attribute is told with file, line and source text.
func TestPlace(t *testing.T) {
	t.Chdir(t.TempDir())
	configtest.Write(t, "a.hcl", `folder "x" {
  id = 7
}
approver "li" {
  id       = 3
  realname = "李"
}
template "t" {
  for_each      = toset(["a", "b"])
  scope         = folder.x
  title         = each.key
  approval_type = "修改文件夹"
  step "一" {
    approvers = [approver.li]
    require   = "any"
  }
  cc {
    users = [approver.li]
  }
}
import {
  to = template.t["a"]
  id = 5
}
`)
	configtest.Write(t, "b.hcl.json", `{"file": {"y": {"id": 8}}}`)
	configtest.Write(t, "c.hcl", `provider "dingtalk" {
  endpoint = "sandbox:"
}
attachment "h" {
  files = "c.hcl"
  drive {}
  dingtalk {
    user_id  = "user123"
    union_id = "union123"
    link {
      conversation_id = "cidSandbox"
    }
  }
}
`)
	source, diags := Load(".")
	if len(diags) > 0 {
		t.Fatal(diags)
	}
	tests := []struct{ address, attribute, want string }{
		{"folder.x", "id", "a.hcl:2,8: S (folder.x)\n  2 |   id = «7»\n  in folder \"x\"\n  D\n"},
		{"folder.x", "path", "a.hcl:1,1: S (folder.x)\n  1 | «folder \"x\"» {\n  in folder \"x\"\n  D\n"},
		{"folder.x", "", "a.hcl:1,1: S (folder.x)\n  1 | «folder \"x\"» {\n  in folder \"x\"\n  D\n"},
		{"approver.li", "realname", "a.hcl:6,14: S (approver.li)\n  6 |   realname = «\"李\"»\n" +
			"  in approver \"li\"\n  D\n"},
		{`template.t["b"]`, "approval_type", "a.hcl:12,19: S (template.t[\"b\"])\n" +
			"  12 |   approval_type = «\"修改文件夹\"»\n  in template \"t\"\n  D\n"},
		{"template.t", "step", "a.hcl:13,3: S (template.t)\n  13 |   «step \"一\"» {\n  in template \"t\"\n  D\n"},
		{"template.t", "cc", "a.hcl:17,3: S (template.t)\n  17 |   «cc» {\n  in template \"t\"\n  D\n"},
		{"file.y", "id", "b.hcl.json:1,23: S (file.y)\n  1 | {\"file\": {\"y\": {\"id\": «8»}}}\n  in file.y\n  D\n"},
		{"file.y", "path", "b.hcl.json:1,11: S (file.y)\n  1 | {\"file\": {«\"y\"»: {\"id\": 8}}}\n  in file\n  D\n"},
		{"template.t", "cc.users", "a.hcl:18,13: S (template.t)\n  18 |     users = «[approver.li]»\n" +
			"  in template \"t\"\n  D\n"},
		{"provider.dingtalk", "endpoint", "c.hcl:2,14: S (provider.dingtalk)\n  2 |   endpoint = «\"sandbox:\"»\n" +
			"  in provider \"dingtalk\"\n  D\n"},
		{"attachment.h", "files", "c.hcl:5,11: S (attachment.h)\n  5 |   files = «\"c.hcl\"»\n" +
			"  in attachment \"h\"\n  D\n"},
		{"attachment.h", "drive", "c.hcl:6,3: S (attachment.h)\n  6 |   «drive» {}\n  in attachment \"h\"\n  D\n"},
		{"attachment.h", "dingtalk.union_id", "c.hcl:9,16: S (attachment.h)\n  9 |     union_id = «\"union123\"»\n" +
			"  in attachment \"h\"\n  D\n"},
		{"attachment.h", "dingtalk.folder_id", "c.hcl:7,3: S (attachment.h)\n  7 |   «dingtalk» {\n" +
			"  in attachment \"h\"\n  D\n"},
		{"attachment.h", "dingtalk.link", "c.hcl:10,5: S (attachment.h)\n  10 |     «link» {\n" +
			"  in attachment \"h\"\n  D\n"},
		{"attachment.h", "contract.flows", "c.hcl:4,1: S (attachment.h)\n  4 | «attachment \"h\"» {\n" +
			"  in attachment \"h\"\n  D\n"},
		{"template.gone", "title", "S (template.gone)\n  D\n"},
		{"", "title", "S\n  D\n"},
	}
	for _, test := range tests {
		placed := source.Place(schema.Diagnostics{schema.Problem(schema.Error, addr.Of(test.address), test.attribute,
			"S", "D")})
		if d := cmp.Diff(test.want, configtest.Text(placed[0])); d != "" {
			t.Errorf("%s %s: -want +got:\n%s", test.address, test.attribute, d)
		}
	}
}
