// Package fault is how a command ends that did not do what was asked: with diagnostics, or with an exit code and nothing
// more to say. It prints nothing.
package fault

import (
	"errors"
	"fmt"
	"strings"

	"countersign/schema"
	"countersign/state"
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

// Exit ends a command with a code and nothing more to say.
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

// New is an error with one diagnostic: what failed, and why with what to do next.
func New(summary, format string, values ...any) error {
	return Diagnostics{{Severity: schema.Error, Summary: summary, Detail: fmt.Sprintf(format, values...)}}
}

// Of turns any error into diagnostics.
func Of(err error) schema.Diagnostics {
	var p Diagnostics
	var locked *state.LockedError
	switch {
	case errors.As(err, &p):
		return schema.Diagnostics(p)
	case errors.As(err, &locked):
		return schema.Diagnostics{{Severity: schema.Error, Summary: "Error acquiring the state lock",
			Detail: Sentence(err.Error())}}
	}
	summary, detail, _ := strings.Cut(err.Error(), "\n")
	return schema.Diagnostics{{Severity: schema.Error, Summary: Sentence(summary), Detail: detail}}
}

// Sentence begins with a capital letter, as the other summaries do.
func Sentence(s string) string {
	if s == "" || s[0] < 'a' || s[0] > 'z' {
		return s
	}
	return strings.ToUpper(s[:1]) + s[1:]
}

// Finish ends something at the end of a command; its error counts when there is no other.
func Finish(err *error, end func() error) {
	if e := end(); e != nil && *err == nil {
		*err = e
	}
}

// ErrInterrupted ends a command that a person interrupted.
var ErrInterrupted = errors.New("interrupted; nothing was changed")
