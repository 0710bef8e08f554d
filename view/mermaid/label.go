// Package mermaid draws steps in the language of Mermaid, and spells text for its labels so that nothing of it is
// read as anything but text. Pictures of whole configurations are made in view/graph.
package mermaid

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"countersign/schema"
	"countersign/view"
)

// labelled is how many columns a line of a label has: Mermaid breaks a line wider than 200 pixels anywhere, even inside
// a name.
const labelled = 22

// together is a blank at which fold does not break. No name has one: view.Name would escape it.
const together = "\u00a0"

// RuleLines is when a step passes, in lines of a label that do not break inside a name; of more than most people only
// the number is given.
func RuleLines(l *view.Names, s schema.Step, most int) []string {
	return fold(view.RuleOf(s, unbroken(l, s.Approvers, most)))
}

// PeopleLines are people in such lines of a label.
func PeopleLines(l *view.Names, people []schema.Person, most int) []string {
	return fold(unbroken(l, people, most))
}

// unbroken is people by name, each name in one piece.
func unbroken(l *view.Names, people []schema.Person, most int) string {
	if len(people) > most {
		return fmt.Sprintf("%d people", len(people))
	}
	if len(people) == 0 {
		return l.List(people)
	}
	names := make([]string, len(people))
	for i, p := range people {
		names[i] = strings.ReplaceAll(l.Called(p), " ", together)
	}
	return strings.Join(names, ", ")
}

// fold breaks text into lines of a label, at blanks where it can.
func fold(s string) []string {
	var lines []string
	for i, word := range strings.Split(s, " ") {
		if last := len(lines) - 1; i > 0 && view.Width(lines[last])+1+view.Width(word) <= labelled {
			lines[last] += " " + word
		} else {
			lines = append(lines, view.Wrap(strings.ReplaceAll(word, together, " "), labelled)...)
		}
	}
	for i := range lines {
		lines[i] = strings.ReplaceAll(lines[i], together, " ")
	}
	return lines
}

// Label is lines as the text between the quotes of a Mermaid label.
func Label(lines []string) string {
	out := make([]string, len(lines))
	for i, line := range lines {
		out[i] = Text(line)
	}
	return strings.Join(out, "<br/>")
}

const (
	// unseenBlank has no width and breaks no line. Mermaid 11.0 to 11.9 read Markdown in a label after its entities are
	// resolved, and take it for a blank: a sign beside a blank means nothing in Markdown.
	unseenBlank = "#65279;"

	// backtick is U+1FEF, whose normal form is U+0060: between two of the usual ones text would be code, whatever is
	// beside them.
	backtick = "#8175;"
)

// typographic is text of ours with typographic quotation marks around a name: a straight one ends a label, in every
// version of Mermaid, so that it has to be an entity.
func typographic(s string) string {
	if strings.Count(s, `"`) != 2 { // the name has some of its own
		return s
	}
	return strings.Replace(strings.Replace(s, `"`, "“", 1), `"`, "”", 1)
}

// Text writes as they are letters, digits, single blanks, commas, all that is beyond Latin-1, such as Chinese
// punctuation, and signs that mean nothing where they are (see harmless); everything else as Mermaid's entities (#35;
// is "#"). Before an entity that may mean something to Markdown it puts a blank that nobody sees. What results can end
// no label, be no Markdown, no HTML, no icon and no directive, and breaks no line.
func Text(s string) string {
	var b strings.Builder
	last := ' '
	link := strings.Contains(strings.ToLower(s), "www.") // which Markdown makes a link of
	for i, r := range s {
		switch {
		case plain(r) || r == ',' || r == ' ' && last != ' ' || r > unicode.MaxLatin1 && !unicode.IsSpace(r) ||
			!link && harmless(s, i, last):
			if last == '\\' || last == '¶' {
				b.WriteString(unseenBlank) // \n, as two characters, ends a line, and ¶ß an entity
			}
			b.WriteRune(r)
		case r == '`':
			b.WriteString(unseenBlank + backtick)
		case r > unicode.MaxLatin1 || strings.ContainsRune(`"'?%`, r) && last != '\\' || r == '=' && i > 0:
			fmt.Fprintf(&b, "#%d;", r)
		default: // beyond ASCII, ° and ¶ are what Mermaid spells entities with
			fmt.Fprintf(&b, "%s#%d;", unseenBlank, r)
		}
		last = r
	}
	return b.String()
}

func plain(r rune) bool { return unicode.In(r, unicode.L, unicode.M, unicode.N) }

// harmless reports whether a sign means nothing where it is, although it may elsewhere: a bracket that makes no link
// and no list, a colon at the end of a word, or a sign in the middle of one.
func harmless(s string, at int, before rune) bool {
	next, _ := utf8.DecodeRuneInString(s[at+1:])
	switch s[at] {
	case '(':
		return before == ' '
	case ')':
		return plain(before) && strings.Contains(" "+s[:at], " (") // "1) one" begins a list
	case '[':
		return plain(before)
	case ']':
		return at == len(s)-1 || next == '.' || next == ' '
	case ':':
		return plain(before) && next == ' '
	case '.', '/', '-', '_':
		return (plain(before) || before == ']') && plain(next)
	}
	return false
}
