package mermaid

import (
	"html"
	"regexp"
	"strings"
	"testing"

	"golang.org/x/text/unicode/norm"

	"countersign/view"
	"countersign/view/viewtest"
)

// What Mermaid makes of a label is what a reader sees in the plan's text, and what could be read as Markdown stands
// alone.
func TestMermaidText(t *testing.T) {
	sign := regexp.MustCompile(`[^\x{feff}][!-+\-/:-@\[-^_{-~\x60]`)
	for _, text := range viewtest.HostileInReports {
		visible := view.OneLine(text)
		spelled := Text(visible)
		got := html.UnescapeString(strings.ReplaceAll(spelled, "#", "&#"))
		if sign.MatchString(" " + got) {
			t.Errorf("%q is spelled %s, in which a sign does not stand alone", visible, spelled)
		}
		if got = norm.NFC.String(strings.ReplaceAll(got, "\ufeff", "")); got != norm.NFC.String(visible) {
			t.Errorf("%q is spelled %s, which is %q", visible, spelled, got)
		}
		if strings.ContainsAny(spelled, "\"`[]{}()<>|\\%:&") {
			t.Errorf("%q is spelled %s", visible, spelled)
		}
	}
}
