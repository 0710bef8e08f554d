package statetest

import (
	"bytes"
	"context"
	"errors"
	"slices"
	"strings"
	"testing"

	"countersign/state"
	"countersign/state/store"
)

// Conform tests a store.Backend against its interface, and then a Store on it, with and without a cipher. newPlace
// makes a place where nothing is kept yet, and returns what opens it: each call of that is another process.
func Conform(t *testing.T, newPlace func(t *testing.T) (open func() store.Backend)) {
	for _, test := range []struct {
		name string
		run  func(t *testing.T, open func() store.Backend)
	}{
		{"nothing", testNothing},
		{"replace", testReplace},
		{"journal", testJournal},
		{"lock", testLock},
		{"lock taken away", testLockTakenAway},
		{"lock by hand", testLockByHand},
		{"many lock", testManyLock},
		{"history", testHistory},
	} {
		t.Run(test.name, func(t *testing.T) { test.run(t, newPlace(t)) })
	}
	for _, test := range storeTests {
		t.Run("store, "+test.name, func(t *testing.T) { test.on(t, newPlace(t), inClear) })
		t.Run("store, "+test.name+", sealed", func(t *testing.T) { test.on(t, newPlace(t), sealed) })
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

func testNothing(t *testing.T, open func() store.Backend) {
	b := open()
	if text, v, err := b.Load(ctx, ""); text != nil || v != "" || err != nil {
		t.Errorf("a state: %q, %q, %v", text, v, err)
	}
	if entries, j, err := b.Journal(ctx); entries != nil || j != nil || err != nil {
		t.Errorf("a journal: %q, %v, %v", entries, j, err)
	}
	_, err := b.ReplaceJournal(ctx, nil)
	must(t, err)
	must(t, b.Locked(ctx))
	must(t, b.Unlock(ctx))
	if err := b.ForceUnlock(ctx, "x"); !errors.Is(err, store.ErrNotLocked) {
		t.Errorf("%v", err)
	}
	if at := b.Where(); at.State == "" || at.Journal == "" {
		t.Errorf("%+v", at)
	}
}

func testReplace(t *testing.T, open func() store.Backend) {
	b := open()
	var versions []store.Version
	was := store.Version("")
	for serial := range uint64(3) {
		of, text := stateText(t, serial)
		v, err := b.Replace(ctx, of, text, was)
		must(t, err)
		if v == "" || slices.Contains(versions, v) {
			t.Fatalf("the versions are %q, and then %q", versions, v)
		}
		for who, b := range map[string]store.Backend{"itself": b, "another": open()} {
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
		if _, err := open().Replace(ctx, of, text9, stale); !errors.Is(err, store.ErrChanged) {
			t.Errorf("version %q is replaced, and %q was there: %v", stale, was, err)
		}
	}
	if got, is, err := b.Load(ctx, versions[0]); is != was || bytes.Equal(got, text9) || got == nil || err != nil {
		t.Errorf("it is %q of version %q, %v", got, is, err)
	}
}

// entries are those that a process which has just started finds.
func entries(t *testing.T, open func() store.Backend) string {
	t.Helper()
	all, j, err := open().Journal(ctx)
	must(t, err)
	if j == nil {
		return "none"
	}
	return string(bytes.Join(all, []byte("\n")))
}

func testJournal(t *testing.T, open func() store.Backend) {
	b := open()
	j, err := b.ReplaceJournal(ctx, list(first))
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
	if err := late.Append(ctx, list("d"), true); !errors.Is(err, store.ErrOtherWriter) {
		t.Errorf("two go on from one place: %v", err)
	}
	if got := entries(t, open); got != all+"\nc" {
		t.Errorf("it is %q", got)
	}
	_, err = open().ReplaceJournal(ctx, list(first, "e"))
	must(t, err)
	if err := next.Append(ctx, list("f"), true); err == nil {
		t.Error("it goes on in a journal that was replaced")
	}
	if got := entries(t, open); got != first+"\ne" {
		t.Errorf("it is %q", got)
	}
	_, err = open().ReplaceJournal(ctx, nil)
	must(t, err)
	if err := next.Append(ctx, list("g"), true); err == nil {
		t.Error("it goes on in a journal that was removed")
	}
	if got := entries(t, open); got != "none" {
		t.Errorf("it is %q", got)
	}
}

// testHistory: a backend that keeps earlier versions keeps at least the one before, all as they were written.
func testHistory(t *testing.T, open func() store.Backend) {
	b, keeps := open().(store.History)
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
	var v store.Version
	for serial := range uint64(3) {
		of, text := stateText(t, serial)
		var err error
		v, err = b.Replace(ctx, of, text, v)
		must(t, err)
		texts = append(texts, text)
	}
	all, err := open().(store.History).History(ctx)
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
	s := store.New(open(), nil)
	if st, err := s.Restore(ctx, 1, false); err != nil || st.Serial != 3 {
		t.Errorf("serial %d, %v", st.Serial, err)
	}
	_, err = s.Restore(ctx, 9, false)
	refusal(t, err, "serial 9 of the state")
}
