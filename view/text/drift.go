package text

import (
	"io"
	"strings"

	"countersign/reconcile/plans"
	"countersign/view"
)

// Drift writes what was edited by hand, for the command drift: what was recorded and what is live, by whom and when;
// which templates nobody declared; and at the end how much there is and what to do about it.
func Drift(w io.Writer, p *plans.Plan, s Settings) error {
	l := view.NamesOf(p)
	return write(w, drift(l, p, s)+Unmanaged(l, p.Unmanaged, s)+diagnosticSection(p.Warnings, s)+driftEnding(p, s))
}

func driftEnding(p *plans.Plan, s Settings) string {
	line, about := view.DriftNumbers(p)
	if len(p.Drift)+len(p.Unmanaged) == 0 {
		return s.paint().in(greenBold, line) + "\n\n" + Wrapped(about, s)
	}
	kind, numbers, _ := strings.Cut(line, " ")
	return Wrapped(about, s) + "\n" + s.paint().in(bold, kind) + " " + numbers + "\n"
}
