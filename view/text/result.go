package text

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"countersign/reconcile/plans"
	"countersign/schema"
	"countersign/state"
	"countersign/view"
)

// Result writes the end of an apply: "Apply complete! Resources: …", then the outputs. Where something was not done,
// the outputs come first, then what was not tried and what failed, and last "Apply incomplete: …", because a reader
// looks at the end first. What was done, Progress has shown.
func Result(w io.Writer, r *plans.Result, outputs map[string]state.Output, mode plans.Mode, s Settings) error {
	paint := s.paint()
	var out strings.Builder
	if r.Recorded > 0 && !r.Unwritten {
		out.WriteString("\nRecorded in the state: " + view.Count(r.Recorded, "edit") + " made by hand.\n")
	}
	shown := ""
	if len(outputs) > 0 {
		shown = "\n" + paint.in(bold, "Outputs:") + "\n\n" + outputLines(outputs)
	}
	if view.ShortfallOf(r) != (view.Shortfall{}) {
		out.WriteString(shown + "\n" + notDone(r, s) + oneLine(redBold, view.ResultLine(r, mode), s))
	} else {
		out.WriteString("\n" + oneLine(greenBold, view.ResultLine(r, mode), s) + shown)
	}
	return write(w, out.String())
}

// notDone lists every change that did not take place, and why.
func notDone(r *plans.Result, s Settings) string {
	e := endings{at: map[[2]string]int{}}
	e.templates(r)
	e.attachments(r.Staged)
	return e.text(s)
}

// missed are changes that did not take place in one way and for one reason.
type missed struct {
	how   string // stands between what was tried and why
	why   string
	whats []string
}

// endings are the changes that did not take place, in their order.
type endings struct {
	notTried, failed []missed
	at               map[[2]string]int // place in its list, by how and why
	findsOut         []string          // how the outcome of what is unknown is found out, each way once
}

// put adds a change to those that did not take place in the same way and for the same reason.
func (e *endings) put(list *[]missed, what, how string, err error) {
	key := [2]string{how, view.Cause(err)}
	if err != nil {
		key[1] = plans.CauseOf(err)
	}
	at, known := e.at[key]
	if !known {
		at = len(*list)
		e.at[key] = at
		*list = append(*list, missed{how: how, why: view.Cause(err)})
	}
	(*list)[at].whats = append((*list)[at].whats, what)
}

func (e *endings) fail(what string, err error, unknown bool, findsOut string) {
	if !unknown {
		e.put(&e.failed, what, " failed: ", err)
		return
	}
	e.put(&e.failed, what, view.MayHave+": ", err)
	if !slices.Contains(e.findsOut, findsOut) {
		e.findsOut = append(e.findsOut, findsOut)
	}
}

func (e *endings) skip(what string, err error) { e.put(&e.notTried, what, "", err) }

func (e *endings) templates(r *plans.Result) {
	for i := range r.Failed {
		f := &r.Failed[i]
		e.fail(view.SubjectOf(&f.Change)+": "+view.Attempt(f), f.Err, f.Unknown, view.FindsOut)
	}
	for i := range r.NotTried {
		f := &r.NotTried[i]
		e.skip(view.SubjectOf(&f.Change)+": "+view.Attempt(f), f.Err)
	}
	for _, d := range r.Spare() {
		e.failed = append(e.failed, missed{whats: []string{view.SubjectOf(&d.Change) + ": "},
			why: fmt.Sprintf("the drive has more than one such template. Bound: tid %d. %s", d.ID, d.SpareText())})
	}
}

func (e *endings) attachments(list []plans.StageResult) {
	for i := range list {
		s := &list[i]
		who := view.OneLine(s.Change.Address.String()) + ": "
		switch {
		case s.NotTried:
			e.skip(who+view.StagingAttempt, s.Err)
		case s.Err != nil:
			e.fail(who+view.StagingAttempt, s.Err, s.Unknown, view.FindsOutStaged)
		}
	}
}

// mostNamed is how many changes that ended alike are named; the next plan has them all.
const mostNamed = 20

// oneLine is a line that only a screen breaks: in a log tools look for the whole.
func oneLine(st style, text string, s Settings) string {
	return inLines(st, view.Wrap(text, room(s)), s)
}

// listed is a line for each change.
func listed(whats []string) string {
	var out strings.Builder
	for _, what := range whats[:min(len(whats), mostNamed)] {
		out.WriteString("  " + what + "\n")
	}
	if n := len(whats) - mostNamed; n > 0 {
		fmt.Fprintf(&out, "  and %d more, which the next plan names\n", n)
	}
	return out.String()
}

func (e *endings) text(s Settings) string {
	var out strings.Builder
	for _, n := range e.notTried {
		out.WriteString(oneLine(bold, "Not tried ("+n.why+"):", s) + listed(n.whats) + "\n")
	}
	for _, f := range e.failed {
		same := ""
		if more := f.whats[1:]; len(more) > 0 {
			same = "The same for " + view.Count(len(more), "other") + ":\n" + listed(more)
		}
		if s.Color { // in a box, as other errors
			out.WriteString(DiagnosticText(schema.Diagnostics{{Severity: schema.Error,
				Summary: strings.TrimRight(f.whats[0]+f.how, ": "), Detail: f.why + "\n\n" + same}}, s))
			continue
		}
		// As Terraform begins errors, on one line, so that tools find them.
		out.WriteString("Error: " + f.whats[0] + f.how + f.why + "\n" + same)
	}
	if s.Color && len(e.findsOut) > 0 {
		out.WriteString("\n")
	}
	for _, how := range e.findsOut {
		out.WriteString(Wrapped(how, s))
	}
	if len(e.failed) > 0 {
		out.WriteString("\n")
	}
	return out.String()
}
