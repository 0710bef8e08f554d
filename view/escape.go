package view

import (
	"strings"
	"unicode"

	"countersign/schema/spelling"
)

// OneLine is text with foreign parts, such as an error, on one line and with nothing hidden in it.
func OneLine(s string) string { return spelling.Escape(strings.TrimSpace(s), "", "") }

// ManyLines is OneLine for text that may have several lines.
func ManyLines(s string) string {
	return spelling.Escape(strings.ReplaceAll(s, "\r\n", "\n"), "\n", "")
}

// Quote is text in quotes.
func Quote(s string) string { return spelling.Quote(s) }

// Name is a name in a sentence. It is in quotes where it could be taken for more than one name ("张三, 李四"), or for
// one of ours ("user 1").
func Name(s string) string {
	if s == "" || strings.TrimSpace(s) != s || strings.Contains(s, "  ") || spelling.HiddenIn(s) != nil {
		return Quote(s)
	}
	for _, r := range s {
		if !unicode.In(r, unicode.L, unicode.M, unicode.N) && !strings.ContainsRune(" -_.·・•'@+&（）/：\u3000", r) {
			return Quote(s)
		}
	}
	if rest, ok := strings.CutPrefix(s, "user "); ok && strings.Trim(rest, "0123456789") == "" {
		return Quote(s)
	}
	return s
}

// Bare is a title or a step's name by itself: without quotes, where nothing about it could deceive.
func Bare(s string) string {
	if q := Quote(s); q != `"`+s+`"` || s == "" || strings.TrimSpace(s) != s || strings.Contains(s, "  ") {
		return q
	}
	return s
}
