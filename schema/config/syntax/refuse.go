package syntax

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/hashicorp/hcl/v2"

	"countersign/schema/config/words"
)

// Limits of text, which is looked at here once before a parser sees it. They keep what parsers need in proportion to
// what they are given: parsers descend for what is nested and keep a list of all tokens, and a stack that is too deep
// ends the whole program.
const (
	MaxDepth  = 2000      // open brackets, blocks and template sequences, and operators and steps in a row
	MaxLevels = 200       // of a value; they have an indentation each where it is shown
	maxTokens = 3_000_000 // words, signs and lines that are parsed at once; HCL takes some hundred bytes for each
	maxMoved  = 2 << 30   // bytes that HCL moves to join the lines of a heredoc: the square of the lines
	maxWrong  = 1000      // signs that are none of the language's, each of which would be reported
	MaxDigits = 4096      // of a number that is written out; reading one takes the square of them

	maxExponentDigits = 5 // of its exponent
)

const tooMuch = "Too much at once"

// Dialect is what text is taken for.
type Dialect uint8

const (
	Native   Dialect = iota // HCL: a file, or an expression
	Template                // text with ${…} and %{…}
	JSON                    // HCL as JSON, whose strings may hold expressions
	Data                    // JSON as data
)

// Refuse says why text is not to be parsed: it is nested too deeply, or takes a parser more than in proportion to its
// length. nil when it may be.
func Refuse(src []byte, name string, as Dialect) *hcl.Diagnostic {
	const deep = "More than %d brackets or operators are open here. Split the expression with locals."
	at, err := check(src, as)
	if err == nil {
		return nil
	}
	summary, detail := tooMuch, err.Error()
	if errors.Is(err, errDeep) {
		summary, detail = "Nested too deeply", fmt.Sprintf(deep, MaxDepth)
	}
	return refusal(src, name, at, summary, detail)
}

var (
	errDeep   = fmt.Errorf("it is nested more than %d levels deep", MaxDepth)
	ErrLevels = fmt.Errorf("it is nested more than %d levels deep", MaxLevels)
	errTokens = words.Sentence("There are more than %d words and signs in one piece here. Split it into several "+
		"files, or read lists from data with csvdecode(file(…)).", maxTokens)
	errPieces = words.Sentence("This text has too many lines or $ and %% signs to be written here. Put it into a " +
		"file of its own, and read it with file(\"…\").")
	errDigits  = words.Sentence("This number has more than %d digits, written out or by its exponent.", MaxDigits)
	errStrange = words.Sentence("More than %d signs up to here are no part of the language. This is something else, "+
		"or was damaged.", maxWrong)
	errComment = words.Sentence("This comment begins with /* and does not end. Write */ where it ends.")
)

// longTexts are the heredocs of a file that its parser is not to see.
func longTexts(src []byte) []plainText {
	if !bytes.Contains(src, []byte("<<")) {
		return nil
	}
	var n nesting
	n.scan(src, inFile, MaxDepth)
	return n.texts
}

// atOnce reports whether text may be parsed in one piece.
func atOnce(src []byte) bool {
	if len(src) <= maxTokens {
		return true
	}
	var n nesting
	n.scan(src, inFile, MaxDepth)
	return n.tokens <= maxTokens
}

// check reads text once. The error is why it is refused, and at is where.
func check(src []byte, as Dialect) (at int, err error) {
	var n nesting
	switch as {
	case JSON, Data:
		return lookJSON(src, as == JSON, &n)
	case Template:
		at = n.scan(src, inTemplate, MaxDepth)
	default:
		at = n.scan(src, inFile, MaxDepth)
	}
	return n.firstProblem(at)
}

// firstProblem is what a scan found to be wrong first of all.
func (n *nesting) firstProblem(deep int) (at int, err error) {
	switch {
	case deep >= 0:
		return deep, errDeep
	case n.broken >= 0:
		return n.broken, errComment
	case n.digits >= 0:
		return n.digits, errDigits
	case n.strange >= 0:
		return n.strange, errStrange
	case n.moved > maxMoved:
		return n.most, errPieces
	case n.dense >= 0:
		return n.dense, errTokens
	}
	return 0, nil
}

// lookJSON looks at JSON, and with expressions at what its strings hold, as it is without escapes: it is parsed then.
func lookJSON(src []byte, expressions bool, n *nesting) (at int, err error) {
	depth, tokens, most, deep := 0, 0, MaxDepth, errDeep
	if !expressions {
		most, deep = MaxLevels, ErrLevels
	}
	for at := 0; at < len(src); {
		next := at + 1
		switch c := src[at]; {
		case c == ' ' || c == '\t' || c == '\n' || c == '\r':
			at++
			continue
		case c == '{' || c == '[':
			if depth++; depth >= most {
				return at, deep
			}
		case c == '}' || c == ']':
			depth = max(depth-1, 0)
		case c == '"':
			end, escaped := stringEnd(src, at)
			if expressions && (escaped || end-at > MaxDepth || bytes.ContainsAny(src[at:end], "$%")) {
				if err := lookInside(src[at:end], n, depth); err != nil {
					return at, err
				}
			}
			next = end
		case '0' <= c && c <= '9':
			for next < len(src) && bytes.IndexByte([]byte("0123456789.eE+-"), src[next]) >= 0 {
				next++
			}
			if next-at > MaxDigits || longExponent(src[at:next]) {
				return at, errDigits
			}
		}
		if tokens++; expressions && tokens+n.tokens > maxTokens {
			return at, errTokens
		}
		at = next
	}
	return 0, nil
}

// longExponent reports whether a number of JSON has an exponent that no number here may have.
func longExponent(number []byte) bool {
	e := bytes.IndexAny(number, "eE")
	return e >= 0 && len(bytes.TrimLeft(number[e+1:], "+-0")) > maxExponentDigits
}

// stringEnd is where a string of JSON ends, after its quote, as HCL's scanner has it: at a control character too.
func stringEnd(src []byte, at int) (end int, escaped bool) {
	for at++; at < len(src); at++ {
		switch c := src[at]; {
		case c == '\\':
			escaped = true
			at++
		case c == '"':
			return at + 1, escaped
		case c < ' ':
			return at, escaped
		}
	}
	return min(at, len(src)), escaped
}

// lookInside looks at a string of JSON that HCL may take for a template, or for an expression.
func lookInside(quoted []byte, n *nesting, depth int) error {
	var text string
	if json.Unmarshal(quoted, &text) != nil {
		return nil // it is a mistake, and parsed no further
	}
	for _, as := range []kind{inTemplate, inFile} {
		tokens := n.tokens
		deep := n.scan([]byte(text), as, MaxDepth-depth)
		if as == inFile { // few of the strings are taken for one, so only how deep it goes counts
			n.tokens, n.broken, n.digits, n.dense, n.strange, n.wrong = tokens, -1, -1, -1, -1, 0
		}
		if _, err := n.firstProblem(deep); err != nil {
			return err
		}
	}
	return nil
}

// CheckData says why a text is not to be decoded as JSON; nil when it may be.
func CheckData(text string) error {
	at, err := check([]byte(text), Data)
	if errors.Is(err, ErrLevels) {
		return fmt.Errorf("line %d: %w", position([]byte(text), at).Line, err)
	}
	return err
}
