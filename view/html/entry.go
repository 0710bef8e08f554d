package html

import (
	"strings"

	"countersign/view"
)

// entry is a node as a page shows it.
type entry struct {
	Class, Sign   string
	Label, Note   string
	Before, After string
	Kids          []entry
}

func entries(nodes ...view.Node) []entry {
	out := make([]entry, len(nodes))
	for i, n := range nodes {
		out[i] = entry{Class: boxClasses[n.Mark], Sign: glyph(n.Mark), Label: n.Label, Note: n.Note, Before: n.Before,
			After: n.After, Kids: entries(n.Kids...)}
	}
	return out
}

// news is a text, with the part in the middle that another text does not have.
type news struct{ Head, Mid, Tail string }

// Was is Before, with what After does not have in the middle; Now is the reverse.
func (e entry) Was() news { return apart(e.Before, e.After) }
func (e entry) Now() news { return apart(e.After, e.Before) }

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
