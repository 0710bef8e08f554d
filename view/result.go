package view

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"countersign/reconcile/plans"
	"countersign/state"
)

// Result writes the end of an apply: "Apply complete! Resources: …", then the outputs. When something is lacking, the
// outputs come first, then what was not tried, what failed and what may or may not have been done, and last
// "Apply incomplete: …": what somebody must act on stands at the end. What was done, the run has told already.
// mode tells a destroy ("Destroy complete! …") and a refresh.
func Result(w io.Writer, r *plans.Result, outputs map[string]state.Output, mode plans.Mode, s Settings) error {
	paint := s.paint()
	var out strings.Builder
	if r.Recorded > 0 && !r.Unwritten {
		out.WriteString("\nRecorded in the state: " + Count(r.Recorded, "edit") + " made by hand.\n")
	}
	told := ""
	if len(outputs) > 0 {
		told = "\n" + paint.in(bold, "Outputs:") + "\n\n" + outputLines(outputs)
	}
	if shortfallOf(r) != (shortfall{}) {
		out.WriteString(told + "\n" + account(r, s) + paint.in(redBold, ResultLine(r, mode)) + "\n")
	} else {
		out.WriteString("\n" + paint.in(greenBold, ResultLine(r, mode)) + "\n" + told)
	}
	return write(w, out.String())
}

// ResultLine is the line with the numbers.
func ResultLine(r *plans.Result, mode plans.Mode) string {
	verb := "Apply"
	if mode == plans.Destroy {
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
	if short.noOutputs {
		parts = append(parts, "the outputs are not known")
	}
	if short.unwritten {
		parts = append(parts, "the state could not be written")
	}
	return verb + " incomplete: " + strings.Join(parts, ", ") + ". Resources: " + resourceCounts(r.Counts(), mode) + "."
}

// shortfall counts what was not done.
type shortfall struct {
	failed, unknown, notTried, refused, twice int
	noOutputs, unwritten                      bool
}

func shortfallOf(r *plans.Result) shortfall {
	n := shortfall{notTried: len(r.NotTried), refused: r.Refused, twice: len(r.Spare()), noOutputs: r.NoOutputs,
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

// account says of every change that did not take place how it ended.
func account(r *plans.Result, s Settings) string {
	e := endings{at: map[[2]string]int{}}
	e.templates(r)
	e.attachments(r.Staged)
	return e.text(s)
}

// lack is what did not take place in one way and for one reason.
type lack struct {
	how   string // stands between what was tried and why
	why   string
	whats []string
}

// endings are the parts of an account, in the order of what came first.
type endings struct {
	notTried, failed []lack
	at               map[[2]string]int // place in its list, by how and why
	settled          []string          // how what is unknown is found out, each way once
}

// MayHave follows what nobody knows whether it was done.
const MayHave = " may or may not have taken place"

// put adds to what did not take place in the same way and for the same reason.
func (e *endings) put(list *[]lack, what, how string, err error) {
	key := [2]string{how, Cause(err)}
	if err != nil {
		key[1] = plans.CauseOf(err)
	}
	at, known := e.at[key]
	if !known {
		at = len(*list)
		e.at[key] = at
		*list = append(*list, lack{how: how, why: Cause(err)})
	}
	(*list)[at].whats = append((*list)[at].whats, what)
}

func (e *endings) fail(what string, err error, unknown bool, settled string) {
	if !unknown {
		e.put(&e.failed, what, " failed: ", err)
		return
	}
	e.put(&e.failed, what, MayHave+": ", err)
	if !slices.Contains(e.settled, settled) {
		e.settled = append(e.settled, settled)
	}
}

func (e *endings) skip(what string, err error) { e.put(&e.notTried, what, "", err) }

func (e *endings) templates(r *plans.Result) {
	for i := range r.Failed {
		f := &r.Failed[i]
		e.fail(SubjectOf(&f.Change)+": "+Attempt(f), f.Err, f.Unknown, Settles)
	}
	for i := range r.NotTried {
		f := &r.NotTried[i]
		e.skip(SubjectOf(&f.Change)+": "+Attempt(f), f.Err)
	}
	for _, d := range r.Spare() {
		e.failed = append(e.failed, lack{"", fmt.Sprintf("the drive has more than one such template. Bound: tid %d. %s",
			d.ID, d.SpareText()), []string{SubjectOf(&d.Change) + ": "}})
	}
}

func (e *endings) attachments(list []plans.StageResult) {
	for i := range list {
		s := &list[i]
		who := OneLine(s.Change.Address.String()) + ": "
		switch {
		case s.NotTried:
			e.skip(who+StagingAttempt, s.Err)
		case s.Err != nil:
			e.fail(who+StagingAttempt, s.Err, s.Unknown, SettlesStaging)
		}
	}
}

// mostNamed is how many of what came to one end are named. The next plan has them all.
const mostNamed = 20

func (e *endings) text(s Settings) string {
	paint := s.paint()
	var out strings.Builder
	list := func(whats []string) {
		for _, what := range whats[:min(len(whats), mostNamed)] {
			out.WriteString("  " + what + "\n")
		}
		if n := len(whats) - mostNamed; n > 0 {
			fmt.Fprintf(&out, "  and %d more, which the next plan names\n", n)
		}
	}
	for _, n := range e.notTried {
		out.WriteString(paint.in(bold, "Not tried ("+n.why+"):") + "\n")
		list(n.whats)
		out.WriteString("\n")
	}
	for _, f := range e.failed { // as Terraform begins errors, so that tools find them
		out.WriteString(paint.in(redBold, "Error:") + " " + f.whats[0] + f.how + f.why + "\n")
		if more := f.whats[1:]; len(more) > 0 {
			out.WriteString("The same for " + Count(len(more), "other") + ":\n")
			list(more)
		}
	}
	for _, how := range e.settled {
		out.WriteString(Wrapped(how, s))
	}
	if len(e.failed) > 0 {
		out.WriteString("\n")
	}
	return out.String()
}

// What becomes of a write whose answer was lost.
const (
	Settles        = "The next run reads the drive to find out what became of a write whose answer was lost; nothing is sent twice."
	SettlesStaging = "The next apply looks for files where they can be found, takes a link for posted, and stages anew what it does not find."
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
