// Package spelling says when two texts are the same text, and what of a text a reader does not see.
//
// Unicode can write one text in several forms: é is one character or two, 각 one or three, K a letter or the sign of a
// unit. Texts that Unicode calls canonically equivalent are one text here, wherever texts are compared. Nothing else
// is: capital and small letters, full-width and usual ones, letters of two alphabets that look alike, and characters
// that nobody sees all count. The last are found and shown by HiddenIn, Escape and Look.
//
// It knows text alone: no file, no configuration, no drive.
package spelling

import (
	"slices"

	"golang.org/x/text/unicode/norm"
)

// Form is the one form of a text by which it is compared, and in which the language writes it (NFC).
func Form(s string) string {
	if plain(s) {
		return s
	}
	return norm.NFC.String(s)
}

// Same reports whether two texts are one text, whatever form each is in.
func Same(a, b string) bool { return a == b || Form(a) == Form(b) }

// Keep is the new text in the old one's form where the two are the same: what nobody changed stays as it is written.
func Keep(old, new string) string {
	if Same(old, new) {
		return old
	}
	return new
}

// Index returns the place in a list of the text that a name means: the very one, or else the first of another form; -1
// when there is none.
func Index(name string, list []string) int {
	if i := slices.Index(list, name); i >= 0 {
		return i
	}
	return slices.IndexFunc(list, func(s string) bool { return Same(s, name) })
}

// Loose reports whether a text has letters that Unicode writes in several ways with more than one character, so that
// elsewhere it may well be in another form.
func Loose(s string) bool { return norm.NFD.String(s) != s || norm.NFC.String(s) != s }
