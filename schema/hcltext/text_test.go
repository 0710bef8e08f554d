package hcltext_test

import (
	"testing"

	"countersign/schema/hcltext"
)

// A text of several lines is a heredoc where that says the same: blanks before lines stay, unless all lines have some,
// which <<- would take away.
func TestText(t *testing.T) {
	for text, want := range map[string]string{
		"a":           `"a"`,
		"a\n  b":      "<<-EOT\n    a\n      b\n  EOT",
		"a\n\nb ${x}": "<<-EOT\n    a\n\n    b $${x}\n  EOT",
		"  a\n  b":    `"  a\n  b"`,
		"a\n   \nb":   `"a\n   \nb"`,
		"a \nb":       `"a \nb"`,
		"a\n\tb":      `"a\n\tb"`,
		"a\n  EOT\nb": `"a\n  EOT\nb"`,
		"a\nb\u200bc": `"a\nb\u200bc"`,
	} {
		if got := hcltext.Text("  ", text); got != want {
			t.Errorf("%q: %s, not %s", text, got, want)
		}
	}
}
