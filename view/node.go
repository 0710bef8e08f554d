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

// Node is one line of a comparison, with the lines that belong below it. It holds words and no layout.
type Node struct {
	Mark   Mark
	Label  string // "title", `step 2 of 3 "终审"`; "" for a line that is a value alone
	Column bool   // values after labels of this kind line up
	Note   string // stands after the label: "moved from step 3"
	Before string // the value until now, of a change: before → after
	After  string // the value
	Alarm  bool   // a verdict that somebody must look at: see Verdict.Alarms
	Kids   []Node
}
