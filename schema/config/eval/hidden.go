package eval

import (
	"strings"
	"unicode/utf8"

	"github.com/hashicorp/hcl/v2"

	"countersign/schema/config/diagnostic"
	"countersign/schema/config/structure"
	"countersign/schema/spelling"
)

// There are two warnings of characters that a reviewer does not see: where one stands in a file, even in a comment, and
// where the value of an expression has one, even if it is written as \u200b or read from a table. Of two at one place,
// the warning about the value is reported, because it says more.

// Reveal warns of hidden characters in the value of an expression. The message calls such a text kind, and this one
// what: "a title", "The title of template.x".
func (f *Frame) Reveal(at hcl.Range, kind, what, s string, how spelling.Care) {
	if all := spelling.Odd(s, how); all != nil && spelling.Look(s) != "" { // an empty text is reported as such
		d := structure.HiddenWarning(f.ev.firstHidden(at), kind, what, s, all)
		d.Context = &at
		f.ev.Report(diagnostic.Finding{Address: f.Address, Secret: f.Quiet, Diagnostic: d})
	}
}

// firstHidden is the place of the first hidden character in a range of a file. Without one it is the whole range: then
// the value is computed, or has the character as an escape.
func (ev *Evaluator) firstHidden(at hcl.Range) hcl.Range {
	file := ev.files[at.Filename]
	if file == nil || !at.CanSliceBytes(file.Bytes) {
		return at
	}
	for _, h := range spelling.HiddenIn(string(at.SliceBytes(file.Bytes))) {
		if h.Rune == '\n' || h.Rune == '\r' || h.Rune == '\t' {
			continue
		}
		start := hcl.Pos{Line: at.Start.Line, Column: at.Start.Column, Byte: at.Start.Byte + h.At}
		before := string(file.Bytes[at.Start.Byte:start.Byte])
		if i := strings.LastIndexByte(before, '\n'); i >= 0 {
			start.Line, start.Column, before = start.Line+strings.Count(before, "\n"), 1, before[i+1:]
		}
		start.Column += utf8.RuneCountInString(before)
		return hcl.Range{Filename: at.Filename, Start: start, End: hcl.Pos{Line: start.Line, Column: start.Column + 1,
			Byte: start.Byte + utf8.RuneLen(h.Rune)}}
	}
	return at
}
