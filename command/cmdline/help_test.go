package cmdline

import (
	"strings"
	"testing"
)

func TestFit(t *testing.T) {
	const help = `Show what apply would change.

  -out=FILE   save the plan in FILE, to be shown
  -json       one document
`
	for width, want := range map[int]string{
		0:  help,
		60: help,
		32: `Show what apply would change.

  -out=FILE   save the plan in
              FILE, to be shown
  -json       one document
`,
		24: `Show what apply would
change.

  -out=FILE   save the
      plan in FILE, to
      be shown
  -json       one
      document
`,
	} {
		if got := Fit(help, width); got != want {
			t.Errorf("%d columns:\n%s", width, got)
		}
	}
}

func TestDidYouMean(t *testing.T) {
	known := []string{"template.modify", "template.upload"}
	for name, want := range map[string]string{"template.modfy": "template.modify", "template.uplaod": "template.upload",
		"x": ""} {
		if got := DidYouMean(name, known, ""); (want == "") != (got == "") || !strings.Contains(got, want) {
			t.Errorf("DidYouMean(%s) = %q, want %q", name, got, want)
		}
	}
}
