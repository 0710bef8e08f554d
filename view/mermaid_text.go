package view

import (
	"fmt"
	"strings"
	"unicode"

	"countersign/schema"
)

// labelled is how many columns a line of a label has: Mermaid breaks what is wider than 200 pixels anywhere, in the
// middle of a name too.
const labelled = 22

// together is a blank at which no line breaks. No name has one: it would be spelled out.
const together = "\u00a0"

// ruleLines is when a step passes, in lines of a label that break at no name; of more than so many people it tells the
// number.
func (l *Names) ruleLines(s schema.Step, most int) []string {
	return fold(ruleOf(s, l.pieces(s.Approvers, most)))
}

// peopleLines are people in such lines.
func (l *Names) peopleLines(people []schema.Person, most int) []string {
	return fold(l.pieces(people, most))
}

// pieces is list with every name in one piece.
func (l *Names) pieces(people []schema.Person, most int) string {
	if len(people) > most {
		return fmt.Sprintf("%d people", len(people))
	}
	if len(people) == 0 {
		return l.list(people)
	}
	names := make([]string, len(people))
	for i, p := range people {
		names[i] = strings.ReplaceAll(l.called(p), " ", together)
	}
	return strings.Join(names, ", ")
}

// fold breaks text into lines of a label, at blanks alone where it can.
func fold(s string) []string {
	var lines []string
	for i, word := range strings.Split(s, " ") {
		if last := len(lines) - 1; i > 0 && width(lines[last])+1+width(word) <= labelled {
			lines[last] += " " + word
		} else {
			lines = append(lines, wrap(strings.ReplaceAll(word, together, " "), labelled)...)
		}
	}
	for i := range lines {
		lines[i] = strings.ReplaceAll(lines[i], together, " ")
	}
	return lines
}

// mermaidLabel is lines as the text between the quotes of a Mermaid label.
func mermaidLabel(lines []string) string {
	out := make([]string, len(lines))
	for i, line := range lines {
		out[i] = mermaidText(line)
	}
	return strings.Join(out, "<br/>")
}

const (
	// unseenBlank has no width and breaks no line. Mermaid 11.0 to 11.9 read Markdown from a label once its entities
	// are resolved, and take it for a blank, beside which no sign means anything.
	unseenBlank = "#65279;"

	// backtick is Unicode's other spelling of one (U+1FEF is U+0060, says its normal form): no blank keeps two of the
	// usual ones from being code.
	backtick = "#8175;"
)

// mermaidText writes all but letters, digits, commas and single blanks as Mermaid's entities (#35; is "#"), and before
// what may be a sign of something it puts a blank that nobody sees: what results can end no label, be no Markdown, no
// HTML, no icon and no directive, and breaks no line.
func mermaidText(s string) string {
	var b strings.Builder
	last := ' '
	for _, r := range s {
		switch {
		case unicode.In(r, unicode.L, unicode.M, unicode.N) || r == ',' || r == ' ' && last != ' ':
			if last == '\\' || last == '¶' {
				b.WriteString(unseenBlank) // \n, as two characters, ends a line, and ¶ß an entity
			}
			b.WriteRune(r)
		case r == '`':
			b.WriteString(unseenBlank + backtick)
		case r <= unicode.MaxLatin1: // beyond ASCII, ° and ¶ are what Mermaid spells entities with
			fmt.Fprintf(&b, "%s#%d;", unseenBlank, r)
		default:
			fmt.Fprintf(&b, "#%d;", r)
		}
		last = r
	}
	return b.String()
}
