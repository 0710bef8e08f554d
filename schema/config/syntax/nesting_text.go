package syntax

import (
	"bytes"

	"github.com/hashicorp/hcl/v2/hclsyntax"
)

// This part of nesting reads strings, heredocs and texts with sequences.

// heredoc begins a heredoc if <<NAME is the rest of its line.
func (n *nesting) heredoc(rest []byte) bool {
	name, found := bytes.CutPrefix(rest, []byte("<<"))
	if !found {
		return false
	}
	end := bytes.IndexByte(name, '\n')
	if end < 0 {
		return false
	}
	length := len("<<") + end + 1
	name = bytes.TrimSuffix(bytes.TrimPrefix(name[:end], []byte("-")), []byte("\r"))
	if !hclsyntax.ValidIdentifier(string(name)) {
		return false
	}
	n.at += length - 1
	start := n.at - length
	n.heredocs = append(n.heredocs, openHeredoc{
		plainText: plainText{start: start, body: n.at, flush: n.src[start+len("<<")] == '-'},
		marker:    name, tokens: n.tokens, moved: n.moved, sparse: n.dense < 0, plain: true})
	n.open(inHeredoc)
	return true
}

// literal takes a piece of a string, or of a text with sequences.
func (n *nesting) literal(quotes bool) {
	start := n.at
	for n.at < len(n.src) {
		switch c := n.src[n.at]; {
		case c == '"' && quotes:
			n.literalPiece(start)
			n.at++
			n.tokens++
			n.close()
			n.last = aString
			return
		case c == '\\' && quotes && n.at+1 < len(n.src) && n.src[n.at+1] != '\n' && n.src[n.at+1] != '\r':
			n.at += 2
		case c == '\n' && quotes:
			n.mistake(n.at)
			n.at++
		case c == '$' || c == '%':
			n.literalPiece(start)
			n.dollar()
			return
		case c == '\n' && !quotes:
			n.at++
			n.literalPiece(start)
			return
		default:
			n.at++
		}
	}
	n.literalPiece(start)
}

// dollar takes what a $ or % begins: a sequence, an escaped one, or nothing.
func (n *nesting) dollar() {
	c, start := n.src[n.at], n.at
	switch rest := n.src[n.at+1:]; {
	case len(rest) > 0 && rest[0] == '{':
		n.at += 2
		if len(rest) > 1 && rest[1] == '~' {
			n.at++
		}
		n.tokens++
		n.braces++
		n.sequences = append(n.sequences, n.braces)
		n.open(inSequence)
		n.last, n.keyword = anything, c == '%'
		return
	case len(rest) > 1 && rest[0] == c && rest[1] == '{':
		n.at += 3
	default:
		n.at++
	}
	n.literalPiece(start)
}

// line takes a piece of a heredoc: a line, or what stands before a sequence.
func (n *nesting) line() {
	l, start := n.here(), n.at
	end := bytes.IndexAny(n.src[start:], "\n$%")
	if end < 0 {
		n.at = len(n.src)
		n.literalPiece(start)
		return
	}
	n.at += end
	doc := &n.heredocs[len(n.heredocs)-1]
	if n.src[n.at] != '\n' {
		doc.plain = false
		n.literalPiece(start)
		l.fresh = false
		n.dollar()
		return
	}
	if l.fresh && bytes.Equal(bytes.TrimSpace(n.src[start:n.at]), doc.marker) {
		n.heredocs = n.heredocs[:len(n.heredocs)-1]
		if doc.end = start; doc.plain && doc.fits(n.src) { // HCL will not see it
			n.texts = append(n.texts, doc.plainText)
			n.tokens, n.moved = doc.tokens+4, doc.moved
			if doc.sparse {
				n.dense = -1
			}
		}
		n.tokens++
		n.close()
		n.last = anything
		return // the end of the line is a token of its own
	}
	n.at++
	l.fresh = true
	doc.lines++
	n.literalPiece(start)
}

// openHeredoc is a heredoc that has not ended yet, and the counts from before it.
type openHeredoc struct {
	plainText
	marker []byte
	plain  bool // it has no sequences so far
	tokens int
	moved  int64
	sparse bool // dense was not set
}

// literalPiece notes a literal piece that begins at start.
func (n *nesting) literalPiece(start int) {
	if n.at > start {
		n.tokens++
		n.piece += n.at - start
		n.moved += int64(n.piece)
		if n.moved <= maxMoved {
			n.most = start
		}
	}
}
