package rewrite

import "strings"

// span is a part of a text.
type span struct{ start, end int }

// gap is the text before, between or after the elements of a list: blanks, comments, and at most one comma.
type gap struct {
	text   string
	head   int // end of what belongs to the element before it: its comma and the comment on its line
	inline int // end of the comments in /* */ right after that element
	mark   int // where the comma stands, -1 without one
}

// gapOf analyses the text of a gap.
func gapOf(text string) gap {
	g := gap{text: text, head: -1, inline: -1, mark: -1}
	ended := func(at int) {
		if g.inline < 0 {
			g.inline = len(strings.TrimRight(text[:at], " \t\r"))
		}
	}
	for at := 0; at < len(text); {
		rest := text[at:]
		switch {
		case rest[0] == '#' || strings.HasPrefix(rest, "//"):
			ended(at)
			if at += strings.IndexByte(rest, '\n'); !strings.Contains(rest, "\n") {
				at = len(text)
			}
			continue
		case strings.HasPrefix(rest, "/*"):
			if n := strings.Index(rest[2:], "*/"); n >= 0 {
				at += n + 4
				continue
			}
		case rest[0] == ',' && g.mark < 0:
			ended(at)
			g.mark = at
		case rest[0] == '\n' && g.head < 0:
			ended(at)
			g.head = len(strings.TrimRight(text[:at], " \t\r"))
		}
		at++
	}
	ended(len(text))
	if g.head < 0 { // all on one line
		g.head = max(g.inline, g.mark+1)
	}
	return g
}

// tail is what belongs to the element after the gap.
func (g gap) tail() string { return g.text[g.head:] }

// rest is the tail without its comma.
func (g gap) rest() string {
	if g.mark < g.head {
		return g.tail()
	}
	return g.text[g.head:g.mark] + g.text[g.mark+1:]
}

// broken reports whether the line ends in the gap, and the blanks that the next line begins with.
func (g gap) broken() (indent string, ok bool) {
	tail := g.tail()
	if !strings.Contains(tail, "\n") {
		return "", false
	}
	line := tail[strings.LastIndexByte(tail, '\n')+1:]
	return line[:len(line)-len(strings.TrimLeft(line, " \t"))], true
}

// close is the head with or without a comma.
func (g gap) close(comma bool) string {
	head := g.text[:g.head]
	has := g.mark >= 0 && g.mark < g.head
	switch {
	case comma && !has:
		return head[:g.inline] + "," + head[g.inline:]
	case !comma && has:
		return head[:g.mark] + head[g.mark+1:]
	}
	return head
}

// uncommented appends text to a head, on a new line where the head ends with a comment that would swallow the text.
func (g gap) uncommented(head, text string) string {
	if open := strings.TrimLeft(g.text[g.inline:g.head], ", \t"); (strings.HasPrefix(open, "#") ||
		strings.HasPrefix(open, "//")) && !strings.HasPrefix(strings.TrimLeft(text, " \t\r"), "\n") {
		return head + "\n" + text
	}
	return head + text
}

// layout is a list in brackets or braces: its elements, and the gaps before, between and after them.
type layout struct {
	text
	elements []span
	gaps     []gap
}

func (t text) layout(within span, elements []span) layout {
	l := layout{text: t, elements: elements}
	from := within.start + 1
	for _, e := range elements {
		l.gaps = append(l.gaps, gapOf(string(t.src[from:e.start])))
		from = e.end
	}
	l.gaps = append(l.gaps, gapOf(string(t.src[from:within.end-1])))
	return l
}

// relist removes elements of a list in brackets or braces, adds others at its end, and keeps its layout: elements on
// lines of their own stay so, and comments stay with what they are about. within is the list with its brackets.
func (t text) relist(within span, elements []span, keep func(i int) bool, added []string) patch {
	l := t.layout(within, elements)
	var p patch
	replace := func(start, end int, text string) {
		if string(t.src[start:end]) != text {
			p.add(edit{file: t.name, start: start, end: end, text: text})
		}
	}
	last, from := -1, within.start+1
	for i, e := range elements {
		if !keep(i) {
			continue
		}
		if last+1 < i {
			replace(from, e.start, l.between(last, i))
		}
		last, from = i, e.end
	}
	switch {
	case last < 0 && len(added) == 0:
		replace(from, within.end-1, "")
	case last < 0:
		replace(from, within.end-1, l.refilled(added, t.indent(within.end-1)+"  "))
	case last+1 < len(elements) || len(added) > 0:
		replace(from, within.end-1, l.end(last, added))
	}
	return p
}

// between is the new gap between two elements when those between them go; before is -1 for the beginning of the list.
func (l layout) between(before, after int) string {
	first, last := l.gaps[before+1], l.gaps[after]
	if before < 0 {
		return first.uncommented(first.text[:first.head], l.lead(before, after, last.rest()))
	}
	if last.mark >= last.head {
		if _, broken := last.broken(); broken { // commas stand before elements
			return first.uncommented(first.close(false), last.tail())
		}
	}
	lead := l.lead(before, after, last.rest())
	// In braces, a new line parts elements too.
	return first.uncommented(first.close(first.mark >= 0 || !strings.Contains(lead, "\n")), lead)
}

// lead is the text before an element: its tail, on a line of its own if the element had one.
func (l layout) lead(before, after int, tail string) string {
	first := l.gaps[before+1]
	_, opens := first.broken()
	inline := before < 0 && !opens
	if strings.Contains(tail, "\n") && !(inline && strings.TrimSpace(tail) == "") {
		return tail
	}
	blank := " "
	if before < 0 {
		blank = first.text[:len(first.text)-len(strings.TrimLeft(first.text, " \t"))]
	}
	if !inline {
		for _, g := range l.gaps[before+1 : after] {
			if indent, broken := g.broken(); broken {
				blank = "\n" + indent
				break
			}
		}
	}
	return blank + strings.TrimLeft(tail, " \t\r\n")
}

// end is the text after the last element that is kept: the added elements, and the end of the list.
func (l layout) end(kept int, added []string) string {
	first, last := l.gaps[kept+1], l.gaps[len(l.gaps)-1]
	_, broken := last.broken()
	trailing := broken && last.mark >= 0
	lead := last.rest()
	if len(added) == 0 {
		return first.uncommented(first.close(trailing), lead)
	}
	_, lined := l.gaps[kept].broken()
	if lined && broken {
		indent := "\n" + l.indent(l.elements[kept].start)
		return first.close(true) + indent + strings.Join(added, ","+indent) + map[bool]string{true: ","}[trailing] +
			lead
	}
	bare := first.close(false)
	return first.uncommented(bare[:first.inline]+", "+strings.Join(added, ", ")+map[bool]string{true: ","}[trailing]+
		bare[first.inline:], lead)
}

// refilled is the inside of a list of which nothing is kept. indent is for the elements of a list that was empty and
// had more than one line.
func (l layout) refilled(added []string, indent string) string {
	first, last := l.gaps[0], l.gaps[len(l.gaps)-1]
	if len(l.elements) > 0 {
		var lined, broken bool
		indent, lined = first.broken()
		if _, broken = last.broken(); !lined || !broken {
			return strings.Join(added, ", ")
		}
		indent = "\n" + indent
		return first.text[:first.head] + indent + strings.Join(added, ","+indent) + "," + last.rest()
	}
	if _, broken := first.broken(); !broken {
		return strings.Join(added, ", ")
	}
	line := strings.LastIndexByte(first.text, '\n')
	return first.text[:line+1] + indent + strings.Join(added, ",\n"+indent) + "," + "\n" + first.text[line+1:]
}
