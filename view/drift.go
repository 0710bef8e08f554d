package view

import (
	"strings"

	"countersign/reconcile"
	"countersign/schema"
)

const driftIntro = "Since the last apply or refresh, these were edited in the drive's console (recorded → live):"

// drift tells apart what others changed since Countersign last looked: recorded → live.
func (l *lexicon) drift(p *reconcile.Plan, s Settings) string {
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
func recreated(p *reconcile.Plan) map[string]*schema.Template {
	again := map[string]*schema.Template{}
	for _, c := range p.Changes {
		if c.Recreates {
			again[c.Address] = c.After
		}
	}
	return again
}

// consequence says what a plan does about the drift it tells.
func consequence(p *reconcile.Plan) string {
	acted := map[string]bool{}
	for _, c := range p.Changes {
		acted[c.Address] = acted[c.Address] || c.Action != reconcile.NoOp
	}
	undone := 0
	for _, d := range p.Drift {
		if acted[d.Address] {
			undone++
		}
	}
	switch undone {
	case 0:
		return "No action follows from these edits: the configuration says the same, does not set what was edited, or ignores it. Apply records them."
	case len(p.Drift):
		return "The actions below undo these edits, but for values that the configuration does not set or ignores."
	}
	return "The actions below undo some of these edits. The others stay: there the configuration says the same, does not set what was edited, or ignores it."
}

// drifted tells one edit. again is what the plan makes anew of one that is gone: when it is what was recorded, it is told
// there and not twice.
func (l *lexicon) drifted(d *reconcile.Drift, again *schema.Template) block {
	c := reconcile.Change{Address: d.Address, Action: reconcile.Update, ID: d.ID, Place: d.Place, Before: d.Recorded, After: d.Live, Steps: d.Steps}
	h := heading{fate: "has changed", where: where(&c), change: &c}
	b := block{mark: changes, title: quote(titleOf(&c))}
	if d.Live == nil {
		h.fate = "has been deleted"
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
	h.comments = append([]string{oneLine(d.Address) + " " + h.fate}, h.comments...)
	b.heads = []heading{h}
	return b
}
