package route

import (
	"bytes"
	"html"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// Secrets are what no message may show. What comes from outside may repeat them in another spelling: escaped as
// addresses, pages, JSON and quotes are, in base64 or as hexadecimal digits, one of these in another, in part, and in
// any case.
type Secrets struct {
	keys  map[string]bool // every piece of a token or key, folded
	texts [][]byte        // what is secret as a whole, folded
	least int             // bytes of the shortest of them
}

const (
	hidden   = "***"
	shortest = 4       // bytes of a secret; a shorter one would cut up harmless words
	piece    = 12      // bytes of a key that say too much
	nested   = 5       // how many spellings deep a secret is looked for
	mostText = 8 << 10 // bytes of a text; the rest is left out, since nobody reads as much
	readings = 400     // how many readings of a text are looked at; one that has more is not shown at all
)

// NewSecrets takes keys, of which no part may be shown, such as tokens, and texts that are secret as a whole, such as
// signed addresses.
func NewSecrets(keys, texts []string) Secrets {
	s := Secrets{keys: map[string]bool{}}
	for _, key := range keys {
		for i := 0; i+piece <= len(key); i++ {
			s.keys[string(folded([]byte(key[i:i+piece])))] = true
			s.least = piece
		}
		if len(key) < piece {
			texts = append(slices.Clone(texts), key)
		}
	}
	for _, text := range texts {
		if len(text) < shortest {
			continue
		}
		s.texts = append(s.texts, folded([]byte(text)))
		if s.least == 0 || len(text) < s.least {
			s.least = len(text)
		}
	}
	return s
}

// Hide takes the secrets out of a text.
func (s Secrets) Hide(text string) string {
	if s.least == 0 {
		return text
	}
	if len(text) > mostText {
		text = strings.ToValidUTF8(text[:mostText], "")
	}
	found, all := s.search(text)
	if !all {
		return hidden
	}
	var out strings.Builder
	for i := 0; i < len(text); {
		if !found[i] {
			out.WriteByte(text[i])
			i++
			continue
		}
		out.WriteString(hidden)
		for i < len(text) && found[i] {
			i++
		}
	}
	return out.String()
}

// reading is a text with some of its escapes undone. Each byte knows which bytes of the text it is from.
type reading struct {
	text     []byte
	from, to []int
}

// search marks the bytes of a text that a secret is in, by whatever reading; all is false when there are too many
// readings.
func (s Secrets) search(text string) (found []bool, all bool) {
	found = make([]bool, len(text))
	plain := reading{text: []byte(text), from: make([]int, len(text)), to: make([]int, len(text))}
	for i := range plain.text {
		plain.from[i], plain.to[i] = i, i+1
	}
	seen := map[string]bool{text: true}
	level := []reading{plain}
	for depth := 0; len(level) > 0; depth++ {
		var next []reading
		for _, r := range level {
			s.mark(r, found)
			if depth == nested {
				continue
			}
			for _, undo := range spellings {
				u, changed := undo(r, s.least)
				if !changed || len(u.text) < s.least || seen[string(u.text)] {
					continue
				}
				if len(seen) == readings {
					return nil, false
				}
				seen[string(u.text)] = true
				next = append(next, u)
			}
		}
		level = next
	}
	return found, true
}

// mark marks where a secret is. Readings that fold to one are one.
func (s Secrets) mark(r reading, found []bool) {
	text := folded(r.text)
	mark := func(at, n int) {
		for k := r.from[at]; k < r.to[at+n-1]; k++ {
			found[k] = true
		}
	}
	for at := 0; len(s.keys) > 0 && at+piece <= len(text); at++ {
		if s.keys[string(text[at:at+piece])] {
			mark(at, piece)
		}
	}
	for _, secret := range s.texts {
		for at := 0; ; at++ {
			i := bytes.Index(text[at:], secret)
			if i < 0 {
				break
			}
			at += i
			mark(at, len(secret))
		}
	}
}

// folded is a text without what makes no difference: letters in lower case, and + as the blank that it stands for in
// forms. Every byte stays where it is.
func folded(text []byte) []byte {
	text = bytes.Clone(text)
	for i, c := range text {
		switch {
		case 'A' <= c && c <= 'Z':
			text[i] = c + 'a' - 'A'
		case c == '+':
			text[i] = ' '
		}
	}
	return text
}

// spellings undo one way of spelling a text, wherever it is used in a reading.
var spellings = []func(r reading, least int) (reading, bool){
	pattern(regexp.MustCompile(`%[0-9A-Fa-f]{2}|=[0-9A-Fa-f]{2}`), func(m string) string { return unhex(m[1:]) }),
	pattern(regexp.MustCompile(`(?s)(?:\\u[0-9A-Fa-f]{4})+|\\u\{[0-9A-Fa-f]{1,6}\}|\\U[0-9A-Fa-f]{8}|\\x[0-9A-Fa-f]{2}|\\[0-7]{3}|\\.`), unquote),
	pattern(regexp.MustCompile(`&#[0-9]{1,7};?|&#[xX][0-9A-Fa-f]{1,6};?|&[A-Za-z][0-9A-Za-z]{1,30};?`),
		html.UnescapeString),
	base64At(0), base64At(1), base64At(2), base64At(3),
	hexAt(0), hexAt(1),
}

// pattern undoes escapes that fit a regular expression, by what each stands for.
func pattern(escape *regexp.Regexp, means func(string) string) func(reading, int) (reading, bool) {
	return func(r reading, _ int) (reading, bool) {
		escapes := escape.FindAllIndex(r.text, -1)
		if escapes == nil {
			return r, false
		}
		var u reading
		last := 0
		for _, at := range escapes {
			u.keep(r, last, at[0])
			last = at[1]
			for _, c := range []byte(means(string(r.text[at[0]:at[1]]))) {
				u.add(c, r.from[at[0]], r.to[at[1]-1])
			}
		}
		u.keep(r, last, len(r.text))
		return u, true
	}
}

func (r *reading) add(c byte, from, to int) {
	r.text, r.from, r.to = append(r.text, c), append(r.from, from), append(r.to, to)
}

// keep takes over bytes of another reading.
func (r *reading) keep(o reading, from, to int) {
	r.text = append(r.text, o.text[from:to]...)
	r.from, r.to = append(r.from, o.from[from:to]...), append(r.to, o.to[from:to]...)
}

func unhex(digits string) string {
	n, err := strconv.ParseUint(digits, 16, 8)
	if err != nil {
		return digits
	}
	return string([]byte{byte(n)})
}

// unquote is what a backslash and what follows it stand for, in JSON, JavaScript and Go.
func unquote(m string) string {
	switch {
	case strings.HasPrefix(m, `\u{`):
		return character(m[3:len(m)-1], 16)
	case m[1] == 'u' && len(m) > 2:
		units := make([]uint16, 0, len(m)/6)
		for i := 2; i < len(m); i += 6 {
			n, _ := strconv.ParseUint(m[i:i+4], 16, 16)
			units = append(units, uint16(n))
		}
		return string(utf16.Decode(units))
	case m[1] == 'U' && len(m) > 2:
		return character(m[2:], 16)
	case m[1] == 'x' && len(m) > 2:
		return unhex(m[2:])
	case len(m) == 4:
		n, _ := strconv.ParseUint(m[1:], 8, 16)
		return string([]byte{byte(n)})
	}
	if i := strings.IndexByte("abfnrtv", m[1]); i >= 0 {
		return "\a\b\f\n\r\t\v"[i : i+1]
	}
	return m[1:]
}

func character(digits string, base int) string {
	n, err := strconv.ParseUint(digits, base, 32)
	if err != nil || n > utf8.MaxRune {
		return digits
	}
	return string(rune(n))
}

const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"

// sextets are what base64's characters stand for, of both alphabets; -1 for others.
var sextets = func() (values [256]int8) {
	for i := range values {
		values[i] = int8(strings.IndexByte(alphabet, byte(i)))
	}
	values['-'], values['_'] = values['+'], values['/']
	return values
}()

// base64At undoes base64 that begins so many characters after what could be base64 too.
func base64At(skip int) func(reading, int) (reading, bool) {
	return runs(func(c byte) bool { return sextets[c] >= 0 }, 4, 3, skip, func(group []byte) []byte {
		n := 0
		for _, c := range group {
			n = n<<6 | int(sextets[c])
		}
		switch len(group) {
		case 2:
			return []byte{byte(n >> 4)}
		case 3:
			return []byte{byte(n >> 10), byte(n >> 2)}
		case 4:
			return []byte{byte(n >> 16), byte(n >> 8), byte(n)}
		}
		return nil
	})
}

// hexAt undoes hexadecimal digits that begin so many characters after what could be such too.
func hexAt(skip int) func(reading, int) (reading, bool) {
	return runs(isHex, 2, 1, skip, func(group []byte) []byte {
		if len(group) < 2 {
			return nil
		}
		return []byte(unhex(string(group)))
	})
}

func isHex(c byte) bool {
	return '0' <= c && c <= '9' || 'a' <= c && c <= 'f' || 'A' <= c && c <= 'F'
}

// runs undoes what spells bytes in groups of characters of an alphabet, wherever enough of these stand together for the
// shortest secret.
func runs(in func(byte) bool, group, bytes, skip int, decode func([]byte) []byte) func(reading, int) (reading, bool) {
	return func(r reading, least int) (u reading, changed bool) {
		need := (least*group + bytes - 1) / bytes
		for at := 0; at < len(r.text); {
			end := at
			for end < len(r.text) && in(r.text[end]) {
				end++
			}
			if end == at {
				u.keep(r, at, at+1)
				at++
				continue
			}
			if end-at-skip < need {
				u.keep(r, at, end)
				at = end
				continue
			}
			changed = true
			u.keep(r, at, at+skip)
			for at += skip; at < end; at += group {
				chars := r.text[at:min(at+group, end)]
				for _, c := range decode(chars) {
					u.add(c, r.from[at], r.to[at+len(chars)-1])
				}
			}
			at = end
		}
		return u, changed
	}
}
