package run

import (
	"os"
	"slices"
	"strings"
	"testing"

	"countersign/schema/config"
)

func TestConfigurationPath(t *testing.T) {
	t.Chdir(t.TempDir())
	if err := os.Mkdir("policies", 0o755); err != nil {
		t.Fatal(err)
	}
	tests := map[string]struct {
		args   string
		others int
		path   string
		rest   string
	}{
		"nothing":                        {"", 0, ".", ""},
		"a path":                         {"policies", 0, "policies", ""},
		"a path that is not there":       {"nowhere", 0, "nowhere", ""},
		"one too many is left over":      {"policies more", 0, "policies", "more"},
		"a name alone":                   {"board", 1, ".", "board"},
		"a name and a folder":            {"board policies", 1, "policies", "board"},
		"a folder and a name":            {"policies board", 1, "policies", "board"},
		"a name and a file":              {"board quick.hcl", 1, "quick.hcl", "board"},
		"a name and a JSON file":         {"board quick.hcl.json", 1, "quick.hcl.json", "board"},
		"an address, an id and a folder": {"template.a 5 policies", 2, "policies", "template.a 5"},
		"many addresses":                 {"template.a template.b", -1, ".", "template.a template.b"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			args := strings.Fields(test.args)
			path, rest := configurationPath(args, test.others)
			if path != test.path || !slices.Equal(rest, strings.Fields(test.rest)) {
				t.Errorf("got %q and %q, want %q and %q", path, rest, test.path, test.rest)
			}
		})
	}
}

func TestAssignmentsKeepTheirOrder(t *testing.T) {
	var list []config.Assignment
	one, file := &assignments{to: &list}, &assignments{to: &list, file: true}
	for _, err := range []error{one.Set("a=1"), file.Set("f"), one.Set("b=x=y,z")} {
		if err != nil {
			t.Fatal(err)
		}
	}
	if list[0].Value != "1" || list[1].File != "f" || list[2].Name != "b" || list[2].Value != "x=y,z" {
		t.Errorf("got %+v", list)
	}
	if err := one.Set("hunter2"); err == nil || strings.Contains(err.Error(), "hunter2") {
		t.Errorf("a value without a name: got %v", err)
	}
}
