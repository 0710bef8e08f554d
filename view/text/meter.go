package text

import (
	"fmt"
	"io"
	"strings"

	"countersign/view"
)

// meter is the last line on a terminal while something is done, and says how much of it is. It is drawn only when its
// text changes, so that add may be called for every chunk.
type meter struct {
	w     io.Writer
	what  string // "Applying"
	bytes bool   // it counts bytes
	bar   int    // columns between the brackets
	total int64  // 0: not known
	done  int64
	shown string // the line as drawn last
}

// often is into how many parts a long count is cut, each of which is drawn.
const often = 200

// add counts n more, or fewer where some must be done again.
func (m *meter) add(n int64) {
	m.done = max(0, m.done+n)
	if m.bytes || m.done%max(1, m.total/often) == 0 {
		m.draw()
	}
}

func (m *meter) draw() {
	line := m.text()
	if line == m.shown {
		return
	}
	fmt.Fprint(m.w, "\r"+view.Pad(line, view.Width(m.shown)))
	m.shown = line
}

// text is "Staging [====>     ] 12.3 / 40.0 MB", or without a total "Staging 12.3 MB".
func (m *meter) text() string {
	alone, portion := fmt.Sprint(m.done), fmt.Sprintf("%d / %d", m.done, m.total)
	if m.bytes {
		alone, portion = view.Size(m.done), view.Portion(m.done, m.total)
	}
	if m.total <= 0 || m.done > m.total { // more than expected: a file was sent again, or fetched before
		return m.what + " " + alone
	}
	done := int(float64(m.done) / float64(m.total) * float64(m.bar))
	saucer := strings.Repeat("=", done)
	if done < m.bar {
		saucer += ">"
	}
	return fmt.Sprintf("%s [%s] %s", m.what, view.Pad(saucer, m.bar), portion)
}

// erase leaves an empty line.
func (m *meter) erase() {
	if m.shown != "" {
		fmt.Fprint(m.w, "\r"+strings.Repeat(" ", view.Width(m.shown))+"\r")
		m.shown = ""
	}
}
