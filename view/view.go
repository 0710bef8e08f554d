// Package view shows plans, states, results and diagnostics to a person, as text, and has what its forms share:
// view/json, html, markdown, graph and ci are each a package over it, which it does not import. All printing of the
// program happens in these: their functions write what they are given to the writer they are given and decide
// nothing.
//
// What is said is kept apart from how it looks: words.go, template.go, step.go and attachment.go turn values into
// words and small trees of lines (Node), change.go puts these under headings (Block); each form lays them out in its
// own way. Every text that comes from a drive or a file goes through escape.go, so that no title can move the
// cursor, colour the screen or fake a line.
package view

import "io"

// Settings are what is known of where the text goes.
type Settings struct {
	Color    bool
	Terminal bool // a person watches: progress bars
	Width    int  // columns; 0 is 80
	Compact  bool // of warnings the summaries alone, unless there are errors among them
}

// ForReports is how text in a report that a host shows is laid out.
var ForReports = Settings{Width: 100}

// narrowest is the width below which text is no longer made narrower.
const narrowest = 40

func (s Settings) width() int {
	if s.Width == 0 {
		return 80
	}
	return max(s.Width, narrowest)
}

func (s Settings) paint() paint { return paint(s.Color) }

// Subject is what a comment is about: a command's name.
type Subject string

const (
	OfPlan  Subject = "plan"
	OfDrift Subject = "drift"
)

// Failed is the headline in place of the numbers.
func (s Subject) Failed() string {
	if s == OfDrift {
		return "Looking for drift failed"
	}
	return "Planning failed"
}

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
