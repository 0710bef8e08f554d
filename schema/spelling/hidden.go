package spelling

import (
	"fmt"
	"iter"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/rivo/uniseg"
	"golang.org/x/text/unicode/norm"
)

// Kind says why a reader does not see a character, or takes it for another one.
type Kind string

const (
	Seen      Kind = ""
	Direction Kind = "direction control"            // turns the order in which text is read
	Tag       Kind = "tag character"                // spells words that nobody sees
	Selector  Kind = "variation selector"           // outside of an emoji
	Control   Kind = "control character"            // C0, C1, the separators of lines and paragraphs
	Invisible Kind = "invisible character"          // joiners, soft hyphens, marks, letters and signs without a shape
	Blank     Kind = "blank that is no usual blank" // neither U+0020 nor the wide blank of Chinese text, U+3000
)

// Hidden is a character of a text that a reader does not see.
type Hidden struct {
	At   int // in the text, bytes
	Rune rune
	Kind Kind
}

// String names it in a sentence: "U+202E (a direction control)".
func (h Hidden) String() string {
	article := "a"
	if h.Kind == Invisible {
		article = "an"
	}
	return fmt.Sprintf("U+%04X (%s %s)", h.Rune, article, h.Kind)
}

// HiddenIn lists the characters of a text that a reader does not see, in order. A character that joins the parts of an
// emoji, gives it a colour, or belongs to a syllable of Indian or Arabic script is not hidden.
func HiddenIn(s string) []Hidden {
	if plain(s) {
		return nil
	}
	var found []Hidden
	for c := range characters(s) {
		if c.Kind != Seen {
			found = append(found, c.Hidden)
		}
	}
	return found
}

// character is a character of a text, with how a reader sees it.
type character struct {
	Hidden
	size int // bytes; a byte that is no UTF-8 is utf8.RuneError of size 1
}

func characters(s string) iter.Seq[character] {
	return func(yield func(character) bool) {
		for i := 0; i < len(s); {
			r, size := utf8.DecodeRuneInString(s[i:])
			if !yield(character{Hidden{i, r, kindAt(s, i, r, size)}, size}) {
				return
			}
			i += size
		}
	}
}

// plain reports whether a text has only visible ASCII and ideographs of Unicode 1.1, as most texts do: nothing of it is
// hidden, and it has only one form.
func plain(s string) bool {
	for _, r := range s {
		if (r < ' ' || r >= 0x7f) && (r < '\u4e00' || r > '\u9fa5') {
			return false
		}
	}
	return true
}

// kindAt is the kind of the character that stands at a place of a text.
func kindAt(s string, at int, r rune, size int) Kind {
	k := kindOf(r)
	if (k == Invisible || k == Selector || k == Tag) && belongs(s, at, r, size) {
		return Seen
	}
	return k
}

// kindOf is the kind of a character that stands alone.
func kindOf(r rune) Kind {
	switch {
	case r < 0x7f && r >= ' ':
		return Seen
	case unicode.Is(unicode.Bidi_Control, r):
		return Direction
	case r >= 0xe0000 && r <= 0xe007f:
		return Tag
	case unicode.Is(unicode.Variation_Selector, r):
		return Selector
	case unicode.IsControl(r), r == '\u2028', r == '\u2029':
		return Control
	case r == '\u3000':
		return Seen
	case unicode.Is(unicode.Zs, r):
		return Blank
	case unicode.Is(unicode.Cf, r) && !unicode.Is(unicode.Prepended_Concatenation_Mark, r),
		unicode.Is(unicode.Other_Default_Ignorable_Code_Point, r),
		empty(r), r == '\U0001d159', r == '\U00016fe4': // a note without a head, a filler of Khitan script
		return Invisible
	}
	return Seen
}

// empty reports whether a character is a letter or sign that takes space but has no shape: Hangul fillers, empty
// Braille.
func empty(r rune) bool { return r == '\u3164' || r == '\uffa0' || r == '\u2800' }

const (
	joiner    = '\u200d'
	nonJoiner = '\u200c'
	keycap    = '\u20e3'
)

// flags are the flags that Unicode spells with tags (Emoji Tag Sequences, RGI): a black flag and the letters of a
// country.
var flags = []string{tagged("gbeng"), tagged("gbsct"), tagged("gbwls")}

func tagged(letters string) string {
	var b strings.Builder
	b.WriteRune('\U0001f3f4')
	for _, r := range letters {
		b.WriteRune(0xe0000 + r)
	}
	b.WriteRune('\U000e007f')
	return b.String()
}

// belongs reports whether a character that is hidden when it stands alone is part of something visible: an emoji, or a
// syllable that cannot be written without it.
func belongs(s string, at int, r rune, size int) bool {
	before, _ := utf8.DecodeLastRuneInString(s[:at])
	after, _ := utf8.DecodeRuneInString(s[at+size:])
	switch {
	case r == '\ufe0e' || r == '\ufe0f':
		if strings.ContainsRune("0123456789#*", before) {
			return r == '\ufe0f' && after == keycap
		}
		return pictographic(before)
	case r >= 0xe0000 && r <= 0xe007f:
		for _, flag := range flags {
			near := max(0, at-len(flag))
			if from := strings.LastIndex(s[near:at], flag[:4]); from >= 0 && strings.HasPrefix(s[near+from:], flag) &&
				at < near+from+len(flag) {
				return true
			}
		}
		return false
	case r == joiner && joins(s, at):
		return true
	case r == joiner || r == nonJoiner:
		// Unicode's rules for both in identifiers (UAX 31, 2.3; RFC 5892, appendix A), in brief.
		if !unicode.IsLetter(after) {
			return false
		}
		if norm.NFC.PropertiesString(string(before)).CCC() == 9 { // a virama
			return true
		}
		return r == nonJoiner && unicode.Is(unicode.Arabic, before) && unicode.Is(unicode.Arabic, after) &&
			unicode.IsLetter(before)
	}
	return false
}

// joins reports whether a joiner stands between two pictures; the first may have a colour.
func joins(s string, at int) bool {
	from := at
	for range 8 { // more marks than any emoji has
		r, size := utf8.DecodeLastRuneInString(s[:from])
		if size == 0 {
			return false
		}
		from -= size
		if !unicode.In(r, unicode.M, unicode.Sk) {
			break
		}
	}
	next, size := utf8.DecodeRuneInString(s[at+utf8.RuneLen(joiner):])
	pair := s[from : at+utf8.RuneLen(joiner)+size]
	picture, _, _, _ := uniseg.FirstGraphemeClusterInString(pair, -1)
	return pictographic(next) && picture == pair
}

// pictographic reports whether a character is a picture. Only between pictures does a grapheme go on after a joiner
// (UAX 29, GB11).
func pictographic(r rune) bool {
	if r < 0xa9 || r == utf8.RuneError || !unicode.IsPrint(r) { // what is written as an escape is no picture
		return false
	}
	pair := string(r) + "\u200d\u2764"
	one, _, _, _ := uniseg.FirstGraphemeClusterInString(pair, -1)
	return one == pair
}
