// Package respell spells a secret in the ways in which an answer may repeat it, and reads those spellings again, for
// tests that messages show nothing of a secret. It shares no code with what hides secrets, so that the two can
// disagree.
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
	Last  bool // nobody can read for certain what is spelled in another way after this one

	// Read undoes the way wherever it is used in a text, as somebody with the usual tools can. There is more than one
	// text where it is not known at which character the spelling begins.
	Read func(text string) []string
}

// JSON is what encoding/json makes of a text.
var JSON = Way{"JSON", always(func(s string) string { b, _ := json.Marshal(s); return string(b) }), false, backslashes}

// Ways are whole encoders, and ones that escape some characters and leave others.
var Ways = []Way{
	{"as an address", always(url.QueryEscape), false,
		func(text string) []string { return percents(strings.ReplaceAll(text, "+", " ")) }},
	{"as a path", always(url.PathEscape), false, percents},
	{"half escaped", func(r *rand.Rand, s string) string {
		return perRune(s, func(c rune) string {
			if r.IntN(3) > 0 && c != '%' {
				return string(c)
			}
			return perByte(string(c), []string{"%%%02x", "%%%02X"}[r.IntN(2)])
		})
	}, false, percents},
	{"all percent", always(func(s string) string { return perByte(s, "%%%02X") }), false, percents},
	JSON,
	{"JSON with escapes that it does not need", func(r *rand.Rand, s string) string {
		return perRune(s, func(c rune) string {
			switch {
			case strings.ContainsRune(`/"\`, c):
				return `\` + string(c)
			case c < 0x10000 && r.IntN(2) == 0:
				return fmt.Sprintf(`\u%04x`, c)
			}
			return string(c)
		})
	}, false, backslashes},
	{"a Go string", always(func(s string) string { return fmt.Sprintf("%+q", s) }), false, backslashes},
	{"bytes in a string", always(func(s string) string { return perByte(s, `\x%02x`) }), false, backslashes},
	{"a page", always(html.EscapeString), false, page},
	{"a page in numbers", always(func(s string) string {
		decimal := false
		return perRune(s, func(c rune) string {
			if decimal = !decimal; decimal {
				return fmt.Sprintf("&#%d;", c)
			}
			return fmt.Sprintf("&#x%X;", c)
		})
	}), false, page},
	{"base64", func(r *rand.Rand, s string) string {
		return base64.StdEncoding.EncodeToString([]byte(junk(r) + s + junk(r)))
	}, false, base64Runs},
	{"base64 in lines", func(r *rand.Rand, s string) string {
		return regexp.MustCompile(`.{1,20}`).ReplaceAllString(base64.RawStdEncoding.EncodeToString([]byte(junk(r)+s)),
			"$0\r\n")
	}, false, base64Runs},
	{"JavaScript's escape", always(func(s string) string {
		var b strings.Builder
		for _, c := range utf16.Encode([]rune(s)) {
			fmt.Fprintf(&b, []string{"%%%02X", "%%u%04X"}[min(c>>8, 1)], c)
		}
		return b.String()
	}), false, func(text string) []string {
		return undo(`%u....|%[0-9A-F]{2}`, func(e string) string { return hexRune(strings.TrimLeft(e, "%u")) })(text)
	}},
	{"Latin-1 taken for UTF-8", always(func(s string) string {
		var b strings.Builder
		for i := range len(s) {
			b.WriteRune(rune(s[i]))
		}
		return b.String()
	}), true, undo(`[\x{80}-\x{ff}]`, func(c string) string { return string([]byte{byte([]rune(c)[0])}) })},
	{"a page in numbers without semicolons", always(func(s string) string {
		return perRune(s, func(c rune) string { return fmt.Sprintf("&#%d", c) }) + " "
	}), true, page},
	{"base64 of addresses", func(r *rand.Rand, s string) string {
		return base64.RawURLEncoding.EncodeToString([]byte(junk(r) + s))
	}, false, base64Runs},
	{"hexadecimal", func(r *rand.Rand, s string) string { return hex.EncodeToString([]byte(junk(r) + s)) }, false,
		hexRuns},
	{"hexadecimal capitals", always(func(s string) string { return strings.ToUpper(hex.EncodeToString([]byte(s))) }),
		false, hexRuns},
}

// always is a way to spell that leaves nothing to chance.
func always(spell func(string) string) func(*rand.Rand, string) string {
	return func(_ *rand.Rand, s string) string { return spell(s) }
}

func perByte(s, format string) string {
	var b strings.Builder
	for i := range len(s) {
		fmt.Fprintf(&b, format, s[i])
	}
	return b.String()
}

func perRune(s string, spell func(rune) string) string {
	var b strings.Builder
	for _, c := range s {
		b.WriteString(spell(c))
	}
	return b.String()
}

// junk is up to two bytes, so that base64 occurs at all three alignments.
func junk(r *rand.Rand) string { return "xy"[:r.IntN(3)] }

// undo reads a text by what each escape in it means.
func undo(escape string, means func(string) string) func(text string) []string {
	pattern := regexp.MustCompile(escape)
	return func(text string) []string { return []string{pattern.ReplaceAllStringFunc(text, means)} }
}

// runs reads runs of digits, from each of the first characters of a run on, by the group.
func runs(digits string, decode func(string) ([]byte, error), group int) func(text string) []string {
	pattern := regexp.MustCompile(digits)
	return func(text string) (all []string) {
		for skip := range group {
			all = append(all, pattern.ReplaceAllStringFunc(text, func(run string) string {
				run = run[min(skip, len(run)):]
				b, _ := decode(run[:len(run)/group*group])
				return " " + string(b) + " "
			}))
		}
		return all
	}
}

func hexRune(digits string) string {
	n, _ := strconv.ParseUint(digits, 16, 32)
	return string(rune(n))
}

func page(text string) []string { return []string{html.UnescapeString(text)} }

func base64Runs(text string) []string {
	return runs(`[A-Za-z0-9+/]{4,}`, base64.StdEncoding.DecodeString, 4)(
		strings.NewReplacer("-", "+", "_", "/", "\r\n", "").Replace(text))
}

var (
	hexRuns  = runs(`[0-9A-Fa-f]{2,}`, hex.DecodeString, 2)
	percents = undo(`%[0-9A-Fa-f]{2}`, func(e string) string { b, _ := hex.DecodeString(e[1:]); return string(b) })

	backslashes = undo(`(?s)\\x..|\\u....|\\U........|\\.`, func(e string) string {
		switch e[1] {
		case 'x':
			b, _ := hex.DecodeString(e[2:])
			return string(b)
		case 'u', 'U':
			return hexRune(e[2:])
		}
		return e[1:]
	})
)

// Leak is Readable in a text as it is, and as somebody reads it who undoes these ways, the last of them first.
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
		if found := Readable(text, secret, characters); found != "" {
			return found
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

// Readable is that many characters of a secret, one behind another, that are in a text, in any case; "" if none are.
func Readable(text, secret string, characters int) string {
	text = strings.ToLower(text)
	for all := []rune(secret); len(all) >= characters; all = all[1:] {
		if piece := string(all[:characters]); strings.Contains(text, strings.ToLower(piece)) {
			return piece
		}
	}
	return ""
}
