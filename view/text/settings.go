// Package text shows plans, states, results, approvals and diagnostics to a person, as text. Comments and pages use
// parts of it where they have lines of text too.
package text

import "io"

// Settings are what is known of where the text goes.
type Settings struct {
	Color    bool
	Terminal bool // a person watches: progress bars
	Width    int  // columns; 0 is 80
	Compact  bool // only the summaries of warnings, unless there are errors among them
}

// ForReports is the layout of text in a report that a code host shows.
var ForReports = Settings{Width: 100}

// narrowest is the least width that text is laid out for.
const narrowest = 40

func (s Settings) width() int {
	if s.Width == 0 {
		return 80
	}
	return max(s.Width, narrowest)
}

func (s Settings) paint() paint { return paint(s.Color) }

// paint colours text, or leaves it alone.
type paint bool

// style is the parameter of an ANSI SGR sequence.
type style string

const (
	plain     style = ""
	bold      style = "1"
	dim       style = "2"
	underline style = "4"
	red       style = "31"
	green     style = "32"
	yellow    style = "33"
	cyan      style = "36"
	redBold   style = "1;31"
	greenBold style = "1;32"
	amberBold style = "1;33"
)

func (p paint) in(s style, text string) string {
	if !p || s == plain || text == "" {
		return text
	}
	return "\x1b[" + string(s) + "m" + text + "\x1b[0m"
}

func write(w io.Writer, text string) error {
	_, err := io.WriteString(w, text)
	return err
}
