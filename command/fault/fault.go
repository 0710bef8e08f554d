// Package fault says how a command ends that did not do what was asked: with diagnostics, or with an exit code after
// everything has been said. It prints nothing.
package fault

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"
	"syscall"

	"countersign/providers/route"
	"countersign/schema"
	"countersign/state/store"
)

// Exit codes.
const (
	ExitDone    = 0
	ExitError   = 1
	ExitChanges = 2 // plan -detailed-exitcode: changes found
	ExitUnclean = 3 // fmt -check: files that are not in the canonical layout
	ExitRefused = 4 // -refuse: a change has a verdict that is refused
	ExitKilled  = 130
)

// Exit ends a command with a code. Everything has been said already.
type Exit int

func (e Exit) Error() string { return fmt.Sprintf("exit %d", int(e)) }

// Diagnostics is an error made of diagnostics.
type Diagnostics schema.Diagnostics

func (p Diagnostics) Error() string {
	var lines []string
	for _, d := range p {
		lines = append(lines, d.Summary+": "+d.Detail)
	}
	return strings.Join(lines, "\n")
}

// Add appends an error's diagnostics to a list of all that is wrong. Without an error it does nothing.
func (p *Diagnostics) Add(err error) {
	if err != nil {
		*p = append(*p, Of(err)...)
	}
}

// Err is the error of the whole list, nil when the list is empty.
func (p Diagnostics) Err() error {
	if len(p) == 0 {
		return nil
	}
	return p
}

// New is an error with one diagnostic. Its summary says what failed, its detail why, and what to do next.
func New(summary, format string, values ...any) error {
	return Diagnostics{{Severity: schema.Error, Summary: summary, Detail: fmt.Sprintf(format, values...)}}
}

// Headed puts a heading over an error that has none of its own.
func Headed(heading string, err error) error {
	var p Diagnostics
	var code Exit
	var locked *store.LockedError
	switch {
	case err == nil:
		return nil
	case errors.Is(err, context.Canceled):
		return ErrInterrupted
	case err == ErrInterrupted, errors.As(err, &p), errors.As(err, &code), errors.As(err, &locked), OutputClosed(err):
		return err
	}
	return New(heading, "%s", Sentence(err.Error()))
}

// Of turns any error into diagnostics.
func Of(err error) schema.Diagnostics {
	var p Diagnostics
	var locked *store.LockedError
	switch {
	case errors.As(err, &p):
		return schema.Diagnostics(p)
	case errors.As(err, &locked):
		return schema.Diagnostics{{Severity: schema.Error, Summary: "Error acquiring the state lock",
			Detail: Sentence(err.Error())}}
	}
	if why := route.Unreached(err); why != "" {
		return schema.Diagnostics{{Severity: schema.Error, Summary: Sentence(why), Detail: Sentence(err.Error()) +
			"\n\nIs the server running, is its address right, and can it be reached from here?"}}
	}
	summary, detail, _ := strings.Cut(err.Error(), "\n")
	return schema.Diagnostics{{Severity: schema.Error, Summary: Sentence(summary), Detail: detail}}
}

// Sentence gives a text the capital letter that summaries begin with, unless its first word is a name, such as
// view-approval or main.hcl.
func Sentence(s string) string {
	first, _, _ := strings.Cut(s, " ")
	if s == "" || s[0] < 'a' || s[0] > 'z' || strings.ContainsAny(first, "-./") {
		return s
	}
	return strings.ToUpper(s[:1]) + s[1:]
}

// OutputClosed reports whether standard output could not be written because its reader has gone, as head does. There is
// nobody left to tell.
func OutputClosed(err error) bool {
	var at *fs.PathError
	return errors.As(err, &at) && at.Path == os.Stdout.Name() && errors.Is(err, syscall.EPIPE)
}

// ErrInterrupted ends a command that a person interrupted.
var ErrInterrupted = errors.New("interrupted; nothing was changed")
