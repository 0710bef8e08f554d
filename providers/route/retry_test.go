package route

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/cenkalti/backoff/v5"
)

// A call of which nobody has said whether it may be sent twice is not even sent once.
func TestCallThatDoesNotSayWhatItDoes(t *testing.T) {
	k := Call{Name: "new-call", Hide: func(s string) string { return s }, Advise: func(*Error) string { return "" }}
	_, err := Persist(t.Context(), Tries{Pauses: Pauses}, k, func(context.Context) (int, *Error) {
		t.Error("it was sent")
		return 1, nil
	})
	var e *Error
	if !errors.As(err, &e) || e.OutcomeUnknown() || e.Again || e.Advice != "nothing was sent" {
		t.Error(err)
	}
}

var errBusy = errors.New("busy")

func TestTries(t *testing.T) {
	again := Outcome{Err: errBusy, Again: true}
	tests := []struct {
		name     string
		again    int
		outcomes []Outcome // of the tries, the last one's stays
		tries    int
		pauses   []time.Duration
	}{
		{"it succeeds at once", 4, []Outcome{{}}, 1, nil},
		{"it succeeds in the end", 4, []Outcome{again, again, {}}, 3, []time.Duration{1, 1}},
		{"it never succeeds", 2, []Outcome{again}, 3, []time.Duration{1, 1}},
		{"once is enough", 0, []Outcome{again}, 1, nil},
		{"it must not be tried again", 4, []Outcome{again, {Err: errBusy}}, 2, []time.Duration{1}},
		{"a wait that was asked for takes the place of the pause", 4,
			[]Outcome{{Err: errBusy, Again: true, Wait: 7}, again, {}}, 3, []time.Duration{7, 1}},
		{"what must not be tried again is not waited for", 4, []Outcome{{Err: errBusy, Wait: time.Hour}}, 1, nil},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			var told []time.Duration
			tries := Tries{
				Again:  test.again,
				Pauses: func() backoff.BackOff { return backoff.NewConstantBackOff(1) },
				Notify: func(_ error, d time.Duration) { told = append(told, d) },
			}
			made := 0
			n, stopped := tries.Do(t.Context(), func(context.Context) Outcome {
				made++
				return test.outcomes[min(made, len(test.outcomes))-1]
			})
			if n != test.tries || stopped != nil || !slices.Equal(told, test.pauses) {
				t.Errorf("%d tries, pauses %v, %v", n, told, stopped)
			}
		})
	}
}

// Who ends the wait for the next try is told that it was that; who ends the last try has its own error already.
func TestTriesStopped(t *testing.T) {
	why := errors.New("interrupted")
	for _, again := range []bool{true, false} {
		ctx, stop := context.WithCancelCause(t.Context())
		tries := Tries{Again: 4, Pauses: func() backoff.BackOff { return backoff.NewConstantBackOff(time.Hour) }}
		n, stopped := tries.Do(ctx, func(context.Context) Outcome {
			stop(why)
			return Outcome{Err: errBusy, Again: again}
		})
		if n != 1 || again != errors.Is(stopped, why) {
			t.Errorf("again %t: %d tries, %v", again, n, stopped)
		}
	}
}

func TestNotAgain(t *testing.T) {
	why := errors.New("interrupted")
	for _, test := range []struct {
		cause, stopped error
		says           string
	}{
		{errBusy, nil, "busy"},
		{nil, why, "not tried again: interrupted"},
		{errBusy, why, "busy; not tried again: interrupted"},
	} {
		err := StoppedBy(test.cause, test.stopped)
		if err.Error() != test.says || test.cause != nil && !errors.Is(err, test.cause) || test.stopped != nil &&
			!errors.Is(err, test.stopped) {
			t.Errorf("%v, should be %s", err, test.says)
		}
	}
	if err := StoppedBy(nil, nil); err != nil {
		t.Error(err)
	}
}

// Pauses grow from try to try and differ by chance, so that many clients do not come back at one moment.
func TestPausesGrowWithJitter(t *testing.T) {
	seen := map[time.Duration]bool{}
	for range 20 {
		b := Pauses()
		b.Reset()
		first := b.NextBackOff()
		if first < 125*time.Millisecond || first > 375*time.Millisecond {
			t.Error(first)
		}
		seen[first] = true
		for range 20 {
			if next := b.NextBackOff(); next > 12*time.Second {
				t.Error(next)
			}
		}
	}
	if len(seen) < 2 {
		t.Error("no jitter")
	}
}

func TestThrottlePause(t *testing.T) {
	for tries := 1; tries < 9; tries++ {
		if d := ThrottlePause(time.Second, tries); d < time.Second || d > 9*time.Second {
			t.Error(tries, d)
		}
	}
	if d := ThrottlePause(time.Second, 2); d < 2*time.Second || d > 3*time.Second {
		t.Error(d)
	}
}
