// Package report carries what a command has to tell to where it is wanted: to people, to programs as JSON, to files. The
// text and the documents are made in view.
package report

import (
	"context"
	"errors"
	"fmt"
	"io"
	"syscall"

	"countersign/command/fault"
	"countersign/command/run"
	"countersign/command/sidefile"
	"countersign/command/terminal"
	"countersign/reconcile/plans"
	"countersign/schema"
	"countersign/schema/spelling"
	viewjson "countersign/view/json"
	"countersign/view/text"
)

// Report carries what a command has to tell to where it is wanted: text for people, or JSON alone on standard
// output, or JSON in a file beside the text.
type Report struct {
	terminal.Terminal
	JSON      bool
	Into      *sidefile.File // -json-into
	SideFiles sidefile.Files
	Failed    failure
}

// New is a report to standard output alone.
func New(noColor, json bool) *Report {
	return &Report{Terminal: terminal.New(noColor), JSON: json, Failed: viewjson.Failure}
}

// Stored reads the state of a configuration, and tells what is to be known about that. An error has been told.
func (r *Report) Stored(ctx context.Context, o run.Flags) (*run.Stored, error) {
	st, err := run.ReadState(ctx, o)
	if err != nil {
		return nil, r.Fail(err)
	}
	r.Note(st.Found)
	r.Warn(st.Unsettled())
	return st, nil
}

// Open opens the file of -json-into.
func (r *Report) Open(into string) error {
	if into == "" {
		return nil
	}
	f, err := r.SideFiles.Open("-json-into", into, 0o600)
	if err != nil {
		return r.Fail(fault.New("The file of -json-into cannot be written", "%v. Nothing was done.", err))
	}
	r.Into = f
	return nil
}

// Compact leaves of warnings the summaries alone.
func (r *Report) Compact(yes bool) { r.OutStyle.Compact, r.ErrStyle.Compact = yes, yes }

// People reports whether text for people is wanted on standard output.
func (r *Report) People() bool { return !r.JSON }

// Warn shows diagnostics to people.
func (r *Report) Warn(d schema.Diagnostics) {
	if r.People() && len(d) > 0 {
		_ = text.Diagnostics(r.Err, d, r.ErrStyle)
	}
}

// Note shows diagnostics to people, also where standard output holds JSON.
func (r *Report) Note(d schema.Diagnostics) {
	if len(d) > 0 {
		_ = text.Diagnostics(r.Err, d, r.ErrStyle)
	}
}

// Fail shows an error to people, or as JSON, and ends the command.
func (r *Report) Fail(err error) error {
	var code fault.Exit
	if errors.As(err, &code) {
		return err
	}
	d := fault.Of(err)
	r.Warn(d)
	if !r.People() && r.ErrStyle.Terminal && !r.OutStyle.Terminal {
		_ = text.Diagnostics(r.Err, d, r.ErrStyle) // a person watches and the JSON goes elsewhere
	}
	doc, err := r.Failed(d)
	if err == nil {
		err = r.Document(doc)
	}
	if err != nil && !errors.Is(err, syscall.EPIPE) { // nobody reads of the failure where it should stand
		fmt.Fprintf(r.Err, "Error: %v\n", err)
		if !r.People() {
			_ = text.Diagnostics(r.Err, d, r.ErrStyle)
		}
	}
	return fault.Exit(fault.ExitError)
}

// Document writes a JSON document to wherever JSON is wanted. Whatever it says, no character in it is unseen.
func (r *Report) Document(doc []byte) error {
	doc = spelling.JSON(doc)
	var errs []error
	if r.JSON {
		errs = append(errs, sidefile.WriteLine(r.Out, doc))
	}
	if r.Into != nil {
		if err := sidefile.WriteLine(r.Into, doc); err != nil {
			errs = append(errs, fmt.Errorf("write -json-into: %w", err))
		}
	}
	return errors.Join(errs...)
}

// wantsJSON reports whether any JSON is wanted.
func (r *Report) wantsJSON() bool { return r.JSON || r.Into != nil }

// Close ends the file of -json-into.
func (r *Report) Close() error {
	if r.Into == nil {
		return nil
	}
	if err := r.Into.Close(); err != nil {
		return fmt.Errorf("write -json-into: %w", err)
	}
	return nil
}

// PrintPlan tells a plan: as JSON where that is wanted, and to people as text lays it out.
func (r *Report) PrintPlan(p *plans.Plan, text func(io.Writer, *plans.Plan, text.Settings) error) error {
	if r.wantsJSON() {
		doc, err := viewjson.Plan(p)
		if err != nil {
			return r.Fail(err)
		}
		if err := r.Document(doc); err != nil {
			return err
		}
	}
	if !r.People() {
		return nil
	}
	return text(r.Out, p, r.OutStyle)
}

// Held ends a command whose plan a policy refuses. The plan has been told, and with it why.
func (r *Report) Held(p *plans.Plan) error {
	err := run.Refused(p)
	if err == nil {
		return nil
	}
	r.Note(fault.Of(err))
	return fault.Exit(fault.ExitError)
}

// Watch runs what reads the drive for a session, and shows how far it is.
func (r *Report) Watch(s *run.Session, read func() (*run.Reached, error)) (*run.Reached, error) {
	progress := r.Progress()
	defer progress.Close()
	s.Events = progress.Event
	return read()
}

// Progress shows a refresh to people. When standard output holds JSON, waits alone are told: a silent one looks like a
// fault.
func (r *Report) Progress() *text.Progress {
	p := text.NewProgress(r.Err, r.ErrStyle)
	p.Alone = !r.People()
	return p
}

// Waits tells of waits alone, for what shows no progress.
func (r *Report) Waits() func(plans.Event) {
	p := text.NewProgress(r.Err, r.ErrStyle)
	p.Alone = true
	return p.Event
}
