package text

import (
	"fmt"
	"io"
	"strings"

	"countersign/view"
)

// meter is a line on a terminal that says how many bytes are sent. It is drawn only when its text changes, so that add
// may be called for every chunk.
type meter struct {
	w     io.Writer
	bar   int   // columns between the brackets
	total int64 // 0: not known
	sent  int64
	shown string // the line as drawn last
}

// add counts n more bytes, or fewer where some must be sent again.
func (m *meter) add(n int64) {
	m.sent = max(0, m.sent+n)
	m.draw()
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
	if m.total <= 0 || m.sent > m.total { // more than expected: a file was sent again, or fetched before
		return "Staging " + view.Size(m.sent)
	}
	done := int(float64(m.sent) / float64(m.total) * float64(m.bar))
	saucer := strings.Repeat("=", done)
	if done < m.bar {
		saucer += ">"
	}
	return fmt.Sprintf("Staging [%s] %s", view.Pad(saucer, m.bar), view.Portion(m.sent, m.total))
}

// erase leaves an empty line.
func (m *meter) erase() {
	if m.shown != "" {
		fmt.Fprint(m.w, "\r"+strings.Repeat(" ", view.Width(m.shown))+"\r")
		m.shown = ""
	}
}
