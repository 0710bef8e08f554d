// Package near suggests the known name that somebody most likely meant who wrote a wrong one.
package near

import (
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/agext/levenshtein"
)

// Name is the known name that was most likely meant by the given one, "" when none is close. Of addresses with the same
// first word (template.modify) only the rest is compared, because the shared word does not make them alike.
func Name(given string, known []string) string {
	word, rest, address := strings.Cut(given, ".")
	if address && rest != "" {
		var names []string
		for _, k := range known {
			if name, ok := strings.CutPrefix(k, word+"."); ok {
				names = append(names, name)
			}
		}
		if name := Name(rest, names); name != "" {
			return word + "." + name
		}
	}
	limit := 2
	if n := utf8.RuneCountInString(rest); address && n > 0 {
		limit = min(2, n-1) // another first word may be meant, but not another name behind it
	}
	if n := utf8.RuneCountInString(given); n <= 5 {
		limit = min(1, n-1) // in a short word two other letters are another word
	}
	best, length := "", utf8.RuneCountInString(given)
	for _, name := range known {
		if address && strings.HasPrefix(name, word+".") {
			continue
		}
		if d := utf8.RuneCountInString(name) - length; d > limit || d < -limit {
			continue // at least that many letters differ
		}
		if strings.EqualFold(given, name) || swapped([]rune(given), []rune(name)) {
			return name
		}
		if distance := levenshtein.Distance(given, name, nil); distance <= limit && (best == "" || distance < limit) {
			best, limit = name, distance
		}
	}
	if best == "" {
		return begun(given, known)
	}
	return best
}

// begun is the one known name that begins with what was given; "" when several do, or it is too short to tell.
func begun(given string, known []string) string {
	if utf8.RuneCountInString(given) < 3 {
		return ""
	}
	found := ""
	for _, name := range known {
		if strings.HasPrefix(name, given) && name != found {
			if found != "" {
				return ""
			}
			found = name
		}
	}
	return found
}

// swapped reports whether two words differ only in the order of two neighbouring letters.
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
