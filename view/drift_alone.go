package view

import (
	"fmt"
	"io"
	"strings"

	"countersign/reconcile"
)

// Drift writes what was edited by hand, for `drift`: per template and field what was recorded and what is live, who edited
// it and when; at the end, in numbers, what there was and what can be done about it.
func Drift(w io.Writer, p *reconcile.Plan, s Settings) error {
	l := planLexicon(p)
	return write(w, l.drift(p, s)+diagnostics(p.Warnings, s)+driftEnding(p, s))
}

func driftEnding(p *reconcile.Plan, s Settings) string {
	paint := s.paint()
	only := ""
	if len(p.Targets) > 0 {
		only = " Only " + oneLine(strings.Join(p.Targets, ", ")) + " was looked at (-target)."
	}
	if len(p.Drift) == 0 {
		why := fmt.Sprintf("Nothing was edited by hand since the last apply or refresh: %s compared with the state.", count(len(p.Changes), "template"))
		if len(p.Changes) == 0 {
			why = "There is nothing that could have drifted: the state binds no template."
			if only != "" {
				why = "There is nothing there that could have drifted: the state binds no such template."
			}
		}
		return paint.in(greenBold, "No drift.") + "\n\n" + wrapped(why+only, s)
	}
	edited, deleted := 0, 0
	for _, d := range p.Drift {
		if d.Live == nil {
			deleted++
		} else {
			edited++
		}
	}
	next := "`countersign plan` shows what the configuration would undo of this; `countersign apply -refresh-only` records it as it is." + only
	return wrapped(next, s) + "\n" + paint.in(bold, "Drift:") + fmt.Sprintf(" %d edited, %d deleted, of %s.\n", edited, deleted, count(len(p.Changes), "template"))
}
