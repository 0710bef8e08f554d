package rewrite

import (
	"bytes"
	"cmp"
	"maps"
	"slices"
	"strings"
)

// edit replaces a part of a file's text; with start and end alike it inserts.
type edit struct {
	file       string
	start, end int // bytes
	text       string
	shared     string // what else may depend on the text that is replaced, for a message; "" for nothing else
	early      bool   // its file is to be written before others, which refer to it
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

// joined makes one patch of several; an edit that several of them have stands once. Where two patches edit one place
// differently, clash is the index of the second of the two patches, and at is its edit; without such a place clash is
// -1.
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
		return cmp.Or(strings.Compare(a.file, b.file), cmp.Compare(a.start, b.start), cmp.Compare(a.end, b.end),
			strings.Compare(a.text, b.text))
	})
	for _, e := range list {
		if n := len(all); n > 0 && all[n-1].file == e.file {
			last := all[n-1]
			same := last.start == e.start && last.end == e.end
			if same && last.text == e.text {
				continue
			}
			bothCut := last.text == "" && e.text == "" && last.start < last.end && e.start < e.end
			if bothCut && e.start <= last.end {
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
	slices.SortStableFunc(mine, func(a, b edit) int {
		return cmp.Or(cmp.Compare(a.start, b.start), cmp.Compare(a.end, b.end))
	})
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

// files lists the files that a patch edits, in the order in which they are to be written: first those that the others
// refer to, so that a reference never comes before its block.
func (p patch) files() []string {
	early, late := map[string]bool{}, map[string]bool{}
	for _, e := range p {
		if e.early {
			early[e.file] = true
		} else {
			late[e.file] = true
		}
	}
	maps.DeleteFunc(late, func(file string, _ bool) bool { return early[file] })
	return slices.Concat(slices.Sorted(maps.Keys(early)), slices.Sorted(maps.Keys(late)))
}

// text is a file's text, with methods that find lines and comments.
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

// indent is the blanks at the beginning of the line that at is in.
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

// blockComment is where the comment with that last line begins, if nothing else stands on its lines.
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

// block is lines with the blank line before them, or else after them: what goes when a block is removed.
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
