package local

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"countersign/schema"
	"countersign/schema/addr"
	"countersign/state"
)

// TestFirstRunInterrupted: before there is a state file, the journal alone knows the lineage.
func TestFirstRunInterrupted(t *testing.T) {
	l := newLocal(t)
	empty, _ := mustRead(t, l)
	in := mustBegin(t, l, intent(state.OpCreate, "template.a", 0, "a"), intent(state.OpCreate, "template.b", 0, "b"))
	mustSettle(t, l, state.Outcome{Seq: in[0].Seq, Done: true, ID: 9})

	l2 := open(l.Path()) // the next run
	s, pending := mustRead(t, l2)
	if s.Lineage == "" || s.Serial != 0 || addresses(s.Bindings) != "template.a" || len(pending) != 1 ||
		pending[0].Address.String() != "template.b" {
		t.Fatalf("%+v, pending %v", s, pending)
	}
	mustSettle(t, l2, state.Outcome{Seq: pending[0].Seq, Done: true, ID: 10})
	s, _ = mustRead(t, l2)
	written := mustWrite(t, l2, s)
	if written.Lineage != s.Lineage || written.Serial != 1 || addresses(written.Bindings) != "template.a template.b" {
		t.Errorf("%+v", written)
	}

	// the first run, had it gone on, would have written what it read before the lineage was made
	l = newLocal(t)
	mustBegin(t, l, intent(state.OpCreate, "template.a", 0, "a"))
	s, _ = mustRead(t, l)
	if written = mustWrite(t, l, empty); written.Lineage != s.Lineage {
		t.Errorf("lineage %s, in the journal %s", written.Lineage, s.Lineage)
	}
}

// TestWriteKeepsPending: Write empties the journal but for the writes whose outcome nobody knows.
func TestWriteKeepsPending(t *testing.T) {
	l := newLocal(t)
	mustWrite(t, l, state.State{})
	in := mustBegin(t, l, intent(state.OpCreate, "template.a", 0, "a"), intent(state.OpCreate, "template.b", 0, "b"))
	mustSettle(t, l, state.Outcome{Seq: in[0].Seq, Done: true, ID: 9})
	s, _ := mustRead(t, l)
	mustWrite(t, l, s)

	got, pending := mustRead(t, l)
	if got.Serial != 2 || addresses(got.Bindings) != "template.a" || len(pending) != 1 || pending[0].Seq != in[1].Seq ||
		pending[0].Wants.Title != "b" {
		t.Fatalf("%+v, pending %v", got, pending)
	}
	next := mustBegin(t, l, intent(state.OpCreate, "template.c", 0, "c"))
	if next[0].Seq <= in[1].Seq {
		t.Errorf("intent %d follows intent %d", next[0].Seq, in[1].Seq)
	}
	mustSettle(t, l, state.Outcome{Seq: in[1].Seq, Done: true, ID: 10}, state.Outcome{Seq: next[0].Seq})
	s, _ = mustRead(t, l)
	mustWrite(t, l, s)
	if _, err := os.Stat(pathsOf(l).journal); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("the journal is not gone: %v", err)
	}
}

// TestStaleJournal: killed after the state was written and before the journal was emptied.
func TestStaleJournal(t *testing.T) {
	l := newLocal(t)
	s := mustWrite(t, l, state.State{})
	in := mustBegin(t, l, intent(state.OpCreate, "template.a", 0, "a"), intent(state.OpCreate, "template.b", 0, "b"))
	mustSettle(t, l, state.Outcome{Seq: in[0].Seq, Done: true, ID: 9})
	stale := get(t, pathsOf(l).journal)
	s, _ = mustRead(t, l)
	s.Bindings[0].Recorded.Title = "changed since"
	s = mustWrite(t, l, s)
	put(t, pathsOf(l).journal, stale)

	check := func() {
		t.Helper()
		got, pending := mustRead(t, open(l.Path()))
		if diff := cmp.Diff(s, got, cmpopts.EquateEmpty()); diff != "" {
			t.Errorf("settled records counted twice:\n%s", diff)
		}
		if len(pending) != 1 || pending[0].Address.String() != "template.b" {
			t.Errorf("pending %v", pending)
		}
	}
	check()
	mustBegin(t, open(l.Path()), intent(state.OpRemove, "", 6, "")) // makes the journal one of the present serial
	if got, pending := mustRead(t, l); got.Bindings[0].Recorded.Title != "changed since" || len(pending) != 2 ||
		pending[0].Address.String() != "template.b" {
		t.Errorf("gone on: %+v, pending %v", got.Bindings, pending)
	}
	put(t, pathsOf(l).journal, stale)
	s, _ = mustRead(t, l)
	s = mustWrite(t, open(l.Path()), s)
	check()
}

// TestForeignJournal: a journal that does not belong to the state is no reason to guess.
func TestForeignJournal(t *testing.T) {
	l := newLocal(t)
	s := mustWrite(t, l, state.State{})
	mustBegin(t, l, intent(state.OpCreate, "template.a", 0, "a"))
	journal := get(t, pathsOf(l).journal)

	older := s
	older.Serial--
	other := s
	other.Lineage = "another"
	for name, tt := range map[string]struct {
		state []byte
		says  string
	}{
		"another lineage":   {encoded(t, other), "belongs to another state"},
		"an older copy":     {encoded(t, older), "an older copy has been put in its place"},
		"the state is gone": {nil, "is gone, but its journal"},
	} {
		t.Run(name, func(t *testing.T) {
			l := newLocal(t)
			put(t, pathsOf(l).journal, journal)
			if tt.state != nil {
				put(t, l.Path(), tt.state)
			}
			s, _ := state.Decode(tt.state)
			_, _, err := l.Read(ctx)
			mustFail(t, err, tt.says)
			_, err = l.Write(ctx, s)
			if err == nil {
				t.Error("it was written over")
			}
			_, err = l.Begin(ctx, []state.Intent{intent(state.OpRemove, "", 5, "")})
			mustFail(t, err, tt.says)
			if string(get(t, pathsOf(l).journal)) != string(journal) {
				t.Error("the journal was changed")
			}
		})
	}
}

// TestStateDeletedDuringRun: what an apply has done is written all the same.
func TestStateDeletedDuringRun(t *testing.T) {
	l := newLocal(t)
	mustWrite(t, l, state.State{})
	in := mustBegin(t, l, intent(state.OpCreate, "template.a", 0, "a"))
	mustSettle(t, l, state.Outcome{Seq: in[0].Seq, Done: true, ID: 9})
	s, _ := mustRead(t, l)
	if err := os.Remove(l.Path()); err != nil {
		t.Fatal(err)
	}
	if s = mustWrite(t, l, s); s.Serial != 2 || addresses(s.Bindings) != "template.a" {
		t.Errorf("%+v", s)
	}
}

// TestJournalAside: a second process that writes without the lock is noticed before anything is spoilt.
func TestJournalAside(t *testing.T) {
	l := newLocal(t)
	mustWrite(t, l, state.State{})
	mustBegin(t, l, intent(state.OpCreate, "template.a", 0, "a"))
	other := open(l.Path())
	mustBegin(t, other, intent(state.OpCreate, "template.b", 0, "b"))
	_, err := l.Begin(ctx, []state.Intent{intent(state.OpRemove, "", 5, "")})
	mustFail(t, err, "another process has written to it")
	if _, pending := mustRead(t, l); len(pending) != 2 {
		t.Errorf("pending %v", pending)
	}
	s, _ := mustRead(t, other)
	mustSettle(t, other, state.Outcome{Seq: 1}, state.Outcome{Seq: 2})
	mustWrite(t, other, s)
	_, err = l.Begin(ctx, []state.Intent{intent(state.OpRemove, "", 5, "")})
	mustFail(t, err, "another process has written to it")
}

func TestBeginAndSettleRefuse(t *testing.T) {
	l := newLocal(t)
	for says, in := range map[string]state.Intent{
		"does not say what the template is to be": {Op: state.OpCreate, Address: addr.Of("template.a")},
		"it has no address":                       {Op: state.OpUpdate, ID: 5, Wants: &schema.Template{}},
		"its tid 0 is not that of a template":     {Op: state.OpRemove, Address: addr.Of("template.a")},
		`its operation "" is none of`:             {Address: addr.Of("template.a"), ID: 5},
	} {
		_, err := l.Begin(ctx, []state.Intent{in})
		mustFail(t, err, says)
	}
	in := mustBegin(t, l, intent(state.OpCreate, "template.a", 0, "a"))
	mustFail(t, l.Settle(ctx, []state.Outcome{{Seq: in[0].Seq, Done: true}}), "no tid is given")
	mustFail(t, l.Settle(ctx, []state.Outcome{{Seq: 99}}), "intent 99, which is not pending")
	mustSettle(t, l, state.Outcome{Seq: in[0].Seq})
	mustFail(t, l.Settle(ctx, []state.Outcome{{Seq: in[0].Seq}}), "which is not pending")
	if _, pending := mustRead(t, l); pending != nil {
		t.Errorf("pending %v", pending)
	}
}

// TestBeginConcurrently: scopes are worked on side by side, and each notes its own.
func TestBeginConcurrently(t *testing.T) {
	l := newLocal(t)
	mustWrite(t, l, state.State{})
	var wg sync.WaitGroup
	seqs := make(chan int, 1000)
	for g := range 20 {
		wg.Go(func() {
			for i := range 10 {
				address := fmt.Sprintf("template.t%d_%d", g, i)
				in, err := l.Begin(ctx, []state.Intent{
					intent(state.OpCreate, address, 0, address), intent(state.OpRemove, "", 5, "")})
				if err != nil {
					t.Error(err)
					return
				}
				seqs <- in[0].Seq
				seqs <- in[1].Seq
				outcome := state.Outcome{Seq: in[0].Seq, Done: true, ID: int64(in[0].Seq)}
				if err := l.Settle(ctx, []state.Outcome{outcome}); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	close(seqs)
	seen := map[int]bool{}
	for seq := range seqs {
		if seen[seq] {
			t.Errorf("intent %d twice", seq)
		}
		seen[seq] = true
	}
	s, pending := mustRead(t, l)
	if len(s.Bindings) != 200 || len(pending) != 200 {
		t.Errorf("%d bindings, %d pending", len(s.Bindings), len(pending))
	}
}

func BenchmarkRead(b *testing.B) {
	l := newLocal(b)
	mustWrite(b, l, large(10_000))
	for b.Loop() {
		mustRead(b, l)
	}
}

func BenchmarkWrite(b *testing.B) {
	l := newLocal(b)
	s := large(10_000)
	for b.Loop() {
		s = mustWrite(b, l, s)
	}
}

// BenchmarkBegin is the journal's part of an apply: a thousand scopes of ten templates, ten scopes at a time.
func BenchmarkBegin(b *testing.B) {
	for b.Loop() {
		l := newLocal(b)
		var wg sync.WaitGroup
		for worker := range 10 {
			wg.Go(func() {
				for scope := worker; scope < 1000; scope += 10 {
					intents := make([]state.Intent, 10)
					for i := range intents {
						intents[i] = intent(state.OpCreate, fmt.Sprintf("template.t%d_%d", scope, i), 0, "t")
					}
					intents, err := l.Begin(ctx, intents)
					if err != nil {
						b.Error(err)
						return
					}
					outcomes := make([]state.Outcome, len(intents))
					for i, in := range intents {
						outcomes[i] = state.Outcome{Seq: in.Seq, Done: true, ID: int64(in.Seq)}
					}
					if err := l.Settle(ctx, outcomes); err != nil {
						b.Error(err)
						return
					}
				}
			})
		}
		wg.Wait()
	}
}
