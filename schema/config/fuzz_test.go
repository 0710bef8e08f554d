package config

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"

	"countersign/schema"
	"countersign/schema/config/configtest"
	"countersign/schema/config/syntax"
)

func seeds(f *testing.F) {
	for _, text := range []string{"", configtest.Example, manyAttachments, configtest.WorldBlocks(2),
		configtest.WorldForEach(2), "folder \"x\" { for_each = ", "template \"t\" {\n step {}\n dynamic \"step\" {} }",
		"locals { a = local.b\n b = local.a[each.key] }", "import {\n to = template.a[1]\n id = {} }", "\xef\xbb\xbfx",
		"x = \"\xff\"",
		"attachment \"a\" { files = [\"a.hcl\", \"..\", \"\\u0000\"]\n drive {} }",
		"attachment \"a\" { base = \".\"\n files = fileset(\".\", \"*\")\n dingtalk { preview {}\n link {} } }",
		"a = <<E\n ${b}\nE\n", "variable \"v\" { type = object({ a = optional(number, \"x\") }) }"} {
		f.Add([]byte(text), false)
	}
	f.Add([]byte(`{"folder": {"x": [{"id": "${1}"}]}, `+
		`"template": {"t": {"step": [{"a": {}}], "dynamic": {"step": {}}}}, `+
		`"locals": [1]}`), true)
	f.Add([]byte(`{"attachment": {"a": {"files": "${fileset(\".\", \"*\")}", "drive": [{}, {}], `+
		`"contract": {"flows": null}, "dingtalk": {"dynamic": {"link": {}}}}}}`), true)
	f.Add([]byte(`{"import": {"to": "template.t[0]", "id": null}, "variable": {"v": {"type": "list("}}}`), true)
}

// FuzzLoad: whatever the bytes are, there is a configuration or there are errors; what is reported lies in the file.
func FuzzLoad(f *testing.F) {
	seeds(f)
	f.Fuzz(func(t *testing.T, src []byte, json bool) {
		name := filepath.Join(t.TempDir(), "a.hcl")
		if json {
			name += ".json"
		}
		if err := os.WriteFile(name, src, 0o600); err != nil {
			t.Fatal(err)
		}
		source, diags := Load(name)
		if source == nil {
			t.Fatal("no source")
		}
		for _, facts := range []*schema.Facts{nil, {}} {
			config, more := source.Evaluate(Inputs{}, facts)
			if config == nil {
				t.Fatal("neither a configuration nor errors")
			}
			_, last := source.Outputs(Inputs{}, facts)
			diags = append(append(diags, more...), last...)
		}
		sound(t, source.Place(diags))
	})
}

// FuzzFormat: formatting twice is formatting once, and the text keeps its tokens.
func FuzzFormat(f *testing.F) {
	seeds(f)
	f.Fuzz(func(t *testing.T, src []byte, json bool) {
		name := "a.hcl"
		if json {
			name += ".json"
		}
		once, diags := Format(src, name)
		if diags.HasErrors() {
			return
		}
		twice, diags := Format(once, name)
		if diags.HasErrors() {
			t.Fatalf("%q was formatted to %q, which does not parse: %v", src, once, diags)
		}
		if !bytes.Equal(once, twice) {
			t.Fatalf("%q is formatted to %q, and that to %q", src, once, twice)
		}
		if !json && !bytes.Equal(tokens(src), tokens(once)) {
			t.Fatalf("%q means something else as %q", src, once)
		}
	})
}

// tokens is text without its layout.
func tokens(src []byte) []byte {
	list, _ := hclsyntax.LexConfig(bytes.ReplaceAll(syntax.WithoutMark(src), []byte("\r\n"), []byte("\n")), "",
		hcl.InitialPos)
	var out []byte
	for _, token := range list {
		if token.Type != hclsyntax.TokenNewline && token.Type != hclsyntax.TokenEOF {
			out = append(append(out, bytes.TrimSpace(token.Bytes)...), ' ')
		}
	}
	return out
}
