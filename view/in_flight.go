package view

import (
	"fmt"
	"strings"

	"countersign/reconcile/plans"
)

// inFlight is a line about the open approvals that were raised from a template that changes or goes; nothing where
// there are none, or nobody has looked.
func (l *Names) inFlight(c *plans.Change) []Node {
	f := c.InFlight
	if f == nil || f.Open == 0 {
		return nil
	}
	names := upTo(most, len(f.By), func(i int) string {
		by, who := f.By[i], "somebody whom the drive does not name"
		if by.Who.ID != 0 {
			who = l.Called(by.Who)
		}
		if by.Open > 1 {
			who += fmt.Sprintf(" (%d)", by.Open)
		}
		return who
	})
	text := fmt.Sprint(f.Open)
	if f.Since != 0 {
		text += ", since " + Moment(f.Since)
	}
	text += ", raised by " + strings.Join(names, ", ")
	if c.KeepsRules() {
		text += "; they go on by the old rules"
	} else {
		text += "; the drive's document does not say whether they keep the old rules"
	}
	return []Node{{Mark: Same, Label: "open approvals", After: text}}
}

// inFlightLine counts the open approvals that a plan touches: "" where nobody has looked, or not all are known.
func inFlightLine(p *plans.Plan) string {
	open, of, looked := 0, 0, false
	for i := range p.Changes {
		switch c := &p.Changes[i]; {
		case c.InFlight != nil:
			looked = true
			if open += c.InFlight.Open; c.InFlight.Open > 0 {
				of++
			}
		case c.Unsettles():
			return ""
		}
	}
	switch {
	case !looked:
		return ""
	case open == 0:
		return "Open approvals: none was raised from what changes here."
	}
	return fmt.Sprintf("Open approvals: %d, raised from %s that %s here.", open, Count(of, "template"),
		Verb(of, "changes", "change"))
}
