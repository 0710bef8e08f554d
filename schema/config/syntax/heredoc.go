package syntax

import (
	"bytes"
	"strings"
	"unicode"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"
)

// HCL joins the lines of a heredoc one by one, and copies all earlier lines each time: twelve megabytes take it an
// hour. So a long heredoc without sequences is taken out before the text is parsed, and put back into the tree.
// Meanwhile a comment with as many lines stands in its place, so that everything else keeps its position.

// minLines is how many lines a heredoc has at least that is taken out.
const minLines = 100

// plainText is a heredoc without sequences.
type plainText struct {
	start, body, end int  // where <<, its first line, and the line of its marker begin
	lines            int  // their number
	flush            bool // it begins with <<-
}

// standIn is a text with comments in the place of heredocs.
func standIn(src []byte, texts []plainText) []byte {
	if len(texts) == 0 {
		return src
	}
	out := bytes.Clone(src)
	for _, t := range texts {
		body := out[t.body:t.end]
		for i := range body {
			body[i] = ' '
		}
		copy(body, "${/*")
		for i := range t.lines - 1 {
			body[len("${/*")+i] = '\n'
		}
		copy(body[len(body)-len(`*/""}`+"\n"):], `*/""}`+"\n")
	}
	return out
}

// fits reports whether the heredoc is long enough for the comment, and its indentation is made of spaces only.
func (t plainText) fits(src []byte) bool {
	if t.lines < minLines || t.end-t.body < t.lines-1+len(`${/**/""}`+"\n") {
		return false
	}
	if t.flush {
		for line := range bytes.Lines(src[t.body:t.end]) {
			space := line[:len(line)-len(bytes.TrimLeftFunc(line, unicode.IsSpace))]
			if len(bytes.Trim(space, " \n\r")) > 0 {
				return false
			}
		}
	}
	return true
}

// text is the value of the heredoc: its lines, after <<- without the indentation that all lines share which are not
// blank. cut is how many bytes the first line lost.
func (t plainText) text(src []byte) (text string, cut int) {
	body := src[t.body:t.end]
	if !t.flush {
		return string(body), 0
	}
	least := len(body)
	for line := range bytes.Lines(body) {
		if rest := bytes.TrimLeftFunc(line, unicode.IsSpace); len(rest) > 0 {
			least = min(least, len(line)-len(rest))
		}
	}
	var b strings.Builder
	b.Grow(len(body))
	for line := range bytes.Lines(body) {
		if len(bytes.TrimLeftFunc(line, unicode.IsSpace)) > 0 {
			line = line[least:]
			if b.Len() == 0 {
				cut = least
			}
		}
		b.Write(line)
	}
	return b.String(), cut
}

// putBack puts the heredocs into the tree in the place of the comments.
func putBack(file *hcl.File, src []byte, texts []plainText) {
	file.Bytes = src
	body, native := file.Body.(*hclsyntax.Body)
	if !native || len(texts) == 0 {
		return
	}
	at := make(map[int]plainText, len(texts))
	for _, t := range texts {
		at[t.start] = t
	}
	_ = hclsyntax.VisitAll(body, func(node hclsyntax.Node) hcl.Diagnostics {
		e, is := node.(*hclsyntax.TemplateExpr)
		if !is {
			return nil
		}
		t, is := at[e.SrcRange.Start.Byte]
		if !is {
			return nil
		}
		text, cut := t.text(src)
		start := hcl.Pos{Line: e.SrcRange.Start.Line + 1, Column: 1 + cut, Byte: t.body + cut}
		end := hcl.Pos{Line: e.SrcRange.Start.Line + 1 + t.lines, Column: 1, Byte: t.end}
		e.Parts = []hclsyntax.Expression{&hclsyntax.LiteralValueExpr{Val: cty.StringVal(text),
			SrcRange: hcl.Range{Filename: e.SrcRange.Filename, Start: start, End: end}}}
		return nil
	})
}
