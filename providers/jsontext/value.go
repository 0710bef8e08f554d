// Package jsontext reads JSON as the vendors write it: numbers as text, text as numbers, null for an empty list, times
// in several forms. It knows no call and no field. encoding/json checks the text; it would read each level of an answer
// into memory of its own, which is many times what came.
package jsontext

import (
	"encoding/json"
	"fmt"
	"iter"
	"slices"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// Value is the text of one JSON value without blanks around it; "" is one that is missing. Its methods walk text
// that json.Valid has accepted, which is what makes them short: they need not look for mistakes in it. They read
// what is needed straight out of the text, because the drive writes one thing now in one shape and now in
// another, and because an answer of many templates must cost little more than its bytes.
type Value string

// None reports whether there is nothing there: missing, null, or the empty string, which the drive also writes
// for an empty list.
func (v Value) None() bool { return v == "" || v == "null" || v == `""` }

func (v Value) Is(first byte) bool { return v != "" && v[0] == first }

// Members are the keys and values of an object, in their order; of anything else, none.
func (v Value) Members() iter.Seq2[string, Value] {
	return func(yield func(string, Value) bool) {
		if !v.Is('{') {
			return
		}
		for i := 1; ; {
			m, next, ok := v.member(i)
			if !ok || !yield(m.Key, m.Value) {
				return
			}
			i = next
		}
	}
}

// member is the member that begins at i or behind the comma there, and where it ends; ok is false behind the last.
func (v Value) member(i int) (m Member, end int, ok bool) {
	s := string(v)
	if i = blanks(s, i); i < len(s) && s[i] == ',' {
		i = blanks(s, i+1)
	}
	if i >= len(s) || s[i] != '"' {
		return m, i, false
	}
	colon := endOfString(s, i)
	start := blanks(s, blanks(s, colon)+1)
	end = endOfValue(s, start)
	return Member{Value(s[i:colon]).Text(), Value(s[start:end])}, end, true
}

// Object is the members of an object, in their order.
type Object []Member

// Member is a key with its value.
type Member struct {
	Key   string
	Value Value
}

// Object is the members of an object, read once; nil of anything else.
func (v Value) Object() Object {
	if !v.Is('{') {
		return nil
	}
	var room [12]Member // so that what is returned has the right size at once, as most objects have fewer
	n, o := 0, Object{}
	for i := 1; ; {
		m, end, ok := v.member(i)
		switch {
		case !ok:
			return append(o, room[:n]...)
		case n == len(room):
			o, n = append(o, room[:]...), 0
		}
		room[n], n, i = m, n+1, end
	}
}

// Get is what stands under a key, "" if nothing does; of a key given twice the last, as encoding/json has it.
func (o Object) Get(key string) Value {
	for _, m := range slices.Backward(o) {
		if m.Key == key {
			return m.Value
		}
	}
	return ""
}

// Fields reads the fields of an object one after the other. Err is the first thing that was wrong, with its key.
type Fields struct {
	Object
	Err error
}

// Note keeps an error about a field, unless there is one already; nil is none.
func (f *Fields) Note(key string, err error) {
	if f.Err == nil && err != nil {
		f.Err = fmt.Errorf("%s %w", key, err)
	}
}

// Number is a field's whole number, 0 for nothing.
func (f *Fields) Number(key string) int64 {
	n, err := f.Get(key).Number()
	f.Note(key, err)
	return n
}

// Elements are the values of an array, in their order; of anything else, none.
func (v Value) Elements() iter.Seq[Value] {
	return func(yield func(Value) bool) {
		if !v.Is('[') {
			return
		}
		s := string(v)
		for i := blanks(s, 1); i < len(s) && s[i] != ']'; {
			end := endOfValue(s, i)
			if !yield(Value(s[i:end])) {
				return
			}
			i = blanks(s, end)
			if i < len(s) && s[i] == ',' {
				i = blanks(s, i+1)
			}
		}
	}
}

// MostEntries is how many things a list may hold. A drive has no reason to send a longer one; each costs many times the
// few bytes that may stand for it.
const MostEntries = 100_000

// List is an array's elements; nothing there is an empty list, anything else an error, and so are too many.
func (v Value) List() ([]Value, error) {
	if v.None() {
		return nil, nil
	}
	if !v.Is('[') {
		return nil, fmt.Errorf("is %s, not a list", v.Shown())
	}
	var list []Value
	for e := range v.Elements() {
		if len(list) == MostEntries {
			return nil, fmt.Errorf("has more than %d entries: no list is that long", MostEntries)
		}
		list = append(list, e)
	}
	return list, nil
}

// Text is what a string says; of anything else, "". The string returned may share v's memory.
func (v Value) Text() string {
	if !v.Is('"') || len(v) < 2 {
		return ""
	}
	s := string(v[1 : len(v)-1])
	if strings.IndexByte(s, '\\') < 0 {
		return s
	}
	return unescape(s)
}

// Words is text, or a number or truth value as it is written: for what is a string in one answer and a number in
// the next.
func (v Value) Words() string {
	if v.Is('"') {
		return v.Text()
	}
	if v.None() || v.Is('{') || v.Is('[') {
		return ""
	}
	return string(v)
}

// Shown is v for a message.
func (v Value) Shown() string {
	switch {
	case v == "":
		return "missing"
	case v.Is('{'):
		return "an object"
	case v.Is('['):
		return "a list"
	case len(v) > 40:
		return strings.ToValidUTF8(string(v[:40]), "") + "…"
	}
	return string(v)
}

// Parse turns JSON text into a value; ok is false when it is not JSON.
func Parse(text string) (v Value, ok bool) {
	text = trim(text)
	return Value(text), json.Valid([]byte(text))
}

// Quote is a text as a value.
func Quote(text string) Value {
	quoted, _ := json.Marshal(text) // which a string never fails
	return Value(quoted)
}

// trim takes away the blanks around JSON text and the byte order mark that some servers put before it.
func trim(text string) string {
	return strings.Trim(strings.TrimPrefix(strings.TrimLeft(text, " \t\r\n"), "\uFEFF"), " \t\r\n")
}

func blanks(s string, i int) int {
	for i < len(s) && (s[i] == ' ' || s[i] == '\n' || s[i] == '\r' || s[i] == '\t') {
		i++
	}
	return i
}

// endOfString is the place behind the string that begins at i.
func endOfString(s string, i int) int {
	for i++; i < len(s); i++ {
		switch s[i] {
		case '\\':
			i++
		case '"':
			return i + 1
		}
	}
	return len(s)
}

// endOfValue is the place behind the value that begins at i.
func endOfValue(s string, i int) int {
	if i >= len(s) {
		return len(s)
	}
	switch s[i] {
	case '"':
		return endOfString(s, i)
	case '{', '[':
		for depth := 0; i < len(s); i++ {
			switch s[i] {
			case '"':
				i = endOfString(s, i) - 1
			case '{', '[':
				depth++
			case '}', ']':
				if depth--; depth == 0 {
					return i + 1
				}
			}
		}
		return len(s)
	}
	for i < len(s) && strings.IndexByte(",]} \n\r\t", s[i]) < 0 {
		i++
	}
	return i
}

var plainEscapes = [256]byte{'"': '"', '\\': '\\', '/': '/', 'b': '\b', 'f': '\f', 'n': '\n', 'r': '\r', 't': '\t'}

// unescape resolves the escapes of a JSON string's inside; half a surrogate pair becomes U+FFFD, as in encoding/json.
func unescape(s string) string {
	var b strings.Builder
	b.Grow(len(s))
	for {
		i := strings.IndexByte(s, '\\')
		if i < 0 || i+1 >= len(s) {
			b.WriteString(s)
			return b.String()
		}
		b.WriteString(s[:i])
		if c := plainEscapes[s[i+1]]; c != 0 {
			b.WriteByte(c)
			s = s[i+2:]
			continue
		}
		r := codeUnit(s[i:])
		s = s[min(i+6, len(s)):]
		if utf16.IsSurrogate(r) {
			if pair := utf16.DecodeRune(r, codeUnit(s)); pair != utf8.RuneError {
				r, s = pair, s[6:]
			} else {
				r = utf8.RuneError
			}
		}
		b.WriteRune(r)
	}
}

// codeUnit reads the \uXXXX that s begins with; U+FFFD when it begins with none.
func codeUnit(s string) rune {
	if len(s) < 6 || s[0] != '\\' || s[1] != 'u' {
		return utf8.RuneError
	}
	var r rune
	for _, c := range []byte(s[2:6]) {
		switch {
		case '0' <= c && c <= '9':
			c -= '0'
		case 'a' <= c && c <= 'f':
			c -= 'a' - 10
		case 'A' <= c && c <= 'F':
			c -= 'A' - 10
		default:
			return utf8.RuneError
		}
		r = r<<4 | rune(c)
	}
	return r
}
