package html

import (
	"strings"

	"countersign/view"
)

// news is a text, with the part in the middle that another text does not have.
type news struct{ Head, Mid, Tail string }

// apart splits a quoted text where another one begins and ends alike; other texts stay whole.
func apart(text, other string) news {
	a, b := []rune(text), []rune(other)
	head, tail := 0, 0
	for head < min(len(a), len(b)) && a[head] == b[head] {
		head++
	}
	for tail < min(len(a), len(b))-head && a[len(a)-1-tail] == b[len(b)-1-tail] {
		tail++
	}
	if !strings.HasPrefix(text, `"`) || 3*(head+tail) < max(len(a), len(b)) {
		return news{Head: text}
	}
	return news{string(a[:head]), string(a[head : len(a)-tail]), string(a[len(a)-tail:])}
}

// glyph is a mark as it stands in a page.
func glyph(m view.Mark) string {
	switch m {
	case view.Removes:
		return "−"
	case view.Renews:
		return "±"
	case view.Forgets:
		return "·"
	case view.Same:
		return ""
	}
	return string(m)
}
