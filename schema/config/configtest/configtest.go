// Package configtest is what the tests of package config and of those around it share: stories, and how they write
// diagnostics.
package configtest

import (
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

// Stories compares what run makes of each story with the file "want" in it.
func Stories(t *testing.T, pattern string,
	run func(t *testing.T, name string, archive *txtar.Archive) string) {
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

// Text writes a diagnostic as the stories have it.
func Text(d schema.Diagnostic) string {
	var b strings.Builder
	if r := d.Range; r != nil {
		fmt.Fprintf(&b, "%s:%d,%d: ", r.Filename, r.Start.Line, r.Start.Column)
	}
	if d.Severity == schema.Warning {
		b.WriteString("warning: ")
	}
	b.WriteString(d.Summary)
	if !d.Address.IsZero() {
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

// Write writes a file, and the folders that it lies in.
func Write(t testing.TB, name, text string) {
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

// Documented checks that the section on limits of docs/language.md, given by its path, says what it must say.
func Documented(t *testing.T, path string, lines ...string) {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	_, section, _ := strings.Cut(string(text), "\n## Limits\n")
	section, _, _ = strings.Cut(section, "\n## ")
	for _, line := range lines {
		if !strings.Contains(section, line) {
			t.Errorf("it does not say %q", line)
		}
	}
}
