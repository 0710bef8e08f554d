// Package spelling says when two texts are the same text, and what of a text a reader does not see.
//
// Unicode can write one text in several forms: é is one character or two, 각 one or three, K a letter or the sign of a
// unit. Texts that Unicode calls canonically equivalent are one text here, wherever texts are compared. All other
// differences count: capital and small letters, full-width and usual ones, letters of two alphabets that look alike,
// and hidden characters, which HiddenIn finds and Escape shows.
//
// It knows only text: no file, no configuration, no drive.
package spelling

import (
	"slices"

	"golang.org/x/text/unicode/norm"
)

// Form is the form of a text in which it is compared, and in which the language has it (NFC).
func Form(s string) string {
	if plain(s) {
		return s
	}
	return norm.NFC.String(s)
}

// Same reports whether two texts are one text in any form.
func Same(a, b string) bool { return a == b || Form(a) == Form(b) }

// Keep is the new text, but in the old form where the two are the same: what nobody changed stays as it is written.
func Keep(old, new string) string {
	if Same(old, new) {
		return old
	}
	return new
}

// Index is the index of a name in a list: of the identical text, or else of the first in another form; -1 when there is
// none.
func Index(name string, list []string) int {
	if i := slices.Index(list, name); i >= 0 {
		return i
	}
	return slices.IndexFunc(list, func(s string) bool { return Same(s, name) })
}

// Loose reports whether a text has letters that Unicode can write in more than one form, so that elsewhere it may be
// written in another one.
func Loose(s string) bool { return norm.NFD.String(s) != s || norm.NFC.String(s) != s }
