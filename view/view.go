// Package view has the words for plans, drift, approvals and results, and small trees of lines (Node) made of them:
// words.go, template.go, step.go and attachment.go turn values into words, change.go puts these under headings (Block).
// It knows no form and writes nothing: view/text, html, markdown, json, graph and ci each show it in their own way, and
// all printing of the program happens there. Every text that comes from a drive or a file goes through escape.go, so
// that no title can move the cursor, colour the screen or fake a line.
package view

// Subject is what a report is about: a command's name.
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
