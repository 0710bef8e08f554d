package json

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"

	"countersign/view/viewtest"
)

// A policy engine such as conftest walks resource_changes; GitLab's widget counts its actions.
func TestToolsReadPlanJSON(t *testing.T) {
	type document struct {
		FormatVersion   string `json:"format_version"`
		ResourceChanges []struct {
			Address, Mode, Type, Name string
			Index                     any
			Change                    struct {
				Actions   []string
				Before    map[string]any
				After     map[string]any
				Importing *struct{ ID string }
			}
			ActionReason string `json:"action_reason"`
		} `json:"resource_changes"`
		OutputChanges map[string]struct {
			Before, After  any
			AfterSensitive any `json:"after_sensitive"`
		} `json:"output_changes"`
		Timestamp any
	}
	all := viewtest.Plans()
	read := func(name string) document {
		doc, err := Plan(all[name])
		if err != nil {
			t.Fatal(err)
		}
		var d document
		if err := json.Unmarshal(doc, &d); err != nil {
			t.Fatal(err)
		}
		return d
	}
	for name, want := range map[string]string{
		"create": "create", "update-fields": "update", "replace": "create,delete", "forget": "forget",
		"nothing": "no-op",
		"destroy": "delete delete delete", "import": "no-op update",
	} {
		var got []string
		for _, c := range read(name).ResourceChanges {
			got = append(got, strings.Join(c.Change.Actions, ","))
			if c.Mode != "managed" || c.Type != "template" || c.Name == "" {
				t.Errorf("%s: mode %q, type %q, name %q", name, c.Mode, c.Type, c.Name)
			}
		}
		if strings.Join(got, " ") != want {
			t.Errorf("%s: actions %v, want %s", name, got, want)
		}
	}
	if got := read("for-each").ResourceChanges[0]; got.Name != "upload" || got.Index != "研发部" {
		t.Errorf("name %q, index %v", got.Name, got.Index)
	}
	if got := read("for-each").ResourceChanges[3].ActionReason; got != "delete_because_each_key" {
		t.Errorf("action_reason %q", got)
	}
	if got := read("replace-asked").ResourceChanges[0].ActionReason; got != "replace_by_request" {
		t.Errorf("action_reason %q", got)
	}
	if got := read("outputs").OutputChanges["secret"]; got.Before != nil || got.After != nil ||
		got.AfterSensitive != true {
		t.Errorf("a sensitive output is shown: %+v", got)
	}
	for name, p := range all {
		a, _ := Plan(p)
		b, _ := Plan(viewtest.Plans()[name])
		if !bytes.Equal(a, b) {
			t.Errorf("%s: the same plan is not the same bytes", name)
		}
	}
}
