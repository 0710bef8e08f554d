// Package report brings what a command has to say to where it is wanted: to people, to programs as JSON, to files. The
// text and the documents are made in view.
package report

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"

	"github.com/urfave/cli/v2"

	"countersign/command/cmdline"
	"countersign/command/fault"
	"countersign/command/run"
	"countersign/command/sidefile"
	"countersign/command/terminal"
	"countersign/reconcile/plans"
	"countersign/schema"
	"countersign/schema/spelling"
	"countersign/view"
	viewjson "countersign/view/json"
	"countersign/view/text"
)

// Report is what one command says: text for people, or JSON alone on standard output, or JSON in a file beside the
// text. It also closes what the command opens on its way.
type Report struct {
	terminal.Terminal
	JSON      bool
	Into      *sidefile.File // -json-into
	SideFiles sidefile.Files
	files     []reportFile // of -report
	subject   view.Subject // of those files, where they are about a plan
	onFailure []func(schema.Diagnostics) error
	atEnd     []func() error
}

// New is a report to standard output alone. A command that fails prints the document that plan prints then; FailsWith
// names another one.
func New(noColor, json bool) *Report {
	r := &Report{Terminal: terminal.New(noColor), JSON: json}
	r.FailsWith(viewjson.Failure)
	return r
}

// Action is what runs a command on a configuration, whose path it takes out of the arguments: of the others there must
// be from least to most (most < 0: any number). json is the field of -json, nil where there is none. The error that
// ends the command is shown here, and what the command has opened is closed.
func Action(flags *run.Flags, json *bool, least, most int,
	command func(context.Context, *Report, cmdline.Arguments) error) cli.ActionFunc {
	return cmdline.Action(func(ctx context.Context, args cmdline.Arguments) (err error) {
		if args.Words, err = flags.Resolve(args, least, most); err != nil {
			return err
		}
		r := New(flags.NoColor, json != nil && *json)
		defer r.End(&err)
		return command(ctx, r, args)
	})
}

// FailsWith names the JSON document of a failure. nil stands for one that is written already.
func (r *Report) FailsWith(document func(schema.Diagnostics) ([]byte, error)) {
	r.onFailure = []func(schema.Diagnostics) error{func(d schema.Diagnostics) error {
		doc, err := document(d)
		if err != nil || doc == nil {
			return err
		}
		return r.Document(doc)
	}}
}

// OnFailure adds what else is written when the command fails.
func (r *Report) OnFailure(write func(schema.Diagnostics) error) {
	r.onFailure = append(r.onFailure, write)
}

// AtEnd adds what closes something that the command has opened. What was opened last is closed first.
func (r *Report) AtEnd(end func() error) { r.atEnd = append(r.atEnd, end) }

// End shows the error that ends a command, if there is one, and closes what the command has opened. A mistake on the
// command line is left to be shown like those that are found before a command runs.
func (r *Report) End(err *error) {
	if *err != nil {
		*err = r.fail(*err)
	}
	for _, end := range slices.Backward(r.atEnd) {
		if e := end(); e != nil && *err == nil {
			*err = e
		}
	}
}

// fail shows an error to people and to programs. It returns the exit code.
func (r *Report) fail(err error) error {
	var code fault.Exit
	var mistake cmdline.Mistake
	if errors.As(err, &code) || errors.As(err, &mistake) || fault.OutputClosed(err) {
		return err
	}
	d := fault.Of(err)
	// with JSON, too, if a person watches and it goes elsewhere
	if r.People() || r.ErrStyle.Terminal && !r.OutStyle.Terminal {
		r.Note(d)
	}
	err = nil
	for _, write := range r.onFailure {
		err = errors.Join(err, write(d))
	}
	if err != nil && !fault.OutputClosed(err) { // where the failure should be read, it is not
		fmt.Fprintf(r.Err, "Error: %v\n", err)
		if !r.People() {
			r.Note(d)
		}
	}
	return fault.Exit(fault.ExitError)
}

// Session starts a run over a configuration, which ends with the command.
func (r *Report) Session(ctx context.Context, o run.Flags) *run.Session {
	s := run.NewSession(ctx, o)
	s.SideFiles = &r.SideFiles
	r.AtEnd(s.Close)
	return s
}

// Open opens the file of -json-into.
func (r *Report) Open(into string) error {
	if into == "" {
		return nil
	}
	f, err := r.SideFiles.Open("-json-into", into, 0o600)
	if err != nil {
		return fault.New("The file of -json-into cannot be written", "%v. Nothing was done.", err)
	}
	r.Into = f
	r.AtEnd(func() error { return failedFile("-json-into", f.Close()) })
	return nil
}

// failedFile says which flag's file could not be written.
func failedFile(flag string, err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("write %s: %w", flag, err)
}

// Compact leaves only the summaries of warnings.
func (r *Report) Compact(yes bool) { r.OutStyle.Compact, r.ErrStyle.Compact = yes, yes }

// People reports whether text for people is wanted on standard output.
func (r *Report) People() bool { return !r.JSON }

// Warn shows diagnostics to people.
func (r *Report) Warn(d schema.Diagnostics) {
	if r.People() {
		r.Note(d)
	}
}

// Note shows diagnostics to people, also where standard output holds JSON.
func (r *Report) Note(d schema.Diagnostics) {
	if len(d) > 0 {
		_ = text.Diagnostics(r.Err, d, r.ErrStyle)
	}
}

// Print prints a result: as JSON where that is wanted, and to people as text lays it out.
func Print[T any](r *Report, result T, people func(io.Writer, T, text.Settings) error,
	document func(T) ([]byte, error)) error {
	if r.JSON || r.Into != nil {
		doc, err := document(result)
		if err != nil {
			return err
		}
		if err := r.Document(doc); err != nil {
			return err
		}
	}
	if !r.People() {
		return nil
	}
	return people(r.Out, result, r.OutStyle)
}

// Document writes a JSON document to wherever JSON is wanted, invisible characters escaped.
func (r *Report) Document(doc []byte) error {
	doc = spelling.JSON(doc)
	var errs []error
	if r.JSON {
		errs = append(errs, sidefile.WriteLine(r.Out, doc))
	}
	if r.Into != nil {
		errs = append(errs, failedFile("-json-into", sidefile.WriteLine(r.Into, doc)))
	}
	return errors.Join(errs...)
}

// Watch runs what reads the drive for a session, and shows how far it is.
func (r *Report) Watch(ctx context.Context, s *run.Session,
	read func(context.Context) (*run.Reached, error)) (*run.Reached, error) {
	progress := r.Progress()
	defer progress.Close()
	s.Events = progress.Event
	return read(ctx)
}

// Progress shows how far something is to people. When standard output holds JSON, it shows waits alone: a silent one
// looks like a fault.
func (r *Report) Progress() *text.Progress {
	p := text.NewProgress(r.Err, r.ErrStyle)
	p.Alone = !r.People()
	return p
}

// Waits shows waits alone, for commands that show no progress.
func (r *Report) Waits() func(plans.Event) {
	p := text.NewProgress(r.Err, r.ErrStyle)
	p.Alone = true
	return p.Event
}
