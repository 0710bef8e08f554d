package yomicloud

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"html"
	"io"
	"iter"
	"regexp"
	"strconv"
	"strings"
	"unicode/utf8"
)

var (
	errPage       = errors.New("a web page came instead of JSON")
	errUnreadable = errors.New("the answer cannot be read")
	errTooLarge   = errors.New("the answer is too large")
)

// answer is the object that every call is answered with: `code`, 0 when all went well, and more beside it.
type answer []member

type member struct {
	key   string
	value value
}

// get returns the value under a key; of a key given twice the last, as encoding/json has it.
func (a answer) get(key string) value {
	for i := len(a) - 1; i >= 0; i-- {
		if a[i].key == key {
			return a[i].value
		}
	}
	return ""
}

// members are the keys and values in their order.
func (a answer) members() iter.Seq2[string, value] {
	return func(yield func(string, value) bool) {
		for _, m := range a {
			if !yield(m.key, m.value) {
				return
			}
		}
	}
}

// readAnswer reads a body. The error wraps errPage, io.ErrUnexpectedEOF (half a body) or errUnreadable.
// The body is not kept.
func readAnswer(body []byte) (answer, error) {
	body = bytes.TrimSpace(bytes.TrimPrefix(bytes.TrimSpace(body), []byte("\uFEFF")))
	switch {
	case len(body) == 0:
		return nil, fmt.Errorf("an empty answer: %w", io.ErrUnexpectedEOF)
	case body[0] == '<':
		return nil, errPage
	case !json.Valid(body):
		return nil, whyInvalid(body)
	}
	text := string(body)
	if !utf8.ValidString(text) {
		text = strings.ToValidUTF8(text, "\uFFFD")
	}
	if text[0] != '{' {
		return nil, fmt.Errorf("%w: it is %s, not an object", errUnreadable, value(text).shown())
	}
	a := make(answer, 0, 8)
	for key, v := range value(text).members() {
		a = append(a, member{key, v})
	}
	return a, nil
}

// whyInvalid tells JSON that stops in the middle from what never was JSON.
func whyInvalid(body []byte) error {
	var any json.RawMessage
	err := json.Unmarshal(body, &any)
	var syntax *json.SyntaxError
	if errors.As(err, &syntax) && syntax.Error() == "unexpected end of JSON input" {
		return fmt.Errorf("half an answer: %w after %d bytes", io.ErrUnexpectedEOF, len(body))
	}
	return fmt.Errorf("%w: it is not JSON (%v)", errUnreadable, err)
}

// code reads the vendor's code: n, or word for one that is no number. ok is false when there is none.
func (a answer) code() (n int64, word string, ok bool) {
	v := a.get("code")
	if v.none() || v.is('{') || v.is('[') {
		return 0, "", false
	}
	if n, ok, err := v.integer(); err == nil {
		return n, "", ok
	}
	return 0, line(v.words()), true
}

// complaint finds the vendor's own words beside a code. The document shows no failed answer, so the usual keys
// are tried first, and then whatever is text.
func (a answer) complaint() string {
	for _, key := range []string{"msg", "message", "errmsg", "errMsg", "errorMessage", "error", "err", "info", "desc", "description", "reason", "detail", "data"} {
		if s := complaintIn(a.get(key)); s != "" {
			return s
		}
	}
	for _, m := range a {
		if m.key != "code" {
			if s := complaintIn(m.value); s != "" {
				return s
			}
		}
	}
	return ""
}

func complaintIn(v value) string {
	switch {
	case v.is('"'):
		return strings.TrimSpace(v.text())
	case v.is('{'):
		for _, key := range []string{"msg", "message", "errmsg", "error", "info", "desc", "reason", "detail"} {
			for k, in := range v.members() {
				if k == key && in.is('"') && strings.TrimSpace(in.text()) != "" {
					return strings.TrimSpace(in.text())
				}
			}
		}
	case v.is('['):
		for in := range v.elements() {
			if s := strings.TrimSpace(in.text()); s != "" {
				return s
			}
		}
	}
	return ""
}

var title = regexp.MustCompile(`(?is)<title[^>]*>(.*?)</title`)

// excerpt is what a reader needs of a body that is not JSON: a page's title, or the beginning of plain text.
func excerpt(body []byte, hide func(string) string) string {
	body = bytes.TrimSpace(body)
	if !bytes.HasPrefix(body, []byte("<")) {
		return line(hide(strings.ToValidUTF8(string(body[:min(len(body), 64<<10)]), "\uFFFD")))
	}
	if m := title.FindSubmatch(body[:min(len(body), 64<<10)]); m != nil {
		if s := line(hide(html.UnescapeString(string(m[1])))); s != "" {
			return "a page titled " + strconv.Quote(s)
		}
	}
	return "a page without a title"
}
