package cmdline

import "testing"

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
