package syntax

import (
	"bytes"
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/hashicorp/hcl/v2"
)

// This part of slipReader reports slips, and finds where to read on.

var ends = map[byte]string{'{': "}", '[': "]", '(': ")", '$': "}", '"': `"`}

// begins is how what is open begins.
func begins(o opener) string {
	switch o.kind {
	case '$':
		return "sequence"
	case '<':
		return "<<" + o.marker
	}
	return string(o.kind)
}

// blame reports something that is not closed, and goes on after it.
func (r *slipReader) blame(o opener) {
	from := r.line
	switch o.kind {
	case '"':
		r.blameText(o)
	case '<':
		r.blameHeredoc(o)
	default:
		r.blameBracket(o)
	}
	if r.at > r.line && r.line <= o.at {
		from = r.lineEnd(o.at)
	}
	r.resume(from)
}

// blameHeredoc reports a heredoc without its marker, and the line that may have been meant for it.
func (r *slipReader) blameHeredoc(o opener) {
	detail := fmt.Sprintf("A line that holds %s alone ends the text that begins here, and there is none.", o.marker)
	number := position(r.src, o.at).Line
	for line := range strings.Lines(string(r.src[r.lineEnd(o.at):])) {
		if strings.HasPrefix(strings.ToLower(strings.TrimSpace(line)), strings.ToLower(o.marker)) {
			detail += fmt.Sprintf(" Line %d begins like it, and is something else.", number)
			break
		}
		number++
	}
	r.report(o.at, r.lineEnd(o.at), fmt.Sprintf("<<%s without %[1]s", o.marker), detail)
}

func (r *slipReader) blameBracket(o opener) {
	begin, size := string(o.kind), 1
	if o.kind == '$' {
		begin, size = string(r.src[o.at:o.at+2]), 2
	}
	what := "what begins here"
	if o.kind == '$' {
		what = `the expression; for the signs themselves, write ` + begin[:1] + begin
	}
	r.report(o.at, o.at+size, fmt.Sprintf("%s without %s", begin, ends[o.kind]),
		fmt.Sprintf("This %s is not closed. Write %s behind %s.", begin, ends[o.kind], what))
}

// blameText reports a text in quotation marks that is not closed, or a sequence in it that is not.
func (r *slipReader) blameText(q opener) {
	end := r.lineEnd(q.at)
	line := r.src[q.at:end]
	at := bytes.LastIndexFunc(line, func(c rune) bool { return c >= utf8.RuneSelf && signOf(c).instead == `"` })
	if at >= 0 && bytes.Count(line, []byte(`"`))%2 == 1 && !bytes.ContainsRune(line[at:], '"') {
		c, _ := utf8.DecodeRune(line[at:])
		r.unbalanced = true
		r.oddSign(sign{signOf(c).name, `"`, c, q.at + at})
		r.signs()
		return
	}
	var sequence, last *opener
	for i := range r.open {
		if o := &r.open[i]; o.at > q.at && o.line == q.line {
			if o.kind == '$' && sequence == nil {
				sequence = o
			}
			if o.kind == '"' {
				last = o
			}
		}
	}
	marks := bytes.Count(line, []byte(`"`)) - bytes.Count(line, []byte(`\"`))
	if last == nil && sequence != nil && marks > 2 && marks%2 == 1 { // a text within has swallowed the end
		k := bytes.LastIndexByte(line[:bytes.LastIndexByte(line, '"')], '"')
		last = &opener{kind: '"', at: q.at + k}
	}
	switch {
	case sequence != nil && (last == nil || marks%2 == 0):
		r.blameBracket(*sequence)
	default:
		if last == nil {
			last = &q
		}
		r.report(last.at, last.at+len(bytes.TrimRight(r.src[last.at:end], " \t\r")), "Text without its quotation mark",
			`The text that begins here does not end on this line. Write a " where it begins and where it ends; for `+
				`one within it write \".`)
	}
}

// resume goes on with the next block or attribute that is not indented. Everything before it belongs to what has been
// reported.
func (r *slipReader) resume(from int) {
	r.unbalanced, r.open = true, nil
	r.signs()
	for from < len(r.src) {
		if from == 0 || r.src[from-1] == '\n' {
			if itemHere.Match(r.src[from:r.lineEnd(from)]) {
				r.at = from
				r.line = -1
				return
			}
		}
		from = r.lineEnd(from) + 1
	}
	r.at = len(r.src)
}

func (r *slipReader) report(from, to int, summary, detail string) {
	if r.comment < r.line && r.line < r.commentEnd { // the */ on this line was meant for another comment
		from, to = r.comment, r.comment+len("/*")
		summary, detail = "/* without */", "The comment that begins here has no end of its own. Write */ where it ends."
	}
	r.unbalanced = true
	r.found = append(r.found, r.diagnostic(from, max(to, from), summary, detail))
}

func (r *slipReader) diagnostic(from, to int, summary, detail string) *hcl.Diagnostic {
	return &hcl.Diagnostic{Severity: hcl.DiagError, Summary: summary, Detail: detail,
		Subject: &hcl.Range{Filename: r.name, Start: position(r.src, from), End: position(r.src, to)}}
}
