package syntax

import (
	"bytes"
	"strings"
	"unicode/utf8"

	"github.com/hashicorp/hcl/v2"
)

// WithoutMark drops the byte order mark that some editors put before UTF-8 text.
func WithoutMark(src []byte) []byte { return bytes.TrimPrefix(src, []byte("\xef\xbb\xbf")) }

// invalidText says where a text is not UTF-8, or holds a byte that no text has; nil when it is all right.
func invalidText(src []byte, name string) *hcl.Diagnostic {
	if utf8.Valid(src) {
		if at := bytes.IndexByte(src, 0); at >= 0 {
			return refusal(src, name, at, "Not a text", "The byte 0x00 is part of no text. This is something else, "+
				"or was damaged.")
		}
		return nil
	}
	at := 0
	for at < len(src) {
		r, size := utf8.DecodeRune(src[at:])
		if r == utf8.RuneError && size == 1 {
			break
		}
		at += size
	}
	guess := "Save it as UTF-8; Chinese text from older Windows programs is often GBK."
	if bytes.HasPrefix(src, []byte("\xff\xfe")) || bytes.HasPrefix(src, []byte("\xfe\xff")) {
		guess = "It looks like UTF-16 (Windows calls it Unicode). Save it as UTF-8."
	}
	return refusal(src, name, at, "Text is not UTF-8", "What stands here is no UTF-8 character. "+guess)
}

// refusal says why a text is not parsed, at a byte of it.
func refusal(src []byte, name string, at int, summary, detail string) *hcl.Diagnostic {
	start := position(src, at)
	end := hcl.Pos{Line: start.Line, Column: start.Column + 1, Byte: at + 1}
	return &hcl.Diagnostic{Severity: hcl.DiagError, Summary: summary, Detail: detail,
		Subject: &hcl.Range{Filename: name, Start: start, End: end}}
}

// position counts lines and characters up to a byte.
func position(src []byte, at int) hcl.Pos {
	line := 1 + bytes.Count(src[:at], []byte("\n"))
	start := bytes.LastIndexByte(src[:at], '\n') + 1
	return hcl.Pos{Line: line, Column: 1 + utf8.RuneCount(src[start:at]), Byte: at}
}

// IsJSON reports whether a file of that name is written in JSON.
func IsJSON(name string) bool { return strings.HasSuffix(name, ".json") }
