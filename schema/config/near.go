package config

import (
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/agext/levenshtein"
)

// near returns the known name that a wrong one was most likely meant to be, "" when none is close.
func near(given string, known []string) string {
	limit := min(2, (utf8.RuneCountInString(given)+1)/2)
	best := ""
	for _, name := range known {
		if strings.EqualFold(given, name) {
			return name
		}
		if distance := levenshtein.Distance(given, name, nil); distance <= limit && (best == "" || distance < limit) {
			best, limit = name, distance
		}
	}
	return best
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
