package route

import (
	"bytes"
	"net/url"
	"slices"
	"strings"
	"unicode/utf8"
)

// Secrets are what no message may show. What comes from outside may repeat them in another spelling: escaped as
// addresses, JSON and pages are, in base64 or as hexadecimal digits, several of these in each other, in part, and in
// any case.
//
// What is shorter than a piece may be a part of ordinary words; such a word goes as a whole, because "la***" would say
// what the secret is.
//
// A text is searched as it is and without its escapes (see reading.unescaped), and so is what is made of it when what
// may be base64 or hexadecimal digits is read as such, again and again. What a secret is read from is hidden.
type Secrets struct {
	pieces map[string]bool // folded: every so many characters of a key
	texts  [][]byte        // folded: what is secret as a whole
	least  int             // bytes of the shortest of them all
}

const (
	hidden   = "***"
	shortest = 4       // bytes of a secret; a shorter one would cut up harmless words
	piece    = 8       // characters of a key that say too much
	mostText = 8 << 10 // bytes of a text; the rest is left out
	mostRead = 1 << 20 // bytes of a text and all that is read from it; of a text with more nothing is shown
)

// NewSecrets takes keys, of which no part may be shown, such as tokens, and texts that are secret as a whole, such as
// paths.
func NewSecrets(keys, texts []string) Secrets {
	s := Secrets{pieces: map[string]bool{}}
	add := func(text []byte) {
		if s.least == 0 || len(text) < s.least {
			s.least = len(text)
		}
	}
	for _, key := range keys {
		if utf8.RuneCountInString(key) < piece {
			texts = append(slices.Clone(texts), key)
			continue
		}
		for _, form := range forms(key) {
			if utf8.RuneCount(form) < piece { // it was little but escapes
				texts = append(slices.Clone(texts), string(form))
			}
			for start, end := range windows(form) {
				s.pieces[string(form[start:end])] = true
				add(form[start:end])
			}
		}
	}
	for _, text := range texts {
		for _, form := range forms(text) {
			if len(form) >= shortest {
				s.texts = append(s.texts, form)
				add(form)
			}
		}
	}
	return s
}

// forms are a secret as it is and without the escapes that are in it, folded.
func forms(secret string) [][]byte {
	plain := asItIs(secret)
	return [][]byte{folded(plain.text), folded(plain.unescaped(false).text), folded(plain.unescaped(true).text)}
}

// Signed are the secrets of a signed address, or of the headers that go with it: what it is signed with, and where it
// leads to.
func Signed(address string, headers map[string]string) (keys, texts []string) {
	texts = append(texts, address)
	if u, err := url.Parse(address); err == nil {
		texts = append(texts, strings.TrimPrefix(u.EscapedPath(), "/"))
		for part := range strings.SplitSeq(u.RawQuery, "&") {
			// What begins with response- is a name for the file, or its kind.
			if name, value, _ := strings.Cut(part, "="); !strings.HasPrefix(name, "response-") {
				keys = append(keys, value)
			}
		}
	} else {
		keys = append(keys, address)
	}
	for name, value := range headers {
		if name = strings.ToLower(name); name != "host" && name != "date" && !strings.HasPrefix(name, "content-") {
			keys = append(keys, value)
		}
	}
	return keys, texts
}

// Hide takes the secrets out of a text.
func (s Secrets) Hide(text string) string { return s.hide(text, mostRead) }

func (s Secrets) hide(text string, most int) string {
	if s.least == 0 || text == "" {
		return text
	}
	if len(text) > mostText {
		text = strings.ToValidUTF8(text[:mostText], "")
	}
	found, _, all := s.search(text, most)
	switch {
	case !all:
		return hidden
	case !slices.Contains(found, true):
		return text
	}
	var out strings.Builder
	for i := range found {
		switch {
		case !found[i]:
			out.WriteByte(text[i])
		case i == 0 || !found[i-1]:
			out.WriteString(hidden)
		}
	}
	return out.String()
}

// search marks the bytes of a text from which a secret is read. read is how many bytes were looked at for it; all is
// false when they were more than most, and not all were looked at.
func (s Secrets) search(text string, most int) (found []bool, read int, all bool) {
	found = make([]bool, len(text))
	seen := map[string]bool{}
	level := []reading{asItIs(text)}
	for len(level) > 0 { // each is shorter than the one that it was made of
		var next []reading
		for _, r := range level {
			if read += len(r.text); read > most {
				return nil, read, false
			}
			s.mark(r, found)
			for _, inside := range []bool{false, true} {
				plain := r.unescaped(inside)
				if len(plain.text) < s.least || seen[string(plain.text)] {
					continue
				}
				seen[string(plain.text)] = true
				s.mark(plain, found)
				next = append(next, plain.decoded(s.least)...)
			}
		}
		level = next
	}
	return found, read, true
}

// mark marks where a secret is in a reading.
func (s Secrets) mark(r reading, found []bool) {
	text := folded(r.text)
	mark := func(start, end int) {
		for k := r.from[start].start; k < r.from[end-1].end; k++ {
			found[k] = true
		}
	}
	if len(s.pieces) > 0 {
		for start, end := range windows(text) {
			if s.pieces[string(text[start:end])] {
				mark(start, end)
			}
		}
	}
	for _, secret := range s.texts {
		for at := 0; ; at++ {
			i := bytes.Index(text[at:], secret)
			if i < 0 {
				break
			}
			at += i
			start, end := at, at+len(secret)
			if utf8.RuneCount(secret) < piece {
				start, end = wordAround(text, start, end)
				at = end - 1
			}
			mark(start, end)
		}
	}
}

// wordAround is where the word begins and ends that a part of a text is in.
func wordAround(text []byte, start, end int) (int, int) {
	for start > 0 && isAlphanumeric(text[start-1]) {
		start--
	}
	for end < len(text) && isAlphanumeric(text[end]) {
		end++
	}
	return start, end
}

// windows are the start and end of every piece of a text.
func windows(text []byte) func(yield func(start, end int) bool) {
	return func(yield func(start, end int) bool) {
		start, end := 0, 0
		for n := 0; end < len(text); {
			_, size := utf8.DecodeRune(text[end:])
			end += size
			if n++; n < piece {
				continue
			}
			if !yield(start, end) {
				return
			}
			_, size = utf8.DecodeRune(text[start:])
			start += size
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
