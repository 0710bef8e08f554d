package view

import (
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/mattn/go-runewidth"
	"github.com/rivo/uniseg"
)

// Columns measures text as a terminal shows it: Chinese and emoji take two columns, combining marks none, and what
// is ambiguous takes one, whatever the locale says, so that output is the same everywhere.
var Columns = &runewidth.Condition{}

// Width is how many columns s takes.
func Width(s string) int { return Columns.StringWidth(s) }

// Truncate cuts s at n columns, and shows that.
func Truncate(s string, n int) string { return Columns.Truncate(s, n, "…") }

// Pad fills s with blanks up to n columns.
func Pad(s string, n int) string { return s + strings.Repeat(" ", max(0, n-Width(s))) }

// Wrap breaks a line without colours into lines of at most n columns: at blanks, and behind the marks that end a
// Chinese phrase. Other words stay whole, so that no name is broken, and so do dates; what is longer than a line is
// broken where UAX #14 allows it. The blanks it breaks at are dropped.
func Wrap(s string, n int) []string {
	if Width(s) <= n {
		return []string{s}
	}
	var lines []string
	var line strings.Builder
	used := 0
	end := func() {
		lines = append(lines, strings.TrimRight(line.String(), " "))
		line.Reset()
		used = 0
	}
	for _, piece := range pieces(s, n) {
		w := Width(piece)
		if used > 0 && used+Width(strings.TrimRight(piece, " ")) > n {
			end()
		}
		for w > n { // one word longer than a line
			head := Columns.Truncate(front(piece, n), n, "")
			if head == "" { // one character is wider than a line
				head, _, _, _ = uniseg.FirstGraphemeClusterInString(piece, -1)
			}
			if len(head) == len(piece) {
				break
			}
			line.WriteString(head)
			end()
			piece = piece[len(head):]
			w -= Width(head)
		}
		line.WriteString(piece)
		used += w
	}
	if line.Len() > 0 {
		end()
	}
	return lines
}

// front is enough of s to fill n columns: a word of megabytes need not be measured again for each line.
func front(s string, n int) string {
	end := min(len(s), 64*n)
	for end < len(s) && !utf8.RuneStart(s[end]) {
		end++
	}
	return s[:end]
}

// together is what no line breaks inside, although it has blanks: dates as views write them, and numbers after what
// they number, with the signs around them.
var together = regexp.MustCompile(`[("“]*(?:\d{4}-\d\d-\d\d \d\d:\d\d:\d\d [+-]\d\d:\d\d|` +
	`\b(?:tid|id|user|step|folder|file|line|column) \d+)\S* *`)

// pieces cuts text into what must stay together, words with the blanks behind them. Those of more than so many columns
// are cut up.
func pieces(s string, most int) []string {
	var out []string
	from := 0
	for _, at := range together.FindAllStringIndex(s, -1) {
		if Width(s[at[0]:at[1]]) <= most {
			out = append(phrases(out, s[from:at[0]], most), s[at[0]:at[1]])
			from = at[1]
		}
	}
	return phrases(out, s[from:], most)
}

// phrases adds the pieces of a text without dates.
func phrases(out []string, s string, most int) []string {
	start := 0
	var last rune
	for i, r := range s {
		if i > start && (last == ' ' && r != ' ' || ends(last) && r != ' ' && !sticks(r)) {
			out = segments(out, s[start:i], most)
			start = i
		}
		last = r
	}
	if start < len(s) {
		out = segments(out, s[start:], most)
	}
	return out
}

// segments adds a word, cut up when it is of more than so many columns.
func segments(out []string, word string, most int) []string {
	if Width(word) <= most {
		return append(out, word)
	}
	state := -1
	for word != "" {
		var segment string
		segment, word, _, state = uniseg.FirstLineSegmentInString(word, state)
		out = append(out, segment)
	}
	return out
}

// ends reports whether a phrase of Chinese ends with r.
func ends(r rune) bool { return strings.ContainsRune("，。、；：？！）》】」』", r) }

// sticks reports whether r must stay with what is before it.
func sticks(r rune) bool {
	return unicode.Is(unicode.M, r) || emojiPart(r) || strings.ContainsRune("，。、；：？！）》】」』”’…,.;:?!)]}\"'", r)
}

// emojiPart reports whether r joins or colours the picture before it, or spells the rest of a flag.
func emojiPart(r rune) bool {
	return r == '\u200d' || '\U0001f3fb' <= r && r <= '\U0001f3ff' || '\U000e0020' <= r && r <= '\U000e007f'
}
