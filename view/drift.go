package view

import (
	"fmt"
	"strings"

	"countersign/reconcile/plans"
	"countersign/schema"
	"countersign/schema/addr"
)

// DriftIntro stands above what was edited by hand.
const DriftIntro = "Since the last apply or refresh, these were edited in the drive's console (recorded → live)."

// recreated is what the plan makes anew of what is gone, by address.
func recreated(p *plans.Plan) map[addr.Address]*schema.Template {
	again := map[addr.Address]*schema.Template{}
	for _, c := range p.Changes {
		if c.Recreates() {
			again[c.Address] = c.After
		}
	}
	return again
}

// Consequence says what a plan does about the drift it tells.
func Consequence(p *plans.Plan) string {
	undone, stay := 0, false
	for _, d := range p.Drift {
		if d.Undone {
			undone++
		}
		stay = stay || len(d.Stays) > 0
	}
	const keep = " To keep one, take it into the files with countersign accept."
	switch {
	case undone == 0:
		return "No action follows from these edits. Apply records them."
	case undone < len(p.Drift):
		return "The actions of this plan undo some of these edits; the others stay." + keep
	case stay:
		return "The actions of this plan undo these edits, but for what is said to stay." + keep
	}
	return "The actions of this plan undo these edits." + keep
}

// stays says what of an edit the plan leaves as it is, a reason a line: "(description stays: the configuration does not
// set it)".
func stays(d *plans.Drift) []string {
	var lines []string
	for _, r := range []struct {
		why       plans.StayReason
		one, more string
	}{
		{plans.Agreed, "the configuration says the same by now", "the configuration says the same by now"},
		{plans.Unset, "the configuration does not set it", "the configuration does not set them"},
		{plans.Ignored, "ignore_changes names it", "ignore_changes names them"},
	} {
		var names []string
		for _, s := range d.Stays {
			if s.Why == r.why {
				names = append(names, s.Attribute)
			}
		}
		switch len(names) {
		case 0:
		case 1:
			lines = append(lines, fmt.Sprintf("(%s stays: %s)", names[0], r.one))
		default:
			lines = append(lines, fmt.Sprintf("(%s stay: %s)", strings.Join(names, ", "), r.more))
		}
	}
	return lines
}

// Edits are what was edited by hand, a block for each template, in the order of the plan's drift.
func (l *Names) Edits(p *plans.Plan) []Block {
	again := recreated(p)
	out := make([]Block, len(p.Drift))
	for i := range p.Drift {
		out[i] = l.drifted(&p.Drift[i], again[p.Drift[i].Address])
	}
	return out
}

// drifted tells one edit. again is what the plan makes anew of one that is gone: when it is what was recorded, it is
// told there and not twice.
func (l *Names) drifted(d *plans.Drift, again *schema.Template) Block {
	c := plans.Change{Address: d.Address, Action: plans.Update, ID: d.ID, Place: d.Place, Before: d.Recorded,
		After: d.Live, Steps: d.Steps}
	h := Heading{Outcome: "has changed", Where: Where(&c), Change: &c}
	b := Block{Mark: Changes, Title: Quote(TitleOf(&c))}
	if d.Live == nil {
		h.Outcome = "has been deleted"
		b.Mark = Removes
		if again == nil || !again.Equal(*d.Recorded) {
			b.Body = l.whole(Removes, d.Recorded)
		}
		l.means(&b, VerdictOfDrift(d))
		h.Notes = []string{"(by whom and when, the drive does not tell)"}
	} else {
		b.Body = l.Difference(d.Recorded, d.Live, d.Steps)
		if len(b.Body) == 0 {
			b.Body = []Node{{Mark: Changes, Label: "scope", After: "now on " + Place(d.Place)}}
		}
		l.means(&b, VerdictOfDrift(d))
		if who := l.editor(d.Edited); who != "" {
			h.Notes = []string{"(edited" + who + ")"}
		}
	}
	h.Subject, h.Notes = OneLine(d.Address.String()), append(h.Notes, stays(d)...)
	b.Heads = []Heading{h}
	return b
}
