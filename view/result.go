package view

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"countersign/reconcile"
	"countersign/state"
)

// Result writes the end of an apply: "Apply complete! Resources: …", then the outputs. When something failed, it first
// says what was done, what failed, what may or may not have been done and what was not tried, a line each, and ends
// with "Apply incomplete: …". mode tells a destroy ("Destroy complete! …") and a refresh.
func Result(w io.Writer, r *reconcile.Result, outputs map[string]state.Output, mode reconcile.Mode, s Settings) error {
	paint := s.paint()
	var out strings.Builder
	if r.Recorded > 0 {
		out.WriteString("\nRecorded in the state: " + Count(r.Recorded, "edit") + " made by hand.\n")
	}
	if shortfallOf(r) != (shortfall{}) {
		out.WriteString("\n" + account(r, s))
		out.WriteString(paint.in(redBold, ResultLine(r, mode)) + "\n")
	} else {
		out.WriteString("\n" + paint.in(greenBold, ResultLine(r, mode)) + "\n")
	}
	if len(outputs) > 0 {
		out.WriteString("\n" + paint.in(bold, "Outputs:") + "\n\n" + outputLines(outputs))
	}
	return write(w, out.String())
}

// ResultLine is the line with the numbers.
func ResultLine(r *reconcile.Result, mode reconcile.Mode) string {
	verb := "Apply"
	if mode == reconcile.Destroy {
		verb = "Destroy"
	}
	short := shortfallOf(r)
	if short == (shortfall{}) {
		return verb + " complete! Resources: " + resourceCounts(r.Counts(), mode) + "."
	}
	var parts []string
	for _, p := range []struct {
		n    int
		what string
	}{{short.failed, "failed"}, {short.unknown, "not known"}, {short.notTried, "not tried"}, {short.refused,
		"refused"}, {short.twice, "there more than once"}} {
		if p.n > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", p.n, p.what))
		}
	}
	return verb + " incomplete: " + strings.Join(parts, ", ") + ". Resources: " + resourceCounts(r.Counts(), mode) + "."
}

// shortfall counts what was not done.
type shortfall struct{ failed, unknown, notTried, refused, twice int }

func shortfallOf(r *reconcile.Result) shortfall {
	n := shortfall{notTried: len(r.NotTried), refused: r.Refused, twice: len(r.Spare())}
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

func resourceCounts(n reconcile.Counts, mode reconcile.Mode) string {
	if mode == reconcile.Destroy {
		line := fmt.Sprintf("%d destroyed", n.Destroy)
		if n.Forget > 0 {
			line += fmt.Sprintf(", %d forgotten", n.Forget)
		}
		return line
	}
	line := ""
	if n.Import > 0 {
		line = fmt.Sprintf("%d imported, ", n.Import)
	}
	line += fmt.Sprintf("%d added, %d changed, %d destroyed", n.Add, n.Change, n.Destroy)
	if n.Forget > 0 {
		line += fmt.Sprintf(", %d forgotten", n.Forget)
	}
	return line
}

// account says of every change how it ended.
func account(r *reconcile.Result, s Settings) string {
	e := endings{notTried: map[string][]string{}}
	e.templates(r)
	e.attachments(r.Staged)
	return e.text(s)
}

// endings are the lines of an account, by how changes ended.
type endings struct {
	done, failed, unknown []string
	settled               []string            // how what is unknown is found out, each way once
	reasons               []string            // why some were not tried
	notTried              map[string][]string // by reason
}

// MayHave follows what nobody knows whether it was done.
const MayHave = " may or may not have taken place"

func (e *endings) fail(what string, err error, unknown bool, settled string) {
	if !unknown {
		e.failed = append(e.failed, what+" failed: "+Cause(err))
		return
	}
	e.unknown = append(e.unknown, what+MayHave+": "+Cause(err))
	if !slices.Contains(e.settled, settled) {
		e.settled = append(e.settled, settled)
	}
}

func (e *endings) skip(what string, err error) {
	why := Cause(err)
	if e.notTried[why] == nil {
		e.reasons = append(e.reasons, why)
	}
	e.notTried[why] = append(e.notTried[why], what)
}

func (e *endings) templates(r *reconcile.Result) {
	for i := range r.Done {
		c := &r.Done[i].Change
		switch {
		case c.Action == reconcile.NoOp && !c.Importing:
			continue
		case c.Action == reconcile.Replace:
			e.done = append(
				e.done,
				fmt.Sprintf("%s: replaced (tid %d, tid %d is destroyed)", SubjectOf(c), r.Done[i].ID,
					c.ID),
			)
		default:
			e.done = append(e.done, SubjectOf(c)+": "+verbsOf(c, false).past+tid(r.Done[i].ID))
		}
	}
	for i := range r.Failed {
		f := &r.Failed[i]
		e.fail(SubjectOf(&f.Change)+": "+Attempt(f), f.Err, f.Unknown, Settles)
	}
	for i := range r.NotTried {
		f := &r.NotTried[i]
		e.skip(SubjectOf(&f.Change)+": "+Attempt(f), f.Err)
	}
	for _, d := range r.Spare() {
		e.failed = append(e.failed, fmt.Sprintf("%s: the drive has more than one such template. Bound: tid %d. %s",
			SubjectOf(&d.Change), d.ID, d.SpareText()))
	}
}

func (e *endings) attachments(list []reconcile.StageResult) {
	for i := range list {
		s := &list[i]
		who := OneLine(s.Change.Address.String()) + ": "
		switch {
		case s.NotTried:
			e.skip(who+StagingAttempt, s.Err)
		case s.Err != nil:
			e.fail(who+StagingAttempt, s.Err, s.Unknown, SettlesStaging)
		default:
			e.done = append(e.done, who+stagingOf(&s.Change).past)
		}
	}
}

func (e *endings) text(s Settings) string {
	paint := s.paint()
	var out strings.Builder
	section := func(st style, heading string, lines []string) {
		out.WriteString(paint.in(st, heading) + "\n  " + strings.Join(lines, "\n  ") + "\n\n")
	}
	if len(e.done) == 0 {
		e.done = []string{"nothing"}
	}
	section(greenBold, "Done:", e.done)
	for _, line := range append(e.failed, e.unknown...) { // as Terraform begins errors, so that tools find them
		out.WriteString(paint.in(redBold, "Error:") + " " + line + "\n")
	}
	for _, how := range e.settled {
		out.WriteString(Wrapped(how, s))
	}
	if len(e.failed)+len(e.unknown) > 0 {
		out.WriteString("\n")
	}
	for _, why := range e.reasons {
		section(bold, "Not tried ("+why+"):", e.notTried[why])
	}
	return out.String()
}

// What becomes of a write whose answer was lost.
const (
	Settles        = "The next run reads the drive to find out what became of a write whose answer was lost; nothing is sent twice."
	SettlesStaging = "The error says what of an attachment may have been staged, and what to check. The next apply looks for files where they can be found, takes a link for posted, and stages anew what it does not find."
)

// StagingAttempt is Attempt for an attachment.
const StagingAttempt = "staging"

// Attempt names what was to be done.
func Attempt(f *reconcile.Failure) string {
	c := &f.Change
	switch {
	case f.Removal:
		return fmt.Sprintf("destroy (tid %d, replaced already)", c.ID)
	case c.Action == reconcile.Replace:
		return "replace" + tid(c.ID)
	case c.Action == reconcile.Create:
		return "create"
	case c.Action == reconcile.NoOp:
		return "import" + tid(c.ID)
	case c.Action == reconcile.Remove:
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
