package httpstate

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"

	"countersign/state/store"
)

// answers are what a server says to whoever asks for the state, the journal and the lock.
type answers struct {
	status [3]int
	body   [3][]byte
}

func (a *answers) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	n := 0
	switch {
	case strings.HasSuffix(r.URL.Path, "-journal"):
		n = 1
	case strings.HasSuffix(r.URL.Path, "/lock"):
		n = 2
	}
	w.WriteHeader(a.status[n])
	_, _ = w.Write(a.body[n])
}

// FuzzAnswers: whatever a server answers, it is a state, none because the server says so, or an error; and whoever
// holds the lock is named or not.
func FuzzAnswers(f *testing.F) {
	const sound = `{"version":1,"lineage":"l","serial":3,"templates":[],"outputs":{}}`
	const lock = `{"ID":"x","Operation":"apply","Info":"","Who":"me@here","Version":"1",` +
		`"Created":"2026-11-27T05:00:00Z","Path":"p"}`
	const journal = `{"version":1,"lineage":"j","serial":1,` +
		`"journal":["eyJjaGVjayI6IjY0NmU2NzBiIiwiam91cm5hbCI6eyJ2ZXJzaW9uIjoyLCJsaW5lYWdlIjoibCIsInNlcmlhbCI6M319"]}`
	f.Add(uint16(200), []byte(sound), uint16(200), []byte(journal), uint16(423), []byte(lock))
	f.Add(uint16(204), []byte{}, uint16(404), []byte("no"), uint16(200), []byte{})
	f.Add(uint16(200), []byte{}, uint16(200), []byte(`{"journal":null}`), uint16(409), []byte(`{"ID":7}`))
	f.Add(uint16(200), []byte("null"), uint16(200), []byte(`{"version":1,"lineage":"j","serial":1,"journal":["",""]}`),
		uint16(423), []byte(`{"ID":"x","Created":"yesterday"}`))
	f.Add(uint16(302), []byte("elsewhere"), uint16(500), []byte("<html>"), uint16(401), []byte("\x1b[2J"))
	var now atomic.Pointer[answers]
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		now.Load().ServeHTTP(w, r)
	}))
	f.Cleanup(server.Close)
	b, err := New(Options{Address: server.URL + "/s", LockAddress: server.URL + "/s/lock"}, nil)
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, s1 uint16, b1 []byte, s2 uint16, b2 []byte, s3 uint16, b3 []byte) {
		a := &answers{[3]int{200 + int(s1+300)%500%400, 200 + int(s2+300)%500%400, 200 + int(s3+300)%500%400},
			[3][]byte{b1, b2, b3}}
		now.Store(a)
		text, v, err := b.Load(ctx, "")
		none := a.status[0] == http.StatusNoContent || a.status[0] == http.StatusNotFound
		if err == nil && (none != (text == nil) || none != (v == "") || !none && len(text) == 0) {
			t.Errorf("%d %q is taken for the state %q of version %q", a.status[0], b1, text, v)
		}
		st, _, err := store.New(b, nil).Read(ctx)
		if err == nil && !none && st.Lineage == "" {
			t.Errorf("%d %q is taken for an empty state", a.status[0], b1)
		}
		for _, err := range []error{b.Locked(ctx), b.Lock(ctx, store.LockInfo{ID: "mine"})} {
			var locked *store.LockedError
			if errors.As(err, &locked) && a.status[2] != http.StatusLocked && a.status[2] != http.StatusConflict {
				t.Errorf("%d %q says that it is locked: %v", a.status[2], b3, err)
			}
		}
		b.setLock(nil)
	})
}
