package config

import (
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/tools/txtar"

	"countersign/schema"
)

var update = flag.Bool("update", false, "write what was got into the stories in testdata")

// TestMistakes runs the stories in testdata/mistakes. Each holds the files of a configuration, and in "want" every
// diagnostic: place, the source text pointed at, what is wrong and what to do. More files steer it: "inputs" (lines
// such as -var a=b, -var-file f, X=Y for the environment, path p), "facts" (schema.Facts as JSON) and "links" (symbolic
// links, lines such as name -> target). The configuration lies in a folder of its own, so that there is something
// outside of it: a file whose name begins with ../ lies there.
func TestMistakes(t *testing.T) {
	stories(t, "testdata/mistakes/*.txtar", func(t *testing.T, _ string,
		archive *txtar.Archive) string {
		return runStory(t, archive)
	})
}

// stories holds what run makes of each story against the file "want" in it.
func stories(t *testing.T, pattern string, run func(t *testing.T, name string, archive *txtar.Archive) string) {
	t.Helper()
	paths, err := filepath.Glob(pattern)
	if err != nil || len(paths) == 0 {
		t.Fatal("no stories", err)
	}
	for _, story := range paths {
		name, _ := strings.CutSuffix(filepath.Base(story), ".txtar")
		t.Run(name, func(t *testing.T) {
			path, err := filepath.Abs(story)
			if err != nil {
				t.Fatal(err)
			}
			archive, err := txtar.ParseFile(path)
			if err != nil {
				t.Fatal(err)
			}
			got := run(t, name, archive)
			for i, f := range archive.Files {
				if f.Name != "want" {
					continue
				}
				if *update {
					archive.Files[i].Data = []byte(got)
					if err := os.WriteFile(path, txtar.Format(archive), 0o600); err != nil {
						t.Fatal(err)
					}
				} else if d := cmp.Diff(strings.TrimSpace(string(f.Data)), strings.TrimSpace(got)); d != "" {
					t.Errorf("-want +got:\n%s", d)
				}
				return
			}
			t.Fatal("the story has no want")
		})
	}
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
			write(t, f.Name, string(f.Data))
		}
	}
	source, diags := Load(path)
	if !diags.HasErrors() {
		_, more := source.Evaluate(in, facts)
		diags = append(diags, more...)
		if !more.HasErrors() {
			_, more = source.Outputs(in, facts)
			diags = append(diags, more...)
		}
	}
	var b strings.Builder
	for _, d := range diags {
		b.WriteString(tell(d) + "\n")
	}
	return b.String()
}

// tell writes a diagnostic as the stories have it.
func tell(d schema.Diagnostic) string {
	var b strings.Builder
	if r := d.Range; r != nil {
		fmt.Fprintf(&b, "%s:%d,%d: ", r.Filename, r.Start.Line, r.Start.Column)
	}
	if d.Severity == schema.Warning {
		b.WriteString("warning: ")
	}
	b.WriteString(d.Summary)
	if d.Address != "" {
		fmt.Fprintf(&b, " (%s)", d.Address)
	}
	b.WriteString("\n")
	if s := d.Snippet; s != nil {
		code := s.Code[:s.HighlightStartOffset] + "«" + s.Code[s.HighlightStartOffset:s.HighlightEndOffset] + "»" +
			s.Code[s.HighlightEndOffset:]
		for i, line := range strings.Split(code, "\n") {
			fmt.Fprintf(&b, "  %d | %s\n", s.StartLine+i, line)
		}
		if s.Context != nil {
			fmt.Fprintf(&b, "  in %s\n", *s.Context)
		}
		for _, v := range s.Values {
			fmt.Fprintf(&b, "  %s %s\n", v.Traversal, v.Statement)
		}
	}
	fmt.Fprintf(&b, "  %s\n", strings.ReplaceAll(d.Detail, "\n", "\n  "))
	return b.String()
}

func write(t *testing.T, name, text string) {
	t.Helper()
	if dir := filepath.Dir(name); dir != "." {
		if err := os.MkdirAll(dir, 0o700); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}
