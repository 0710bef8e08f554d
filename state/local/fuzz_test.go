package local

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"testing"

	"countersign/state"
	"countersign/state/store"
)

// FuzzLock: what is in the place of a lock's document is one with an ID, or none.
func FuzzLock(f *testing.F) {
	f.Add(left(f, "x"))
	f.Add(append(left(f, "x"), left(f, "longer")[7:]...))
	f.Add([]byte(`{"ID":"","Operation":"","Info":"","Who":"","Version":"","Created":"2026-11-27T05:00:00Z","Path":""}`))
	f.Add([]byte(`{"ID":"x"}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		if info, is := lockOf(bytes.NewReader(text)); is == (info.ID == "") {
			t.Errorf("%q is %+v, %v", text, info, is)
		}
	})
}

// FuzzFiles: whatever is in the files of a state, a run reads a state or ends with an error. It never takes files for
// no state, and leaves what is no lock, no journal and no state as it is.
func FuzzFiles(f *testing.F) {
	sound := encoded(f, state.State{Lineage: "l", Serial: 3})
	f.Add(sound, shortJournal(f), left(f, "x"))
	f.Add(sound, []byte{}, []byte{})
	f.Add([]byte{}, shortJournal(f), []byte("{"))
	f.Add(sound[:40], shortJournal(f)[:90], left(f, "x")[:20])
	f.Add([]byte("export PATH\n"), []byte("export PATH\n"), []byte("export PATH\n"))
	f.Fuzz(func(t *testing.T, text, journal, lock []byte) {
		l := open(filepath.Join(t.TempDir(), "countersign.state.json"))
		at := pathsOf(l)
		put(t, at.state, text)
		put(t, at.journal, journal)
		put(t, at.lock, lock)
		st, _, err := l.Read(ctx)
		if err == nil && st.Lineage == "" {
			t.Errorf("%q is taken for no state", text)
		}
		unlock, err := l.Lock(ctx, lockInfo("apply", "1", at.state), 0)
		if err == nil {
			if _, err := l.Write(ctx, st); err == nil && !state.IsState(bytes.NewReader(text)) {
				t.Errorf("%q is written over", text)
			}
			err = unlock()
		}
		var locked *store.LockedError
		if err != nil && !errors.As(err, &locked) {
			for path, was := range map[string][]byte{at.state: text, at.journal: journal, at.lock: lock} {
				if now, err := os.ReadFile(path); err != nil || !bytes.Equal(now, was) {
					t.Errorf("%s was %q and is %q, %v", filepath.Base(path), was, now, err)
				}
			}
		}
	})
}
