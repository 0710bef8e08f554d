package view

import (
	"fmt"
	"strings"

	"countersign/reconcile"
	"countersign/schema"
	"countersign/schema/addr"
)

const driftIntro = "Since the last apply or refresh, these were edited in the drive's console (recorded → live)."

// drift tells apart what others changed since Countersign last looked: recorded → live.
func (l *naming) drift(p *reconcile.Plan, s Settings) string {
	if len(p.Drift) == 0 {
		return ""
	}
	var out strings.Builder
	again := recreated(p)
	out.WriteString(headed(amberBold, "Note:", "Changed outside of Countersign", s) + "\n")
	out.WriteString(wrapped(driftIntro, s) + "\n")
	for i := range p.Drift {
		b := l.drifted(&p.Drift[i], again[p.Drift[i].Address])
		out.WriteString(b.text(s) + "\n")
	}
	if p.Mode == reconcile.Normal {
		out.WriteString(wrapped(consequence(p), s) + "\n")
		out.WriteString(strings.Repeat("─", s.width()) + "\n\n")
	}
	return out.String()
}

// recreated is what the plan makes anew of what is gone, by address.
func recreated(p *reconcile.Plan) map[addr.Address]*schema.Template {
	again := map[addr.Address]*schema.Template{}
	for _, c := range p.Changes {
		if c.Recreates() {
			again[c.Address] = c.After
		}
	}
	return again
}

// consequence says what a plan does about the drift it tells.
func consequence(p *reconcile.Plan) string {
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
func stays(d *reconcile.Drift) []string {
	var lines []string
	for _, r := range []struct {
		why       reconcile.StayReason
		one, more string
	}{
		{reconcile.Agreed, "the configuration says the same by now", "the configuration says the same by now"},
		{reconcile.Unset, "the configuration does not set it", "the configuration does not set them"},
		{reconcile.Ignored, "ignore_changes names it", "ignore_changes names them"},
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

// drifted tells one edit. again is what the plan makes anew of one that is gone: when it is what was recorded, it is
// told there and not twice.
func (l *naming) drifted(d *reconcile.Drift, again *schema.Template) block {
	c := reconcile.Change{Address: d.Address, Action: reconcile.Update, ID: d.ID, Place: d.Place, Before: d.Recorded,
		After: d.Live, Steps: d.Steps}
	h := heading{address: d.Address, subject: oneLine(d.Address.String()), outcome: "has changed", where: where(&c),
		change: &c}
	b := block{mark: changes, title: quote(titleOf(&c))}
	if d.Live == nil {
		h.outcome = "has been deleted"
		b.mark = removes
		if again == nil || !again.Equal(*d.Recorded) {
			b.body = l.whole(removes, d.Recorded)
		}
		h.comments = []string{"(by whom and when, the drive does not tell)"}
	} else {
		b.body = l.difference(d.Recorded, d.Live, d.Steps)
		if len(b.body) == 0 {
			b.body = []node{{mark: changes, label: "scope", after: "now on " + place(d.Place)}}
		}
		if who := l.editor(d.Edited); who != "" {
			h.comments = []string{"(edited" + who + ")"}
		}
	}
	h.comments = append(h.comments, stays(d)...)
	b.heads = []heading{h}
	return b
}
