// Package docs holds the documentation against the program.
package docs

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"countersign/schema/config"
)

// root is the repository, seen from this folder.
const root = ".."

// pages are the documents of the repository, by their path in it.
func pages(t *testing.T) map[string]string {
	t.Helper()
	found := map[string]string{}
	for _, pattern := range []string{"*.md", "docs/*.md", "docs/ci/*.md", "docs/lints/*.md"} {
		files, err := filepath.Glob(filepath.Join(root, pattern))
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range files {
			name, err := filepath.Rel(root, f)
			if err != nil {
				t.Fatal(err)
			}
			found[name] = read(t, f)
		}
	}
	return found
}

func read(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

var fence = regexp.MustCompile("(?ms)^ *```(\\w*)\n(.*?)^ *```$")

// Whatever HCL the documents show is HCL, laid out as fmt lays it out.
func TestDocsShowCanonicalHCL(t *testing.T) {
	for page, text := range pages(t) {
		for _, block := range fence.FindAllStringSubmatch(text, -1) {
			if block[1] != "hcl" {
				continue
			}
			source := dedent(block[2])
			out, diags := config.Format([]byte(source), page)
			if diags.HasErrors() {
				t.Errorf("%s:\n%s\n%v", page, source, diags)
			} else if string(out) != source {
				t.Errorf("%s: fmt would make\n%s\nof\n%s", page, out, source)
			}
		}
	}
}

// dedent takes away the margin that a block inside a list has.
func dedent(s string) string {
	margin := s[:len(s)-len(strings.TrimLeft(s, " "))]
	return strings.TrimPrefix(strings.ReplaceAll("\n"+s, "\n"+margin, "\n"), "\n")
}

var link = regexp.MustCompile(`\]\(([^)#:]*)(#[^)]*)?\)`)

// Links lead to files that exist, and to headings that are in them.
func TestDocsLinks(t *testing.T) {
	all := pages(t)
	for page, text := range all {
		for _, l := range link.FindAllStringSubmatch(fence.ReplaceAllString(text, ""), -1) {
			target := page
			if l[1] != "" {
				target = filepath.Join(filepath.Dir(page), l[1])
			}
			if _, err := os.Stat(filepath.Join(root, target)); err != nil {
				t.Errorf("%s: %v", page, err)
			} else if l[2] != "" && !anchors(all[target])[l[2]] {
				t.Errorf("%s: %s has no heading %s", page, target, l[2])
			}
		}
	}
}

// anchors are the names under which a page's headings can be linked to.
func anchors(text string) map[string]bool {
	found := map[string]bool{}
	for line := range strings.Lines(fence.ReplaceAllString(text, "")) {
		if heading, ok := strings.CutPrefix(strings.TrimLeft(line, "#"), " "); ok && strings.HasPrefix(line, "#") {
			name := strings.ToLower(strings.TrimSpace(heading))
			name = regexp.MustCompile(`[^\p{L}\p{N} _-]`).ReplaceAllString(name, "")
			found["#"+strings.ReplaceAll(name, " ", "-")] = true
		}
	}
	return found
}

// docs/security.md and docs/reliability.md name the tests that show what they claim: functions, and stories wherever
// they are.
func TestClaimsNameTests(t *testing.T) {
	tests := map[string]bool{}
	err := filepath.WalkDir(root, func(path string, e os.DirEntry, err error) error {
		if err == nil && strings.HasSuffix(path, ".txtar") {
			tests[filepath.Base(path)] = true
		}
		if err == nil && strings.HasSuffix(path, "_test.go") {
			for _, m := range regexp.MustCompile(`(?m)^func (Test\w+|Fuzz\w+)\(`).FindAllStringSubmatch(read(t, path),
				-1) {
				tests[m[1]] = true
			}
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, page := range []string{"security.md", "reliability.md"} {
		named := regexp.MustCompile("`((?:Test|Fuzz)\\w+|[\\w-]+\\.txtar)`").FindAllStringSubmatch(read(t, page), -1)
		if len(named) == 0 {
			t.Errorf("docs/%s names none", page)
		}
		for _, m := range named {
			if !tests[m[1]] {
				t.Errorf("docs/%s names %s, which is not there", page, m[1])
			}
		}
	}
}

// CONTRIBUTING.md and the documents name files of the repository that exist.
func TestDocsNameFilesThatExist(t *testing.T) {
	named := regexp.MustCompile("`((?:[a-z_]+/)+[a-z_]+\\.(?:go|md|hcl|csv))`")
	for page, text := range pages(t) {
		for _, m := range named.FindAllStringSubmatch(text, -1) {
			if _, err := os.Stat(filepath.Join(root, m[1])); err != nil && !strings.Contains(m[1], "main.hcl") {
				t.Errorf("%s: %v", page, err)
			}
		}
	}
}
