package text

import (
	"io"
	"strings"

	"countersign/reconcile"
	"countersign/reconcile/plans"
	"countersign/view"
)

// Accepted is what the command accept took in.
type Accepted struct {
	reconcile.Acceptance
	Files   []string // that are rewritten
	DryRun  bool
	Refused bool // something else could not be taken in, and is shown elsewhere
}

// Accept writes what was taken into the files, and what it means for who can approve.
func Accept(w io.Writer, a Accepted, s Settings) error {
	edits := &plans.Plan{Drift: a.Edits, People: a.People}
	l := view.NamesOf(edits)
	var out strings.Builder
	line := func(text string) { out.WriteString(strings.Join(view.Wrap(text, s.width()-2), "\n  ") + "\n") }
	if len(a.Files) > 0 {
		out.WriteString("\n")
	}
	for i, r := range a.Rewrites {
		what := strings.Join(r.Attributes, ", ")
		if r.Gone {
			what = "deleted by hand, and no longer declared; the next apply forgets it"
		}
		line(view.OneLine(r.Address.String()) + ": " + what)
		line("  " + l.VerdictText(view.VerdictOfDrift(&a.Edits[i])))
	}
	for _, address := range a.Said {
		line(view.OneLine(address.String()) +
			": nothing to write, what was edited is what the configuration says, does not set, or ignores")
	}
	if verdicts := view.VerdictLine(view.DriftVerdicts(edits)); verdicts.Text != "" {
		out.WriteString("\n" + remark(verdicts, s))
	}
	switch {
	case len(a.Rewrites)+len(a.Said) == 0 && a.Refused:
		line("Nothing could be taken in.")
	case len(a.Rewrites)+len(a.Said) == 0:
		line("No drift. There is nothing to take in.")
	case len(a.Files) == 0:
	case a.DryRun:
		out.WriteString("\nNothing was written (-dry-run).\n")
	default:
		out.WriteString("\n" + Wrapped("Wrote "+view.OneLine(strings.Join(a.Files, ", "))+
			". The next plan leaves what was edited as it is; the state records it with the next apply.", s))
	}
	return write(w, out.String())
}
