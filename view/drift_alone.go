package view

import (
	"fmt"
	"strings"

	"countersign/reconcile/plans"
)

// DriftNumbers is the line that says how much was edited by hand, and what to know or do about that.
func DriftNumbers(p *plans.Plan) (line, about string) {
	line, about = driftNumbers(p)
	return line, strings.TrimSpace(about + " " + ChecksLine(p))
}

func driftNumbers(p *plans.Plan) (line, about string) {
	only := ""
	if len(p.Targets) > 0 {
		only = " Only " + OneLine(strings.Join(p.Targets, ", ")) + " was looked at (-target)."
	}
	compared := Count(len(p.Changes), "template")
	edited, deleted := DriftCounts(p)
	line = fmt.Sprintf("Drift: %d edited, %d deleted, of %s.", edited, deleted, compared)
	if n := len(p.Unmanaged); n > 0 {
		line = fmt.Sprintf("%s; %d unmanaged.", strings.TrimSuffix(line, "."), n)
	}
	switch {
	case len(p.Drift) > 0:
		return line, VerdictLine(DriftVerdicts(p)) + " `countersign plan` shows what the configuration would undo of " +
			"this; `countersign accept` writes it into the files; `countersign apply -refresh-only` records it as it " +
			"is." + only
	case len(p.Unmanaged) > 0:
		return line, "Nothing that is bound was edited by hand. What nobody declared may have been made by hand: " +
			"import it, remove it in the drive's console, or say unmanaged = \"ignore\" in its folder's block." + only
	case len(p.Changes) > 0:
		about = fmt.Sprintf("Nothing was edited by hand since the last apply or refresh: %s compared with the state.",
			compared)
	case only != "":
		about = "There is nothing there that could have drifted: the state binds no such template."
	default:
		about = "There is nothing that could have drifted: the state binds no template."
	}
	return "No drift.", about + only
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
