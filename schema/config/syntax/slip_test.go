package syntax

import (
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/hashicorp/hcl/v2"

	"countersign/schema/config/configtest"
)

// TestOneSlipOneError takes each quotation mark and each bracket out of a configuration, one at a time: that is one
// error, on the line where the sign is missing or on that of its fellow.
func TestOneSlipOneError(t *testing.T) {
	src := configtest.Example
	for at := 0; at < len(src); at++ {
		if !strings.ContainsRune(`"[](){}`, rune(src[at])) || comment(src, at) {
			continue
		}
		broken := src[:at] + src[at+1:]
		_, diags := Parse([]byte(broken), "a.hcl")
		if len(diags) != 1 {
			t.Errorf("without the %q of line %d: %d errors: %v\n%s", src[at], lineAt(src, at), len(diags), diags,
				strings.Split(broken, "\n")[lineAt(src, at)-1])
		} else if src[at] == '"' && diags[0].Subject.Start.Line != lineAt(src, at) {
			t.Errorf("without the %q of line %d: %v", src[at], lineAt(src, at), diags[0])
		}
	}
}

// TestOneFullWidthSign types each sign as an input method does: that is one error, at the sign.
func TestOneFullWidthSign(t *testing.T) {
	src := configtest.Example
	for at := 0; at < len(src); at++ {
		full, is := map[byte]string{',': "，", '=': "＝", '[': "【", ']': "】", '(': "（", ')': "）", '{': "｛",
			'}': "｝"}[src[at]]
		if !is || comment(src, at) || quoted(src, at) || at > 0 && src[at-1] == '>' || src[at+1] == '>' {
			continue
		}
		_, diags := Parse([]byte(src[:at]+full+src[at+1:]), "a.hcl")
		if len(diags) != 1 || diags[0].Subject.Start.Byte != at {
			t.Errorf("%s at line %d: %v", full, lineAt(src, at), diags)
		}
	}
}

// TestSlipsEnd: whatever is cut off, reading ends, and what it points at is in the text.
func TestSlipsEnd(t *testing.T) {
	src := configtest.Example + "locals {\n  a = <<EOT\n${f(\"x\", [1，{ “b”＝2 }])}\nEOT\n}\n"
	for at := range src {
		for _, text := range []string{src[:at], src[at:]} {
			for _, d := range slips([]byte(text), "a.hcl") {
				if d.Subject.Start.Byte > len(text) || d.Severity != hcl.DiagError || !utf8.ValidString(d.Detail) {
					t.Fatalf("%q: %v", text, d)
				}
			}
		}
	}
}

// TestSlipsAreFew: of a text that is something else, a few slips are reported, and little of it is kept.
func TestSlipsAreFew(t *testing.T) {
	for _, text := range []string{strings.Repeat(";\n", 1_000_000), strings.Repeat("，", 1_000_000),
		strings.Repeat("a {\n  b = \"\n}\n", 100_000)} {
		if n := len(slips([]byte(text), "a.hcl")); n == 0 || n > maxSlips+1 {
			t.Errorf("%d slips are reported of %.20q", n, text)
		}
	}
	r := slipReader{src: []byte(strings.Repeat(";", 1_000_000))}
	for range r.src {
		r.token()
	}
	if len(r.odd) > maxOdd {
		t.Errorf("%d signs of a line are kept", len(r.odd))
	}
}

func lineAt(src string, at int) int { return 1 + strings.Count(src[:at], "\n") }

func comment(src string, at int) bool {
	line := src[strings.LastIndexByte(src[:at], '\n')+1 : at]
	return strings.Contains(line, "#") || strings.Contains(line, "//")
}

func quoted(src string, at int) bool {
	line := src[strings.LastIndexByte(src[:at], '\n')+1 : at]
	return strings.Count(line, `"`)%2 == 1
}
