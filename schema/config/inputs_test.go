package config

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"countersign/schema/config/configtest"
)

// outputsOf evaluates a configuration and gives its outputs as Go prints them.
func outputsOf(t *testing.T, path string, in Inputs) map[string]string {
	t.Helper()
	source, diags := Load(path)
	if len(diags) > 0 {
		t.Fatal(diags)
	}
	if _, diags := source.Evaluate(in, nil); diags.HasErrors() {
		t.Fatal(diags)
	}
	outputs, diags := source.Outputs(in, nil)
	if diags.HasErrors() {
		t.Fatal(diags)
	}
	got := map[string]string{}
	for _, o := range outputs {
		got[o.Name] = fmt.Sprint(o.Value)
	}
	return got
}

// TestPrecedence: what is given later, and what is given closer to the run, wins.
func TestPrecedence(t *testing.T) {
	t.Chdir(t.TempDir())
	configtest.Write(t, "main.hcl", `
variable "v" { default = "default" }
output "v" { value = var.v }
`)
	configtest.Write(t, "single.hcl", "variable \"v\" { default = \"default\" }\noutput \"v\" { value = var.v }\n")
	configtest.Write(t, "given.vars.hcl", `v = "file"`)
	configtest.Write(t, "given.vars.hcl.json", `{"v": "json file"}`)
	env := []string{"COUNTERSIGN_VAR_v=environment", "COUNTERSIGN_VAR_unknown=ignored"}
	value, file := Assignment{Name: "v", Value: "command line"}, Assignment{File: "given.vars.hcl"}

	check := func(name, path string, in Inputs, want string) {
		t.Helper()
		if got := outputsOf(t, path, in)["v"]; got != want {
			t.Errorf("%s: got %q, want %q", name, got, want)
		}
	}
	check("nothing", "main.hcl", Inputs{}, "default")
	check("environment", "main.hcl", Inputs{Environ: env}, "environment")
	check("file, value", "main.hcl", Inputs{Environ: env, Vars: []Assignment{file, value}}, "command line")
	check("value, file", "main.hcl", Inputs{Environ: env, Vars: []Assignment{value, file}}, "file")
	check("JSON", "main.hcl", Inputs{Vars: []Assignment{{File: "given.vars.hcl.json"}}}, "json file")

	configtest.Write(t, "b.auto.vars.hcl", `v = "b"`)
	configtest.Write(t, "a.auto.vars.hcl", `v = "a"`)
	check("a single file has its own automatic file", "single.hcl", Inputs{Environ: env}, "environment")
	configtest.Write(t, "single.auto.vars.hcl", `v = "single"`)
	check("a single file has its own automatic file", "single.hcl", Inputs{Environ: env}, "single")
	configtest.Write(t, "single.auto.vars.hcl.json", `{"v": "single in JSON"}`)
	check("a single file has its own automatic file", "single.hcl", Inputs{Environ: env}, "single in JSON")

	t.Chdir(t.TempDir())
	configtest.Write(t, "main.hcl", "variable \"v\" { default = \"default\" }\noutput \"v\" { value = var.v }\n")
	configtest.Write(t, "b.auto.vars.hcl", `v = "b"`)
	configtest.Write(t, "a.auto.vars.hcl", `v = "a"`)
	check("automatic files by name", ".", Inputs{Environ: env}, "b")
	configtest.Write(t, "b.auto.vars.hcl.json", `{"v": "b in JSON"}`)
	check("automatic files by name", ".", Inputs{Environ: env}, "b in JSON")
	check("command line", ".", Inputs{Environ: env, Vars: []Assignment{value}}, "command line")
}

// TestVariableValues: text is read by the variable's type, optional attributes are filled in, null is the default
// where a variable cannot be null.
func TestVariableValues(t *testing.T) {
	tests := []struct{ block, given, want string }{
		{`type = string`, `1.50`, `1.50`},
		{``, `[1`, `[1`},
		{`type = number`, `1.50`, `1.5`},
		{`type = bool`, `true`, `true`},
		{`type = list(number)`, `[1, "2"]`, `[1 2]`},
		{`type = set(string)`, `["b", "a", "b"]`, `[a b]`},
		{`type = map(object({ id = number, path = optional(string, "x") }))`, `{ a = { id = 1 } }`,
			`map[a:map[id:1 path:x]]`},
		{`type = any`, `"text"`, `text`},
		{`type = any`, `{ a = [1] }`, `map[a:[1]]`},
		{"type = list(string)\n default = [\"d\"]\n nullable = false", `null`, `[d]`},
		{"type = list(string)\n default = [\"d\"]", `null`, `<nil>`},
	}
	for _, test := range tests {
		t.Run(test.block+" "+test.given, func(t *testing.T) {
			t.Chdir(t.TempDir())
			configtest.Write(t, "a.hcl", "variable \"v\" {\n"+test.block+"\n}\noutput \"v\" { value = var.v }\n")
			for _, in := range []Inputs{{Vars: []Assignment{{Name: "v", Value: test.given}}},
				{Environ: []string{"COUNTERSIGN_VAR_v=" + test.given}}} {
				if got := outputsOf(t, "a.hcl", in)["v"]; got != test.want {
					t.Errorf("got %s, want %s", got, test.want)
				}
			}
		})
	}
}

// TestAsk: a person is asked for each missing value once, however often the configuration is evaluated.
func TestAsk(t *testing.T) {
	t.Chdir(t.TempDir())
	configtest.Write(t, "a.hcl", `
variable "b" {
  type        = number
  description = "How many?"
}
variable "a" { sensitive = true }
variable "c" { default = 1 }
output "sum" { value = var.b + 1 }
`)
	var asked []string
	in := Inputs{Ask: func(name, description string, sensitive bool) (string, error) {
		asked = append(asked, fmt.Sprint(name, "|", description, "|", sensitive))
		return "4", nil
	}}
	if got := outputsOf(t, "a.hcl", in)["sum"]; got != "5" {
		t.Errorf("got %s", got)
	}
	if got := strings.Join(asked, " "); got != "a||true b|How many?|false" {
		t.Errorf("asked %s", got)
	}

	in.Ask = func(string, string, bool) (string, error) { return "", errors.New("interrupted") }
	_, diags := evaluate(t, "a.hcl", in, nil)
	if len(diags) != 2 || diags[0].Summary != "Variable without a value" ||
		!strings.Contains(diags[0].Detail, "interrupted") {
		t.Error(diags)
	}
}
