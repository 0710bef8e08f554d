package syntax

import (
	"fmt"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/hashicorp/hcl/v2"

	"countersign/schema/config/words"
)

// sign is a character that is none of the language's, and what to type in its place.
type sign struct {
	name, instead string
	is            rune
	at            int
}

// signs of Chinese input methods, and of programs that make texts pretty. instead is "" where nothing is to be typed.
var oddSigns = map[rune]sign{
	'，': {name: "full-width comma", instead: ","}, '、': {name: "Chinese comma", instead: ","},
	'。': {name: "Chinese full stop", instead: "."}, '．': {name: "full-width full stop", instead: "."},
	'；': {name: "full-width semicolon"}, ';': {name: "semicolon"}, '：': {name: "full-width colon", instead: ":"},
	'？': {name: "full-width question mark", instead: "?"}, '！': {name: "full-width exclamation mark", instead: "!"},
	'＝': {name: "full-width equals sign", instead: "="},
	'（': {name: "full-width bracket", instead: "("}, '）': {name: "full-width bracket", instead: ")"},
	'【': {name: "full-width bracket", instead: "["}, '】': {name: "full-width bracket", instead: "]"},
	'〔': {name: "full-width bracket", instead: "["}, '〕': {name: "full-width bracket", instead: "]"},
	'［': {name: "full-width bracket", instead: "["}, '］': {name: "full-width bracket", instead: "]"},
	'｛': {name: "full-width brace", instead: "{"}, '｝': {name: "full-width brace", instead: "}"},
	'《': {name: "Chinese quotation mark", instead: `"`}, '》': {name: "Chinese quotation mark", instead: `"`},
	'「': {name: "Chinese quotation mark", instead: `"`}, '」': {name: "Chinese quotation mark", instead: `"`},
	'『': {name: "Chinese quotation mark", instead: `"`}, '』': {name: "Chinese quotation mark", instead: `"`},
	'“': {name: "curly quotation mark", instead: `"`}, '”': {name: "curly quotation mark", instead: `"`},
	'„': {name: "curly quotation mark", instead: `"`}, '‟': {name: "curly quotation mark", instead: `"`},
	'«': {name: "angle quotation mark", instead: `"`}, '»': {name: "angle quotation mark", instead: `"`},
	'〝': {name: "curly quotation mark", instead: `"`}, '〞': {name: "curly quotation mark", instead: `"`},
	'＂': {name: "full-width quotation mark", instead: `"`}, '＇': {name: "full-width quotation mark", instead: `"`},
	'‘': {name: "curly quotation mark", instead: `"`}, '’': {name: "curly quotation mark", instead: `"`},
	'\'': {name: "single quotation mark", instead: `"`}, '`': {name: "backtick", instead: `"`},
	'—': {name: "long dash", instead: "-"}, '–': {name: "long dash", instead: "-"}, '−': {name: "minus sign", instead: "-"},
	'…': {name: "ellipsis", instead: "..."}, '×': {name: "times sign", instead: "*"},
	'÷': {name: "division sign", instead: "/"},
	'≥': {name: "greater-or-equal sign", instead: ">="}, '≤': {name: "less-or-equal sign", instead: "<="},
	'≠': {name: "unequal sign", instead: "!="}, '￥': {name: "yen sign", instead: "$"}, '¥': {name: "yen sign", instead: "$"},
	'\u3000': {name: "ideographic space", instead: " "}, '\u00a0': {name: "no-break space", instead: " "},
}

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

// signs reports the odd signs of a line, in one diagnostic at the first of them.
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
	start := position(r.src, first.at)
	end := hcl.Pos{Line: start.Line, Column: start.Column + 1, Byte: first.at + utf8.RuneLen(first.is)}
	r.found = append(r.found, &hcl.Diagnostic{Severity: hcl.DiagError, Summary: summary, Detail: detail,
		Subject: &hcl.Range{Filename: r.name, Start: start, End: end}})
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
