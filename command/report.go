package command

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"syscall"

	"countersign/reconcile"
	"countersign/schema"
	"countersign/schema/spelling"
	"countersign/state"
	"countersign/view"
	viewjson "countersign/view/json"
)

// diagnosticsError is an error made of diagnostics.
type diagnosticsError schema.Diagnostics

func (p diagnosticsError) Error() string {
	var lines []string
	for _, d := range p {
		lines = append(lines, d.Summary+": "+d.Detail)
	}
	return strings.Join(lines, "\n")
}

// fault is an error with one diagnostic: what failed, and why with what to do next.
func fault(summary, format string, values ...any) error {
	return diagnosticsError{{Severity: schema.Error, Summary: summary, Detail: fmt.Sprintf(format, values...)}}
}

// diagnosticsOf turns any error into diagnostics.
func diagnosticsOf(err error) schema.Diagnostics {
	var p diagnosticsError
	var locked *state.LockedError
	switch {
	case errors.As(err, &p):
		return schema.Diagnostics(p)
	case errors.As(err, &locked):
		return schema.Diagnostics{{Severity: schema.Error, Summary: "Error acquiring the state lock",
			Detail: sentence(err.Error())}}
	}
	summary, detail, _ := strings.Cut(err.Error(), "\n")
	return schema.Diagnostics{{Severity: schema.Error, Summary: sentence(summary), Detail: detail}}
}

// sentence begins with a capital letter, as the other summaries do.
func sentence(s string) string {
	if s == "" || s[0] < 'a' || s[0] > 'z' {
		return s
	}
	return strings.ToUpper(s[:1]) + s[1:]
}

// report carries what a command has to tell to where it is wanted: text for people, or JSON alone on standard
// output, or JSON in a file beside the text.
type report struct {
	terminal
	json      bool
	into      *sideFile // -json-into
	sideFiles sideFiles
	failed    failure
}

// newReport opens the file of -json-into, so that one that cannot be written is told before any work.
func newReport(noColor, json bool, into string) (*report, error) {
	r := &report{terminal: newTerminal(noColor), json: json, failed: viewjson.Failure}
	return r, r.open(into)
}

// open opens the file of -json-into.
func (r *report) open(into string) error {
	if into == "" {
		return nil
	}
	f, err := r.sideFiles.open("-json-into", into, 0o600)
	if err != nil {
		return r.fail(fault("The file of -json-into cannot be written", "%v. Nothing was done.", err))
	}
	r.into = f
	return nil
}

// people reports whether text for people is wanted on standard output.
func (r *report) people() bool { return !r.json }

// warn shows diagnostics to people.
func (r *report) warn(d schema.Diagnostics) {
	if r.people() && len(d) > 0 {
		_ = view.Diagnostics(r.err, d, r.errStyle)
	}
}

// fail shows an error to people, or as JSON, and ends the command.
func (r *report) fail(err error) error {
	var code exit
	if errors.As(err, &code) {
		return err
	}
	d := diagnosticsOf(err)
	r.warn(d)
	if !r.people() && r.errStyle.Terminal && !r.outStyle.Terminal {
		_ = view.Diagnostics(r.err, d, r.errStyle) // a person watches and the JSON goes elsewhere
	}
	doc, err := r.failed(d)
	if err == nil {
		err = r.document(doc)
	}
	if err != nil && !errors.Is(err, syscall.EPIPE) { // nobody reads of the failure where it should stand
		fmt.Fprintf(r.err, "Error: %v\n", err)
		if !r.people() {
			_ = view.Diagnostics(r.err, d, r.errStyle)
		}
	}
	return exit(exitError)
}

// document writes a JSON document to wherever JSON is wanted. Whatever it says, no character in it is unseen.
func (r *report) document(doc []byte) error {
	doc = spelling.JSON(doc)
	var errs []error
	if r.json {
		errs = append(errs, writeLine(r.out, doc))
	}
	if r.into != nil {
		if err := writeLine(r.into, doc); err != nil {
			errs = append(errs, fmt.Errorf("write -json-into: %w", err))
		}
	}
	return errors.Join(errs...)
}

// writeLine writes a document, which may be large, without copying it for the sake of its newline.
func writeLine(w io.Writer, doc []byte) error {
	_, err1 := w.Write(doc)
	_, err2 := io.WriteString(w, "\n")
	return errors.Join(err1, err2)
}

// wantsJSON reports whether any JSON is wanted.
func (r *report) wantsJSON() bool { return r.json || r.into != nil }

// close ends the file of -json-into.
func (r *report) close() error {
	if r.into == nil {
		return nil
	}
	if err := r.into.Close(); err != nil {
		return fmt.Errorf("write -json-into: %w", err)
	}
	return nil
}

// printPlan tells a plan: as JSON where that is wanted, and to people as text lays it out.
func (r *report) printPlan(p *reconcile.Plan, text func(io.Writer, *reconcile.Plan, view.Settings) error) error {
	if r.wantsJSON() {
		doc, err := viewjson.Plan(p)
		if err != nil {
			return r.fail(err)
		}
		if err := r.document(doc); err != nil {
			return err
		}
	}
	if !r.people() {
		return nil
	}
	return text(r.out, p, r.outStyle)
}

// watch runs what reads the drive for a session, and shows how far it is.
func (r *report) watch(s *session, read func() error) error {
	progress := r.progress()
	defer progress.Close()
	s.events = progress.Event
	return read()
}

// finish ends something at the end of a command; its error counts when there is no other.
func finish(err *error, end func() error) {
	if e := end(); e != nil && *err == nil {
		*err = e
	}
}

// progress shows a refresh to people, and to nobody when standard output holds JSON.
func (r *report) progress() *view.Progress {
	w := r.err
	if !r.people() {
		w = io.Discard
	}
	return view.NewProgress(w, r.errStyle)
}
