package view

// Mark is what happens to the thing a line is about.
type Mark string

// What happens to things.
const (
	Adds    Mark = "+"
	Removes Mark = "-"
	Changes Mark = "~"
	Renews  Mark = "+/-" // created anew, then removed
	Forgets Mark = "."
	Same    Mark = " "
)

// Node is one line of a comparison, with what belongs below it. It holds words and no layout: text is one way to
// show it.
type Node struct {
	Mark   Mark
	Label  string // "title", `step 2 of 3 "终审"`; "" for a line that is its value alone
	Column bool   // label is one of several short ones that line up
	Note   string // what else is to be said of the label: "moved from step 3"
	Before string // of a change; shown as before → after
	After  string // the value
	Kids   []Node
}
