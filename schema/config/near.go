package config

import (
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/agext/levenshtein"
)

// near returns the known name that a wrong one was most likely meant to be, "" when none is close.
func near(given string, known []string) string {
	limit := 2
	if n := utf8.RuneCountInString(given); n <= 5 {
		limit = min(1, n-1) // in a short word two other letters are another word
	}
	best := ""
	for _, name := range known {
		if strings.EqualFold(given, name) || swapped([]rune(given), []rune(name)) {
			return name
		}
		if distance := levenshtein.Distance(given, name, nil); distance <= limit && (best == "" || distance < limit) {
			best, limit = name, distance
		}
	}
	return best
}

// swapped reports whether two words differ in the order of two neighbours alone.
func swapped(a, b []rune) bool {
	if len(a) != len(b) {
		return false
	}
	i := 0
	for i < len(a) && a[i] == b[i] {
		i++
	}
	return i+1 < len(a) && a[i] == b[i+1] && a[i+1] == b[i] && slices.Equal(a[i+2:], b[i+2:])
}

// didYouMean is near as the end of a sentence, with its own space before it.
func didYouMean(given string, known []string) string {
	if name := near(given, known); name != "" {
		return fmt.Sprintf(" Did you mean %q?", name)
	}
	return ""
}

// oneOf lists words as a choice: "a", "b" or "c".
func oneOf(words []string) string {
	quoted := make([]string, len(words))
	for i, w := range words {
		quoted[i] = fmt.Sprintf("%q", w)
	}
	if len(quoted) < 2 {
		return strings.Join(quoted, "")
	}
	last := len(quoted) - 1
	return strings.Join(quoted[:last], ", ") + " or " + quoted[last]
}
