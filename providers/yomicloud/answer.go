package yomicloud

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"countersign/providers/jsontext"
	"countersign/providers/route"
)

// answer is the object that every call is answered with: `code`, 0 when all went well, and more beside it. It is done
// with once it has been decoded, before another call is made.
type answer struct {
	jsontext.Object // nil: there is none
	header          http.Header
	body            *route.Answer
}

func (a answer) done() { a.body.Done() }

// whole compares a list of so many entries with what the answer says beside it, and in its headers. about are keys that
// mean something else in this answer.
func (a answer) whole(entries int, about ...string) error {
	why := route.Incomplete(entries, func(yield func(string, jsontext.Value) bool) {
		for _, m := range a.Object {
			if !slices.Contains(about, m.Key) && !yield(m.Key, m.Value) {
				return
			}
		}
		for name, v := range a.header { // such as X-Total-Count: 12
			if own, ok := strings.CutPrefix(name, "X-"); ok && len(v) > 0 && !yield(own, jsontext.Quote(v[0])) {
				return
			}
		}
	})
	if why == "" {
		return nil
	}
	return fmt.Errorf("%w: %s", route.ErrShort, route.Words(why))
}

// rows is the list under data. null is how the drive writes a list of none; without any list, what is not in it would
// look like something that was removed.
func (a answer) rows() ([]jsontext.Value, error) {
	data := a.Get("data")
	if data.None() && data != "null" {
		return nil, fmt.Errorf("data is %s, where a list should be", data.Shown())
	}
	rows, err := data.List()
	if err != nil {
		return nil, fmt.Errorf("data %w", err)
	}
	return rows, nil
}

// field is what stands under a key, beside the code or in the data.
func (a answer) field(key string) jsontext.Value {
	if v := a.Get(key); !v.None() {
		return v
	}
	return a.Get("data").Object().Get(key)
}

// readAnswer reads a body. The answer shares its memory. The error wraps errPage, io.ErrUnexpectedEOF (half a body)
// or route.ErrUnreadable.
func readAnswer(text string) (answer, error) {
	text = strings.TrimSpace(strings.TrimPrefix(strings.TrimSpace(text), "\uFEFF"))
	switch {
	case text == "":
		return answer{}, fmt.Errorf("an empty answer: %w", io.ErrUnexpectedEOF)
	case text[0] == '<':
		return answer{}, errPage
	case !json.Valid([]byte(text)): // unlike Unmarshal, it copies nothing
		return answer{}, whyInvalid(text)
	}
	if !utf8.ValidString(text) {
		text = strings.ToValidUTF8(text, "\uFFFD")
	}
	if text[0] != '{' {
		return answer{}, fmt.Errorf("%w: it is %s, not an object", route.ErrUnreadable, jsontext.Value(text).Shown())
	}
	a := answer{Object: jsontext.Value(text).Object()}
	if len(a.Object) > jsontext.MostEntries {
		return answer{}, fmt.Errorf("%w: it has more than %d keys", route.ErrUnreadable, jsontext.MostEntries)
	}
	return a, nil
}

// whyInvalid says whether a text is JSON that stops in the middle, or no JSON at all.
func whyInvalid(text string) error {
	var any struct{}
	err := json.Unmarshal([]byte(text), &any)
	var syntax *json.SyntaxError
	if errors.As(err, &syntax) && syntax.Error() == "unexpected end of JSON input" {
		return fmt.Errorf("half an answer: %w after %d bytes", io.ErrUnexpectedEOF, len(text))
	}
	return fmt.Errorf("%w: it is not JSON (%v)", route.ErrUnreadable, err)
}

// code reads the vendor's code: "" when it says that all went well. ok is false when there is none.
func (a answer) code() (code string, ok bool) {
	v := a.Get("code")
	if v.None() || v.Is('{') || v.Is('[') {
		return "", false
	}
	switch n, ok, err := v.Integer(); {
	case err != nil:
		return cmp.Or(route.Words(v.Words()), v.Shown()), true
	case n == 0:
		return "", ok
	default:
		return strconv.FormatInt(n, 10), true
	}
}

// complaint finds the vendor's own words beside a code. The document shows no failed answer, so the usual keys
// are tried first, and then whatever is text.
func (a answer) complaint() string {
	for _, key := range []string{"msg", "message", "errmsg", "errMsg", "errorMessage", "error", "err", "info", "desc",
		"description", "reason", "detail", "data"} {
		if s := complaintIn(a.Get(key)); s != "" {
			return s
		}
	}
	for _, m := range a.Object {
		if m.Key != "code" {
			if s := complaintIn(m.Value); s != "" {
				return s
			}
		}
	}
	return ""
}

func complaintIn(v jsontext.Value) string {
	switch {
	case v.Is('"'):
		return strings.TrimSpace(v.Text())
	case v.Is('{'):
		in := v.Object()
		for _, key := range []string{"msg", "message", "errmsg", "error", "info", "desc", "reason", "detail"} {
			if s := strings.TrimSpace(in.Get(key).Text()); s != "" {
				return s
			}
		}
	case v.Is('['):
		for in := range v.Elements() {
			if s := strings.TrimSpace(in.Text()); s != "" {
				return s
			}
		}
	}
	return ""
}
