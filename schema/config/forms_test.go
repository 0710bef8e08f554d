package config

import (
	"strings"
	"testing"

	"countersign/schema/config/configtest"
)

// A name is one name and a value one value in whatever form of Unicode the files write them: é is one character, E two.
func TestForms(t *testing.T) {
	t.Chdir(t.TempDir())
	const apart = "e\u0301"
	configtest.Write(t, "rows.csv", apart+",k\n1,"+apart+"\n")
	configtest.Write(t, "tree.json", `{"`+apart+`": 1}`)
	configtest.Write(t, "text.tmpl", "${"+apart+"} "+apart)
	for expr, want := range map[string]string{
		`"E"`:                            "é",
		`var.E`:                          "é",
		`local.E`:                        "é",
		`local["E"]`:                     "é",
		`folder.E.path`:                  "é/é",
		`folder.é.name`:                  "é",
		`join("", [for E in ["1"] : é])`: "1",
		`join("", [for k, E in {a = "1"} : "${k}${é}"])`: "a1",
		`join("", keys({ E = 1 }))`:                      "é",
		`{ E = "1" }.é`:                                  "1",
		`{ é = "1" }["E"]`:                               "1",
		`csvdecode(file("rows.csv"))[0].é`:               "1",
		`csvdecode(file("rows.csv"))[0].k`:               "é",
		`tostring(jsondecode(file("tree.json")).é)`:      "1",
		`tostring(jsondecode("{\"e\\u0301\": 1}").é)`:    "1",
		`jsondecode("{\"a\": \"e\\u0301\"}").a`:          "é",
		`tostring(yamldecode("\"e\\u0301\": 1").é)`:      "1",
		`templatefile("text.tmpl", { é = "1" })`:         "1 é",
		`"e\u0301"`:                    "é",
		`"\u212a"`:                     "K",
		`nonsensitive(env("TE"))`:      "x",
		`length("E") == 1 ? "1" : "2"`: "1",
	} {
		text := "variable \"E\" { default = \"E\" }\nlocals { é = \"E\" }\nfolder \"E\" {\n  id   = 71\n" +
			"  path = \"E/é\"\n}\noutput \"o\" {\n  value = " + expr + "\n}\n"
		text = strings.ReplaceAll(text, "E", apart)
		configtest.Write(t, "main.hcl", text)
		source, diags := Load("main.hcl")
		if diags.HasErrors() {
			t.Errorf("%s: %v", expr, diags)
			continue
		}
		outputs, diags := source.Outputs(Inputs{Environ: []string{"T" + apart + "=x"}}, nil)
		if diags.HasErrors() || outputs[0].Value != want {
			t.Errorf("%s: %v %v, not %+q", expr, outputs, diags, want)
		}
	}
}

// What is given from outside is given to the variable of that name in whatever form it is typed, and so is what is
// secret.
func TestVariablesInForms(t *testing.T) {
	t.Chdir(t.TempDir())
	const apart, whole = "cle\u0301", "clé"
	configtest.Write(t, apart+".vars.hcl", whole+" = \"f\"\n")
	for _, name := range []string{apart, whole} {
		configtest.Write(t, "main.hcl", "variable \""+name+"\" {\n  sensitive = true\n}\noutput \"o\" {\n"+
			"  value = nonsensitive(var."+whole+")\n}\n")
		source, diags := Load("main.hcl")
		if diags.HasErrors() || !source.SensitiveVariables()[whole] {
			t.Fatal(diags, source.SensitiveVariables())
		}
		for _, in := range []Inputs{
			{Vars: []Assignment{{Name: apart, Value: "f"}}}, {Vars: []Assignment{{Name: whole, Value: "f"}}},
			{Vars: []Assignment{{File: apart + ".vars.hcl"}}},
			{Environ: []string{VariablePrefix + apart + "=f"}},
			{Environ: []string{VariablePrefix + apart + "=x", VariablePrefix + whole + "=f"}},
			{Environ: []string{VariablePrefix + whole + "=f", VariablePrefix + apart + "=x"}},
		} {
			outputs, diags := source.Outputs(in, nil)
			if len(diags) > 0 || outputs[0].Value != "f" {
				t.Errorf("%+v: %v %v", in, outputs, diags)
			}
		}
	}
}
