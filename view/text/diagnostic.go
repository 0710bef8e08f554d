package text

import (
	"fmt"
	"io"
	"math"
	"slices"
	"strings"
	"unicode/utf8"

	"countersign/schema"
	"countersign/schema/spelling"
	"countersign/view"
)

// Diagnostics writes diagnostics with their source lines, in their order, where there is colour in Terraform's box.
// Notices come first, a line each: whoever looks at the end sees what is wrong.
func Diagnostics(w io.Writer, d schema.Diagnostics, s Settings) error {
	return write(w, DiagnosticText(d, s))
}

// DiagnosticText is what Diagnostics writes.
func DiagnosticText(d schema.Diagnostics, s Settings) string {
	warns := slices.ContainsFunc(d, func(x schema.Diagnostic) bool { return x.Severity == schema.Warning })
	if s.Compact && warns && !d.HasErrors() {
		return compactWarnings(d, s)
	}
	var out strings.Builder
	all := notices(d, s)
	for i := range d {
		if d[i].Severity == schema.Notice {
			continue
		}
		lines := diagnosticLines(&d[i], s)
		if !s.Color {
			out.WriteString(strings.Join(lines, "\n") + "\n\n")
			continue
		}
		paint := s.paint()
		border := red
		if d[i].Severity == schema.Warning {
			border = yellow
		}
		out.WriteString(paint.in(border, "╷") + "\n")
		for _, l := range lines {
			out.WriteString(paint.in(border, "│") + " " + l + "\n")
		}
		out.WriteString(paint.in(border, "╵") + "\n")
	}
	if all != "" && out.Len() > 0 {
		all += "\n"
	}
	return all + out.String()
}

// diagnosticSection is diagnostics above other text. A blank line ends it: below a box there is none yet.
func diagnosticSection(d schema.Diagnostics, s Settings) string {
	text := DiagnosticText(d, s)
	if strings.HasSuffix(text, "\n\n") || text == "" {
		return text
	}
	return text + "\n"
}

// compactWarnings lists the summaries of warnings, each once and with the first of its places.
func compactWarnings(d schema.Diagnostics, s Settings) string {
	var order []string
	of := map[string]schema.Diagnostics{}
	for _, w := range d {
		if w.Severity == schema.Notice {
			continue
		}
		if of[w.Summary] == nil {
			order = append(order, w.Summary)
		}
		of[w.Summary] = append(of[w.Summary], w)
	}
	var out strings.Builder
	if all := notices(d, s); all != "" {
		out.WriteString(all + "\n")
	}
	out.WriteString(s.paint().in(amberBold, "Warnings:") + "\n\n")
	for _, summary := range order {
		out.WriteString("- " + view.OneLine(summary) + "\n")
		same := of[summary]
		first := same[0]
		first.Snippet, first.Rule = nil, nil
		place := strings.TrimSuffix(strings.Join(Source(&first, s), ""), ":")
		if more := len(same) - 1; more > 0 {
			place = "  " + strings.TrimSpace(strings.TrimSpace(place)+fmt.Sprintf(" (and %d more)", more))
		}
		if place != "" {
			out.WriteString(place + "\n")
		}
	}
	return out.String() + "\nWithout -compact-warnings they are shown in full.\n\n"
}

// notices are those among diagnostics.
func notices(d schema.Diagnostics, s Settings) string {
	all := ""
	for i := range d {
		if d[i].Severity == schema.Notice {
			all += notice(&d[i], s)
		}
	}
	return all
}

// notice is a diagnostic that asks nobody to do anything, in one line that is broken where it does not fit.
func notice(d *schema.Diagnostic, s Settings) string {
	where := view.OneLine(d.Address.String()) + ": "
	if d.Range != nil {
		where = fmt.Sprintf("%s:%d:%d: ", view.OneLine(d.Range.Filename), d.Range.Start.Line, d.Range.Start.Column)
	} else if d.Address.IsZero() {
		where = ""
	}
	const kind = "Notice:"
	line := kind + " " + where + view.OneLine(d.Summary) + ": " + view.OneLine(d.Detail)
	text := strings.Join(view.Wrap(line, room(s)), "\n  ") + "\n"
	return s.paint().in(bold, kind) + strings.TrimPrefix(text, kind)
}

// room is how many columns a line of a diagnostic may have.
func room(s Settings) int {
	if s.Width == 0 && !s.Terminal {
		return math.MaxInt // in a log or a file grep finds whole sentences
	}
	return s.width() - 2
}

func diagnosticLines(d *schema.Diagnostic, s Settings) []string {
	paint := s.paint()
	kind, colour := "Error: ", redBold
	if d.Severity == schema.Warning {
		kind, colour = "Warning: ", amberBold
	}
	room := room(s)
	var lines []string
	for i, l := range view.Wrap(kind+view.OneLine(d.Summary), room) {
		if rest, ok := strings.CutPrefix(l, kind); ok && i == 0 {
			l = paint.in(colour, kind) + paint.in(bold, rest)
		} else {
			l = paint.in(bold, l)
		}
		lines = append(lines, l)
	}
	if source := Source(d, s); len(source) > 0 {
		lines = append(append(lines, ""), source...)
	}
	if d.Detail != "" {
		lines = append(lines, "")
		for _, l := range strings.Split(strings.TrimRight(view.ManyLines(d.Detail), "\n"), "\n") {
			if strings.HasPrefix(l, " ") { // laid out by whoever wrote it
				lines = append(lines, l)
				continue
			}
			lines = append(lines, view.Wrap(l, room)...)
		}
	}
	return lines
}

// Source says where the problem is, and where the rule is that it breaks, if it breaks one.
func Source(d *schema.Diagnostic, s Settings) []string {
	var lines []string
	switch {
	case d.Range != nil:
		lines = located(d.Range, d.Snippet, s)
	case !d.Address.IsZero():
		lines = []string{"  with " + view.OneLine(d.Address.String())}
	}
	if d.Rule == nil || d.Rule.Range == nil {
		return lines
	}
	if len(lines) > 0 {
		lines = append(lines, "")
	}
	return append(lines, located(d.Rule.Range, d.Rule.Snippet, s)...)
}

// located is a place in a file and its lines, with the place marked: underlined where there is colour, by ^^^ below
// otherwise.
func located(at *schema.Range, sn *schema.Snippet, s Settings) []string {
	text := fmt.Sprintf("  on %s line %d, column %d", view.OneLine(at.Filename), at.Start.Line, at.Start.Column)
	if sn == nil {
		return []string{text + ":"}
	}
	if sn.Context != nil && *sn.Context != "" {
		text += ", in " + view.OneLine(*sn.Context)
	}
	return append([]string{text + ":"}, snippet(sn, s)...)
}

func snippet(sn *schema.Snippet, s Settings) []string {
	paint := s.paint()
	code := sn.Code
	from := min(max(sn.HighlightStartOffset, 0), len(code))
	to := min(max(sn.HighlightEndOffset, from), len(code))
	for from > 0 && from < len(code) && !utf8.RuneStart(code[from]) {
		from--
	}
	for to < len(code) && !utf8.RuneStart(code[to]) {
		to++
	}
	var lines []string
	at := 0
	for i, l := range strings.Split(code, "\n") {
		start, end := at, at+len(l)
		at = end + 1
		l = strings.TrimSuffix(l, "\r")
		low, high := min(max(from-start, 0), len(l)), min(max(to-start, 0), len(l))
		number := fmt.Sprintf("  %2d: ", sn.StartLine+i)
		before, marked, after := clip(l[:low], l[low:high], l[high:], s.width()-2-view.Width(number))
		if s.Color {
			lines = append(lines, number+before+paint.in(underline, marked)+after)
			continue
		}
		lines = append(lines, number+before+marked+after)
		if from <= end && to >= start && (high > low || from == to || low == len(l) && from >= start) {
			lines = append(lines, strings.Repeat(" ", view.Width(number)+view.Width(before))+
				strings.Repeat("^", max(1, view.Width(marked))))
		}
	}
	if len(sn.Values) > 0 {
		lines = append(lines, "    ├────────────────")
		for _, v := range sn.Values {
			lines = append(lines, "    │ "+view.OneLine(v.Traversal)+" "+view.OneLine(v.Statement))
		}
	}
	return lines
}

// clip shortens a source line around the marked part to what fits a screen: a whole configuration may be one line.
func clip(before, marked, after string, room int) (string, string, string) {
	// Only so much can be seen; cutting first keeps a line of megabytes cheap.
	const most = 4096
	cutHead, cutTail := false, false
	if len(before) > most {
		before, cutHead = strings.ToValidUTF8(before[len(before)-most:], ""), true
	}
	if len(marked) > most {
		marked, after, cutTail = strings.ToValidUTF8(marked[:most], ""), "", true
	}
	if len(after) > most {
		after, cutTail = strings.ToValidUTF8(after[:most], ""), true
	}
	before, marked, after = sourceText(before), sourceText(marked), sourceText(after)
	if view.Width(before)+view.Width(marked)+view.Width(after) <= room && !cutHead && !cutTail {
		return before, marked, after
	}
	if view.Width(marked) > room {
		marked, after = view.Truncate(marked, room), ""
	}
	if spare := max(room-view.Width(marked), 0); view.Width(before) > spare {
		before = view.Columns.TruncateLeft(before, view.Width(before)-spare*2/3+1, "…")
	} else if cutHead {
		before = "…" + before
	}
	if spare := max(room-view.Width(marked)-view.Width(before), 0); view.Width(after) > spare || cutTail {
		after = view.Truncate(after, spare)
	}
	return before, marked, after
}

func sourceText(s string) string {
	return spelling.Escape(strings.ReplaceAll(s, "\t", "    "), "", "")
}
