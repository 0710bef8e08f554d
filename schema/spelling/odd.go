package spelling

import (
	"fmt"
	"slices"
	"strings"
	"unicode"
)

// Care is how strictly a text is looked at.
type Care int

const (
	Read   Care = iota // people read it: blanks, lines and tabs are as its writer likes them
	Chosen             // people choose by it: all of it must be visible, and blanks single and usual ones
)

// Odd lists what of a text nobody sees, or takes for a usual blank, each thing once.
func Odd(s string, c Care) []string {
	var all []string
	add := func(what string) {
		if !slices.Contains(all, what) {
			all = append(all, what)
		}
	}
	for _, h := range HiddenIn(s) {
		if c == Chosen || h.Kind != Blank && h.Rune != '\n' && h.Rune != '\t' && h.Rune != '\r' {
			add(h.String())
		}
	}
	inner := strings.TrimSpace(s)
	if c != Chosen || inner == "" {
		return all
	}
	if strings.TrimLeftFunc(s, unicode.IsSpace) != s {
		add("a blank before its first character")
	}
	if strings.TrimRightFunc(s, unicode.IsSpace) != s {
		add("a blank behind its last character")
	}
	if strings.ContainsRune(inner, '\u3000') {
		add("U+3000 (a wide blank)")
	}
	return all
}

// Listed is a list from Odd as the part of a sentence after "It has", with what the text looks like.
func Listed(s string, odd []string) string {
	const most = 5
	if more := len(odd) - most; more > 0 {
		odd = append(odd[:most:most], fmt.Sprintf("%d more", more))
	}
	list := strings.Join(odd, ", ")
	if n := len(odd); n > 1 {
		list = strings.Join(odd[:n-1], ", ") + " and " + odd[n-1]
	}
	if look := Look(s); look != "" && look != s && !strings.Contains(strings.TrimSpace(s), "\n") {
		list += ", so that it looks like " + Quote(look)
	}
	return list
}
