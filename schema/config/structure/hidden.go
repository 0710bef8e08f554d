package structure

import (
	"github.com/hashicorp/hcl/v2"

	"countersign/schema/config/diagnostic"
	"countersign/schema/spelling"
)

// HiddenIn begins the summary of a warning about a value; it goes on with the kind of text.
const HiddenIn = "Hidden characters in "

// HiddenWarning warns of characters that nobody sees in a text, a kind of text that the message calls what: "a name",
// "The name of this folder".
func HiddenWarning(at hcl.Range, kind, what, s string, all []string) *hcl.Diagnostic {
	return diagnostic.Warning(at, HiddenIn+kind, "%s is %s. It has %s. Remove what is not meant.", what,
		spelling.Quote(s), spelling.Listed(s, all))
}
