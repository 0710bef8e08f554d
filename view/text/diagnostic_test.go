package text

import (
	"bytes"
	"strings"
	"testing"

	"countersign/schema"
	"countersign/view"
	"countersign/view/viewtest"
)

func TestDiagnostics(t *testing.T) {
	for name, s := range map[string]Settings{"plain": {Width: 78}, "colour": {Width: 78, Color: true}} {
		var b bytes.Buffer
		if err := Diagnostics(&b, viewtest.DiagnosticsOfEachKind(), s); err != nil {
			t.Fatal(err)
		}
		viewtest.Golden(t, "diagnostics/"+name+".txt", b.Bytes())
	}
}

// The marks stand below what they mark, whatever is before it.
func TestMarksStandBelow(t *testing.T) {
	for _, before := range []string{"abc ", "中文 ", "\t", "e\u0301 ", "👍🏽 ", "\x1b[31m "} {
		d := viewtest.DiagnosticAt(schema.Error, before+"here", "here", "", "s", "")
		lines := snippet(d.Snippet, Settings{})
		if got, want := strings.Index(lines[1], "^"), view.Width(lines[0])-len("here"); got != want ||
			strings.Count(lines[1], "^") != 4 {
			t.Errorf("%q: marked at %d, want %d:\n%s", before, got, want, strings.Join(lines, "\n"))
		}
	}
}

// Snippets come from files of any content, and offsets from anywhere.
func FuzzSnippet(f *testing.F) {
	f.Add("title = \"中文\"\n", 8, 12, 80)
	f.Add("\xff\xfe", 1, 9, 0)
	f.Add("", -5, 1<<40, -1)
	f.Fuzz(func(t *testing.T, code string, from, to, columns int) {
		d := schema.Diagnostic{Range: &schema.Range{Filename: code},
			Snippet: &schema.Snippet{Code: code, HighlightStartOffset: from, HighlightEndOffset: to}}
		for _, colour := range []bool{false, true} {
			var b bytes.Buffer
			if err := Diagnostics(&b, schema.Diagnostics{d}, Settings{Width: columns, Color: colour}); err != nil {
				t.Fatal(err)
			}
		}
	})
}

// Notices stand above what is wrong, wherever they come from.
func TestNoticesComeFirst(t *testing.T) {
	d := schema.Diagnostics{{Severity: schema.Warning, Summary: "W", Detail: "w"},
		{Severity: schema.Notice, Summary: "N", Detail: "n"}, {Severity: schema.Warning, Summary: "V", Detail: "v"},
		{Severity: schema.Notice, Summary: "M", Detail: "m"}}
	const want = "Notice: N: n\nNotice: M: m\n\nWarning: W\n\nw\n\nWarning: V\n\nv\n\n"
	if got := DiagnosticText(d, Settings{}); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	got := DiagnosticText(d, Settings{Compact: true})
	if !strings.HasPrefix(got, "Notice: N: n\nNotice: M: m\n\nWarnings:\n") {
		t.Errorf("compact:\n%s", got)
	}
}
