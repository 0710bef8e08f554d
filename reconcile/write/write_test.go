package write

import (
	"context"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"countersign/schema"
	"countersign/state"
)

// sleepy is a journal during whose notes the machine sleeps, and a drive that counts the writes it gets.
type sleepy struct {
	Drive
	sleep   time.Duration
	creates int
}

func (s *sleepy) Begin(_ context.Context, intents []state.Intent) ([]state.Intent, error) {
	return intents, nil
}
func (s *sleepy) Settle(context.Context, []state.Outcome) error { return nil }
func (s *sleepy) Sent(context.Context, state.Sent) error {
	time.Sleep(s.sleep)
	return nil
}

func (s *sleepy) Templates(context.Context, int64) (schema.Listing, error) {
	return schema.Listing{}, nil
}
func (s *sleepy) CreateLike(context.Context, int64, schema.Template, string) error {
	s.creates++
	return nil
}

// A write is sent soon after it was noted, or not at all: later, another run may have the lock, and have made the
// template itself.
func TestLateWriteIsNotSent(t *testing.T) {
	for sleep, sent := range map[time.Duration]int{0: 1, latest: 1, time.Minute: 0, time.Hour: 0} {
		synctest.Test(t, func(t *testing.T) {
			s := &sleepy{sleep: sleep}
			w := &Writer{Drive: s, Journal: s, LandWait: time.Second, Slots: make(chan struct{}, 1),
				Taken: func(int64) bool { return false }, Sending: func(*Write) {}, Waiting: func(time.Duration) {}}
			one := &Write{Intent: state.Intent{Op: state.OpCreate, Wants: &schema.Template{Title: "x"}}}
			w.Do(t.Context(), 7, []*Write{one})
			if s.creates != sent {
				t.Errorf("noted for %s: sent %d times", sleep, s.creates)
			}
			if refused := one.Err != nil && strings.Contains(one.Err.Error(), "plan again"); refused != (sent == 0) ||
				one.Unknown != (sent == 1) { // this drive's list never shows it
				t.Errorf("noted for %s: unknown %t, %v", sleep, one.Unknown, one.Err)
			}
		})
	}
}
