package live

import (
	"context"
	"strings"
	"testing"

	"countersign/command/fault"
	"countersign/command/run"
	"countersign/providers/sandbox"
	"countersign/providers/sandbox/sandboxtest"
	"countersign/providers/yomicloud"
	"countersign/schema"
	"countersign/schema/addr"
	"countersign/schema/config"
)

// A folder is found by its path in whatever form of Unicode the drive has it, and its path, which an approval repeats,
// is the drive's.
func TestPlacesInForms(t *testing.T) {
	box, err := sandbox.Open(sandbox.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = box.Close() })
	ids := map[string]int64{}
	for _, name := range []string{"E\u0301quipe", "cafe\u0301", "caf\u00e9", "e\u0302\u0301", "\u00ea\u0301"} {
		if ids[name], err = sandboxtest.AddFolder(box, 1, name); err != nil {
			t.Fatal(err)
		}
	}
	token := ""
	for _, x := range box.Tokens() {
		if x.Username == "admin" {
			token = x.Token
		}
	}
	client, err := yomicloud.New(yomicloud.Options{Endpoint: "http://drive.example.com", Token: token,
		Transport: box.Transport()})
	if err != nil {
		t.Fatal(err)
	}
	decl := schema.Declaration{Scopes: []schema.Scope{
		{Address: addr.Of("folder.\u00e9quipe"), Kind: schema.ScopeFolder, ID: ids["E\u0301quipe"],
			Path: "公司文件/\u00c9quipe"},
		{Address: addr.Of("folder.other"), Kind: schema.ScopeFolder, ID: ids["cafe\u0301"], Path: "公司文件/caf\u00e9"},
	}}
	d := &DriveRun{Opened: &run.Opened{Client: client, Loaded: &run.Loaded{Source: &config.Source{},
		Config: &config.Config{Declaration: decl}}}}
	for name, want := range map[string]string{
		"公司文件/\u00c9quipe":    "E\u0301quipe",
		"公司文件/E\u0301quipe":   "E\u0301quipe",
		"公司文件/caf\u00e9":      "caf\u00e9",
		"公司文件/cafe\u0301":     "cafe\u0301",
		"folder.\u00e9quipe":  "E\u0301quipe",
		"folder.other":        "cafe\u0301",
		"folder.e\u0301quipe": "E\u0301quipe",
		"公司文件/\u1ebf":         `! The drive has several forms of "\u1ebf" there`,
	} {
		at, err := d.Place(context.Background(), name, true)
		if wrong, fails := strings.CutPrefix(want, "! "); fails {
			if err == nil || !strings.Contains(strings.ReplaceAll(fault.Of(err)[0].Detail, "ế", `\u1ebf`), wrong) {
				t.Errorf("%+q: %v", name, err)
			}
			continue
		}
		if err != nil || at.ID != ids[want] || at.path != "公司文件/"+want {
			t.Errorf("%+q: %d %+q %v, not %d %+q", name, at.ID, at.path, err, ids[want], want)
		}
	}
}
