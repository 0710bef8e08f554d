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

// recreated is what the plan creates again because it is gone, by address.
func recreated(p *plans.Plan) map[addr.Address]*schema.Template {
	again := map[addr.Address]*schema.Template{}
	for _, c := range p.Changes {
		if c.Recreates() {
			again[c.Address] = c.After
		}
	}
	return again
}

// Consequence is what a plan does about drift; "" for a plan that only shows or records it.
func Consequence(p *plans.Plan) string {
	if p.Mode != plans.Normal {
		return ""
	}
	undone, stay := 0, false
	for _, d := range p.Drift {
		if d.Undone {
			undone++
		}
		stay = stay || len(d.Stays) > 0
	}
	const keep = " To keep one, write it into the files with countersign accept."
	switch {
	case undone == 0:
		return "No action follows from these edits. Apply records them."
	case undone < len(p.Drift):
		return "The actions of this plan undo some of these edits; the others stay." + keep
	case stay:
		return "The actions of this plan undo these edits, except for what is marked as staying." + keep
	}
	return "The actions of this plan undo these edits." + keep
}

// stays are the attributes that the plan leaves as edited, a line for each reason: "description stays: the
// configuration does not set it".
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
			lines = append(lines, fmt.Sprintf("%s stays: %s", names[0], r.one))
		default:
			lines = append(lines, fmt.Sprintf("%s stay: %s", strings.Join(names, ", "), r.more))
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

// drifted is one edit. again is what the plan creates in place of a template that is gone; where that is what was
// recorded, the plan's action shows it, and not this block too.
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
		h.Notes = []string{"the drive does not say by whom and when"}
	} else {
		b.Body = l.Difference(d.Recorded, d.Live, d.Steps)
		if len(b.Body) == 0 {
			b.Body = []Node{{Mark: Changes, Label: "scope", After: "now on " + Place(d.Place)}}
		}
		if who := l.editor(d.Edited); who != "" {
			h.Notes = []string{"edited" + who}
		}
	}
	l.addVerdict(&b, VerdictOfDrift(d))
	h.Subject, h.Notes = OneLine(d.Address.String()), append(h.Notes, stays(d)...)
	b.Heads = []Heading{h}
	return b
}

// DriftNumbers counts what was edited by hand, for the command drift, and says what to do about it.
func DriftNumbers(p *plans.Plan) (line, about string) {
	line, about = driftNumbers(p)
	return line, sentences(about, onlyTargets(p), ChecksLine(p))
}

func driftNumbers(p *plans.Plan) (line, about string) {
	compared := Count(len(p.Changes), "template")
	edited, deleted := DriftCounts(p)
	line = fmt.Sprintf("Drift: %d edited, %d deleted, of %s.", edited, deleted, compared)
	if n := len(p.Unmanaged); n > 0 {
		line = fmt.Sprintf("%s; %d unmanaged.", strings.TrimSuffix(line, "."), n)
	}
	switch {
	case len(p.Drift) > 0:
		return line, VerdictLine(DriftVerdicts(p)).Text +
			" `countersign plan` shows what the configuration would undo of this; " +
			"`countersign accept` writes it into the files; `countersign apply -refresh-only` records it as it is."
	case len(p.Unmanaged) > 0:
		return line, "Nothing that is bound was edited by hand. What nobody declared may have been made by hand: " +
			"import it, remove it in the drive's console, or say unmanaged = \"ignore\" in its folder's block."
	case len(p.Changes) > 0:
		about = fmt.Sprintf("Nothing was edited by hand since the last apply or refresh: %s compared with the state.",
			compared)
	case len(p.Targets) > 0:
		about = "There is nothing there that could have drifted: the state binds no such template."
	default:
		about = "There is nothing that could have drifted: the state binds no template."
	}
	return "No drift.", about
}

// DriftCounts counts what was edited by hand, and what is gone.
func DriftCounts(p *plans.Plan) (edited, deleted int) {
	for _, d := range p.Drift {
		if d.Live == nil {
			deleted++
		} else {
			edited++
		}
	}
	return edited, deleted
}
