package config

import (
	"bytes"
	"fmt"
	"unicode/utf8"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
)

// withoutMark drops the byte order mark that some editors put before UTF-8 text.
func withoutMark(src []byte) []byte { return bytes.TrimPrefix(src, []byte("\xef\xbb\xbf")) }

// invalidText says where text is not UTF-8; nil when all of it is.
func invalidText(src []byte, name string) *hcl.Diagnostic {
	if utf8.Valid(src) {
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
	start := position(src, at)
	end := hcl.Pos{Line: start.Line, Column: start.Column + 1, Byte: at + 1}
	return &hcl.Diagnostic{Severity: hcl.DiagError, Summary: "Text is not UTF-8",
		Detail:  "What stands here is no UTF-8 character. " + guess,
		Subject: &hcl.Range{Filename: name, Start: start, End: end}}
}

// position counts lines and characters up to a byte.
func position(src []byte, at int) hcl.Pos {
	line := 1 + bytes.Count(src[:at], []byte("\n"))
	start := bytes.LastIndexByte(src[:at], '\n') + 1
	return hcl.Pos{Line: line, Column: 1 + utf8.RuneCount(src[start:at]), Byte: at}
}

// maxDepth is how deep brackets and prefix operators may nest. The parsers descend once a level, and a stack that
// is too deep ends the whole program; nobody writes a hundredth of this.
const maxDepth = 2000

// tooDeep refuses text whose nesting would exhaust a parser's stack.
func tooDeep(src []byte, name string) *hcl.Diagnostic {
	// Most files never come near the limit even when every bracket and operator is counted, those in strings too.
	if deepest(src) < maxDepth {
		return nil
	}
	tokens, _ := hclsyntax.LexConfig(src, name, hcl.InitialPos)
	depth, prefixes := 0, 0
	for _, t := range tokens {
		switch t.Type {
		case hclsyntax.TokenOBrace, hclsyntax.TokenOBrack, hclsyntax.TokenOParen, hclsyntax.TokenTemplateInterp, hclsyntax.TokenTemplateControl:
			depth++
		case hclsyntax.TokenCBrace, hclsyntax.TokenCBrack, hclsyntax.TokenCParen, hclsyntax.TokenTemplateSeqEnd:
			depth = max(depth-1, 0)
			prefixes = 0
		case hclsyntax.TokenBang, hclsyntax.TokenMinus, hclsyntax.TokenQuestion:
			prefixes++
		case hclsyntax.TokenComma:
			prefixes = 0
		case hclsyntax.TokenQuotedLit, hclsyntax.TokenStringLit:
			// In JSON a string may hold a template, which is parsed by itself.
			if d := deepest(t.Bytes); d >= maxDepth && depth > 0 && isJSON(name) {
				prefixes += d
			}
		}
		if depth+prefixes >= maxDepth {
			return &hcl.Diagnostic{Severity: hcl.DiagError, Summary: "Nested too deeply",
				Detail:  fmt.Sprintf("More than %d brackets or operators are open here. Split the expression with locals.", maxDepth),
				Subject: t.Range.Ptr()}
		}
	}
	return nil
}

// deepest is an upper bound of how deep text nests: brackets open at once, and operators since the last comma or
// closing bracket.
func deepest(src []byte) int {
	depth, most, run := 0, 0, 0
	for _, c := range src {
		switch c {
		case '(', '[', '{':
			depth++
			most = max(most, depth+run)
		case ')', ']', '}':
			depth, run = max(depth-1, 0), 0
		case '!', '-', '?', '%':
			run++
			most = max(most, depth+run)
		case ',':
			run = 0
		}
	}
	return most
}

func isJSON(name string) bool { return bytes.HasSuffix([]byte(name), []byte(".json")) }
