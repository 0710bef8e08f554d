package view

import (
	"strings"
	"unicode"

	"countersign/schema/spelling"
)

// OneLine is text that is one of ours with foreign parts, such as an error: nothing in it ends the line.
func OneLine(s string) string { return spelling.Escape(strings.TrimSpace(s), "", "") }

// ManyLines is oneLine for text that may have several.
func ManyLines(s string) string {
	return spelling.Escape(strings.ReplaceAll(s, "\r\n", "\n"), "\n", "")
}

// Quote is text in quotes.
func Quote(s string) string { return spelling.Quote(s) }

// Name is a name as it stands in a sentence: bare when it is made of what names are made of, in quotes when it
// could be taken for more than a name ("张三, 李四" as the name of one person, "user 1").
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
