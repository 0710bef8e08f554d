package view

import (
	"fmt"
	"io"
	"math"
	"strings"
	"unicode/utf8"

	"countersign/schema"
	"countersign/schema/spelling"
)

// Diagnostics writes diagnostics with their source lines, in the order given: in Terraform's box where there is colour,
// bare otherwise.
func Diagnostics(w io.Writer, d schema.Diagnostics, s Settings) error {
	return write(w, diagnostics(d, s))
}

func diagnostics(d schema.Diagnostics, s Settings) string {
	var out strings.Builder
	for i := range d {
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
	return out.String()
}

func diagnosticLines(d *schema.Diagnostic, s Settings) []string {
	paint := s.paint()
	kind, colour := "Error: ", redBold
	if d.Severity == schema.Warning {
		kind, colour = "Warning: ", amberBold
	}
	room := s.width() - 2
	if s.Width == 0 && !s.Terminal {
		room = math.MaxInt // into a log or a file: whoever shows that breaks lines, and grep finds whole sentences
	}
	var lines []string
	for i, l := range wrap(kind+oneLine(d.Summary), room) {
		if rest, ok := strings.CutPrefix(l, kind); ok && i == 0 {
			l = paint.in(colour, kind) + paint.in(bold, rest)
		} else {
			l = paint.in(bold, l)
		}
		lines = append(lines, l)
	}
	if src := source(d, s); len(src) > 0 {
		lines = append(append(lines, ""), src...)
	}
	if d.Detail != "" {
		lines = append(lines, "")
		for _, l := range strings.Split(strings.TrimRight(manyLines(d.Detail), "\n"), "\n") {
			if strings.HasPrefix(l, " ") { // laid out by whoever wrote it
				lines = append(lines, l)
				continue
			}
			lines = append(lines, wrap(l, room)...)
		}
	}
	return lines
}

// source says where the problem is and shows the lines of the file with the place marked: underlined where there is
// colour, by ^^^ below otherwise.
func source(d *schema.Diagnostic, s Settings) []string {
	if d.Range == nil {
		if !d.Address.IsZero() {
			return []string{"  with " + oneLine(d.Address.String())}
		}
		return nil
	}
	at := fmt.Sprintf("  on %s line %d, column %d", oneLine(d.Range.Filename), d.Range.Start.Line, d.Range.Start.Column)
	if d.Snippet == nil {
		return []string{at + ":"}
	}
	if d.Snippet.Context != nil && *d.Snippet.Context != "" {
		at += ", in " + oneLine(*d.Snippet.Context)
	}
	return append([]string{at + ":"}, snippet(d.Snippet, s)...)
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
		before, marked, after := clip(l[:low], l[low:high], l[high:], s.width()-2-width(number))
		if s.Color {
			lines = append(lines, number+before+paint.in(underline, marked)+after)
			continue
		}
		lines = append(lines, number+before+marked+after)
		if from <= end && to >= start && (high > low || from == to || low == len(l) && from >= start) {
			lines = append(lines, strings.Repeat(" ", width(number)+width(before))+
				strings.Repeat("^", max(1, width(marked))))
		}
	}
	if len(sn.Values) > 0 {
		lines = append(lines, "    ├────────────────")
		for _, v := range sn.Values {
			lines = append(lines, "    │ "+oneLine(v.Traversal)+" "+oneLine(v.Statement))
		}
	}
	return lines
}

// clip makes a source line visible and shortens what is around the marked part to what fits a screen: a whole
// configuration may be one line.
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
	if width(before)+width(marked)+width(after) <= room && !cutHead && !cutTail {
		return before, marked, after
	}
	if width(marked) > room {
		marked, after = columns.Truncate(marked, room, "…"), ""
	}
	if spare := max(room-width(marked), 0); width(before) > spare {
		before = columns.TruncateLeft(before, width(before)-spare*2/3+1, "…")
	} else if cutHead {
		before = "…" + before
	}
	if spare := max(room-width(marked)-width(before), 0); width(after) > spare || cutTail {
		after = columns.Truncate(after, spare, "…")
	}
	return before, marked, after
}

func sourceText(s string) string {
	return spelling.Escape(strings.ReplaceAll(s, "\t", "    "), "", "")
}

// DiagnosticsJSON is the document of `terraform validate -json`.
func DiagnosticsJSON(d schema.Diagnostics) ([]byte, error) {
	doc := struct {
		FormatVersion string             `json:"format_version"`
		Valid         bool               `json:"valid"`
		ErrorCount    int                `json:"error_count"`
		WarningCount  int                `json:"warning_count"`
		Diagnostics   schema.Diagnostics `json:"diagnostics"`
	}{"1.0", true, 0, 0, jsonDiagnostics(d)}
	for _, x := range d {
		if x.Severity == schema.Warning {
			doc.WarningCount++
		} else {
			doc.ErrorCount++
			doc.Valid = false
		}
	}
	return indented(doc)
}

// FailureJSON stands for a document that could not be made, in one line.
func FailureJSON(d schema.Diagnostics) ([]byte, error) {
	return compact(struct {
		FormatVersion string             `json:"format_version"`
		Errored       bool               `json:"errored"`
		Diagnostics   schema.Diagnostics `json:"diagnostics"`
	}{planVersion, true, jsonDiagnostics(d)})
}

// jsonDiagnostics are diagnostics whose lists are never null.
func jsonDiagnostics(d schema.Diagnostics) schema.Diagnostics {
	out := make(schema.Diagnostics, len(d))
	copy(out, d)
	for i, x := range out {
		if x.Snippet != nil && x.Snippet.Values == nil {
			sn := *x.Snippet
			sn.Values = []schema.Value{}
			out[i].Snippet = &sn
		}
	}
	return out
}
