package write

import (
	"context"
	"errors"
	"fmt"
	"testing"
)

type says bool

func (says) Error() string          { return "says" }
func (s says) OutcomeUnknown() bool { return bool(s) }

// An error that does not say counts as unknown, for templates as for attachments: what was sent and is taken for not
// sent is made twice. Where nothing was sent, whoever knows says so.
func TestOutcomeUnknown(t *testing.T) {
	for _, c := range []struct {
		err  error
		want bool
	}{
		{nil, true},
		{errors.New("silent"), true},
		{context.DeadlineExceeded, true},
		{says(true), true},
		{says(false), false},
		{NotSent(errors.New("no such file")), false},
		{NotSent(says(true)), false},
		{fmt.Errorf("set template: %w", says(false)), false},
		{fmt.Errorf("set template: %w", errors.New("silent")), true},
		{errors.Join(says(false), NotSent(errors.New("x"))), false},
		{errors.Join(says(false), says(true)), true}, // one of several files may be there
		{errors.Join(NotSent(errors.New("x")), fmt.Errorf("b: %w", errors.New("silent"))), true},
	} {
		if got := OutcomeUnknown(c.err); got != c.want {
			t.Errorf("%v: %v", c.err, got)
		}
	}
	if NotSent(nil) != nil {
		t.Error("no error is none")
	}
	if cause := errors.New("x"); !errors.Is(NotSent(cause), cause) {
		t.Error("the cause is lost")
	}
}
