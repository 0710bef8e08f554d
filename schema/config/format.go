package config

import (
	"bytes"
	"regexp"

	"github.com/hashicorp/hcl/v2"

	"countersign/schema"
	"countersign/schema/config/diagnostic"
	"countersign/schema/config/syntax"
	"countersign/schema/hcltext"
)

// lineEnds are the ends of lines with carriage returns before them; HCL takes all but one of these for part of the
// line.
var lineEnds = regexp.MustCompile(`\r+\n`)

// Format rewrites HCL text in the canonical layout; the text must parse. JSON is checked and left as it is:
// its layout is up to whatever program wrote it. The lines end as the first one does.
func Format(src []byte, filename string) ([]byte, schema.Diagnostics) {
	file, diags := syntax.Parse(src, filename)
	if diags.HasErrors() {
		s := &Source{files: map[string]*hcl.File{filename: file}}
		return nil, s.Diagnostics(diagnostic.Findings(diags))
	}
	if syntax.IsJSON(filename) {
		return src, nil
	}
	text := hcltext.Layout(lineEnds.ReplaceAll(syntax.WithoutMark(src), []byte("\n")))
	if end := lineEnds.FindIndex(src); end != nil && bytes.IndexByte(src[:end[0]], '\n') < 0 {
		text = bytes.ReplaceAll(text, []byte("\n"), []byte("\r\n"))
	}
	return text, nil
}
