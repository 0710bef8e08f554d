package config

import (
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/zclconf/go-cty/cty"

	"countersign/schema"
	"countersign/schema/addr"
	"countersign/schema/config/budget"
	"countersign/schema/config/configtest"
	"countersign/schema/config/rule"
)

// These fuzzers read texts that are no configuration: whatever is in them, reading ends, takes little memory, and what
// is reported points into the text.

// little is what they may take.
var little = []string{budget.Variable + "=0.001"}

// within does something with a text, and checks what it takes and reports.
func within(t *testing.T, do func() (*Source, schema.Diagnostics)) {
	t.Helper()
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	source, diags := do()
	runtime.ReadMemStats(&after)
	if n := after.TotalAlloc - before.TotalAlloc; n > maxAllocated {
		t.Errorf("%d MB were allocated", n>>20)
	}
	sound(t, source.Place(diags))
}

// sound checks that diagnostics say something, show no stack, and point into their text.
func sound(t *testing.T, diags schema.Diagnostics) {
	t.Helper()
	for _, d := range diags {
		if d.Summary == "" || d.Detail == "" || d.Severity == "" || strings.Contains(d.Detail, "goroutine ") {
			t.Errorf("says nothing, or shows a stack: %+v", d)
		}
		if s := d.Snippet; s != nil && !(0 <= s.HighlightStartOffset &&
			s.HighlightStartOffset <= s.HighlightEndOffset && s.HighlightEndOffset <= len(s.Code)) {
			t.Errorf("points outside: %+v", s)
		}
	}
}

// FuzzVariables: a text as a file of variables, and as the value of one in the environment.
func FuzzVariables(f *testing.F) {
	for _, text := range []string{"", "text = \"a\"\nnumber = \"12\"\nlist = [{ a = \"b\" }]\n", "secret = secret\n",
		"list = [{ a = 1, b = null, c = 2 }]\nmap = { a = \"b\", a = \"c\" }\n", "number = 1e99999999\n",
		"text = \"${env(\"HOME\")}\"\n", "text = <<E\na\nE\nmap {}\n", "[{\"a\": 1}]", "\xff\xfe", "text = [[[[[[[["} {
		f.Add([]byte(text), false)
	}
	f.Add([]byte(`{"text": "a", "list": [{"a": "b"}], "map": {"a": {}}, "secret": null}`), true)
	f.Fuzz(func(t *testing.T, src []byte, json bool) {
		t.Chdir(t.TempDir())
		configtest.Write(t, "main.hcl", `variable "text" {
  default = "a"
}
variable "number" {
  type    = number
  default = 1
}
variable "secret" {
  sensitive = true
  default   = "b"
}
variable "list" {
  type    = list(object({ a = string, b = optional(number, 2) }))
  default = []
}
variable "map" {
  type    = map(string)
  default = {}
  validation {
    condition     = length(var.map) < 2
    error_message = "Too many: ${join(", ", keys(var.map))}"
  }
}
output "o" {
  value = [var.text, var.number, nonsensitive(var.secret), var.list, var.map]
}
`)
		name := "a.vars.hcl"
		if json {
			name += ".json"
		}
		configtest.Write(t, name, string(src))
		in := Inputs{Vars: []Assignment{{File: name}}, Environ: little}
		for _, variable := range []string{"text", "number", "list", "map"} {
			in.Environ = append(in.Environ, VariablePrefix+variable+"="+string(src))
		}
		for _, in := range []Inputs{in, {Environ: in.Environ}} {
			within(t, func() (*Source, schema.Diagnostics) {
				source, diags := Load(".")
				_, more := source.Evaluate(in, nil)
				_, last := source.Outputs(in, nil)
				return source, append(append(diags, more...), last...)
			})
		}
	})
}

// FuzzTests: a text as a file of tests.
func FuzzTests(f *testing.F) {
	for _, text := range []string{"", "policy \"x\" {}",
		"test \"c\" {\n  can_pass = approver.li\n  cannot_pass = [1]\n",
		`test "a" {
  template = template.modify
  agree    = [approver.li]
  expect   = "pending"
}
test "b" {
  for_each  = { x = template.modify, y = null }
  template  = each.value
  decisions = [{ agree = approver.li }, 1]
}
`, `test "" {
  template       = template.upload["legal"]
  designate      = { a = approver.wang }
  who_can_pass   = [[], approver.li]
  needs_at_least = 0
}
`} {
		f.Add([]byte(text), false)
	}
	f.Add([]byte(`{"test": {"a": [{"template": "${template.modify}", "agree": ["${approver.li}"]}]}}`), true)
	f.Fuzz(func(t *testing.T, src []byte, json bool) {
		t.Chdir(t.TempDir())
		configtest.Write(t, "main.hcl", configtest.Example)
		name := "a.test.hcl"
		if json {
			name += ".json"
		}
		configtest.Write(t, name, string(src))
		within(t, func() (*Source, schema.Diagnostics) {
			source, diags := Load(".")
			diags = append(diags, source.ReadTests()...)
			_, more := source.Evaluate(Inputs{Environ: little}, nil)
			return source, append(diags, more...)
		})
	})
}

// FuzzPolicies: a text as a file of policies from elsewhere.
func FuzzPolicies(f *testing.F) {
	for _, text := range []string{"", "output \"o\" {}", `policy "a" {
  condition     = self.title != "T"
  error_message = "${self.title}"
}
policy "b" {
  for_each      = { x = 1 }
  condition     = length([for s in self.steps : s.name if s.nosuch]) == each.value
  error_message = self.steps[0].name
  except {
    templates = ["template.t"]
    reason    = " "
  }
}
`, `policy "c" {
  condition     = change.verdict != "weker" || all.templates[*].title == var.x
  error_message = ""
}
variable "x" {}
policy "d" {
  condition     = template.t.title == ""
  error_message = 1
  severity      = "off"
}
`} {
		f.Add([]byte(text), false)
	}
	f.Add([]byte(`{"policy": {"a": {"condition": "${self == 1}", "error_message": "${self}", "except": [{}]}}}`), true)
	title := cty.Object(map[string]cty.Type{"title": cty.String, "verdict": cty.String,
		"steps": cty.List(cty.Object(map[string]cty.Type{"name": cty.String}))})
	value := func() cty.Value {
		return cty.ObjectVal(map[string]cty.Value{"title": cty.StringVal("T"), "verdict": cty.UnknownVal(cty.String),
			"steps": cty.ListVal([]cty.Value{cty.ObjectVal(map[string]cty.Value{"name": cty.StringVal("S")})})})
	}
	template := rule.Subject{Address: addr.Of("template.t"), Self: value}
	changed := rule.Subject{Address: addr.Of("template.t"), Self: value, Change: value}
	subjects := &rule.Subjects{Templates: []rule.Subject{template}, Changes: []rule.Subject{changed}, Planned: true,
		All: func() cty.Value {
			return cty.ObjectVal(map[string]cty.Value{"templates": cty.ListVal([]cty.Value{value()})})
		},
		Types: map[string]cty.Type{"self": title, "change": title,
			"all": cty.Object(map[string]cty.Type{"templates": cty.List(title)})},
		Words: map[string][]string{"verdict": {"weaker", "stronger"}}}
	f.Fuzz(func(t *testing.T, src []byte, json bool) {
		t.Chdir(t.TempDir())
		name := filepath.Join("rules", "a.hcl")
		if json {
			name += ".json"
		}
		configtest.Write(t, name, string(src))
		within(t, func() (*Source, schema.Diagnostics) {
			source, diags := LoadPolicies("rules")
			if diags.HasErrors() {
				return source, diags
			}
			checks, found, wrong := source.Hold(Inputs{Environ: little}, nil, subjects)
			for _, c := range checks {
				if len(c.Instances) == 0 && len(c.Excepted) == 0 && !found.HasErrors() && len(found)+len(wrong) == 0 {
					t.Errorf("%s is applied to nothing, and nothing is said of it", c.Policy)
				}
			}
			return source, append(append(diags, found...), wrong...)
		})
	})
}

// FuzzDecode: a text as a file that expressions read: as JSON, YAML, CSV, as a text that is filled in, and as a
// pattern.
func FuzzDecode(f *testing.F) {
	for _, text := range []string{"", `{"a": [1, {"b": "\u00e9", "b": 2}], "c": 1e9999999}`, "a: &x [1, *x]\nb: <<\n",
		"a,b\n1\n\"2\n", "${a} %{ for x in b }${x}%{ endfor } ${nosuch(1)}", "(a{1000}){1000}", "- - - - - - - -\n",
		"[[[[[[[[[[", "\ufeff\"x\"", "a: !!binary AA\nb: 0o17\nc: 2001-01-01\n"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		t.Chdir(t.TempDir())
		configtest.Write(t, "t", text)
		configtest.Write(t, "main.hcl", `output "json" {
  value = jsondecode(file("t"))
}
output "yaml" {
  value = yamldecode(file("t"))
}
output "csv" {
  value = csvdecode(file("t"))
}
output "filled" {
  value = templatefile("t", { a = "b", b = [1, 2] })
}
output "pattern" {
  value = regexall(file("t"), "aaaaaaaaaaaaaaaaaaaaaaaaab")
}
output "files" {
  value = fileset(".", file("t"))
}
`)
		within(t, func() (*Source, schema.Diagnostics) {
			source, diags := Load(".")
			_, more := source.Outputs(Inputs{Environ: little}, nil)
			return source, append(diags, more...)
		})
	})
}
