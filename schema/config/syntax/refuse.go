package syntax

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/hashicorp/hcl/v2"

	"countersign/schema/config/words"
)

// Limits of text, which is scanned here once before it is parsed. They keep the costs of parsers in proportion to the
// text: parsers descend for what is nested and keep a list of all tokens, and a stack that is too deep ends the
// program.
const (
	MaxDepth  = 2000      // open brackets, blocks and template sequences, and operators and steps in a row
	MaxLevels = 200       // of a value; each has an indentation where the value is shown
	maxTokens = 3_000_000 // words, signs and lines that are parsed at once; HCL takes some hundred bytes for each
	maxMoved  = 2 << 30   // bytes that HCL copies to join the lines of a heredoc, as the square of their number
	maxWrong  = 1000      // signs that are not the language's, each of which HCL would report
	MaxDigits = 4096      // of a number that is written out; reading it costs the square of them

	maxExponentDigits = 5
)

const tooMuch = "Too much at once"

// Dialect is the language of a text.
type Dialect uint8

const (
	Native   Dialect = iota // HCL: a file, or an expression
	Template                // text with ${…} and %{…}
	JSON                    // HCL as JSON, whose strings may hold expressions
	Data                    // JSON as data
)

// Refuse says why a text must not be parsed: it is nested too deeply, or costs a parser more than in proportion to its
// length. nil when it may be.
func Refuse(src []byte, name string, as Dialect) *hcl.Diagnostic {
	return new(nesting).refuse(src, name, as)
}

func (n *nesting) refuse(src []byte, name string, as Dialect) *hcl.Diagnostic {
	at, err := n.check(src, as)
	switch {
	case err == nil:
		return nil
	case errors.Is(err, errDeep):
		return refusal(src, name, at, "Nested too deeply", fmt.Sprintf("More than %d brackets or operators are open "+
			"here. Split the expression with locals.", MaxDepth))
	}
	return refusal(src, name, at, tooMuch, err.Error())
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

// check scans a text. The error is why it is refused, and at is where.
func (n *nesting) check(src []byte, as Dialect) (at int, err error) {
	switch as {
	case JSON, Data:
		return n.checkJSON(src, as == JSON)
	case Template:
		return n.firstProblem(n.scan(src, inTemplate, MaxDepth))
	}
	return n.firstProblem(n.scan(src, inFile, MaxDepth))
}

// firstProblem is the gravest thing that a scan has found.
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

// checkJSON scans JSON, and with expressions also the texts of its strings without their escapes, because they are
// parsed.
func (n *nesting) checkJSON(src []byte, expressions bool) (at int, err error) {
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
				if err := n.checkString(src[at:end], depth); err != nil {
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

// longExponent reports whether a number of JSON has too many digits in its exponent.
func longExponent(number []byte) bool {
	e := bytes.IndexAny(number, "eE")
	return e >= 0 && len(bytes.TrimLeft(number[e+1:], "+-0")) > maxExponentDigits
}

// stringEnd is where a string of JSON ends, after its quote. As in HCL's scanner, a control character ends it too.
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

// checkString scans a string of JSON, which HCL may parse as a template or as an expression.
func (n *nesting) checkString(quoted []byte, depth int) error {
	var text string
	if json.Unmarshal(quoted, &text) != nil {
		return nil // this is a mistake, and is not parsed
	}
	for _, as := range []kind{inTemplate, inFile} {
		tokens := n.tokens
		deep := n.scan([]byte(text), as, MaxDepth-depth)
		if as == inFile { // few strings are parsed so, so only the depth counts
			n.tokens, n.broken, n.digits, n.dense, n.strange, n.wrong = tokens, -1, -1, -1, -1, 0
		}
		if _, err := n.firstProblem(deep); err != nil {
			return err
		}
	}
	return nil
}

// CheckData says why a text must not be decoded as JSON; nil when it may be.
func CheckData(text string) error {
	at, err := new(nesting).check([]byte(text), Data)
	if errors.Is(err, ErrLevels) {
		return fmt.Errorf("line %d: %w", position([]byte(text), at).Line, err)
	}
	return err
}
