package statetest

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"

	"filippo.io/age"

	"countersign/internal/parallel"
	"countersign/schema"
	"countersign/schema/addr"
	"countersign/state"
	"countersign/state/seal"
	"countersign/state/store"
)

// storeTest is a test of runs of which each has a Store of its own, which next makes.
type storeTest struct {
	name string
	run  func(t *testing.T, open func() store.Backend, next func() *store.Store)
}

var storeTests = []storeTest{
	{"runs", testRuns},
	{"interrupted", testInterrupted},
	{"unchanged", testUnchanged},
	{"lock taken away", testStoreLockTakenAway},
	{"many note", testManyNote},
}

// on runs the test in a place, with ciphers as they are made for each process; nothing secret may be kept there in
// clear where there is one.
func (test storeTest) on(t *testing.T, open func() store.Backend, cipher func() store.Cipher) {
	test.run(t, open, func() *store.Store { return store.New(open(), cipher()) })
	if cipher() == nil {
		return
	}
	kept, _, err := open().Load(ctx, "")
	must(t, err)
	if kept = append(kept, entries(t, open)...); bytes.Contains(kept, []byte(secret)) {
		t.Errorf("it is kept in clear: %s", kept)
	}
}

func inClear() store.Cipher { return nil }

// sealed is the cipher of another process with the same key.
func sealed() store.Cipher {
	c, err := seal.New(seal.Keys{Sealed: true, Identity: identity()})
	if err != nil {
		panic(err)
	}
	return c
}

var identity = sync.OnceValue(func() string {
	id, err := age.GenerateX25519Identity()
	if err != nil {
		panic(err)
	}
	return id.String()
})

const secret = "a secret title"

// create is the intent to make a template.
func create(address string) state.Intent {
	return state.Intent{Op: state.OpCreate, Address: addr.Of(address), ScopeID: 71,
		Wants: &schema.Template{Title: secret}}
}

// reads demands what a run that has just started finds: tids by their addresses, and then the addresses of what is
// pending.
func reads(t *testing.T, s *store.Store, want string) state.State {
	t.Helper()
	st, pending, err := s.Read(ctx)
	must(t, err)
	var got []string
	for _, b := range st.Bindings {
		got = append(got, fmt.Sprintf("%s=%d", b.Address, b.ID))
	}
	for _, in := range pending {
		got = append(got, "?"+in.Address.String())
	}
	if strings.Join(got, " ") != want {
		t.Fatalf("it reads %q, not %q", got, want)
	}
	return st
}

// testRuns: one run after another notes, settles and writes, some on the state that the one before has not written.
func testRuns(t *testing.T, _ func() store.Backend, next func() *store.Store) {
	s := next()
	unfolded := func(want bool) {
		t.Helper()
		if got, err := s.Unfolded(ctx); got != want || err != nil {
			t.Errorf("unfolded: %v, %v", got, err)
		}
	}
	unfolded(false)
	in, err := s.Begin(ctx, []state.Intent{create("template.a"), create("template.b")})
	must(t, err)
	unfolded(true)
	must(t, s.Sent(ctx, state.Sent{Seq: in[0].Seq, Wait: 5}))
	must(t, s.Settle(ctx, []state.Outcome{{Seq: in[0].Seq, Done: true, ID: 9}}))
	reads(t, next(), "template.a=9 ?template.b")

	s = next()
	must(t, s.Settle(ctx, []state.Outcome{{Seq: in[1].Seq}}))
	st := reads(t, s, "template.a=9")
	unfolded(true)
	one, err := s.Write(ctx, st)
	must(t, err)
	two, err := s.Write(ctx, one)
	must(t, err)
	if one.Lineage == "" || one.Lineage != st.Lineage || two.Lineage != one.Lineage ||
		one.Serial != 1 || two.Serial != 2 {
		t.Errorf("serial %d of %s, then %d of %s", one.Serial, one.Lineage, two.Serial, two.Lineage)
	}
	_, err = next().Write(ctx, one)
	refusal(t, err, "has serial 2, not 1 as when it was read")
	late := next()
	reads(t, late, "template.a=9")
	if _, err := next().Write(ctx, two); err != nil {
		t.Fatal(err)
	}
	_, err = late.Write(ctx, two)
	refusal(t, err, "has serial 3, not 2 as when it was read")
	unfolded(false)
	other := two
	other.Lineage = "another"
	_, err = s.Push(ctx, other, false)
	refusal(t, err, "it is of another lineage (another)")
	if pushed, err := s.Push(ctx, other, true); err != nil || pushed.Serial != 4 || pushed.Lineage != "another" {
		t.Errorf("serial %d of %s, %v", pushed.Serial, pushed.Lineage, err)
	}
}

// testInterrupted: what a write leaves pending is pending after it, and a run that ends between replacing the state and
// emptying the journal loses and doubles nothing.
func testInterrupted(t *testing.T, open func() store.Backend, next func() *store.Store) {
	s := next()
	st, err := s.Write(ctx, state.State{})
	must(t, err)
	in, err := s.Begin(ctx, []state.Intent{create("template.a"), create("template.b"), create("template.c")})
	must(t, err)
	must(t, s.Settle(ctx, []state.Outcome{{Seq: in[0].Seq, Done: true, ID: 9}}))
	st = reads(t, s, "template.a=9 ?template.b ?template.c")
	before, _, err := open().Journal(ctx)
	must(t, err)
	st.Bindings[0].PreventDestroy = true // not from the journal
	st, err = s.Write(ctx, st)
	must(t, err)
	reads(t, next(), "template.a=9 ?template.b ?template.c")
	_, err = open().ReplaceJournal(ctx, before) // as if it had been killed right after it replaced the state
	must(t, err)
	reads(t, next(), "template.a=9 ?template.b ?template.c")

	s = next()
	more, err := s.Begin(ctx, []state.Intent{create("template.d")})
	must(t, err)
	if more[0].Seq <= in[2].Seq {
		t.Errorf("intent %d follows intent %d", more[0].Seq, in[2].Seq)
	}
	must(t, s.Settle(ctx, []state.Outcome{
		{Seq: in[1].Seq, Done: true, ID: 10}, {Seq: more[0].Seq, Done: true, ID: 11}}))
	st = reads(t, next(), "template.a=9 template.b=10 template.d=11 ?template.c")
	if !st.Bindings[0].PreventDestroy {
		t.Error("what the state held already was taken from the journal again")
	}
	_, err = next().Push(ctx, st, false)
	refusal(t, err, "1 writes whose outcome is not known")
}

// testUnchanged: whatever a run writes is noticed by another that has read before, and that somebody reads is not.
func testUnchanged(t *testing.T, _ func() store.Backend, next func() *store.Store) {
	s := next()
	var in []state.Intent
	var st state.State
	for n, step := range []func() error{
		func() (err error) { in, err = s.Begin(ctx, []state.Intent{create("template.a")}); return err },
		func() error { return s.Sent(ctx, state.Sent{Seq: in[0].Seq, Wait: 1}) },
		func() error { return s.Settle(ctx, []state.Outcome{{Seq: in[0].Seq, Done: true, ID: 9}}) },
		func() (err error) { st, err = s.Write(ctx, reads(t, s, "template.a=9")); return err },
		func() (err error) { st, err = s.Write(ctx, st); return err },
	} {
		other := next()
		_, _, err := other.Read(ctx)
		must(t, err)
		_, _, err = next().Read(ctx)
		must(t, err)
		if !other.Unchanged(ctx) {
			t.Errorf("reading counts as a change before step %d", n)
		}
		must(t, step())
		if other.Unchanged(ctx) {
			t.Errorf("step %d is not noticed", n)
		}
	}
}

// testStoreLockTakenAway: the old holder is refused, also when the new one has written the state since.
func testStoreLockTakenAway(t *testing.T, _ func() store.Backend, next func() *store.Store) {
	old, other := next(), next()
	unlock, err := old.Lock(ctx, info("old"), 0)
	must(t, err)
	before, err := old.Write(ctx, state.State{})
	must(t, err)
	in, err := old.Begin(ctx, []state.Intent{create("template.a")})
	must(t, err)
	refused := func() {
		t.Helper()
		_, writing := old.Write(ctx, before)
		_, pushing := old.Push(ctx, before, true)
		_, noting := old.Begin(ctx, []state.Intent{create("template.b")})
		settling := old.Settle(ctx, []state.Outcome{{Seq: in[0].Seq}})
		for _, err := range []error{writing, pushing, noting, settling} {
			if !errors.Is(err, store.ErrLockLost) {
				t.Errorf("the old holder gets: %v", err)
			}
		}
	}
	if whose := other.Holder(ctx); whose == nil || *whose != info("old") {
		t.Errorf("it is the lock of %+v", whose)
	}
	must(t, other.ForceUnlock(ctx, "old"))
	refused()
	unlockOther, err := other.Lock(ctx, info("other"), 0)
	must(t, err)
	_, err = other.Write(ctx, reads(t, other, "?template.a"))
	must(t, err)
	refused()
	must(t, unlockOther())
	refused()
	must(t, unlock())
	_, err = old.Write(ctx, before) // a process without a lock has lost none
	refusal(t, err, "has serial 2, not 1 as when it was read")
}

// testManyNote: what many goroutines of one run note at once is all there, each under its own number.
func testManyNote(t *testing.T, _ func() store.Backend, next func() *store.Store) {
	const noting, each = 8, 5
	s := next()
	var wg parallel.Group
	for n := range noting {
		wg.Go(func() {
			for m := range each {
				in, err := s.Begin(ctx, []state.Intent{create(fmt.Sprintf("template.t%d_%d", n, m))})
				if err == nil {
					err = s.Sent(ctx, state.Sent{Seq: in[0].Seq, Wait: 1})
				}
				if err == nil && m > 0 {
					err = s.Settle(ctx, []state.Outcome{{Seq: in[0].Seq, Done: true, ID: int64(1 + n*each + m)}})
				}
				if err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	st, pending, err := next().Read(ctx)
	must(t, err)
	seqs := map[int]bool{}
	for _, in := range pending {
		seqs[in.Seq] = true
	}
	if len(st.Bindings) != noting*(each-1) || len(pending) != noting || len(seqs) != noting {
		t.Errorf("%d are bound, %d pending under %d numbers", len(st.Bindings), len(pending), len(seqs))
	}
	for _, b := range st.Bindings {
		if want := fmt.Sprintf("template.t%d_%d", (b.ID-1)/each, (b.ID-1)%each); b.Address.String() != want {
			t.Errorf("%s has the tid of %s", b.Address, want)
		}
	}
}
