package statetest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"filippo.io/age"

	"countersign/internal/crash"
	"countersign/schema"
	"countersign/schema/addr"
	"countersign/state"
	"countersign/state/seal"
)

// Conform tests a state.Backend against its interface, and then a Store on it, with and without a cipher. newPlace makes a
// place where nothing is kept yet, and returns what opens it: each call of that is another process.
func Conform(t *testing.T, newPlace func(t *testing.T) (open func() state.Backend)) {
	for _, test := range []struct {
		name string
		run  func(t *testing.T, open func() state.Backend)
	}{
		{"nothing", testNothing},
		{"replace", testReplace},
		{"journal", testJournal},
		{"lock", testLock},
		{"lock taken away", testLockTakenAway},
		{"lock by hand", testLockByHand},
		{"many lock", testManyLock},
		{"watch", testWatch},
		{"history", testHistory},
		{"store", storeTest(nil, testRuns)},
		{"store, sealed", storeTest(sealing, testRuns)},
		{"store, interrupted", storeTest(nil, testInterrupted)},
		{"store, interrupted, sealed", storeTest(sealing, testInterrupted)},
		{"store, lock taken away", storeTest(nil, testStoreLockTakenAway)},
		{"store, lock taken away, sealed", storeTest(sealing, testStoreLockTakenAway)},
		{"store, many note", storeTest(nil, testManyNote)},
		{"store, many note, sealed", storeTest(sealing, testManyNote)},
	} {
		t.Run(test.name, func(t *testing.T) { test.run(t, newPlace(t)) })
	}
}

var ctx = context.Background()

// stateText is the text of a state.
func stateText(t *testing.T, serial uint64) (state.Identity, []byte) {
	t.Helper()
	text, err := state.Encode(state.State{Lineage: "l", Serial: serial})
	if err != nil {
		t.Fatal(err)
	}
	return state.Identity{Lineage: "l", Serial: serial}, text
}

// first is the first line of a journal.
const first = `{"check":"646e670b","journal":{"version":2,"lineage":"l","serial":3}}`

func list(entries ...string) [][]byte {
	var all [][]byte
	for _, e := range entries {
		all = append(all, []byte(e))
	}
	return all
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func refusal(t *testing.T, err error, says string) {
	t.Helper()
	if err == nil || !strings.Contains(err.Error(), says) {
		t.Errorf("it is refused with %v, not with %q", err, says)
	}
}

func testNothing(t *testing.T, open func() state.Backend) {
	b := open()
	if text, v, err := b.Load(ctx, ""); text != nil || v != "" || err != nil {
		t.Errorf("a state: %q, %q, %v", text, v, err)
	}
	if entries, j, err := b.Journal(ctx); entries != nil || j != nil || err != nil {
		t.Errorf("a journal: %q, %v, %v", entries, j, err)
	}
	must(t, b.RemoveJournal(ctx))
	must(t, b.Locked(ctx))
	must(t, b.Unlock(ctx))
	if err := b.ForceUnlock(ctx, "x"); !errors.Is(err, state.ErrNotLocked) {
		t.Errorf("%v", err)
	}
	if at := b.Where(); at.State == "" || at.Journal == "" {
		t.Errorf("%+v", at)
	}
}

func testReplace(t *testing.T, open func() state.Backend) {
	b := open()
	var versions []state.Version
	was := state.Version("")
	for serial := range uint64(3) {
		of, text := stateText(t, serial)
		v, err := b.Replace(ctx, of, text, was)
		must(t, err)
		if v == "" || slices.Contains(versions, v) {
			t.Fatalf("the versions are %q, and then %q", versions, v)
		}
		for who, b := range map[string]state.Backend{"itself": b, "another": open()} {
			if got, is, err := b.Load(ctx, ""); !bytes.Equal(got, text) || is != v || err != nil {
				t.Fatalf("%s finds %q of version %q, not %q: %v", who, got, is, v, err)
			}
			if _, is, err := b.Load(ctx, v); is != v || err != nil {
				t.Fatalf("%s, who knows %q, finds %q: %v", who, v, is, err)
			}
		}
		versions, was = append(versions, v), v
	}
	of, text9 := stateText(t, 9)
	for _, stale := range append(versions[:2:2], "") {
		if _, err := open().Replace(ctx, of, text9, stale); !errors.Is(err, state.ErrChanged) {
			t.Errorf("version %q is replaced, and %q was there: %v", stale, was, err)
		}
	}
	if got, is, err := b.Load(ctx, versions[0]); is != was || bytes.Equal(got, text9) || got == nil || err != nil {
		t.Errorf("it is %q of version %q, %v", got, is, err)
	}
}

// entries are those that a process which has just started finds.
func entries(t *testing.T, open func() state.Backend) string {
	t.Helper()
	all, j, err := open().Journal(ctx)
	must(t, err)
	if j == nil {
		return "none"
	}
	return string(bytes.Join(all, []byte("\n")))
}

func testJournal(t *testing.T, open func() state.Backend) {
	b := open()
	j, err := b.StartJournal(ctx, list(first))
	must(t, err)
	must(t, j.Append(ctx, list(`{"a"}`, "文", "\x00\xff"), false))
	must(t, j.Append(ctx, list("b"), true))
	const all = first + "\n{\"a\"}\n文\n\x00\xff\nb"
	if got := entries(t, open); got != all {
		t.Fatalf("it is %q", got)
	}

	_, next, err := open().Journal(ctx)
	must(t, err)
	_, late, err := open().Journal(ctx)
	must(t, err)
	must(t, next.Append(ctx, list("c"), true))
	if err := late.Append(ctx, list("d"), true); !errors.Is(err, state.ErrOtherWriter) {
		t.Errorf("two go on from one place: %v", err)
	}
	if got := entries(t, open); got != all+"\nc" {
		t.Errorf("it is %q", got)
	}
	_, err = open().StartJournal(ctx, list(first, "e"))
	must(t, err)
	if err := next.Append(ctx, list("f"), true); err == nil {
		t.Error("it goes on in a journal that was replaced")
	}
	if got := entries(t, open); got != first+"\ne" {
		t.Errorf("it is %q", got)
	}
	must(t, open().RemoveJournal(ctx))
	if err := next.Append(ctx, list("g"), true); err == nil {
		t.Error("it goes on in a journal that was removed")
	}
	if got := entries(t, open); got != "none" {
		t.Errorf("it is %q", got)
	}
}

func info(id string) state.LockInfo {
	return state.LockInfo{ID: id, Operation: "apply", Who: "me@here (pid 7)", Version: "1",
		Created: time.Unix(1, 0).UTC(), Path: "x"}
}

// held demands that an error names the holder.
func held(t *testing.T, err error, id string) {
	t.Helper()
	var locked *state.LockedError
	if !errors.As(err, &locked) || locked.Holder != info(id) {
		t.Errorf("the lock of %s is refused with %v", id, err)
	}
}

func testLock(t *testing.T, open func() state.Backend) {
	a, b := open(), open()
	must(t, a.Lock(ctx, info("a")))
	held(t, b.Lock(ctx, info("b")), "a")
	held(t, b.Locked(ctx), "a")
	must(t, b.Unlock(ctx)) // which holds none
	held(t, b.Locked(ctx), "a")
	must(t, a.Unlock(ctx))
	must(t, a.Unlock(ctx))
	must(t, b.Locked(ctx))
	must(t, b.Lock(ctx, info("b")))
	held(t, a.Locked(ctx), "b")
	must(t, b.Unlock(ctx))
	must(t, b.Lock(ctx, info("c")))
	must(t, b.Unlock(ctx))
}

func testLockTakenAway(t *testing.T, open func() state.Backend) {
	old, next := open(), open()
	must(t, old.Lock(ctx, info("old")))
	of, text1 := stateText(t, 1)
	v, err := old.Replace(ctx, of, text1, "")
	must(t, err)
	j, err := old.StartJournal(ctx, list(first))
	must(t, err)
	refusal(t, next.ForceUnlock(ctx, "another"), `the lock ID is old, not "another"`)
	held(t, next.Locked(ctx), "old")
	must(t, next.ForceUnlock(ctx, "old"))
	refused := func() {
		t.Helper()
		_, replacing := old.Replace(ctx, of, text1, v)
		_, starting := old.StartJournal(ctx, list(first, "x"))
		for _, err := range []error{replacing, starting, old.RemoveJournal(ctx), j.Append(ctx, list("x"), true)} {
			if !errors.Is(err, state.ErrLockLost) {
				t.Errorf("the old holder writes: %v", err)
			}
		}
	}
	refused() // nobody holds it
	must(t, next.Lock(ctx, info("next")))
	refused() // another does
	must(t, old.Unlock(ctx))
	held(t, old.Locked(ctx), "next")
	if got := entries(t, open); got != first {
		t.Errorf("the journal is %q", got)
	}
	must(t, next.Unlock(ctx))
}

// testLockByHand: the lock of a person is there until it is taken away, whatever becomes of the process that took it.
func testLockByHand(t *testing.T, open func() state.Backend) {
	byHand := info("frozen")
	byHand.Operation, byHand.Info = state.ByHand, "change freeze until Monday"
	must(t, state.NewStore(open(), nil).LockByHand(ctx, byHand, 0))
	other := open()
	for _, err := range []error{other.Lock(ctx, info("a")), other.Locked(ctx), open().Locked(ctx)} {
		var locked *state.LockedError
		if !errors.As(err, &locked) || locked.Holder != byHand {
			t.Errorf("the lock by hand is refused with %v", err)
		}
	}
	second := byHand
	second.ID = "second"
	err := state.NewStore(open(), nil).LockByHand(ctx, second, 0)
	refusal(t, err, "is locked by hand by me@here (pid 7) since 1970-01-01T00:00:01Z: change freeze until Monday")
	was, err := state.NewStore(open(), nil).UnlockByHand(ctx)
	if err != nil || was != byHand {
		t.Errorf("it was %v, %v", was, err)
	}
	_, err = state.NewStore(open(), nil).UnlockByHand(ctx)
	refusal(t, err, "it is not locked")
	must(t, other.Lock(ctx, info("a")))
	_, err = state.NewStore(open(), nil).UnlockByHand(ctx)
	refusal(t, err, "no person has locked it")
	held(t, open().Locked(ctx), "a")
	must(t, other.Unlock(ctx))
}

// testManyLock: many processes each make a template under the lock, several times, and none is lost.
func testManyLock(t *testing.T, open func() state.Backend) {
	const processes, each = 5, 4
	makeOne := func(s *state.Store, n int) (err error) {
		unlock, err := s.Lock(ctx, info(fmt.Sprint(n)), time.Minute)
		if err != nil {
			return err
		}
		defer func() { err = errors.Join(err, unlock()) }()
		in, err := s.Begin(ctx, []state.Intent{create(fmt.Sprintf("template.t%d", n))})
		if err != nil {
			return err
		}
		if err := s.Settle(ctx, []state.Outcome{{Seq: in[0].Seq, Done: true, ID: int64(n + 1)}}); err != nil {
			return err
		}
		st, _, err := s.Read(ctx)
		if err == nil {
			_, err = s.Write(ctx, st)
		}
		return err
	}
	var wg crash.Group
	for p := range processes {
		wg.Go(func() {
			s := state.NewStore(open(), nil)
			for n := range each {
				if err := makeOne(s, p*each+n); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	st, pending, err := state.NewStore(open(), nil).Read(ctx)
	if err != nil || st.Serial != processes*each || len(st.Bindings) != processes*each || len(pending) > 0 {
		t.Errorf("%d are bound at serial %d, %d pending: %v", len(st.Bindings), st.Serial, len(pending), err)
	}
}

// OneOfTen demands that of ten processes which replace one version at the same time, one does. It is for backends that
// replace on a condition, and need no lock for that.
func OneOfTen(t *testing.T, open func() state.Backend) {
	of, text := stateText(t, 1)
	var wg crash.Group
	errs := make([]error, 10)
	for n := range errs {
		b := open()
		wg.Go(func() {
			_, errs[n] = b.Replace(ctx, of, append(bytes.Clone(text), bytes.Repeat([]byte(" "), n)...), "")
		})
	}
	wg.Wait()
	wrote := 0
	for _, err := range errs {
		if err == nil {
			wrote++
		} else if !errors.Is(err, state.ErrChanged) {
			t.Error(err)
		}
	}
	if wrote != 1 {
		t.Errorf("%d of ten wrote over nothing", wrote)
	}
}

// testWatch: whatever is written is noticed, and reading is not.
func testWatch(t *testing.T, open func() state.Backend) {
	b := open()
	of, text := stateText(t, 1)
	of2, text2 := stateText(t, 2)
	var j state.Journal
	var v state.Version
	for n, step := range []func() error{
		func() (err error) { v, err = b.Replace(ctx, of, text, ""); return err },
		func() (err error) { j, err = b.StartJournal(ctx, list(first)); return err },
		func() error { return j.Append(ctx, list("a"), true) },
		func() error { return j.Append(ctx, list("b"), true) },
		func() error { return b.RemoveJournal(ctx) },
		func() (err error) { _, err = b.Replace(ctx, of2, text2, v); return err },
	} {
		unchanged, err := open().Watch(ctx)
		must(t, err)
		_, _, err = open().Load(ctx, "")
		must(t, err)
		entries(t, open)
		if !unchanged() {
			t.Errorf("reading counts as a change before step %d", n)
		}
		must(t, step())
		if unchanged() {
			t.Errorf("step %d is not noticed", n)
		}
	}
}

// testHistory: a backend that keeps earlier versions keeps at least the one before, all as they were written.
func testHistory(t *testing.T, open func() state.Backend) {
	b, keeps := open().(state.History)
	if !keeps {
		return
	}
	if all, err := b.History(ctx); len(all) != 0 || err != nil {
		t.Errorf("before the first: %+v, %v", all, err)
	}
	if text, err := b.Former(ctx, 1); text != nil || err != nil {
		t.Errorf("before the first: %q, %v", text, err)
	}
	var texts [][]byte
	var v state.Version
	for serial := range uint64(3) {
		of, text := stateText(t, serial)
		var err error
		v, err = b.Replace(ctx, of, text, v)
		must(t, err)
		texts = append(texts, text)
	}
	all, err := open().(state.History).History(ctx)
	must(t, err)
	if len(all) < 2 {
		t.Fatalf("%+v is kept", all)
	}
	for i, f := range all {
		serial := 2 - i
		text, err := b.Former(ctx, uint64(serial))
		if err != nil || !bytes.Equal(text, texts[serial]) || f.Serial != uint64(serial) || f.Lineage != "l" ||
			f.Written.IsZero() {
			t.Errorf("serial %d is %q, %+v, %v", serial, text, f, err)
		}
	}
	s := state.NewStore(open(), nil)
	if st, err := s.Restore(ctx, 1, false); err != nil || st.Serial != 3 {
		t.Errorf("serial %d, %v", st.Serial, err)
	}
	_, err = s.Restore(ctx, 9, false)
	refusal(t, err, "serial 9 of the state")
}

// sealing is the cipher of another process with the same key.
func sealing() state.Cipher {
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

// storeTest is a test of runs of which each has a Store of its own.
func storeTest(c func() state.Cipher, test func(t *testing.T, open func() state.Backend, next func() *state.Store),
) func(*testing.T, func() state.Backend) {
	return func(t *testing.T, open func() state.Backend) {
		if c == nil {
			test(t, open, func() *state.Store { return state.NewStore(open(), nil) })
			return
		}
		test(t, open, func() *state.Store { return state.NewStore(open(), c()) })
		kept, _, err := open().Load(ctx, "")
		must(t, err)
		if kept = append(kept, entries(t, open)...); bytes.Contains(kept, []byte(secret)) {
			t.Errorf("it is kept in clear: %s", kept)
		}
	}
}

const secret = "a secret title"

// create is the intent to make a template.
func create(address string) state.Intent {
	return state.Intent{Op: state.OpCreate, Address: addr.Of(address), ScopeID: 71,
		Wants: &schema.Template{Title: secret}}
}

// reads demands what a run that has just started finds: tids by their addresses, and then the addresses of what is
// pending.
func reads(t *testing.T, s *state.Store, want string) state.State {
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
func testRuns(t *testing.T, _ func() state.Backend, next func() *state.Store) {
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
func testInterrupted(t *testing.T, open func() state.Backend, next func() *state.Store) {
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
	_, err = open().StartJournal(ctx, before) // as if it had been killed right after it replaced the state
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

// testStoreLockTakenAway: the old holder is refused, also when the new one has written the state since.
func testStoreLockTakenAway(t *testing.T, _ func() state.Backend, next func() *state.Store) {
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
			if !errors.Is(err, state.ErrLockLost) {
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
func testManyNote(t *testing.T, _ func() state.Backend, next func() *state.Store) {
	const noting, each = 8, 5
	s := next()
	var wg crash.Group
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
