package view

import (
	"fmt"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf16"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// visible reports whether a reader sees that r is there: control characters, direction overrides, joiners and
// letters without a shape are not. The wide blank of Chinese text is, and so is what makes an emoji colourful.
func visible(r rune) bool {
	switch r {
	case '\u3000', '\ufe0f':
		return true
	case '\u034f', '\u115f', '\u1160', '\u2800', '\u3164', '\uffa0':
		return false
	}
	return unicode.IsPrint(r) && !unicode.Is(unicode.Variation_Selector, r)
}

// escape writes s so that what is not visible becomes visible, as Go would write it; keep names what stays as it is.
func escape(s, keep, mask string) string {
	clean := true
	for _, r := range s {
		if r == utf8.RuneError || !visible(r) || strings.ContainsRune(mask, r) {
			clean = false
			break
		}
	}
	if clean {
		return s
	}
	var b strings.Builder
	for i, n := 0, 0; i < len(s); i += n {
		var r rune
		r, n = utf8.DecodeRuneInString(s[i:])
		switch {
		case r == utf8.RuneError && n == 1:
			fmt.Fprintf(&b, `\x%02x`, s[i])
		case strings.ContainsRune(keep, r):
			b.WriteRune(r)
		case strings.ContainsRune(mask, r):
			b.WriteByte('\\')
			b.WriteRune(r)
		case visible(r):
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

// oneLine is text that is one of ours with foreign parts, such as an error: nothing in it ends the line.
func oneLine(s string) string { return escape(strings.TrimSpace(s), "", "") }

// manyLines is oneLine for text that may have several.
func manyLines(s string) string {
	return escape(strings.ReplaceAll(s, "\r\n", "\n"), "\n", "")
}

// jsonLine is a JSON document on one line with what is not visible spelled out, which leaves it the same document: such
// characters stand nowhere but in its strings.
func jsonLine(doc string) string {
	var b strings.Builder
	for _, r := range doc {
		if visible(r) && r != utf8.RuneError {
			b.WriteRune(r)
			continue
		}
		for _, unit := range utf16.Encode([]rune{r}) {
			fmt.Fprintf(&b, `\u%04x`, unit)
		}
	}
	return b.String()
}

// quote is text in quotes.
func quote(s string) string { return `"` + escape(s, "", `"\`) + `"` }

// unlike quotes two different texts so that they look different: when the difference is one that nobody sees (a
// composed letter, a hidden selector), all that is not ASCII is spelled out.
func unlike(a, b string) (string, string) {
	if a != b && look(a) == look(b) {
		return strconv.QuoteToASCII(a), strconv.QuoteToASCII(b)
	}
	return quote(a), quote(b)
}

// look is the same for texts that look the same.
func look(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.Is(unicode.Variation_Selector, r) {
			return -1
		}
		return r
	}, norm.NFC.String(s))
}

// name is a name as it stands in a sentence: bare when it is made of what names are made of, in quotes when it
// could be taken for more than a name ("张三, 李四" as the name of one person, "user 1").
func name(s string) string {
	if s == "" || strings.TrimSpace(s) != s || strings.Contains(s, "  ") {
		return quote(s)
	}
	for _, r := range s {
		if !unicode.In(r, unicode.L, unicode.M, unicode.N) && !strings.ContainsRune(" -_.·・•'@+&（）/：\u3000", r) || !visible(r) {
			return quote(s)
		}
	}
	if rest, ok := strings.CutPrefix(s, "user "); ok && strings.Trim(rest, "0123456789") == "" {
		return quote(s)
	}
	return s
}
