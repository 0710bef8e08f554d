package spelling

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf16"
	"unicode/utf8"
)

// shown reports whether a character can be written as it is: a reader sees it, and knows what it is.
func (c character) shown() bool {
	if c.Rune == utf8.RuneError {
		return c.size > 1
	}
	return c.Kind == Seen && (unicode.IsPrint(c.Rune) || c.Rune == '\u3000' || kindOf(c.Rune) != Seen)
}

// Escape writes hidden characters as Go's escapes. Characters in keep stay as they are, those in mask get a backslash.
func Escape(s, keep, mask string) string {
	if plain(s) && !strings.ContainsAny(s, mask) {
		return s
	}
	var b strings.Builder
	for c := range characters(s) {
		switch r := c.Rune; {
		case r == utf8.RuneError && c.size == 1:
			fmt.Fprintf(&b, `\x%02x`, s[c.At])
		case strings.ContainsRune(keep, r):
			b.WriteRune(r)
		case strings.ContainsRune(mask, r):
			b.WriteByte('\\')
			b.WriteRune(r)
		case c.shown():
			b.WriteRune(r)
		case r == '\n':
			b.WriteString(`\n`)
		case r == '\t':
			b.WriteString(`\t`)
		case r == '\r':
			b.WriteString(`\r`)
		case r < 0x80:
			fmt.Fprintf(&b, `\x%02x`, r)
		case r < 0x10000:
			fmt.Fprintf(&b, `\u%04x`, r)
		default:
			fmt.Fprintf(&b, `\U%08x`, r)
		}
	}
	return b.String()
}

// Quote is a text in quotes, with hidden characters as escapes.
func Quote(s string) string { return `"` + Escape(s, "", `"\`) + `"` }

// JSON is a JSON document with hidden characters as escapes. It stays the same document, because such characters,
// except line ends, stand only in its strings.
func JSON(doc []byte) []byte {
	if !slices.ContainsFunc(doc, func(c byte) bool { return c >= 0x7f || c < ' ' && c != '\n' }) {
		return doc
	}
	text := string(doc)
	out := make([]byte, 0, len(doc)+len(doc)/16)
	for c := range characters(text) {
		if c.Rune == '\n' || c.shown() {
			out = append(out, text[c.At:c.At+c.size]...)
			continue
		}
		for _, unit := range utf16.Encode([]rune{c.Rune}) {
			out = fmt.Appendf(out, `\u%04x`, unit)
		}
	}
	return out
}

// Unlike quotes two different texts so that they look different. When nobody could see the difference (the form of a
// letter, the colour of an emoji), everything outside ASCII is an escape.
func Unlike(a, b string) (string, string) {
	x, y := Quote(a), Quote(b)
	if a != b && shape(x) == shape(y) {
		return strconv.QuoteToASCII(a), strconv.QuoteToASCII(b)
	}
	return x, y
}

// shape is the same for texts that look the same although their hidden characters are escapes.
func shape(s string) string {
	return Form(strings.Map(func(r rune) rune {
		switch {
		case unicode.Is(unicode.Variation_Selector, r), r == nonJoiner:
			return -1
		case r == '\u3000':
			return ' '
		}
		return r
	}, s))
}

// Look is the same for texts that look the same on a page of the drive: it has no hidden characters, and one blank for
// any number of blanks of any width.
func Look(s string) string {
	if plain(s) {
		if !strings.Contains(s, "  ") {
			return strings.Trim(s, " ")
		}
		return strings.Join(strings.Fields(s), " ")
	}
	s = Form(s)
	var b strings.Builder
	for c := range characters(s) {
		switch {
		case unicode.IsSpace(c.Rune), c.Kind == Blank, empty(c.Rune):
			b.WriteByte(' ')
		case c.Kind != Seen, unicode.Is(unicode.Variation_Selector, c.Rune), c.Rune == nonJoiner, c.Rune == joiner &&
			!joins(s, c.At):
		default:
			b.WriteRune(c.Rune)
		}
	}
	return Form(strings.Join(strings.Fields(b.String()), " "))
}
