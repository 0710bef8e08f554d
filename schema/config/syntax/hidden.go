package syntax

import (
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/hashicorp/hcl/v2"

	"countersign/schema/config/words"
	"countersign/schema/spelling"
)

// maxUnseen is how many lines of one file are reported.
const maxUnseen = 10

// HiddenCharacters warns of each line of a file that has characters which nobody sees, at the first of them. Unusual
// blanks, and characters that change the look of a letter, are reported only where a value has them.
func HiddenCharacters(src []byte, name string) []*hcl.Diagnostic {
	if !utf8.Valid(src) {
		return nil // this has been reported
	}
	var found []*hcl.Diagnostic
	more := 0
	start, number := 0, 1
	for line := range strings.Lines(string(src)) {
		for _, h := range spelling.HiddenIn(strings.TrimRight(line, "\r\n")) {
			if h.Kind == spelling.Blank || h.Kind == spelling.Selector || h.Rune == '\t' {
				continue
			}
			if len(found) == maxUnseen {
				more++
				break
			}
			at := hcl.Pos{Line: number, Column: 1 + utf8.RuneCountInString(line[:h.At]), Byte: start + h.At}
			found = append(found, &hcl.Diagnostic{Severity: hcl.DiagWarning,
				Summary: fmt.Sprintf("Hidden %s U+%04X", strings.TrimPrefix(string(h.Kind), "invisible "), h.Rune),
				Detail:  hiddenHere(h),
				Subject: &hcl.Range{Filename: name, Start: at, End: hcl.Pos{Line: number, Column: at.Column + 1,
					Byte: at.Byte + utf8.RuneLen(h.Rune)}}})
			break
		}
		start += len(line)
		number++
	}
	if more > 0 {
		found[maxUnseen-1].Detail += fmt.Sprintf("\n\nThere are such characters on %s of this file.",
			words.Count(more, "more line"))
	}
	return found
}

func hiddenHere(h spelling.Hidden) string {
	if h.Kind == spelling.Direction {
		return "It turns the order in which what is around it is shown, so that what a reviewer reads on this line " +
			"is not what is written there. Remove it."
	}
	return fmt.Sprintf("Nobody who reads this line sees it. "+
		"Remove it, or write it as \\u%04x in a text where it is meant.", h.Rune)
}
