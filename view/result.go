package view

import (
	"fmt"
	"strings"

	"countersign/reconcile/plans"
)

// ResultLine is the line with the numbers.
func ResultLine(r *plans.Result, mode plans.Mode) string {
	verb := "Apply"
	if mode == plans.Destroy {
		verb = "Destroy"
	}
	short := ShortfallOf(r)
	if short == (Shortfall{}) {
		return verb + " complete! Resources: " + resourceCounts(r.Counts(), mode) + "."
	}
	var parts []string
	for _, p := range []struct {
		n    int
		what string
	}{{short.failed, "failed"}, {short.unknown, "not known"}, {short.notTried, "not tried"}, {short.refused, "refused"},
		{short.twice, "there more than once"}} {
		if p.n > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", p.n, p.what))
		}
	}
	if short.noOutputs {
		parts = append(parts, "the outputs are not known")
	}
	if short.unwritten {
		parts = append(parts, "the state could not be written")
	}
	return verb + " incomplete: " + strings.Join(parts, ", ") + ". Resources: " + resourceCounts(r.Counts(), mode) + "."
}

// Shortfall counts what was not done.
type Shortfall struct {
	failed, unknown, notTried, refused, twice int
	noOutputs, unwritten                      bool
}

// ShortfallOf counts what a result lacks.
func ShortfallOf(r *plans.Result) Shortfall {
	n := Shortfall{notTried: len(r.NotTried), refused: r.Refused, twice: len(r.Spare()), noOutputs: r.NoOutputs,
		unwritten: r.Unwritten}
	failed := func(unknown bool) {
		if unknown {
			n.unknown++
		} else {
			n.failed++
		}
	}
	for i := range r.Failed {
		failed(r.Failed[i].Unknown)
	}
	for i := range r.Staged {
		switch s := &r.Staged[i]; {
		case s.NotTried:
			n.notTried++
		case s.Err != nil:
			failed(s.Unknown)
		}
	}
	return n
}

func resourceCounts(n plans.Counts, mode plans.Mode) string {
	if mode == plans.Destroy {
		line := fmt.Sprintf("%d destroyed", n.Destroy)
		if n.Forget > 0 {
			line += fmt.Sprintf(", %d forgotten", n.Forget)
		}
		return line
	}
	line := fmt.Sprintf("%d added, %d changed, %d destroyed", n.Add, n.Change, n.Destroy)
	if n.Import > 0 {
		line = fmt.Sprintf("%d imported, ", n.Import) + line
	}
	if n.Forget > 0 {
		line += fmt.Sprintf(", %d forgotten", n.Forget)
	}
	return line
}

// MayHave follows an attempt whose outcome is not known.
const MayHave = " may or may not have taken place"

// How the outcome of a write is found out whose answer was lost.
const (
	FindsOut = "The next run reads the drive to find out what became of a write whose answer was lost; nothing is " +
		"sent twice."
	FindsOutStaged = "The next apply looks for the files, assumes that links were posted, " +
		"and stages again what it does not find."
)

// StagingAttempt is Attempt for an attachment.
const StagingAttempt = "staging"

// Attempt names what was to be done.
func Attempt(f *plans.Failure) string {
	c := &f.Change
	switch {
	case f.Removal:
		return fmt.Sprintf("destroy (tid %d, replaced already)", c.ID)
	case c.Action == plans.Replace:
		return "replace" + tid(c.ID)
	case c.Action == plans.Create:
		return "create"
	case c.Action == plans.NoOp:
		return "import" + tid(c.ID)
	case c.Action == plans.Remove:
		return "destroy" + tid(c.ID)
	}
	return string(c.Action) + tid(c.ID)
}

func tid(id int64) string {
	if id == 0 {
		return ""
	}
	return fmt.Sprintf(" (tid %d)", id)
}

// Cause is an error on one line; several that were joined stand one after the other.
func Cause(err error) string {
	if err == nil {
		return "no reason is known"
	}
	return OneLine(strings.ReplaceAll(strings.TrimSpace(err.Error()), "\n", "; "))
}
