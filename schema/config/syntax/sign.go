package syntax

import (
	"fmt"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"countersign/schema/config/words"
)

// sign is a character that is not the language's, and what to type in its place; "" where nothing is to be typed.
type sign struct {
	name, instead string
	is            rune
	at            int
}

// oddSigns are the signs of Chinese input methods, and of programs that make texts pretty.
var oddSigns = func() map[rune]sign {
	table := map[rune]sign{}
	for _, row := range []struct{ name, instead, signs string }{
		{"full-width comma", ",", "，"}, {"Chinese comma", ",", "、"}, {"Chinese full stop", ".", "。"},
		{"full-width full stop", ".", "．"}, {"full-width semicolon", "", "；"}, {"semicolon", "", ";"},
		{"full-width colon", ":", "："}, {"full-width question mark", "?", "？"},
		{"full-width exclamation mark", "!", "！"}, {"full-width equals sign", "=", "＝"},
		{"full-width bracket", "(", "（"}, {"full-width bracket", ")", "）"}, {"full-width bracket", "[", "【〔［"},
		{"full-width bracket", "]", "】〕］"}, {"full-width brace", "{", "｛"}, {"full-width brace", "}", "｝"},
		{"Chinese quotation mark", `"`, "《》「」『』"}, {"curly quotation mark", `"`, "“”„‟〝〞‘’"},
		{"angle quotation mark", `"`, "«»"}, {"full-width quotation mark", `"`, "＂＇"},
		{"single quotation mark", `"`, "'"}, {"backtick", `"`, "`"}, {"long dash", "-", "—–"},
		{"minus sign", "-", "−"}, {"ellipsis", "...", "…"}, {"times sign", "*", "×"},
		{"division sign", "/", "÷"}, {"greater-or-equal sign", ">=", "≥"}, {"less-or-equal sign", "<=", "≤"},
		{"unequal sign", "!=", "≠"}, {"yen sign", "$", "￥¥"}, {"ideographic space", " ", "\u3000"},
		{"no-break space", " ", "\u00a0"},
	} {
		for _, c := range row.signs {
			table[c] = sign{name: row.name, instead: row.instead}
		}
	}
	return table
}()

func signOf(c rune) sign {
	if s, known := oddSigns[c]; known {
		return s
	}
	switch {
	case c >= '！' && c <= '～': // the full-width forms of ASCII
		kind := "sign"
		if c >= '０' && c <= '９' {
			kind = "digit"
		}
		return sign{name: "full-width " + kind, instead: string(c - '！' + '!')}
	case unicode.Is(unicode.Zs, c):
		return sign{name: fmt.Sprintf("blank U+%04X", c), instead: " "}
	case unicode.IsPrint(c):
		return sign{name: "sign"}
	}
	return sign{name: fmt.Sprintf("character U+%04X", c)}
}

// maxOdd is how many odd signs of a line are looked at, and maxSlips how many slips of a file are reported: a text that
// is something else has no end of them.
const (
	maxOdd   = 1000
	maxSlips = 100
)

// oddSign notes an odd sign of the line.
func (r *slipReader) oddSign(s sign) {
	if len(r.odd) < maxOdd {
		r.odd = append(r.odd, s)
	}
}

// signs reports all odd signs of a line in one diagnostic, at the first of them.
func (r *slipReader) signs() {
	if len(r.odd) == 0 {
		return
	}
	slices.SortFunc(r.odd, func(a, b sign) int { return a.at - b.at })
	first := r.odd[0]
	var advice []string
	for _, s := range r.odd {
		if a := s.advice(); !slices.Contains(advice, a) {
			advice = append(advice, a)
		}
	}
	summary := strings.ToUpper(first.name[:1]) + first.name[1:]
	if slices.ContainsFunc(r.odd, func(s sign) bool { return s.name != first.name }) {
		summary = "Signs that are not the language's"
		if !slices.ContainsFunc(r.odd, func(s sign) bool { return s.is < utf8.RuneSelf }) {
			summary = "Full-width signs"
		}
	} else if len(r.odd) > 1 {
		summary += "s"
	}
	detail := words.And(advice)
	detail = strings.ToUpper(detail[:1]) + detail[1:] + "."
	r.found = append(r.found, r.diagnostic(first.at, first.at+utf8.RuneLen(first.is), summary, detail))
	r.odd = nil
}

// advice is what to do about a sign.
func (s sign) advice() string {
	is := string(s.is)
	if unicode.IsSpace(s.is) || !unicode.IsPrint(s.is) {
		is = "the " + s.name
	}
	switch {
	case s.instead == " ":
		return "type an ordinary space for " + is
	case s.is == '：':
		return "type : for " + is + ", or = between a name and its value"
	case s.instead != "":
		return fmt.Sprintf("type %s for %s", s.instead, is)
	case s.is == ';' || s.is == '；':
		return "end the line in the place of " + is + ", or type , between the elements of a list"
	}
	return "take " + is + " out, or put the text that it belongs to between quotation marks"
}
