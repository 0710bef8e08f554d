package write

import (
	"context"
	"errors"
	"slices"
)

// OutcomeUnknown reports whether a write that ended with err may have taken place all the same; err is nil when the
// answer says that it did and nothing shows it. An error says so by a method OutcomeUnknown() bool. One that does not
// say counts as unknown, because a write taken for not done is done twice. Of several joined errors, one is enough.
func OutcomeUnknown(err error) bool {
	for err != nil {
		switch e := err.(type) {
		case interface{ OutcomeUnknown() bool }:
			return e.OutcomeUnknown()
		case interface{ Unwrap() []error }:
			return slices.ContainsFunc(e.Unwrap(), OutcomeUnknown)
		case interface{ Unwrap() error }:
			err = e.Unwrap()
		default:
			return true
		}
	}
	return true
}

// NotSent marks an error as one that came before anything was sent, such as of a file that cannot be read.
func NotSent(err error) error {
	if err == nil {
		return nil
	}
	return notSent{err}
}

type notSent struct{ error }

func (e notSent) Unwrap() error      { return e.error }
func (notSent) OutcomeUnknown() bool { return false }

// timedOut reports whether a call was given up waiting for, so that the drive may still be at it.
func timedOut(err error) bool {
	var says interface{ Timeout() bool }
	return err != nil && OutcomeUnknown(err) && (errors.Is(err, context.DeadlineExceeded) ||
		errors.As(err, &says) && says.Timeout())
}
