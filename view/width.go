package view

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/mattn/go-runewidth"
	"github.com/rivo/uniseg"
)

// columns measures text as a terminal shows it: Chinese and emoji take two columns, combining marks none, and what
// is ambiguous takes one, whatever the locale says, so that output is the same everywhere.
var columns = &runewidth.Condition{}

// Width is how many columns s takes.
func Width(s string) int { return columns.StringWidth(s) }

// Truncate cuts s at n columns, and shows that.
func Truncate(s string, n int) string { return columns.Truncate(s, n, "…") }

// pad fills s with blanks up to n columns.
func pad(s string, n int) string { return s + strings.Repeat(" ", max(0, n-Width(s))) }

// Wrap breaks a line without colours into lines of at most n columns, at blanks and beside wide characters, which
// need no blank to break at. The blanks it breaks at are dropped.
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
	for _, piece := range pieces(s) {
		w := Width(piece)
		if used > 0 && used+Width(strings.TrimRight(piece, " ")) > n {
			end()
		}
		for w > n { // one word longer than a line
			head := columns.Truncate(front(piece, n), n, "")
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

// pieces cuts text into what must stay together: words with the blanks behind them, wide characters one by one, but
// none that begins with what may not begin a line.
func pieces(s string) []string {
	var out []string
	var cur strings.Builder
	var last rune
	for _, r := range s {
		cut := last == ' ' && r != ' ' || last != 0 && r != ' ' && (wide(r) || wide(last)) && !sticks(r) && !opens(last)
		if cut && cur.Len() > 0 {
			out = append(out, cur.String())
			cur.Reset()
		}
		cur.WriteRune(r)
		last = r
	}
	if cur.Len() > 0 {
		out = append(out, cur.String())
	}
	return out
}

func wide(r rune) bool { return columns.RuneWidth(r) == 2 }

// sticks reports whether r must stay with what is before it.
func sticks(r rune) bool {
	return unicode.Is(unicode.M, r) || emojiPart(r) || strings.ContainsRune("，。、；：？！）》】」』”’…,.;:?!)]}\"'", r)
}

// opens reports whether what comes next must stay with r.
func opens(r rune) bool {
	return r == '\u200d' || strings.ContainsRune("（《【「『“‘([{\"'", r)
}

// emojiPart reports whether r joins or colours the picture before it, or spells the rest of a flag.
func emojiPart(r rune) bool {
	return r == '\u200d' || '\U0001f3fb' <= r && r <= '\U0001f3ff' || '\U000e0020' <= r && r <= '\U000e007f'
}
