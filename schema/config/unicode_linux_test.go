package config

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"countersign/schema/config/configtest"
)

// Files whose names differ in their form of Unicode, which not every system can keep side by side. Written in the tests
// as on the disk: the second é of each pair is two characters.
const (
	composed   = "caf\u00e9"
	decomposed = "cafe\u0301"
)

// Expressions name files in one form. fileset gives each of them, in that form, and says when two would be one.
func TestFilesInForms(t *testing.T) {
	t.Chdir(t.TempDir())
	for _, name := range []string{"one/" + decomposed + ".csv", "one/" + decomposed + "/b.csv", "both/" + composed +
		".csv", "both/" + decomposed + ".csv", "both/x.csv", "dirs/" + composed + "/x", "dirs/" + decomposed + "/y"} {
		configtest.Write(t, name, "in "+name)
	}
	for _, test := range []struct{ expr, want string }{
		{`file("one/café.csv")`, "in one/" + composed + ".csv"},
		{`file("both/café.csv")`, "in both/" + composed + ".csv"},
		{`templatefile("one/café.csv", {})`, "in one/" + composed + ".csv"},
		{`join(" ", fileset("one", "**"))`, composed + ".csv " + composed + "/b.csv"},
		{`join(" ", fileset("one", "caf\u00e9*"))`, composed + ".csv"},
		{`join(" ", fileset("one", "café.csv"))`, composed + ".csv"},
		{`join(" ", fileset("one/café", "*"))`, "b.csv"},
		{`join(" ", fileset("one", "café/*"))`, composed + "/b.csv"},
		{`join(" ", fileset("both", "x*"))`, "x.csv"},
		{`join(" ", [for name in fileset("one", "*.csv") : file("one/${name}")])`, "in one/" + composed + ".csv"},
		{`join(" ", fileset("both", "*"))`, `! listing both: "café.csv" is the name of several files, whose names ` +
			`differ in their form of Unicode alone and look the same: ` +
			`"caf\u00e9.csv", "cafe\u0301.csv". Rename all but one`},
		{`join(" ", fileset("dirs", "*/x"))`, composed + "/x"},
		{`join(" ", fileset("dirs", "**"))`, composed + "/x " + composed + "/y"},
	} {
		configtest.Write(t, "main.hcl", "output \"o\" {\n  value = "+test.expr+"\n}\n")
		source, diags := Load("main.hcl")
		if diags.HasErrors() {
			t.Fatal(diags)
		}
		outputs, diags := source.Outputs(Inputs{}, nil)
		if want, fails := strings.CutPrefix(test.want, "! "); fails {
			if len(diags) == 0 || !strings.Contains(diags[0].Detail, want) {
				t.Errorf("%s: %v %v, not %s", test.expr, outputs, diags, want)
			}
			continue
		}
		if diags.HasErrors() || outputs[0].Value != test.want {
			t.Errorf("%s: %v %v, not %+q", test.expr, outputs, diags, test.want)
		}
	}
}

// Files of attachments are found by the same rule.
func TestSourcesInForms(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "re\u0301po")
	if err := os.Mkdir(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	t.Chdir(dir)
	for _, name := range []string{"one/" + decomposed + ".pdf", decomposed + "/a.pdf", "both/" + composed + ".pdf",
		"both/" + decomposed + ".pdf", "two/e\u0302\u0301", "two/\u00ea\u0301"} {
		configtest.Write(t, name, "in "+name)
	}
	for _, test := range []struct {
		text string
		want []string // name = path, or a part of the error
	}{
		{`files = "one/café.pdf"`, []string{composed + ".pdf = one/" + decomposed + ".pdf"}},
		{`files = ["both/café.pdf"]`, []string{"both/" + composed + ".pdf = both/" + composed + ".pdf"}},
		{`files = fileset("café", "*")`, []string{"a.pdf = " + decomposed + "/a.pdf"}},
		{"base  = \"café\"\n  files = [\"a.pdf\"]", []string{"a.pdf = " + decomposed + "/a.pdf"}},
		{`files = ["` + filepath.Join(filepath.Dir(dir), "répo", "one", composed) + `.pdf"]`,
			[]string{"one/" + composed + ".pdf = one/" + decomposed + ".pdf"}},
		{`files = fileset("both", "*")`, []string{"is the name of several files"}},
		{`files = ["two/ế"]`, []string{"is the name of several files"}},
	} {
		configtest.Write(t, "main.hcl", "attachment \"a\" {\n  "+test.text+"\n  drive {}\n}\n")
		config, diags := evaluate(t, "main.hcl", Inputs{}, nil)
		if len(diags) > 0 {
			if !strings.Contains(diags[0].Detail, test.want[0]) {
				t.Errorf("%s: %v", test.text, diags)
			}
			continue
		}
		var got []string
		for _, f := range config.Declaration.Attachments[0].Files {
			path, err := filepath.Rel(dir, f.Path)
			if err != nil {
				t.Error(err)
			}
			got = append(got, f.Name+" = "+path)
		}
		if d := cmp.Diff(test.want, got); d != "" {
			t.Errorf("%s: -want +got:\n%s", test.text, d)
		}
	}
}

// What is kept beside a configuration is found by the name that the disk has for it, the state even where a first run
// left nothing but its journal.
func TestBesidesInForms(t *testing.T) {
	t.Chdir(t.TempDir())
	configtest.Write(t, decomposed+".hcl", "variable \"x\" {}\noutput \"x\" {\n  value = var.x\n}\n")
	configtest.Write(t, composed+".auto.vars.hcl", "x = \"y\"\n")
	source, diags := Load(composed + ".hcl")
	if diags.HasErrors() || source.Name != decomposed || !slices.Equal(source.Files, []string{decomposed + ".hcl"}) {
		t.Fatalf("%v %+q %+q", diags, source.Name, source.Files)
	}
	if outputs, diags := source.Outputs(Inputs{}, nil); diags.HasErrors() || outputs[0].Value != "y" {
		t.Errorf("%v %v", outputs, diags)
	}
	for _, test := range []struct{ file, want string }{
		{"", decomposed + ".state.json"},
		{composed + ".state.journal", composed + ".state.json"},
		{composed + ".state.json", composed + ".state.json"},
		{decomposed + ".state.json", decomposed + ".state.json"},
	} {
		if test.file != "" {
			configtest.Write(t, test.file, "{}")
		}
		config, diags := evaluate(t, composed+".hcl", Inputs{}, nil)
		if diags.HasErrors() || config.State.Path != test.want {
			t.Errorf("with %+q: %v %+q, not %+q", test.file, diags, config.State.Path, test.want)
		}
	}
	configtest.Write(t, "e\u0302\u0301.state.json", "{}")
	configtest.Write(t, "\u00ea\u0301.state.json", "{}")
	configtest.Write(t, "main.hcl", "state \"local\" {\n  path = \"ế.state.json\"\n}\n")
	if config, diags := evaluate(t, "main.hcl", Inputs{}, nil); !diags.HasErrors() ||
		!strings.Contains(diags[0].Detail, "is the name of several files") {
		t.Errorf("%v %+v", diags, config.State)
	}
}
