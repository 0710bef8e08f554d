package route

import (
	"bytes"
	"html"
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// reading is a text with what it spells in place of how it spells it.
type reading struct {
	text   []byte
	from   []origin
	inside bool // see unescaped
}

// origin is where a byte of a reading is from.
type origin struct {
	start, end int32 // bytes of the text

	// Of how many escapes it comes, one in another: with backslashes, and with &.
	slashes, ands int32
}

func asItIs(text string) reading {
	var r reading
	for i := range len(text) {
		r.add(text[i], origin{start: int32(i), end: int32(i + 1)})
	}
	return r
}

func (r *reading) add(c byte, from origin) {
	r.text, r.from = append(r.text, c), append(r.from, from)
}

// but is a reading without its last bytes.
func (r reading) but(last int) reading {
	return reading{r.text[:len(r.text)-last], r.from[:len(r.from)-last], r.inside}
}

// unescaped is a reading without escapes, those that come of other escapes included: \u0025%2541 is %A. An escape ends
// where its last byte does, so it is enough to look back from each byte; and each is longer than what it stands for, so
// the work grows as the text does.
//
// %5c\x6e was \x6e in an address before it was put into quotes, or half of an address is escaped of what was \\x6e in
// quotes: inside says that it was the first.
func (r reading) unescaped(inside bool) reading {
	u := reading{inside: inside}
	for i, c := range r.text {
		u.add(c, origin{start: r.from[i].start, end: r.from[i].end})
		u.settle()
		u.finish()
	}
	u.replace(reference(u.text))
	return u
}

// settle puts what escapes at the end stand for in their place.
func (r *reading) settle() {
	for len(r.text) > 0 && r.replace(escape(*r)) {
	}
}

// finish puts the character of a page that the last byte ends, being none of it, in place of its name: &#65 does
// without a semicolon. What may yet become one, or a part of the name, ends nothing.
func (r *reading) finish() {
	last := len(r.text) - 1
	c, from := r.text[last], r.from[last]
	if isAlphanumeric(c) || strings.IndexByte(`#;%\`, c) >= 0 {
		return
	}
	before := r.but(1)
	n, means := reference(before.text)
	if n > len(means) && (c != '&' || r.from[last-n].ands <= from.ands) {
		before.replace(n, means)
		before.settle()
		before.add(c, from)
		*r = before
	}
}

// replace puts what the last n bytes stand for in their place, as long as that is shorter.
func (r *reading) replace(n int, means []byte) bool {
	if n <= len(means) {
		return false
	}
	from := r.from[len(r.from)-n]
	for _, f := range r.from[len(r.from)-n:] {
		from = origin{from.start, f.end, max(from.slashes, f.slashes), max(from.ands, f.ands)}
	}
	c := r.text[len(r.text)-n]
	if r.inside || c == '\\' {
		from.slashes++
	}
	if r.inside || c == '&' {
		from.ands++
	}
	*r = r.but(n)
	for _, c := range means {
		r.add(c, from)
	}
	return true
}

// escape is how many bytes at the end of a text are an escape, and what it stands for; 0 if there is none: %41 and
// %u0041 in addresses, \u0041 \u{41} \U00000041 \x41 \101 \n \/ in JSON and other quotes, &#65; and &lt; in pages. What
// is UTF-8 of something else is taken for an escape, too: of the bytes of Latin-1, and of the halves of a character in
// UTF-16.
func escape(r reading) (n int, means []byte) {
	text, last := r.text, len(r.text)-1
	switch c := text[last]; {
	case last > 0 && text[last-1] == '\\':
		if c == '\\' && r.from[last].slashes < r.from[last-1].slashes {
			return 0, nil // it is for what comes next: \x5c\x6e is \n
		}
		return quoted(c)
	case c == ';':
		return reference(text)
	case c >= utf8.RuneSelf:
		return doubled(text)
	case c == '}':
		for size := 1; size <= 6; size++ {
			if digits, ok := after(text[:last], `\u{`, size); ok {
				return size + 4, character(digits)
			}
		}
	case isHex(c):
		for _, form := range numbered {
			if digits, ok := after(text, form.before, form.size); ok {
				return form.size + len(form.before), form.means(digits)
			}
		}
	}
	return 0, nil
}

// numbered are the escapes that are digits behind a mark.
var numbered = []struct {
	before string
	size   int
	means  func(digits []byte) []byte
}{
	{"%", 2, octet(16)}, {`\x`, 2, octet(16)}, {`\`, 3, octet(8)},
	{`\u`, 4, character}, {"%u", 4, character}, {`\U`, 8, character},
}

// after is the so many digits at the end of a text, if that stands before them.
func after(text []byte, before string, size int) (digits []byte, ok bool) {
	at := len(text) - size
	if at < len(before) || string(text[at-len(before):at]) != before {
		return nil, false
	}
	for _, c := range text[at:] {
		if !isHex(c) {
			return nil, false
		}
	}
	return text[at:], true
}

// octet is the byte that digits of a base stand for; the digits, if they stand for none.
func octet(base int) func(digits []byte) []byte {
	return func(digits []byte) []byte {
		b, err := strconv.ParseUint(string(digits), base, 8)
		if err != nil {
			return bytes.Clone(digits)
		}
		return []byte{byte(b)}
	}
}

// character is the UTF-8 of the character with a number in hexadecimal digits. Half a character of UTF-16 is written in
// the same way, until the other half comes: see doubled.
func character(digits []byte) []byte {
	n, err := strconv.ParseUint(string(digits), 16, 32)
	switch {
	case err != nil || n > utf8.MaxRune:
		return bytes.Clone(digits)
	case 0xd800 <= n && n < 0xe000:
		return []byte{0xe0 | byte(n>>12), 0x80 | byte(n>>6)&0x3f, 0x80 | byte(n)&0x3f}
	}
	return utf8.AppendRune(nil, rune(n))
}

// doubled is escape for UTF-8 of what has two bytes or two halves already.
func doubled(text []byte) (n int, means []byte) {
	if n := len(text); n >= 2 && (text[n-2] == 0xc2 || text[n-2] == 0xc3) && text[n-1] < 0xc0 {
		return 2, []byte{text[n-2]<<6 | text[n-1]&0x3f}
	}
	if len(text) < 6 {
		return 0, nil
	}
	b := text[len(text)-6:]
	if b[0] != 0xed || b[1]&0xf0 != 0xa0 || b[3] != 0xed || b[4]&0xf0 != 0xb0 {
		return 0, nil
	}
	half := func(b []byte) rune { return 0xd000 | rune(b[1]&0x3f)<<6 | rune(b[2]&0x3f) }
	return 6, utf8.AppendRune(nil, utf16.DecodeRune(half(b), half(b[3:])))
}

// quoted is what a backslash and one byte stand for, if they are not the beginning of a longer escape.
func quoted(c byte) (n int, means []byte) {
	// The last two begin an escape of another kind.
	if c >= utf8.RuneSelf || strings.IndexByte("uUx01234567%&", c) >= 0 {
		return 0, nil
	}
	if i := strings.IndexByte("abefnrtv", c); i >= 0 {
		return 2, []byte{"\a\b\x1b\f\n\r\t\v"[i]}
	}
	return 2, []byte{c}
}

// longestReference is how long a character's name in a page may be, with & and semicolon.
const longestReference = 34

// reference is escape for &lt; and &#65; alone, with or without the semicolon.
func reference(text []byte) (n int, means []byte) {
	for n := 1; n <= min(longestReference, len(text)); n++ {
		switch c := text[len(text)-n]; {
		case c == '&':
			name := string(text[len(text)-n:])
			return n, []byte(html.UnescapeString(name)) // which is as long, if there is no such name
		case c != '#' && !isAlphanumeric(c) && (c != ';' || n > 1):
			return 0, nil
		}
	}
	return 0, nil
}

// decoded are the readings of what may be base64, of either alphabet, and hexadecimal digits, wherever enough of them
// stand together for so many bytes. Where the first of them begins is not known, so each place that it can have is
// tried.
func (r reading) decoded(least int) []reading {
	var list []reading
	for skip := range 4 {
		list = append(list, r.runs(sextet, 6, skip, least))
	}
	for skip := range 2 {
		list = append(list, r.runs(hexDigit, 4, skip, least))
	}
	return list
}

// What digit says of a byte that is not one.
const (
	noDigit = -1
	between = -2 // it may stand between two digits, and means nothing
)

// runs reads digits of so many bits as bytes. What is not read so is left out.
func (r reading) runs(digit func(c byte) int, bits, skip, least int) reading {
	var u reading
	for at := 0; at < len(r.text); at++ {
		if digit(r.text[at]) < 0 {
			continue
		}
		start, left := len(u.text), skip
		held, have, from := 0, 0, origin{}
		for ; at < len(r.text) && digit(r.text[at]) != noDigit; at++ {
			d := digit(r.text[at])
			switch {
			case d == between:
				continue
			case left > 0:
				left--
				continue
			case have == 0:
				from = r.from[at]
			}
			held, have = held<<bits|d, have+bits
			if have >= 8 {
				have -= 8
				u.add(byte(held>>have), origin{start: from.start, end: r.from[at].end})
				held, from = held&(1<<have-1), r.from[at]
			}
		}
		if len(u.text)-start < least {
			u = u.but(len(u.text) - start)
		} else {
			u.add('\n', origin{}) // what comes next is apart from it
		}
	}
	return u
}

func sextet(c byte) int {
	switch {
	case 'A' <= c && c <= 'Z':
		return int(c - 'A')
	case 'a' <= c && c <= 'z':
		return int(c-'a') + 26
	case '0' <= c && c <= '9':
		return int(c-'0') + 52
	case c == '+' || c == '-':
		return 62
	case c == '/' || c == '_':
		return 63
	case isBlank(c):
		return between
	}
	return noDigit
}

func hexDigit(c byte) int {
	switch {
	case '0' <= c && c <= '9':
		return int(c - '0')
	case isHex(c):
		return int(c|0x20) - 'a' + 10
	case isBlank(c) || c == ':' || c == '-' || c == ',':
		return between
	}
	return noDigit
}

func isBlank(c byte) bool { return c == ' ' || c == '\n' || c == '\r' || c == '\t' }

func isHex(c byte) bool {
	return '0' <= c && c <= '9' || 'a' <= c && c <= 'f' || 'A' <= c && c <= 'F'
}

func isAlphanumeric(c byte) bool {
	return '0' <= c && c <= '9' || 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z'
}
