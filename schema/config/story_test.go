package config

import (
	"encoding/json"
	"os"
	"slices"
	"strings"
	"testing"

	"golang.org/x/tools/txtar"

	"countersign/schema"
	"countersign/schema/config/configtest"
	"countersign/subject"
)

// TestMistakes runs the stories in testdata/mistakes. Each holds the files of a configuration, and in "want" every
// diagnostic: place, the source text pointed at, what is wrong and what to do. More files steer it: "inputs" (lines
// such as -var a=b, -var-file f, X=Y for the environment, path p), "facts" (schema.Facts as JSON) and "links" (symbolic
// links, lines such as name -> target). The configuration lies in a folder of its own, so that there is something
// outside of it: a file whose name begins with ../ lies there.
func TestMistakes(t *testing.T) {
	configtest.Stories(t, "testdata/mistakes/*.txtar", func(t *testing.T, _ string, archive *txtar.Archive) string {
		return runStory(t, archive)
	})
}

func runStory(t *testing.T, archive *txtar.Archive) string {
	t.Helper()
	t.Chdir(t.TempDir())
	if err := os.Mkdir("configuration", 0o700); err != nil {
		t.Fatal(err)
	}
	t.Chdir("configuration")
	var in Inputs
	var facts *schema.Facts
	path := "."
	for _, f := range archive.Files {
		switch f.Name {
		case "want":
		case "facts":
			facts = &schema.Facts{}
			if err := json.Unmarshal(f.Data, facts); err != nil {
				t.Fatal(err)
			}
		case "links":
			for _, line := range strings.Split(strings.TrimSpace(string(f.Data)), "\n") {
				name, target, _ := strings.Cut(line, " -> ")
				if err := os.Symlink(target, name); err != nil {
					t.Fatal(err)
				}
			}
		case "inputs":
			for _, line := range strings.Split(strings.TrimSpace(string(f.Data)), "\n") {
				word, rest, _ := strings.Cut(line, " ")
				switch word {
				case "-var":
					name, value, _ := strings.Cut(rest, "=")
					in.Vars = append(in.Vars, Assignment{Name: name, Value: value})
				case "-var-file":
					in.Vars = append(in.Vars, Assignment{File: rest})
				case "path":
					path = rest
				default:
					in.Environ = append(in.Environ, line)
				}
			}
		default:
			configtest.Write(t, f.Name, string(f.Data))
		}
	}
	source, diags := Load(path)
	if !diags.HasErrors() {
		cfg, more := source.Evaluate(in, facts)
		diags = append(diags, more...)
		if !more.HasErrors() {
			_, more = source.Outputs(in, facts)
			_, found, wrong := source.Hold(in, facts, subject.Of(cfg.Declaration, nil))
			diags = slices.Concat(diags, more, found, wrong)
		}
	}
	var b strings.Builder
	for _, d := range diags {
		b.WriteString(configtest.Text(d) + "\n")
	}
	return b.String()
}
