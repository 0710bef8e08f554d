package store_test

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"testing"

	"countersign/internal/parallel"
	"countersign/schema"
	"countersign/schema/addr"
	"countersign/state"
	"countersign/state/statetest"
	"countersign/state/store"
)

// slow is a place whose journal takes what is appended once it is told to.
type slow struct {
	*statetest.Memory
	appended chan int // how many entries were appended at once
	resume   chan bool
}

func (s slow) ReplaceJournal(ctx context.Context, entries [][]byte) (store.Journal, error) {
	j, err := s.Memory.ReplaceJournal(ctx, entries)
	return slowJournal{j, s}, err
}

type slowJournal struct {
	store.Journal
	slow slow
}

func (j slowJournal) Append(ctx context.Context, entries [][]byte, durable bool) error {
	j.slow.appended <- len(entries)
	<-j.slow.resume
	return j.Journal.Append(ctx, entries, durable)
}

// TestNotedAtOnce: what many note while an append is under way is appended at once, however many they are, and what
// cannot be noted is refused to whoever wants it alone.
func TestNotedAtOnce(t *testing.T) {
	const many = 9
	b := slow{statetest.NewMemory(), make(chan int), make(chan bool)}
	s, ctx := store.New(b, nil), context.Background()
	begin := func(n int) {
		in, err := s.Begin(ctx, []state.Intent{{Op: state.OpCreate, Address: addr.New("template", fmt.Sprint("t", n)),
			ScopeID: 7, Wants: &schema.Template{Title: "审批"}}})
		if err != nil || in[0].Seq < 1 {
			t.Error(in, err)
		}
	}
	var wg parallel.Group
	wg.Go(func() { begin(0) })
	if n := <-b.appended; n != 1 {
		t.Errorf("%d are appended first", n)
	}
	for n := range many {
		wg.Go(func() { begin(1 + n) })
	}
	wg.Go(func() {
		if err := s.Settle(ctx, []state.Outcome{{Seq: 99}}); err == nil {
			t.Error("the outcome of nothing is noted")
		}
	})
	for s.Queued() < many+1 {
		runtime.Gosched()
	}
	b.resume <- true
	if n := <-b.appended; n != many {
		t.Errorf("%d are appended at once, not %d", n, many)
	}
	b.resume <- true
	wg.Wait()
	if _, pending, err := store.New(b.Again(), nil).Read(ctx); len(pending) != many+1 || err != nil {
		t.Errorf("%d are pending, %v", len(pending), err)
	}
}

// crashing is a slow place whose journal has a bug.
type crashing struct{ slow }

func (c crashing) ReplaceJournal(ctx context.Context, entries [][]byte) (store.Journal, error) {
	j, err := c.Memory.ReplaceJournal(ctx, entries)
	return crashingJournal{slowJournal{j, c.slow}}, err
}

type crashingJournal struct{ slowJournal }

func (j crashingJournal) Append(ctx context.Context, entries [][]byte, durable bool) error {
	if err := j.slowJournal.Append(ctx, entries, durable); err != nil || len(entries) == 1 {
		return err
	}
	panic("a bug")
}

// TestNotedInACrash: when a call crashes that appends what others want too, these do not take it for noted, and nothing
// more is.
func TestNotedInACrash(t *testing.T) {
	b := crashing{slow{statetest.NewMemory(), make(chan int), make(chan bool)}}
	s, ctx := store.New(b, nil), context.Background()
	ended := make(chan error)
	begin := func() {
		var err error
		defer func() { ended <- err }()
		defer parallel.Caught(&err)
		_, err = s.Begin(ctx, []state.Intent{{Op: state.OpCreate, Address: addr.Of("template.t"), ScopeID: 7,
			Wants: &schema.Template{Title: "审批"}}})
	}
	go begin()
	<-b.appended
	go begin()
	go begin()
	for s.Queued() < 2 {
		runtime.Gosched()
	}
	b.resume <- true
	if err := <-ended; err != nil {
		t.Error(err)
	}
	if n := <-b.appended; n != 2 {
		t.Errorf("%d are appended", n)
	}
	b.resume <- true
	for range 2 {
		if err := <-ended; err == nil {
			t.Error("what a crash has kept from being noted counts as noted")
		}
	}
	if err := s.Sent(ctx, state.Sent{Seq: 1}); !errors.Is(err, store.ErrUnknown) {
		t.Errorf("it goes on in a journal of which nothing is known: %v", err)
	}
}
