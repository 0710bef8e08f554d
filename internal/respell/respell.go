// Package respell spells texts as answers may that repeat a secret, and reads them again: for tests that hold messages
// to showing nothing of one. It shares no code with what hides secrets, so that the two can disagree.
package respell

import (
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"html"
	"math/rand/v2"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"unicode/utf16"
)

// Way is one of the ways to spell a text.
type Way struct {
	Name  string
	Spell func(r *rand.Rand, s string) string
	Last  bool // what is spelled in yet another way after this one, nobody can read again for certain
}

// Ways are whole encoders, and ones that escape some characters and leave others.
var Ways = []Way{
	{"as an address", func(_ *rand.Rand, s string) string { return url.QueryEscape(s) }, false},
	{"as a path", func(_ *rand.Rand, s string) string { return url.PathEscape(s) }, false},
	{"half escaped", func(r *rand.Rand, s string) string {
		var b strings.Builder
		for _, c := range s {
			if r.IntN(3) > 0 && c != '%' {
				b.WriteRune(c)
				continue
			}
			b.WriteString(each(string(c), func(c byte) string {
				return fmt.Sprintf([]string{"%%%02x",
					"%%%02X"}[r.IntN(2)], c)
			}))
		}
		return b.String()
	}, false},
	{"all percent", func(_ *rand.Rand, s string) string {
		return each(s, func(c byte) string { return fmt.Sprintf("%%%02X", c) })
	}, false},
	{"JSON", func(_ *rand.Rand, s string) string { b, _ := json.Marshal(s); return string(b) }, false},
	{"JSON with escapes that it does not need", func(r *rand.Rand, s string) string {
		var b strings.Builder
		for _, c := range s {
			switch {
			case c == '/':
				b.WriteString(`\/`)
			case c == '"' || c == '\\':
				b.WriteString(`\` + string(c))
			case c < 0x10000 && r.IntN(2) == 0:
				fmt.Fprintf(&b, `\u%04x`, c)
			default:
				b.WriteRune(c)
			}
		}
		return b.String()
	}, false},
	{"a Go string", func(_ *rand.Rand, s string) string { return fmt.Sprintf("%+q", s) }, false},
	{"bytes in a string", func(_ *rand.Rand, s string) string {
		return each(s, func(c byte) string { return fmt.Sprintf(`\x%02x`, c) })
	}, false},
	{"a page", func(_ *rand.Rand, s string) string { return html.EscapeString(s) }, false},
	{"a page in numbers", func(_ *rand.Rand, s string) string {
		var b strings.Builder
		for i, c := range s {
			fmt.Fprintf(&b, []string{"&#%d;", "&#x%X;"}[i%2], c)
		}
		return b.String()
	}, false},
	{"base64", func(r *rand.Rand, s string) string {
		return base64.StdEncoding.EncodeToString([]byte(junk(r) + s + junk(r)))
	}, false},
	{"base64 in lines", func(r *rand.Rand, s string) string {
		return regexp.MustCompile(`.{1,20}`).ReplaceAllString(base64.RawStdEncoding.EncodeToString([]byte(junk(r)+s)),
			"$0\r\n")
	}, false},
	{"JavaScript's escape", func(_ *rand.Rand, s string) string {
		var b strings.Builder
		for _, c := range utf16.Encode([]rune(s)) {
			fmt.Fprintf(&b, []string{"%%%02X", "%%u%04X"}[min(c>>8, 1)], c)
		}
		return b.String()
	}, false},
	{"Latin-1 taken for UTF-8", func(_ *rand.Rand, s string) string {
		var b strings.Builder
		for i := range len(s) {
			b.WriteRune(rune(s[i]))
		}
		return b.String()
	}, true},
	{"a page in numbers without semicolons", func(_ *rand.Rand, s string) string {
		var b strings.Builder
		for _, c := range s {
			fmt.Fprintf(&b, "&#%d", c)
		}
		return b.String() + " "
	}, true},
	{"base64 of addresses", func(r *rand.Rand, s string) string {
		return base64.RawURLEncoding.EncodeToString([]byte(junk(r) +
			s))
	}, false},
	{"hexadecimal", func(r *rand.Rand, s string) string { return hex.EncodeToString([]byte(junk(r) + s)) }, false},
	{"hexadecimal capitals", func(_ *rand.Rand, s string) string { return strings.ToUpper(hex.EncodeToString([]byte(s))) },
		false},
}

func each(s string, spell func(byte) string) string {
	var b strings.Builder
	for i := range len(s) {
		b.WriteString(spell(s[i]))
	}
	return b.String()
}

// junk is up to two bytes, so that base64 is met at all three alignments.
func junk(r *rand.Rand) string { return "xy"[:r.IntN(3)] }

// Read undoes what the way does, wherever it is done in a text, as whoever reads a log with the usual tools can.
func (w Way) Read(text string) []string {
	how := w.Name
	digits := func(pattern string, decode func(string) ([]byte, error), group int) (all []string) {
		for skip := range group {
			all = append(all, regexp.MustCompile(pattern).ReplaceAllStringFunc(text, func(run string) string {
				run = run[min(skip, len(run)):]
				b, _ := decode(run[:len(run)/group*group])
				return " " + string(b) + " "
			}))
		}
		return all
	}
	undo := func(pattern string, means func(escape string) string) []string {
		return []string{regexp.MustCompile(pattern).ReplaceAllStringFunc(text, means)}
	}
	number := func(escape string) string {
		n, _ := strconv.ParseUint(regexp.MustCompile(`[0-9A-Fa-f]+$`).FindString(escape[2:]), 16, 32)
		return string(rune(n))
	}
	switch {
	case strings.HasPrefix(how, "base64"):
		text = strings.NewReplacer("-", "+", "_", "/", "\r\n", "").Replace(text)
		return digits(`[A-Za-z0-9+/]{4,}`, base64.StdEncoding.DecodeString, 4)
	case strings.HasPrefix(how, "hexadecimal"):
		return digits(`[0-9A-Fa-f]{2,}`, hex.DecodeString, 2)
	case strings.HasPrefix(how, "a page"):
		return []string{html.UnescapeString(text)}
	case how == "JavaScript's escape":
		text = regexp.MustCompile(`%u....`).ReplaceAllStringFunc(text, number)
		return undo(`%[0-9A-F]{2}`, func(e string) string { return number("% " + e[1:]) })
	case how == "Latin-1 taken for UTF-8":
		return undo(`[\x{80}-\x{ff}]`, func(c string) string { return string([]byte{byte([]rune(c)[0])}) })
	case how == "as an address":
		text = strings.ReplaceAll(text, "+", " ")
		fallthrough
	case how == "as a path", how == "half escaped", how == "all percent":
		return undo(`%[0-9A-Fa-f]{2}`, func(e string) string { b, _ := hex.DecodeString(e[1:]); return string(b) })
	}
	return undo(`(?s)\\x..|\\u....|\\U........|\\.`, func(e string) string {
		switch e[1] {
		case 'x':
			b, _ := hex.DecodeString(e[2:])
			return string(b)
		case 'u', 'U':
			return number(e)
		}
		return e[1:]
	})
}

// Leak is Readable in a text as it is, and as it is read by who undoes these ways, the last of them first.
func Leak(text, secret string, characters int, ways ...Way) string {
	left := []string{text}
	for i := len(ways) - 1; i >= 0; i-- {
		var next []string
		for _, text := range left {
			next = append(next, ways[i].Read(text)...)
		}
		left = next
	}
	for _, text := range append(left, text) {
		if said := Readable(text, secret, characters); said != "" {
			return said
		}
	}
	return ""
}

// Each gives a secret in every way, and in every one in another, with the ways of it.
func Each(secret string) func(yield func(spelled string, ways []Way) bool) {
	r := rand.New(rand.NewPCG(1, 1))
	return func(yield func(spelled string, ways []Way) bool) {
		for i, w := range Ways {
			once := w.Spell(r, secret)
			if !yield(once, []Way{w}) {
				return
			}
			if then := Ways[(i*5+3)%len(Ways)]; !w.Last && !yield(then.Spell(r, once), []Way{w, then}) {
				return
			}
		}
	}
}

// Readable is so many characters of a secret, one behind another, that are in a text, in any case; "" if none are.
func Readable(text, secret string, characters int) string {
	text = strings.ToLower(text)
	for all := []rune(secret); len(all) >= characters; all = all[1:] {
		if piece := string(all[:characters]); strings.Contains(text, strings.ToLower(piece)) {
			return piece
		}
	}
	return ""
}
