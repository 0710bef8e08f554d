package main

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/urfave/cli/v2"
)

// pages are the documents of the repository, by path.
func pages(t *testing.T) map[string]string {
	t.Helper()
	found := map[string]string{}
	for _, pattern := range []string{"*.md", "docs/*.md", "docs/ci/*.md"} {
		files, err := filepath.Glob(pattern)
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range files {
			found[f] = string(read(t, f))
		}
	}
	return found
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
			cmd := exec.Command("countersign", "fmt", "-")
			cmd.Stdin = strings.NewReader(source)
			var stderr bytes.Buffer
			cmd.Stderr = &stderr
			if out, err := cmd.Output(); err != nil {
				t.Errorf("%s:\n%s\n%s", page, source, &stderr)
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
			if _, err := os.Stat(target); err != nil {
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

// docs/commands.md names every command, and every flag of it in the command's own section or among the shared ones.
func TestDocsNameEveryFlag(t *testing.T) {
	sections := map[string]string{}
	for _, s := range strings.Split(string(read(t, "docs/commands.md")), "\n## ")[1:] {
		title, body, _ := strings.Cut(s, "\n")
		sections[title] = body
	}
	shared := sections["Flags that commands share"]
	var check func(prefix string, commands []*cli.Command)
	check = func(prefix string, commands []*cli.Command) {
		for _, c := range commands {
			name := prefix + c.Name
			if len(c.Subcommands) > 0 {
				check(name+" ", c.Subcommands)
				continue
			}
			section, ok := sections[name]
			if !ok {
				t.Errorf("docs/commands.md has no section %q", name)
			}
			if name == "apply" { // whose section refers to plan's for these
				section += sections["plan"]
			}
			for _, f := range c.Flags {
				flag := "-" + f.Names()[0]
				if !regexp.MustCompile(regexp.QuoteMeta(flag) + `\b`).MatchString(section + shared) {
					t.Errorf("docs/commands.md: section %q does not name %s", name, flag)
				}
			}
		}
	}
	check("", commands())
}

// docs/security.md names the tests that show what it claims: functions, and stories wherever they lie.
func TestSecurityNamesTests(t *testing.T) {
	tests := map[string]bool{}
	err := filepath.WalkDir(".", func(path string, e os.DirEntry, err error) error {
		if err == nil && strings.HasSuffix(path, ".txtar") {
			tests[filepath.Base(path)] = true
		}
		if err == nil && strings.HasSuffix(path, "_test.go") {
			for _, m := range regexp.MustCompile(`(?m)^func (Test\w+|Fuzz\w+)\(`).FindAllStringSubmatch(string(read(t, path)), -1) {
				tests[m[1]] = true
			}
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	named := regexp.MustCompile("`((?:Test|Fuzz)\\w+|[\\w-]+\\.txtar)`").FindAllStringSubmatch(string(read(t, "docs/security.md")), -1)
	if len(named) == 0 {
		t.Error("it names none")
	}
	for _, m := range named {
		if !tests[m[1]] {
			t.Errorf("docs/security.md names %s, which is not there", m[1])
		}
	}
}

// CONTRIBUTING.md and the documents name files of the repository that exist.
func TestDocsNameFilesThatExist(t *testing.T) {
	named := regexp.MustCompile("`((?:[a-z_]+/)+[a-z_]+\\.(?:go|md|hcl|csv))`")
	for page, text := range pages(t) {
		for _, m := range named.FindAllStringSubmatch(text, -1) {
			if _, err := os.Stat(m[1]); err != nil && !strings.Contains(m[1], "main.hcl") {
				t.Errorf("%s: %v", page, err)
			}
		}
	}
}
