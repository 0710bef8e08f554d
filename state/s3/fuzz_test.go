package s3

import (
	"bytes"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/minio/minio-go/v7"

	"countersign/state/store"
)

// answers are what a store says to whoever reads the state, and the lock and the journal.
type answers struct {
	status [2]int
	body   [2][]byte
	etag   string
}

func (a *answers) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	n := 0
	if strings.Contains(r.URL.Path, ".journal") {
		n = 1
	}
	w.Header().Set("ETag", a.etag)
	w.Header().Set("Last-Modified", "Fri, 27 Nov 2026 04:00:00 GMT")
	w.WriteHeader(a.status[n])
	_, _ = w.Write(a.body[n])
}

// FuzzAnswers: whatever a store answers, it is a state, none because the store says so, or an error.
func FuzzAnswers(f *testing.F) {
	sound := []byte(`{"version":1,"lineage":"l","serial":3,"templates":[],"outputs":{},` +
		`"s3_write":"1 6f1c8b5e-0000-4f3b-9b1d-2f1a6c3d9e70"}`)
	run := []byte(`{"countersign_run":1,"write":"w","fence":1,"lock":{"ID":"x"},"journal":"j","entries":1}` + "\n" +
		`{"check":"646e670b","journal":{"version":2,"lineage":"l","serial":3}}` + "\n")
	missing := []byte("<Error><Code>NoSuchKey</Code></Error>")
	f.Add(uint16(200), sound, uint16(200), run, `"x"`)
	f.Add(uint16(404), missing, uint16(404), missing, "")
	f.Add(uint16(200), []byte(`{"s3_write":"1 6f1c8b5e-0000-4f3b-9b1d-2f1a6c3d9e70"}`), uint16(200), []byte("{}"), "x")
	f.Add(uint16(200), []byte{}, uint16(200),
		[]byte(`{"countersign_run":1,"write":"w","journal":"j","entries":-1,"parts":["a.journal"]}`), "x")
	f.Add(uint16(304), []byte{}, uint16(503), []byte("<Error><Code>SlowDown"), "x")
	f.Add(uint16(404), []byte("<html>"), uint16(403), []byte("<Error/>"), "x")
	minio.DefaultRetryUnit = time.Millisecond // it pauses after the last try too
	var now atomic.Pointer[answers]
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		now.Load().ServeHTTP(w, r)
	}))
	f.Cleanup(server.Close)
	f.Fuzz(func(t *testing.T, s1 uint16, b1 []byte, s2 uint16, b2 []byte, etag string) {
		b, err := New(Options{Bucket: "bucket", Key: "state.json", Region: "us-east-1", Endpoint: server.URL,
			UsePathStyle: true, AccessKeyID: "AKIA-OF-MINE", SecretAccessKey: secret}, nil)
		if err != nil {
			t.Fatal(err)
		}
		b.tries.Again = 0
		a := &answers{[2]int{200 + int(s1+300)%500%400, 200 + int(s2+300)%500%400}, [2][]byte{b1, b2}, etag}
		now.Store(a)
		text, v, err := b.Load(t.Context(), "")
		none := a.status[0] == http.StatusNotFound && bytes.Contains(b1, []byte("NoSuchKey")) ||
			a.status[0] < 300 && bytes.Contains(b1, []byte("s3_write"))
		if err == nil && (text == nil || v == "") && !none {
			t.Errorf("%d %q is taken for no state", a.status[0], b1)
		}
		st, _, err := store.New(b, nil).Read(t.Context())
		if err == nil && text != nil && st.Lineage == "" {
			t.Errorf("%d %q is taken for an empty state", a.status[0], b1)
		}
		var locked *store.LockedError
		if err := b.Locked(t.Context()); errors.As(err, &locked) && a.status[1] >= 300 {
			t.Errorf("%d %q says that it is locked: %v", a.status[1], b2, err)
		}
	})
}
