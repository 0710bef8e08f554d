package mermaid

import (
	"html"
	"regexp"
	"slices"
	"strings"
	"testing"

	"golang.org/x/text/unicode/norm"

	"countersign/view"
	"countersign/view/viewtest"
)

// What Mermaid makes of a label is what a reader sees in the plan's text, and what could be read as Markdown stands
// alone.
func TestMermaidText(t *testing.T) {
	sign := regexp.MustCompile(`[^\x{feff}][!#$&(-+\-/:;<>@\\^_{-~\x60]|\\["'?=%]`)
	within := regexp.MustCompile(`([\pL\pM\pN\]])[./_-]([\pL\pM\pN])|([\pL\pM\pN]):( )`)
	bracketed := regexp.MustCompile(` \(([^()]*[\pL\pM\pN])\)`)
	for _, text := range append(slices.Clone(viewtest.HostileInReports), "1. one", "1) two",
		"- three", "(1) four", "a_b.c/d-e", "张三 (zhang)",
		"_a_", "*b*", "www.example.com", "https://example.com/a", "a@b.c", "__init__") {
		visible := view.OneLine(text)
		spelled := Text(visible)
		got := html.UnescapeString(strings.ReplaceAll(spelled, "#", "&#"))
		alone := " " + got
		for range 2 { // the end of one word may be the beginning of the next
			alone = within.ReplaceAllString(alone, "$1$2$3$4")
		}
		if sign.MatchString(bracketed.ReplaceAllString(alone, " $1")) {
			t.Errorf("%q is spelled %s, in which a sign does not stand alone", visible, spelled)
		}
		if got = norm.NFC.String(strings.ReplaceAll(got, "\ufeff", "")); got != norm.NFC.String(visible) {
			t.Errorf("%q is spelled %s, which is %q", visible, spelled, got)
		}
		if strings.ContainsAny(spelled, "\"`{}<>|\\%&") || strings.Contains(spelled, "](") {
			t.Errorf("%q is spelled %s", visible, spelled)
		}
	}
}
