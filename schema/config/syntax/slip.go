package syntax

import (
	"bytes"
	"cmp"
	"fmt"
	"regexp"
	"slices"
	"sort"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
)

// After a missing quotation mark, or an open bracket, a parser reports mistakes on every line to the end of the file.
// So a text that does not parse is searched for slips of that kind. Its layout shows what was meant. Each slip is
// reported once, where it was made; what the parser says of the same block is not reported, because the slip causes it.

// slips finds what is not closed, not opened, or typed with the full-width signs of an input method, in a text that
// does not parse.
func slips(src []byte, name string) hcl.Diagnostics {
	exact := slipReader{src: src, name: name}
	exact.read()
	if exact.unbalanced {
		byLayout := slipReader{src: src, name: name, layout: true, extra: exact.extra}
		if byLayout.read(); byLayout.unbalanced {
			return byLayout.found
		}
	}
	return exact.found
}

// without is a text with blanks in the place of the blocks that have slips in them.
func without(src []byte, found hcl.Diagnostics) []byte {
	rest := bytes.Clone(src)
	items := itemLine.FindAllIndex(src, -1)
	for _, d := range found {
		at := min(d.Subject.Start.Byte, len(src))
		from, to := 0, len(src)
		next := sort.Search(len(items), func(i int) bool { return items[i][0] > at })
		if next > 0 {
			from = items[next-1][0]
		}
		if next < len(items) {
			to = items[next][0]
		}
		for i := from; i < to; i++ {
			if rest[i] != '\n' {
				rest[i] = ' '
			}
		}
	}
	return rest
}

// itemLine is the first line of a block or an attribute that is not indented.
var itemLine = regexp.MustCompile(`(?m)^` + item)

// item begins a block or an attribute.
const item = `[\p{L}_][\p{L}\p{M}\p{N}_-]*(?:(?:[ \t]+[\p{L}_][\p{L}\p{M}\p{N}_-]*|[ \t]*"[^"\n]*")*[ \t]*\{|` +
	`[ \t]*(?:=(?:[^=>]|$)|＝))`

var itemHere = regexp.MustCompile(`^` + item)

// headerAlone is the first line of a block without its brace.
var headerAlone = regexp.MustCompile(`^[\p{L}_][\p{L}\p{M}\p{N}_-]*(?:[ \t]*"[^"\n]*")+[ \t\r]*$`)

// opener is an open bracket, quotation mark, sequence or heredoc.
type opener struct {
	kind   byte // { [ ( " $ <
	at     int
	line   int    // where its line begins
	indent int    // of that line
	body   int    // the indent of the first line after it; -1 until there is one
	marker string // of a heredoc
}

// slipReader reads a text and remembers what is open.
type slipReader struct {
	src    []byte
	name   string
	layout bool // the indentation decides what was meant
	extra  bool // there are more closing braces than opening ones

	at         int
	line       int // where the line begins
	indent     int
	open       []opener
	found      hcl.Diagnostics
	unbalanced bool   // something is not closed, or not opened
	odd        []sign // of this line

	comment, commentEnd int // the last comment between /* and */
}

func (r *slipReader) read() {
	for begun := false; r.at < len(r.src) && len(r.found) < maxSlips; {
		if r.at == 0 && !begun || r.at > 0 && r.src[r.at-1] == '\n' && r.line != r.at {
			begun = true
			r.signs()
			if r.begin() {
				continue
			}
		}
		switch top := r.top(); top.kind {
		case '"':
			r.quoted()
		case '<':
			r.heredocLine(top.marker)
		default:
			r.token()
		}
	}
	r.signs()
	if len(r.open) > 0 {
		r.line = len(r.src)
		r.blame(r.top())
	}
	slices.SortStableFunc(r.found, func(a, b *hcl.Diagnostic) int {
		return cmp.Compare(a.Subject.Start.Byte, b.Subject.Start.Byte)
	})
}

func (r *slipReader) top() opener {
	if len(r.open) == 0 {
		return opener{}
	}
	return r.open[len(r.open)-1]
}

func (r *slipReader) push(kind byte, size int) {
	r.open = append(r.open, opener{kind: kind, at: r.at, line: r.line, indent: r.indent, body: -1})
	r.at += size
}

func (r *slipReader) pop() { r.open = r.open[:len(r.open)-1] }

// begin takes the beginning of a line. It reports true when reading goes on elsewhere.
func (r *slipReader) begin() bool {
	r.line = r.at
	rest := r.src[r.at:r.lineEnd(r.at)]
	text := bytes.TrimLeft(rest, " \t\u3000")
	r.indent = utf8.RuneCount(rest) - utf8.RuneCount(text)
	if k := r.top().kind; (k == 0 || k == '{') && headerAlone.Match(text) {
		at := r.at + len(rest) - len(text)
		r.report(at, at+len(bytes.TrimRight(text, " \t\r")), "Block without {", "A block goes on with { on this "+
			"line. If a value is meant, write = before it.")
		r.resume(r.lineEnd(r.at))
		return true
	}
	if len(r.open) == 0 || len(bytes.TrimSpace(text)) == 0 {
		return false
	}
	if k := r.outermost('<'); k >= 0 && r.top().kind != '<' && string(bytes.TrimSpace(text)) == r.open[k].marker {
		r.blame(r.open[k+1]) // a sequence that is still open at the end of its heredoc
		return true
	}
	top := &r.open[len(r.open)-1]
	if top.kind == '<' {
		return false
	}
	if top.body < 0 {
		top.body = r.indent
	}
	if !r.layout {
		return false
	}
	if k := r.outermost('"'); k >= 0 {
		top = &r.open[k]
	}
	switch {
	case r.extra && text[0] == '}' && top.kind == '{' && r.indent > top.indent && r.indent == top.body:
		r.at += len(rest) - len(text)
		r.closesNothing('}', 1)
		return true
	case bytes.IndexByte([]byte("}])"), text[0]) >= 0:
		if top.line < r.line && r.indent < top.indent && slices.ContainsFunc(r.open, func(o opener) bool {
			return o.indent == r.indent && closes(o.kind, text[0])
		}) {
			r.blame(*top)
			return true
		}
	case itemHere.Match(text) && r.indent <= top.indent && (top.kind != '{' || top.body > top.indent):
		r.blame(*top)
		return true
	}
	return false
}

// outermost is the first open thing of a kind; -1 when there is none.
func (r *slipReader) outermost(kind byte) int {
	return slices.IndexFunc(r.open, func(o opener) bool { return o.kind == kind })
}

func closes(kind, c byte) bool {
	return kind == '{' && c == '}' || kind == '$' && c == '}' || kind == '[' && c == ']' || kind == '(' && c == ')'
}

func (r *slipReader) lineEnd(at int) int {
	if end := bytes.IndexByte(r.src[at:], '\n'); end >= 0 {
		return at + end
	}
	return len(r.src)
}

// token takes one token outside of texts. A full-width sign counts as the sign that was meant.
func (r *slipReader) token() {
	rest := r.src[r.at:]
	c, size := rest[0], 1
	switch {
	case c == '#', bytes.HasPrefix(rest, []byte("//")):
		r.at = r.lineEnd(r.at)
		return
	case bytes.HasPrefix(rest, []byte("/*")):
		end := bytes.Index(rest, []byte("*/"))
		if end < 0 {
			r.at, r.open = len(r.src), nil // the text is refused for that
			return
		}
		r.comment, r.commentEnd = r.at, r.at+end+len("*/")
		r.at = r.commentEnd
		if at := bytes.LastIndexByte(r.src[:r.at], '\n') + 1; at > r.line {
			r.line = at
		}
		return
	case r.heredocBegins() > 0:
		r.heredoc(r.heredocBegins())
		return
	case bytes.HasPrefix(rest, []byte("<<")):
		r.heredoc(len("<<"))
		return
	case c == '_' || c|0x20 >= 'a' && c|0x20 <= 'z':
		r.word()
		return
	case c == '\'' || c == '`' || c == ';' || c >= utf8.RuneSelf:
		letter, n := utf8.DecodeRune(rest)
		if unicode.IsLetter(letter) || unicode.Is(unicode.Nl, letter) {
			r.word()
			return
		}
		s := signOf(letter)
		r.oddSign(sign{s.name, s.instead, letter, r.at})
		size = n
		if s.instead == `"` {
			r.at += r.fullQuotes(rest, size)
			return
		}
		c = 0
		if len(s.instead) == 1 {
			c = s.instead[0]
		}
	}
	switch c {
	case '"', '{', '[', '(':
		r.push(c, size)
	case '}', ']', ')':
		r.shut(c, size)
	default:
		r.at += size
	}
}

func (r *slipReader) word() {
	for r.at < len(r.src) {
		c, size := utf8.DecodeRune(r.src[r.at:])
		if c != '_' && c != '-' && !unicode.IsLetter(c) && !unicode.IsMark(c) && !unicode.IsDigit(c) &&
			!unicode.Is(unicode.Nl, c) || size == 0 {
			return
		}
		r.at += size
	}
}

// fullQuotes is the length of a text that begins with another quotation mark than ", up to the next mark of any kind.
func (r *slipReader) fullQuotes(rest []byte, size int) int {
	end := len(rest)
	if n := bytes.IndexByte(rest, '\n'); n >= 0 {
		end = n
	}
	for at, c := range string(rest[size:end]) {
		if c == '"' || c != ';' && signOf(c).instead == `"` {
			if c != '"' {
				r.oddSign(sign{signOf(c).name, `"`, c, r.at + size + at})
			}
			return size + at + utf8.RuneLen(c)
		}
	}
	return size
}

// shut takes a closing bracket.
func (r *slipReader) shut(c byte, size int) {
	top := r.top()
	if closes(top.kind, c) {
		r.pop()
		r.at += size
		return
	}
	switch {
	case slices.ContainsFunc(r.open, func(o opener) bool { return closes(o.kind, c) }):
		r.blame(top)
	case len(r.open) > 0 && top.line == r.line:
		r.report(r.at, r.at+size, fmt.Sprintf("%c for %s", c, ends[top.kind]), fmt.Sprintf("The %s of line %d is "+
			"closed by %s, and not by %c. Write %[3]s here.", begins(top), position(r.src, top.at).Line, ends[top.kind],
			c))
		r.resume(r.lineEnd(r.at))
	default:
		r.extra = r.extra || c == '}'
		r.closesNothing(c, size)
	}
}

func (r *slipReader) closesNothing(c byte, size int) {
	if r.unbalanced { // it belongs to a slip that has been reported
		r.at += size
		return
	}
	open := map[byte]string{'}': "{", ']': "[", ')': "("}[c]
	r.report(r.at, r.at+size, fmt.Sprintf("%c without %s", c, open), fmt.Sprintf("No %s is open that this %c could "+
		"close. Take it out, or write the %[1]s where it is missing.", open, c))
	r.resume(r.lineEnd(r.at))
}

// quoted takes a text in quotation marks, up to its end or a sequence.
func (r *slipReader) quoted() {
	for r.at < len(r.src) {
		rest := r.src[r.at:]
		switch c := rest[0]; {
		case c == '"':
			r.pop()
			r.at++
			if next, _ := utf8.DecodeRune(r.src[r.at:]); r.at < len(r.src) &&
				(next == '"' || next == '_' || unicode.IsLetter(next) || unicode.IsDigit(next)) {
				r.report(r.at-1, r.at, "Quotation mark within a text", `The text ends here, and more follows at once. `+
					`If the text goes on, write \" here; if not, a quotation mark is missing before or behind it.`)
				r.resume(r.lineEnd(r.at))
			}
			return
		case c == '\\' && len(rest) > 1 && rest[1] != '\n' && rest[1] != '\r':
			r.at += 2
		case c == '\n':
			r.unquoted()
			return
		case r.sequence():
			return
		default:
			r.at++
		}
	}
	r.unquoted()
}

// sequence takes the beginning of a sequence, or an escaped one.
func (r *slipReader) sequence() bool {
	rest := r.src[r.at:]
	c := rest[0]
	if c != '$' && c != '%' {
		return false
	}
	if len(rest) > 2 && rest[1] == c && rest[2] == '{' {
		r.at += len("$${")
		return true
	}
	if len(rest) < 2 || rest[1] != '{' {
		return false
	}
	r.push('$', len("${"))
	return true
}

// unquoted reports a text in quotation marks that does not end on its line.
func (r *slipReader) unquoted() {
	q := r.outermost('"')
	for r.open[q].line < r.line && q < len(r.open)-1 { // it has a sequence of several lines in it
		if q++; r.open[q].kind == '"' && r.open[q].line == r.line {
			break
		}
	}
	r.blame(r.open[q])
}

// heredocBegins is the size of << or <<-, even in the signs of an input method, if the name of a heredoc follows; 0 if
// not.
func (r *slipReader) heredocBegins() int {
	if c, _ := utf8.DecodeRune(r.src[r.at:]); !strings.ContainsRune("<＜《", c) {
		return 0
	}
	begin := anyHeredoc.FindSubmatch(r.src[r.at:r.lineEnd(r.at)])
	if begin == nil || !hclsyntax.ValidIdentifier(string(begin[2])) {
		return 0
	}
	return len(begin[1])
}

var anyHeredoc = regexp.MustCompile(`^([<＜《]{2}[-－—–]?)(\S+)[ \t\r]*$`)

// heredoc takes <<NAME and the end of its line. size is that of << or <<-.
func (r *slipReader) heredoc(size int) {
	end := r.lineEnd(r.at)
	for at, c := range string(r.src[r.at : r.at+size]) {
		if c >= utf8.RuneSelf {
			s := sign{signOf(c).name, "<", c, r.at + at}
			if signOf(c).instead == "-" {
				s.instead = "-"
			}
			r.oddSign(s)
		}
	}
	name := string(bytes.TrimPrefix(bytes.TrimSpace(r.src[r.at+size:end]), []byte("-")))
	if !hclsyntax.ValidIdentifier(name) {
		r.report(r.at, r.at+len("<<"), "<< without a name", "A text of several lines begins with <<NAME, where NAME "+
			"is a word without quotation marks, and nothing follows on that line.")
		r.resume(end)
		return
	}
	r.push('<', end-r.at)
	r.open[len(r.open)-1].marker = name
	r.at = min(end+1, len(r.src))
}

// heredocLine takes a line of a heredoc, or the part of it before a sequence.
func (r *slipReader) heredocLine(marker string) {
	end := r.lineEnd(r.at)
	if r.at == r.line && string(bytes.TrimSpace(r.src[r.at:end])) == marker {
		r.pop()
		r.at = end
		return
	}
	for r.at < end {
		if r.sequence() {
			return
		}
		r.at++
	}
	r.at = min(end+1, len(r.src))
}
