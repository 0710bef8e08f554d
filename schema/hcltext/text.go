// Package hcltext writes values of the model as HCL text: quoted text, names for blocks, and the blocks themselves as a
// person would write them. It reads nothing and knows no file.
package hcltext

import (
	"bytes"
	"strings"
	"unicode"

	"github.com/hashicorp/hcl/v2/hclwrite"
	"github.com/mattn/go-runewidth"
	"github.com/zclconf/go-cty/cty"

	"countersign/schema/spelling"
)

// Quote is a text in quotes as HCL writes it: ${, %{, quotes and hidden characters are escaped.
func Quote(s string) string {
	return spelling.Escape(string(hclwrite.TokensForValue(cty.StringVal(s)).Bytes()), "", "")
}

// Comment makes any text fit to stand in a comment of one line.
func Comment(s string) string {
	s = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || r == unicode.ReplacementChar {
			return ' '
		}
		return r
	}, s)
	return spelling.Escape(s, "", "")
}

// Remark is a text as a comment, broken into lines that can be read without scrolling.
func Remark(text string) string {
	const width = 110
	var b strings.Builder
	at := 0
	for _, word := range strings.Fields(Comment(text)) {
		w := runewidth.StringWidth(word)
		switch {
		case at == 0:
			b.WriteString("# ")
		case at+1+w > width:
			b.WriteString("\n# ")
			at = 0
		default:
			b.WriteByte(' ')
			at++
		}
		b.WriteString(word)
		at += w
	}
	return b.String()
}

// Text is a text of several lines as a heredoc where that is possible, and otherwise in quotes. indent is that of the
// line it begins on.
func Text(indent, s string) string {
	const end = "EOT"
	lines := strings.Split(s, "\n")
	if len(lines) == 1 {
		return Quote(s)
	}
	flush := false // what all lines are indented by, <<- would take away
	for _, l := range lines {
		inner := strings.TrimLeft(l, " ")
		if strings.TrimSpace(inner) != inner || inner == end || inner == "" && l != "" ||
			spelling.Escape(l, "", "") != l {
			return Quote(s)
		}
		flush = flush || l != "" && inner == l
	}
	if !flush {
		return Quote(s)
	}
	var b strings.Builder
	for _, l := range lines {
		if l != "" {
			b.WriteString(indent + "  " + strings.NewReplacer("${", "$${", "%{", "%%{").Replace(l))
		}
		b.WriteByte('\n')
	}
	return "<<-" + end + "\n" + b.String() + indent + end
}

// Layout is a text in the canonical layout, without blank lines at its ends. Aligning one line can change what the next
// is aligned to, so it is done until nothing moves.
func Layout(text []byte) []byte {
	for range 8 {
		next := hclwrite.Format(text)
		if len(next) > 0 {
			next = bytes.TrimLeft(append(bytes.TrimRight(next, "\r\n\t "), '\n'), "\n")
		}
		if bytes.Equal(next, text) {
			break
		}
		text = next
	}
	return text
}
