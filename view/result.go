package view

import (
	"fmt"
	"io"
	"strings"

	"countersign/reconcile"
	"countersign/state"
)

// Result writes the end of an apply: "Apply complete! Resources: …", then the outputs. When something failed, it first
// says what was done, what failed, what may or may not have been done and what was not tried, a line each, and ends with
// "Apply incomplete: …". mode tells a destroy ("Destroy complete! …") and a refresh.
func Result(w io.Writer, r *reconcile.Result, outputs map[string]state.Output, mode reconcile.Mode, s Settings) error {
	paint := s.paint()
	var out strings.Builder
	if len(r.Failed)+len(r.NotTried) > 0 {
		out.WriteString("\n" + account(r, s))
		out.WriteString(paint.in(redBold, resultLine(r, mode)) + "\n")
	} else {
		out.WriteString("\n" + paint.in(greenBold, resultLine(r, mode)) + "\n")
	}
	if len(outputs) > 0 {
		out.WriteString("\n" + paint.in(bold, "Outputs:") + "\n\n" + outputLines(outputs))
	}
	return write(w, out.String())
}

// resultLine is the line with the numbers.
func resultLine(r *reconcile.Result, mode reconcile.Mode) string {
	verb := "Apply"
	if mode == reconcile.Destroy {
		verb = "Destroy"
	}
	if len(r.Failed)+len(r.NotTried) == 0 {
		return verb + " complete! Resources: " + resourceCounts(r.Counts(), mode) + "."
	}
	unknown := 0
	for _, f := range r.Failed {
		if f.Unknown {
			unknown++
		}
	}
	var parts []string
	for _, p := range []struct {
		n    int
		what string
	}{{len(r.Failed) - unknown, "failed"}, {unknown, "not known"}, {len(r.NotTried), "not tried"}} {
		if p.n > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", p.n, p.what))
		}
	}
	return verb + " incomplete: " + strings.Join(parts, ", ") + ". Resources: " + resourceCounts(r.Counts(), mode) + "."
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
	paint := s.paint()
	var done, failed, unknown []string
	for i := range r.Done {
		c := &r.Done[i].Change
		switch {
		case c.Action == reconcile.NoOp && !c.Importing:
			continue
		case c.Action == reconcile.Replace:
			done = append(done, fmt.Sprintf("%s: replaced (tid %d, tid %d is destroyed)", subject(c), r.Done[i].ID, c.ID))
		default:
			done = append(done, subject(c)+": "+deedOf(c, false).past+tid(r.Done[i].ID))
		}
	}
	for i := range r.Failed {
		f := &r.Failed[i]
		if f.Unknown {
			unknown = append(unknown, fmt.Sprintf("%s: %s may or may not have taken place: %s", subject(&f.Change), attempt(f), cause(f.Err)))
		} else {
			failed = append(failed, fmt.Sprintf("%s: %s failed: %s", subject(&f.Change), attempt(f), cause(f.Err)))
		}
	}
	if len(done) == 0 {
		done = []string{"nothing"}
	}
	var out strings.Builder
	section := func(st style, heading string, lines []string) {
		if len(lines) > 0 {
			out.WriteString(paint.in(st, heading) + "\n  " + strings.Join(lines, "\n  ") + "\n\n")
		}
	}
	section(greenBold, "Done:", done)
	for _, line := range append(failed, unknown...) { // as Terraform begins errors, so that tools find them
		out.WriteString(paint.in(redBold, "Error:") + " " + line + "\n")
	}
	if len(unknown) > 0 {
		out.WriteString(wrapped(settles, s))
	}
	if len(failed)+len(unknown) > 0 {
		out.WriteString("\n")
	}
	var reasons []string
	notTried := map[string][]string{}
	for i := range r.NotTried {
		f := &r.NotTried[i]
		why := cause(f.Err)
		if notTried[why] == nil {
			reasons = append(reasons, why)
		}
		notTried[why] = append(notTried[why], subject(&f.Change)+": "+attempt(f))
	}
	for _, why := range reasons {
		section(bold, "Not tried ("+why+"):", notTried[why])
	}
	return out.String()
}

// settles is what becomes of a write whose answer was lost.
const settles = "The next run reads the drive to find out what became of a write whose answer was lost; nothing is sent twice."

// attempt names what was to be done.
func attempt(f *reconcile.Failure) string {
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

func cause(err error) string {
	if err == nil {
		return "no reason is known"
	}
	return oneLine(err.Error())
}
