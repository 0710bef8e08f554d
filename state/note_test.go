package state_test

import (
	"context"
	"fmt"
	"runtime"
	"testing"

	"countersign/internal/crash"
	"countersign/schema"
	"countersign/schema/addr"
	"countersign/state"
	"countersign/state/statetest"
)

// slow is a place whose journal takes what is appended once it is told to.
type slow struct {
	*statetest.Memory
	appended chan int // how many entries were appended at once
	resume   chan bool
}

func (s slow) StartJournal(ctx context.Context, entries [][]byte) (state.Journal, error) {
	j, err := s.Memory.StartJournal(ctx, entries)
	return slowJournal{j, s}, err
}

type slowJournal struct {
	state.Journal
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
	s, ctx := state.NewStore(b, nil), context.Background()
	begin := func(n int) {
		in, err := s.Begin(ctx, []state.Intent{{Op: state.OpCreate, Address: addr.New("template", fmt.Sprint("t", n)),
			ScopeID: 7, Wants: &schema.Template{Title: "审批"}}})
		if err != nil || in[0].Seq < 1 {
			t.Error(in, err)
		}
	}
	var wg crash.Group
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
	if _, pending, err := state.NewStore(b.Again(), nil).Read(ctx); len(pending) != many+1 || err != nil {
		t.Errorf("%d are pending, %v", len(pending), err)
	}
}
