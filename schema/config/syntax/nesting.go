package syntax

import (
	"bytes"
	"unicode"
	"unicode/utf8"
)

// nesting reads HCL text as HCL's scanner does, and counts everything for which the parser, and later walks of the
// tree, descend: brackets, template sequences, blocks, and operators and steps in a row. The count is never less than
// the real depth, whatever the text is; FuzzNesting compares the two. It needs hardly any memory, while HCL first makes
// a list of all tokens.
type nesting struct {
	src    []byte
	at     int
	levels []level
	total  int // of levels, and of what is in a row on each of them

	// A } ends a template sequence if as many braces are open as when the sequence began.
	braces    int
	sequences []int
	heredocs  []openHeredoc

	last    kind // of the token before, on this line
	keyword bool // the next word says what a template directive does

	tokens int   // about as many as HCL makes
	block  int   // how many of them come before the block that is read now
	moved  int64 // bytes that HCL copies to join literals, piece by piece
	piece  int   // bytes of the literal that is being joined
	most   int   // where its last piece begins
	texts  []plainText
	wrong  int // signs that are not the language's

	// Where something begins that must not be parsed; -1 for nowhere.
	broken  int // a comment without an end
	strange int // a sign after more than maxWrong that are not the language's
	dense   int // a token after more than maxTokens in one block
	digits  int // a number with too many digits
}

// kind is what opened a level, or what a token is.
type kind byte

const (
	anything kind = iota
	aWord
	aString
	aBracket // that closes

	inFile     // or in an expression by itself
	inBlock    // {
	inObject   // { of a value
	inParens   // (
	inBrackets // [
	inSequence // ${ or %{
	inQuotes   // "
	inHeredoc  // <<
	inTemplate // a text with sequences by itself
)

// level is one open bracket.
type level struct {
	kind     kind
	row      int  // operators and steps in a row
	controls int  // open %{if and %{for
	control  int  // of a sequence: by how much it changes their number
	fresh    bool // there was no token yet on this line
	lines    bool // a line has ended in it
	loop     bool // it is { for …, in which ends of lines mean nothing
	first    bool // there was no token yet in it
}

// scan reads a text to its end. deep is where it gets deeper than limit; -1 when it does not.
func (n *nesting) scan(src []byte, as kind, limit int) (deep int) {
	*n = nesting{src: src, broken: -1, digits: -1, dense: -1, strange: -1, tokens: n.tokens, moved: n.moved,
		levels: n.levels[:0]}
	n.open(as)
	n.total = 0
	for n.at < len(src) {
		start := n.at
		switch n.levels[len(n.levels)-1].kind {
		case inQuotes, inTemplate:
			n.literal(n.levels[len(n.levels)-1].kind == inQuotes)
		case inHeredoc:
			n.line()
		default:
			n.token()
		}
		if n.total >= limit {
			return start
		}
		if n.tokens-n.block > maxTokens && n.dense < 0 {
			n.dense = start
		}
	}
	return -1
}

func (n *nesting) open(k kind) {
	n.levels = append(n.levels, level{kind: k, fresh: true, first: true})
	n.total++
	n.piece = 0
}

func (n *nesting) close() {
	l := n.levels[len(n.levels)-1]
	n.levels = n.levels[:len(n.levels)-1]
	n.total -= 1 + l.row + l.controls
}

func (n *nesting) here() *level { return &n.levels[len(n.levels)-1] }

// row counts an operator or a step.
func (n *nesting) row() {
	n.here().row++
	n.total++
}

// part ends what is in a row.
func (n *nesting) part() {
	n.total -= n.here().row
	n.here().row = 0
}

// newline ends a line, which matters where each item has its own line.
func (n *nesting) newline() {
	l := n.here()
	if l.kind == inFile || l.kind == inBlock || l.kind == inObject && !l.loop {
		n.last = anything
		n.part()
	}
	l.fresh, l.lines = true, true
}

// blank takes blanks, the end of a line, or a comment; false for anything else.
func (n *nesting) blank() bool {
	c, rest := n.src[n.at], n.src[n.at:]
	switch {
	case c == ' ' || c == '\t' || c == '\r' && len(rest) > 1 && rest[1] == '\n':
		n.at++
		return true
	case c == '\n', c == '#', bytes.HasPrefix(rest, []byte("//")):
		n.tokens++
		end := bytes.IndexByte(rest, '\n')
		if end < 0 {
			n.at = len(n.src)
			return true
		}
		n.at += end + 1
		n.newline()
		return true
	case bytes.HasPrefix(rest, []byte("/*")):
		n.tokens++
		if end := bytes.Index(rest[2:], []byte("*/")); end >= 0 {
			n.at += 2 + end + 2
			return true
		}
		if n.broken < 0 {
			n.broken = n.at
		}
	}
	return false
}

// token takes one token outside of templates.
func (n *nesting) token() {
	if n.blank() {
		return
	}
	c, rest := n.src[n.at], n.src[n.at:]
	n.tokens++
	l := n.here()
	fresh, first := l.fresh, l.first
	l.fresh, l.first = false, false
	before := n.last
	n.last = anything
	n.at++
	switch {
	case wordStart(c):
		n.word(first)
	case '0' <= c && c <= '9':
		n.number()
	case c == '"':
		n.open(inQuotes)
	case c == '<' && n.heredoc(rest):
	case c == '{':
		n.braces++
		if before == aWord || before == aString {
			n.open(inBlock)
		} else {
			n.open(inObject)
		}
	case c == '(':
		n.open(inParens)
	case c == '[':
		if before != anything { // a step
			n.row()
		}
		n.open(inBrackets)
	case c == '}':
		n.brace(false, fresh)
	case c == '~' && bytes.HasPrefix(rest, []byte("~}")):
		n.at++
		n.brace(true, fresh)
	case c == ')':
		n.shut(inParens)
	case c == ']':
		n.shut(inBrackets)
	case c == ',':
		n.part()
	case c == '=':
		if bytes.HasPrefix(rest, []byte("==")) {
			n.at++
			n.row()
		}
	case c == ':':
		if bytes.HasPrefix(rest, []byte("::")) {
			n.at++
			n.row()
		}
	case bytes.IndexByte([]byte("!-+*/%&|<>?."), c) >= 0:
		n.row()
	default:
		n.mistake(n.at - 1)
	}
}

// mistake counts a sign that is not the language's. HCL reports each.
func (n *nesting) mistake(at int) {
	if n.wrong++; n.wrong > maxWrong && n.strange < 0 {
		n.strange = at
	}
}

// shut ends a bracket. The wrong one is a mistake, which makes the parser go no deeper.
func (n *nesting) shut(k kind) {
	if n.here().kind == k {
		n.close()
		n.last = aBracket
	}
}

// brace takes a }. In the middle of a line of a block it is a mistake, which the parser skips and stays in the block.
func (n *nesting) brace(trim, fresh bool) {
	if k := len(n.sequences) - 1; k >= 0 && n.sequences[k] == n.braces {
		n.braces--
		n.sequences = n.sequences[:k]
		for n.here().kind != inSequence {
			n.close()
		}
		control := n.here().control
		n.close()
		l := n.here()
		change := max(l.controls+control, 0) - l.controls
		l.controls += change
		n.total += change
		n.keyword, n.piece = false, 0
		return
	}
	n.braces--
	if l := n.here(); !trim && (l.kind == inObject || l.kind == inBlock && (fresh || !l.lines)) {
		n.close()
		n.last = aBracket
		if len(n.levels) == 1 {
			n.block = n.tokens
		}
	}
}

func wordStart(c byte) bool { return c == '_' || c|0x20 >= 'a' && c|0x20 <= 'z' || c >= 0x80 }

func (n *nesting) word(first bool) {
	start := n.at - 1
	for n.at < len(n.src) && (wordStart(n.src[n.at]) || n.src[n.at] == '-' ||
		'0' <= n.src[n.at] && n.src[n.at] <= '9') {
		n.at++
	}
	n.last = aWord
	n.letters(n.src[start:n.at], start)
	name := string(n.src[start:min(n.at, start+len("endfor")+1)])
	if first && name == "for" {
		n.here().loop = true
	}
	if n.keyword {
		n.keyword = false
		switch name {
		case "if", "for":
			n.here().control = 1
		case "endif", "endfor":
			n.here().control = -1
		}
	}
}

// letters finds the signs in a word that are no letters: each is a token of its own, and a mistake.
func (n *nesting) letters(word []byte, start int) {
	begun := false
	for i := 0; i < len(word); {
		if word[i] < utf8.RuneSelf {
			begun = true
			i++
			continue
		}
		r, size := utf8.DecodeRune(word[i:])
		switch {
		case unicode.IsLetter(r) || unicode.Is(unicode.Nl, r):
			begun = true
		case begun && (unicode.IsMark(r) || unicode.IsDigit(r) || unicode.Is(unicode.Pc, r)):
		default:
			begun = false
			n.tokens++
			n.mistake(start + i)
		}
		i += size
	}
}

func (n *nesting) number() {
	start := n.at - 1
	defer func() {
		if n.at-start > MaxDigits && n.digits < 0 {
			n.digits = start
		}
	}()
	for n.at < len(n.src) {
		switch c := n.src[n.at]; {
		case '0' <= c && c <= '9', c == '.':
			n.at++
		case (c == 'e' || c == 'E') && n.at+1 < len(n.src) && '0' <= n.src[n.at+1] && n.src[n.at+1] <= '9':
			n.at += 2
			n.exponent()
		case (c == 'e' || c == 'E') && n.at+2 < len(n.src) && (n.src[n.at+1] == '+' || n.src[n.at+1] == '-') &&
			'0' <= n.src[n.at+2] && n.src[n.at+2] <= '9':
			n.at += 3
			n.exponent()
		default:
			return
		}
	}
}

// exponent takes the digits of an exponent after the first one.
func (n *nesting) exponent() {
	start := n.at
	for n.at < len(n.src) && '0' <= n.src[n.at] && n.src[n.at] <= '9' {
		n.at++
	}
	if n.at-start >= maxExponentDigits && n.digits < 0 {
		n.digits = start
	}
}
