package text

import (
	"slices"
	"strings"

	"countersign/view"
)

// table is rows of short texts, in columns of display width.
type table struct {
	columns []column
	rows    [][]cell
}

type column struct {
	heading string
	yields  bool // its cells may be broken into several lines on a narrow terminal
}

type cell struct {
	text  string
	style style
}

func (t *table) row(texts ...string) {
	cells := make([]cell, len(texts))
	for i, text := range texts {
		cells[i].text = text
	}
	t.rows = append(t.rows, cells)
}

// paint colours a cell of the last row.
func (t *table) paint(column int, s style) { t.rows[len(t.rows)-1][column].style = s }

// gap stands between columns.
const gap = "  "

// text is the table without empty columns. On a terminal, rows that are too long are broken inside their cells;
// elsewhere a row is one line, for grep.
func (t *table) text(s Settings) string {
	t.drop()
	widths := t.widths(s)
	paint := s.paint()
	var out strings.Builder
	heading := make([]cell, len(t.columns))
	for i, c := range t.columns {
		heading[i] = cell{c.heading, bold}
	}
	for _, row := range append([][]cell{heading}, t.rows...) {
		for _, line := range folded(row, widths, s.Terminal) {
			var b strings.Builder
			for i, c := range line {
				if i > 0 {
					b.WriteString(gap)
				}
				b.WriteString(paint.in(c.style, c.text))
				if slices.ContainsFunc(line[i+1:], func(c cell) bool { return c.text != "" }) {
					b.WriteString(view.Pad("", widths[i]-view.Width(c.text)))
				}
			}
			out.WriteString(strings.TrimRight(b.String(), " ") + "\n")
		}
	}
	return out.String()
}

// drop removes the columns that are empty.
func (t *table) drop() {
	for i := len(t.columns) - 1; i >= 0; i-- {
		if slices.ContainsFunc(t.rows, func(row []cell) bool { return row[i].text != "" }) {
			continue
		}
		t.columns = slices.Delete(slices.Clone(t.columns), i, i+1)
		for j, row := range t.rows {
			t.rows[j] = slices.Delete(slices.Clone(row), i, i+1)
		}
	}
}

// slimmest is the least width to which a column yields.
const slimmest = 12

// widths are those of the columns' texts. On a terminal the widest columns yield until a row fits; elsewhere a text
// that is very long shifts only its own row.
func (t *table) widths(s Settings) []int {
	widths := make([]int, len(t.columns))
	sum := len(gap) * (len(widths) - 1)
	for i, c := range t.columns {
		widths[i] = view.Width(c.heading)
		for _, row := range t.rows {
			w := view.Width(row[i].text)
			if !s.Terminal {
				w = min(w, narrowest)
			}
			widths[i] = max(widths[i], w)
		}
		sum += widths[i]
	}
	for s.Terminal && sum > s.width() {
		widest := -1
		for i, c := range t.columns {
			if c.yields && widths[i] > slimmest && (widest < 0 || widths[i] > widths[widest]) {
				widest = i
			}
		}
		if widest < 0 {
			break
		}
		widths[widest]--
		sum--
	}
	return widths
}

// folded is the lines that a row takes.
func folded(row []cell, widths []int, fold bool) [][]cell {
	if !fold {
		return [][]cell{row}
	}
	var lines [][]cell
	for i, c := range row {
		for j, text := range view.Wrap(c.text, widths[i]) {
			if j == len(lines) {
				lines = append(lines, make([]cell, len(row)))
			}
			lines[j][i] = cell{text, c.style}
		}
	}
	return lines
}
