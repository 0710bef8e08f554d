package config

import (
	"bytes"
	"cmp"
	"slices"
	"strings"
)

// edit replaces a part of a file's text; with start and end alike it inserts.
type edit struct {
	file       string
	start, end int // bytes
	text       string
	shared     string // what else may rest on the text that is replaced, for a message; "" for what is one template's alone
	early      bool   // its file is to be written before others, which rest on it
}

// patch is a set of edits that go together.
type patch []edit

// add adds an edit. What is inserted at one place twice stands one after the other.
func (p *patch) add(e edit) {
	if e.start == e.end {
		for i, have := range *p {
			if have.file == e.file && have.start == e.start && have.end == e.end {
				(*p)[i].text += e.text
				return
			}
		}
	}
	*p = append(*p, e)
}

// joined is several patches as one: edits that more than one of them has stand once. clash is an edit of a patch, the one at that
// place in the list, that wants something else where another one edits; -1 when there is none.
func joined(patches []patch) (all patch, clash int, at edit) {
	type owned struct {
		edit
		by int
	}
	var list []owned
	for i, p := range patches {
		for _, e := range p {
			list = append(list, owned{e, i})
		}
	}
	slices.SortStableFunc(list, func(a, b owned) int {
		return cmp.Or(strings.Compare(a.file, b.file), cmp.Compare(a.start, b.start), cmp.Compare(a.end, b.end), strings.Compare(a.text, b.text))
	})
	for _, e := range list {
		if n := len(all); n > 0 && all[n-1].file == e.file {
			last := all[n-1]
			same := last.start == e.start && last.end == e.end
			if same && last.text == e.text {
				continue
			}
			if last.text == "" && e.text == "" && last.start < last.end && e.start < e.end && e.start <= last.end { // what goes anyway
				all[n-1].end = max(last.end, e.end)
				continue
			}
			if same || e.start < last.end {
				return nil, e.by, e.edit
			}
		}
		all = append(all, e.edit)
	}
	return all, -1, edit{}
}

// apply returns the text of a file with its edits made, in the file's own line ends.
func (p patch) apply(file string, src []byte) []byte {
	var mine patch
	for _, e := range p {
		if e.file == file {
			mine = append(mine, e)
		}
	}
	slices.SortStableFunc(mine, func(a, b edit) int { return cmp.Or(cmp.Compare(a.start, b.start), cmp.Compare(a.end, b.end)) })
	crlf := bytes.Contains(src, []byte("\r\n"))
	var out bytes.Buffer
	at := 0
	for _, e := range mine {
		out.Write(src[at:max(at, e.start)])
		text := e.text
		if crlf {
			text = strings.ReplaceAll(strings.ReplaceAll(text, "\r\n", "\n"), "\n", "\r\n")
		}
		out.WriteString(text)
		at = max(at, e.end)
	}
	out.Write(src[at:])
	return out.Bytes()
}

// files lists the files that a patch is about, those first that others rest on: between any two of them being written, what is there
// declares no less than it refers to.
func (p patch) files() []string {
	early := map[string]bool{}
	var names []string
	for _, e := range p {
		names = append(names, e.file)
		early[e.file] = early[e.file] || e.early
	}
	slices.Sort(names)
	names = slices.Compact(names)
	slices.SortStableFunc(names, func(a, b string) int {
		switch {
		case early[a] && !early[b]:
			return -1
		case early[b] && !early[a]:
			return 1
		}
		return 0
	})
	return names
}

// text is a file's text with an eye for lines and comments.
type text struct {
	name string
	src  []byte
}

func (t text) line(at int) int { return bytes.Count(t.src[:at], []byte("\n")) + 1 }

// lineStart is where the line begins that at is in; lineEnd is where it ends, its line end not counted.
func (t text) lineStart(at int) int { return bytes.LastIndexByte(t.src[:at], '\n') + 1 }

func (t text) lineEnd(at int) int {
	if i := bytes.IndexByte(t.src[at:], '\n'); i >= 0 {
		at += i
	} else {
		at = len(t.src)
	}
	if at > 0 && at < len(t.src) && t.src[at-1] == '\r' {
		at--
	}
	return at
}

// after is where the line after the one that at is in begins.
func (t text) after(at int) int {
	if i := bytes.IndexByte(t.src[at:], '\n'); i >= 0 {
		return at + i + 1
	}
	return len(t.src)
}

// indent is the blanks that the line begins with that at is in.
func (t text) indent(at int) string {
	start := t.lineStart(at)
	line := t.src[start:t.lineEnd(start)]
	return string(line[:len(line)-len(bytes.TrimLeft(line, " \t"))])
}

// above is the line before the one that begins at start; ok is false where there is none.
func (t text) above(start int) (from int, line string, ok bool) {
	if start == 0 {
		return 0, "", false
	}
	from = t.lineStart(start - 1)
	return from, strings.TrimSpace(string(t.src[from : start-1])), true
}

// lines is the whole lines that a part of the text stands on, with the comments right above it, which are about it.
func (t text) lines(start, end int) (from, to int) {
	from = t.lineStart(start)
	for {
		prev, line, ok := t.above(from)
		if ok && strings.HasSuffix(line, "*/") {
			prev, ok = t.blockComment(prev, line)
		} else {
			ok = ok && (strings.HasPrefix(line, "#") || strings.HasPrefix(line, "//"))
		}
		if !ok {
			break
		}
		from = prev
	}
	return from, t.after(end)
}

// blockComment is where the comment begins whose last line is given, if it has its lines for itself.
func (t text) blockComment(at int, line string) (int, bool) {
	for ok := true; ok; at, line, ok = t.above(at) {
		if strings.HasPrefix(line, "/*") {
			return at, true
		}
		if strings.Contains(line, "/*") || line == "" {
			break
		}
	}
	return 0, false
}

// block is lines, with the blank line that parts it from what is before it, or else after it: what goes when it goes.
func (t text) block(start, end int) (from, to int) {
	from, to = t.lines(start, end)
	if prev, line, ok := t.above(from); ok && line == "" {
		return prev, to
	} else if ok {
		return from, to
	}
	for to < len(t.src) && len(bytes.TrimSpace(t.src[to:t.lineEnd(to)])) == 0 {
		to = t.after(to)
	}
	return from, to
}

// comma is where the comma stands that follows at, before the next thing that is no comment; -1 where there is none.
func (t text) comma(at, limit int) int {
	for at < limit {
		switch rest := t.src[at:limit]; {
		case rest[0] == ',':
			return at
		case rest[0] == '#' || bytes.HasPrefix(rest, []byte("//")):
			at = t.after(at)
		case bytes.HasPrefix(rest, []byte("/*")):
			i := bytes.Index(rest, []byte("*/"))
			if i < 0 {
				return -1
			}
			at += i + 2
		case bytes.ContainsRune([]byte(" \t\r\n"), rune(rest[0])):
			at++
		default:
			return -1
		}
	}
	return -1
}

// alone reports whether nothing but its comma and a comment shares the lines of an element of a list, which ends at limit.
func (t text) alone(start, end, limit int) bool {
	if len(bytes.TrimSpace(t.src[t.lineStart(start):start])) > 0 || t.comma(end, limit) > t.lineEnd(end) {
		return false
	}
	rest := strings.TrimSpace(strings.TrimPrefix(strings.TrimSpace(string(t.src[end:max(end, t.lineEnd(end))])), ","))
	if n := commentEnd(rest); n > 0 {
		rest = strings.TrimSpace(rest[n:])
	}
	return rest == "" || strings.HasPrefix(rest, "#") || strings.HasPrefix(rest, "//")
}

// commentEnd is how long the comment in /* */ is that a text begins with, -1 where it begins with none.
func commentEnd(s string) int {
	if !strings.HasPrefix(s, "/*") {
		return -1
	}
	if i := strings.Index(s[2:], "*/"); i >= 0 {
		return i + 4
	}
	return -1
}

// span is a part of a text.
type span struct{ start, end int }

// relist is a list in brackets or braces with some of its elements taken out and others put at its end, and its layout
// kept: elements on lines of their own stay so, and comments stay with what they are about. within is the list with its brackets.
func (t text) relist(within span, elements []span, keep func(i int) bool, added []string) patch {
	elements = t.commented(within, elements)
	last := -1
	alone := true
	for i, e := range elements {
		alone = alone && t.alone(e.start, e.end, within.end)
		if keep(i) {
			last = i
		}
	}
	var p patch
	if last < 0 {
		return t.anew(within, elements, alone, added)
	}
	for i := 0; i < len(elements); i++ {
		if keep(i) {
			continue
		}
		if e := elements[i]; t.alone(e.start, e.end, within.end) {
			from, to := t.lines(e.start, e.end)
			p.add(edit{file: t.name, start: from, end: to})
			continue
		}
		first := i
		for i+1 < len(elements) && !keep(i+1) && !t.alone(elements[i+1].start, elements[i+1].end, within.end) {
			i++
		}
		gone := t.run(within, elements, first, i, keep)
		p.add(edit{file: t.name, start: gone.start, end: gone.end})
	}
	if len(added) == 0 {
		return p
	}
	end := elements[last].end
	if !t.alone(elements[last].start, end, within.end) {
		p.add(edit{file: t.name, start: end, end: end, text: ", " + strings.Join(added, ", ")})
		return p
	}
	trailing := true
	if t.comma(end, within.end) < 0 {
		p.add(edit{file: t.name, start: end, end: end, text: ","})
		trailing = false
	}
	indent := t.indent(elements[last].start)
	var b strings.Builder
	for i, a := range added {
		b.WriteString("\n" + indent + a)
		if trailing || i+1 < len(added) {
			b.WriteByte(',')
		}
	}
	line := t.lineEnd(end)
	p.add(edit{file: t.name, start: line, end: line, text: b.String()})
	return p
}

// commented is elements with the comments in /* */ right beside them, on their side of the commas.
func (t text) commented(within span, elements []span) []span {
	grown := make([]span, len(elements))
	for i, e := range elements {
		for {
			rest := strings.TrimLeft(string(t.src[e.end:max(e.end, t.lineEnd(e.end))]), " \t")
			n := commentEnd(rest)
			if n < 0 {
				break
			}
			e.end = t.lineEnd(e.end) - len(rest) + n
		}
		for {
			lead := strings.TrimRight(string(t.src[max(within.start, t.lineStart(e.start)):e.start]), " \t")
			n := strings.LastIndex(lead, "/*")
			if n < 0 || commentEnd(lead[n:]) != len(lead)-n || strings.ContainsAny(lead, "#\"") {
				break
			}
			if before := strings.TrimRight(lead[:n], " \t"); before != "" && !strings.HasSuffix(before, ",") && !strings.HasSuffix(before, "[") && !strings.HasSuffix(before, "{") {
				break
			}
			e.start = max(within.start, t.lineStart(e.start)) + n
		}
		grown[i] = e
	}
	return grown
}

// run is what goes with elements first to last, which share their lines with others.
func (t text) run(within span, elements []span, first, last int, keep func(i int) bool) span {
	gone := span{elements[first].start, elements[last].end}
	blanks := func(at int) int {
		for at < within.end && (t.src[at] == ' ' || t.src[at] == '\t') {
			at++
		}
		return at
	}
	if last+1 < len(elements) {
		if at := t.comma(gone.end, within.end); at >= 0 {
			gone.end = blanks(at + 1)
			if rest := t.src[gone.end:max(gone.end, t.lineEnd(gone.end))]; len(bytes.TrimSpace(rest)) == 0 && len(bytes.TrimSpace(t.src[t.lineStart(gone.start):gone.start])) == 0 {
				gone.start, gone.end = t.lines(gone.start, gone.end) // nothing else is on their lines
			} else if next := elements[last+1].start; len(bytes.TrimSpace(t.src[gone.end:next])) == 0 && keep(last+1) {
				gone.end = next
			}
		}
		return gone
	}
	if at := t.comma(gone.end, within.end); at >= 0 {
		gone.end = at + 1
	}
	if !keep(first-1) || t.alone(elements[first-1].start, elements[first-1].end, within.end) {
		return gone
	}
	before := elements[first-1].end
	at := t.comma(before, gone.start)
	switch line := t.lineStart(gone.start); {
	case line <= before: // on one line
		gone.start = before
	case at >= line: // commas stand before elements: the comment behind goes too
		gone.start = t.lineEnd(line - 1)
		if rest := strings.TrimSpace(string(t.src[gone.end:max(gone.end, t.lineEnd(gone.end))])); strings.HasPrefix(rest, "#") || strings.HasPrefix(rest, "//") {
			gone.end = t.lineEnd(gone.end)
		}
	case len(bytes.TrimSpace(t.src[line:gone.start])) == 0: // what is behind the one before stays, with its comment
		gone.start = line
	}
	return gone
}

// anew is a list of which nothing is kept. alone says that each of its elements has a line for itself.
func (t text) anew(within span, elements []span, alone bool, added []string) patch {
	open, shut := string(t.src[within.start]), string(t.src[within.end-1])
	if len(added) > 0 && alone && len(elements) > 0 {
		var p patch
		indent := t.indent(elements[0].start)
		from, _ := t.lines(elements[0].start, elements[0].end)
		p.add(edit{file: t.name, start: from, end: from, text: indent + strings.Join(added, ",\n"+indent) + ",\n"})
		for _, e := range elements {
			from, to := t.lines(e.start, e.end)
			p.add(edit{file: t.name, start: from, end: to})
		}
		return p
	}
	if line := t.lineStart(within.end - 1); len(elements) == 0 && len(added) > 0 && line > within.start && len(bytes.TrimSpace(t.src[line:within.end-1])) == 0 {
		indent := t.indent(within.end-1) + "  " // there is room, or a comment
		return patch{{file: t.name, start: line, end: line, text: indent + strings.Join(added, ",\n"+indent) + ",\n"}}
	}
	return patch{{file: t.name, start: within.start, end: within.end, text: open + strings.Join(added, ", ") + shut}}
}
