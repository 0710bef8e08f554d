package config

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"countersign/schema"
	"countersign/schema/config/configtest"
	"countersign/schema/config/disk"
)

func TestLoadChoosesFiles(t *testing.T) {
	t.Chdir(t.TempDir())
	for _, name := range []string{"b.hcl", "a.hcl", "c.hcl.json", "a.test.hcl", "a.auto.vars.hcl", "other.vars.hcl",
		"x.test.hcl.json", ".hidden.hcl", "#a.hcl", "a.hcl~", "README.md", "sub/d.hcl"} {
		text := ""
		if strings.HasSuffix(name, ".json") {
			text = "{}"
		}
		configtest.Write(t, name, text)
	}
	if err := os.Mkdir("folder.hcl", 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink("sub/d.hcl", "link.hcl"); err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		path, dir, name string
		files           []string
		state           string
	}{
		{".", ".", "countersign", []string{"a.hcl", "b.hcl", "c.hcl.json", "link.hcl"}, "countersign.state.json"},
		{"", ".", "countersign", []string{"a.hcl", "b.hcl", "c.hcl.json", "link.hcl"}, "countersign.state.json"},
		{"sub", "sub", "countersign", []string{"sub/d.hcl"}, "sub/countersign.state.json"},
		{"sub/d.hcl", "sub", "d", []string{"sub/d.hcl"}, "sub/d.state.json"},
		{"c.hcl.json", ".", "c", []string{"c.hcl.json"}, "c.state.json"},
	}
	for _, test := range tests {
		s, diags := Load(test.path)
		if len(diags) > 0 || s.Dir != test.dir || s.Name != test.name || !slices.Equal(s.Files, test.files) {
			t.Errorf("Load(%q) = %q %q %q, %v", test.path, s.Dir, s.Name, s.Files, diags)
			continue
		}
		if c, diags := s.Evaluate(Inputs{}, nil); diags.HasErrors() || c.State.Path != test.state {
			t.Errorf("Load(%q): state %q, want %q; %v", test.path, c.State.Path, test.state, diags)
		}
	}
}

func TestLoadRefusesText(t *testing.T) {
	tests := []struct {
		name, file, text string
		place, summary   string
		detail           string
	}{
		{"GBK", "a.hcl", "folder \"x\" {\n  id   = 7\n  path = \"公司\xb9\xab\"\n}\n", "3,13", "Text is not UTF-8",
			"GBK"},
		{"UTF-16", "a.hcl", "\xff\xfef\x00o\x00", "1,1", "Text is not UTF-8", "UTF-16"},
		{"JSON too", "a.hcl.json", "{\"folder\": \"\xff\"}", "1,13", "Text is not UTF-8", "UTF-8"},
		{"brackets", "a.hcl", "x = " + strings.Repeat("[", 100000), "1,2004", "Nested too deeply", "locals"},
		{"operators", "a.hcl", "x = " + strings.Repeat("!", 100000), "1,2004", "Nested too deeply", "locals"},
		{"choices", "a.hcl", "x = " + strings.Repeat("a ? b : ", 100000) + "c", "1,15999", "Nested too deeply",
			"locals"},
		{"JSON brackets", "a.hcl.json", "{\"x\": " + strings.Repeat("[", 100000), "1,2005", "Nested too deeply",
			"locals"},
		{"a template in JSON", "a.hcl.json", "{\"x\": \"${" + strings.Repeat("(", 100000) + "\"}", "1,",
			"Nested too deeply", "locals"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Chdir(t.TempDir())
			configtest.Write(t, test.file, test.text)
			_, diags := Load(test.file)
			if len(diags) != 1 {
				t.Fatalf("%d diagnostics", len(diags))
			}
			d := diags[0]
			if place := fmt.Sprintf("%d,%d", d.Range.Start.Line, d.Range.Start.Column); !strings.HasPrefix(place,
				test.place) || d.Summary != test.summary || !strings.Contains(d.Detail, test.detail) {
				t.Errorf("%s: %s: %s", place, d.Summary, d.Detail)
			}
			if d.Snippet == nil {
				t.Error("no source line")
			}
		})
	}
}

func TestLoadLargeFiles(t *testing.T) {
	t.Chdir(t.TempDir())
	var b strings.Builder
	b.WriteString(configtest.WorldBlocks(100))
	for b.Len() < 5<<20 {
		b.WriteString("# 五兆字节的文件也要读得下去。\n")
	}
	configtest.Write(t, "five.hcl", b.String())
	config, diags := evaluate(t, "five.hcl", Inputs{}, nil)
	if len(diags) > 0 || len(config.Declaration.Templates) != 100 {
		t.Fatal(diags)
	}

	configtest.Write(t, "huge.hcl", "")
	if err := os.Truncate("huge.hcl", disk.MaxFileSize+1); err != nil {
		t.Fatal(err)
	}
	if _, diags := Load("huge.hcl"); len(diags) != 1 || diags[0].Summary != "File too large" {
		t.Fatal(diags)
	}
}

// TestLoadWindowsText reads what an editor on Windows saves: a byte order mark and lines ending in CR LF.
func TestLoadWindowsText(t *testing.T) {
	t.Chdir(t.TempDir())
	configtest.Write(t, "a.hcl", "\xef\xbb\xbffolder \"x\" {\r\n  id = 7\r\n}\r\nfolder \"y\" {\r\n  idd = 8\r\n}\r\n")
	_, diags := evaluate(t, "a.hcl", Inputs{}, nil)
	if len(diags) == 0 {
		t.Fatal("no mistake found")
	}
	if got := configtest.Text(diags[0]); !strings.HasPrefix(got, "a.hcl:4,1: Scope without id") {
		t.Error(got)
	}
	if got := configtest.Text(diags[1]); !strings.HasPrefix(got, "a.hcl:5,3: Unknown argument\n"+
		"  5 |   «idd» = 8\n") {
		t.Error(got)
	}
}

func TestLoadUnreadable(t *testing.T) {
	t.Chdir(t.TempDir())
	configtest.Write(t, "good.hcl", "folder \"x\" { id = 7 }\n")
	if err := os.Symlink("nowhere.hcl", "dangling.hcl"); err != nil {
		t.Fatal(err)
	}
	s, diags := Load(".")
	if s == nil || len(diags) != 1 || diags[0].Severity != schema.Error ||
		diags[0].Detail != "Reading dangling.hcl: no such file or directory." {
		t.Fatal(diags)
	}
	if filepath.IsAbs(s.Files[0]) {
		t.Error("files are named as they were given:", s.Files)
	}
}

// TestLongHeredoc: what takes HCL an hour.
func TestLongHeredoc(t *testing.T) {
	t.Chdir(t.TempDir())
	line := "some,text,here\n"
	text := strings.Repeat(line, 12<<20/len(line))
	configtest.Write(t, "a.hcl", "locals {\n  a = <<EOT\n"+text+"EOT\n  b = length(local.a)\n  c = local.nothing\n}\n")
	_, diags := evaluate(t, "a.hcl", Inputs{}, nil)
	if len(diags) != 1 || diags[0].Range.Start.Line != strings.Count(text, "\n")+5 ||
		!strings.Contains(diags[0].Snippet.Code, "local.nothing") {
		t.Errorf("%v", diags)
	}
}
