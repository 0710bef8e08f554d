package write

import (
	"context"
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"countersign/internal/ready"
	"countersign/schema"
	"countersign/state"
	"countersign/state/store"
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

// queue is a drive where a call waits long for its turn. Its answer is lost, and the drive takes a while to carry it
// out.
type queue struct {
	sleepy
	turn, takes time.Duration
	lost        bool // the lock, before the turn comes
	marks       int
	made        time.Time // when the list shows the template
}

func (q *queue) Sent(context.Context, state.Sent) error {
	if q.marks++; q.marks > 1 && q.lost {
		return store.ErrLockLost
	}
	return nil
}

func (q *queue) CreateLike(ctx context.Context, _ int64, _ schema.Template, _ string) error {
	time.Sleep(q.turn)
	if err := ready.Check(ctx); err != nil {
		return NotSent(err)
	}
	q.creates++
	q.made = time.Now().Add(q.takes)
	return errors.New("no answer came")
}

func (q *queue) Templates(context.Context, int64) (schema.Listing, error) {
	if q.creates == 0 || time.Now().Before(q.made) {
		return schema.Listing{}, nil
	}
	return schema.Listing{Templates: []schema.Live{{ID: 5, ScopeID: 7, Template: schema.Template{Title: "x"}}}}, nil
}

// A write that waits long for its turn is noted again before it is sent, and not sent when the lock is lost. The drive
// has its time from when it was sent.
func TestWriteWaitsForItsTurn(t *testing.T) {
	for name, test := range map[string]struct {
		turn  time.Duration
		lost  bool
		marks int
		done  bool
	}{
		"at once":            {0, false, 1, true},
		"late":               {20 * time.Minute, false, 2, true},
		"late, without lock": {20 * time.Minute, true, 2, false},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				q := &queue{turn: test.turn, takes: 20 * time.Second, lost: test.lost}
				w := &Writer{Drive: q, Journal: q, LandWait: 30 * time.Second, Slots: make(chan struct{}, 1),
					Taken: func(int64) bool { return false }, Sending: func(*Write) {}, Waiting: func(time.Duration) {}}
				one := &Write{Intent: state.Intent{Op: state.OpCreate, ScopeID: 7, Wants: &schema.Template{Title: "x"}}}
				w.Do(t.Context(), 7, []*Write{one})
				if one.Done != test.done || one.Unknown || q.marks != test.marks || q.creates > 0 != test.done {
					t.Errorf("done %t, unknown %t, noted %d times, sent %d times: %v", one.Done, one.Unknown, q.marks,
						q.creates, one.Err)
				}
				if test.lost && !errors.Is(one.Err, store.ErrLockLost) {
					t.Error(one.Err)
				}
			})
		})
	}
}
