//go:build unix && !quick

package s3

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/minio/minio-go/v7"

	"countersign/internal/parallel"
	"countersign/state"
	"countersign/state/s3/s3test"
	"countersign/state/statetest"
	"countersign/state/store"
)

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func info(id string) store.LockInfo {
	return store.LockInfo{ID: id, Operation: "apply", Who: "me@here (pid 7)", Path: "x"}
}

func text(serial int) []byte {
	return fmt.Appendf(nil, `{"version":1,"lineage":"l","serial":%d}`, serial)
}

// keys are those of the objects of a state, without what is common to all.
func keys(t *testing.T, b *Backend) (keys []string) {
	t.Helper()
	for o := range b.store.Client.ListObjects(t.Context(), b.Bucket,
		minio.ListObjectsOptions{Prefix: b.Key, Recursive: true}) {
		must(t, o.Err)
		keys = append(keys, strings.TrimPrefix(o.Key, b.Key))
	}
	return keys
}

// TestIgnoringStore: a store that ignores conditions, or one of the two, is refused before anything is written to it.
func TestIgnoringStore(t *testing.T) {
	server := s3test.Start(t)
	for _, headers := range [][]string{{"If-Match", "If-None-Match"}, {"If-Match"}, {"If-None-Match"}} {
		b := at(t, served(t, server.Ignoring(headers...)))()
		_, starting := b.ReplaceJournal(t.Context(), [][]byte{[]byte("a")})
		_, replacing := b.Replace(t.Context(), state.Identity{}, text(1), "")
		for _, err := range []error{b.Lock(t.Context(), info("a")), starting, replacing} {
			if says := "ignores the conditions of writes: with " + headers[len(headers)-1]; err == nil ||
				!strings.Contains(err.Error(), says) {
				t.Errorf("without %v: %v", headers, err)
			}
		}
		if got := keys(t, b); !slices.Equal(got, []string{".probe"}) {
			t.Errorf("without %v, it has written %q", headers, got)
		}
	}
}

func TestTenAtOnce(t *testing.T) { statetest.OneOfTen(t, opened(at(t, s3test.Start(t).Address))) }

// asleep is a holder of a lock that is not renewed any more, and its journal.
func asleep(t *testing.T, open func() *Backend) (*Backend, store.Journal) {
	t.Helper()
	b := open()
	b.expiry = time.Second
	must(t, b.Lock(t.Context(), info("sleeper")))
	j, err := b.ReplaceJournal(t.Context(), [][]byte{[]byte("a")})
	must(t, err)
	b.held.stop()
	return b, j
}

// awaitLock takes the lock once that of another has run out.
func awaitLock(t *testing.T, b *Backend, id string) {
	t.Helper()
	_, err := store.New(b, nil).Lock(t.Context(), info(id), time.Minute)
	must(t, err)
}

// TestSleeper: a holder that sleeps until its lock has run out, and another has it, writes nothing any more: not with a
// version that it has read before, and not with one that it reads then.
func TestSleeper(t *testing.T) {
	server := s3test.Start(t)
	for _, there := range []bool{false, true} {
		t.Run(fmt.Sprint("a state: ", there), func(t *testing.T) {
			open := at(t, server.Address)
			var before store.Version
			if there {
				var err error
				before, err = open().Replace(t.Context(), state.Identity{}, text(1), "")
				must(t, err)
			}
			sleeper, j := asleep(t, open)
			next := open()
			awaitLock(t, next, "next")
			_, seen, err := sleeper.Load(t.Context(), "")
			must(t, err)
			_, stale := sleeper.Replace(t.Context(), state.Identity{}, text(2), before)
			_, fresh := sleeper.Replace(t.Context(), state.Identity{}, text(2), seen)
			_, starting := sleeper.ReplaceJournal(t.Context(), [][]byte{[]byte("b")})
			_, removing := sleeper.ReplaceJournal(t.Context(), nil)
			for _, err := range []error{stale, fresh, starting, removing,
				j.Append(t.Context(), [][]byte{[]byte("b")}, true)} {
				if !errors.Is(err, store.ErrLockLost) {
					t.Errorf("the sleeper wakes and is told %v", err)
				}
			}
			must(t, sleeper.Unlock(t.Context()))
			_, v, err := next.Load(t.Context(), "")
			must(t, err)
			if v != seen {
				t.Error("the sleeper has written the state")
			}
			_, err = next.Replace(t.Context(), state.Identity{}, text(2), v)
			must(t, err)
			must(t, next.Unlock(t.Context()))
		})
	}
}

// TestAwake: a lock that is renewed does not run out, and one that has run out is told to nobody as held; who sleeps
// and is not followed by another goes on.
func TestAwake(t *testing.T) {
	server := s3test.Start(t)
	open := at(t, server.Address)
	awake := open()
	awake.expiry = 2 * time.Second
	must(t, awake.Lock(t.Context(), info("awake")))
	time.Sleep(2 * awake.expiry)
	var locked *store.LockedError
	if err := open().Lock(t.Context(), info("next")); !errors.As(err, &locked) || locked.Holder.ID != "awake" {
		t.Errorf("it is told as %v", err)
	}
	must(t, awake.Unlock(t.Context()))

	open = at(t, server.Address)
	sleeper, j := asleep(t, open)
	for open().Locked(t.Context()) != nil {
		time.Sleep(50 * time.Millisecond)
	}
	must(t, j.Append(t.Context(), [][]byte{[]byte("b")}, true))
	if err := open().Locked(t.Context()); err == nil {
		t.Error("a note does not renew the lock")
	}
	must(t, sleeper.Unlock(t.Context()))
}

// held is a store that keeps the next write of a state to itself, and says to its sender that it has not come.
type held struct {
	next  http.Handler
	key   string
	mu    sync.Mutex
	keeps bool
	kept  *http.Request // with its body
}

func (h *held) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if !h.keeps || r.Method != http.MethodPut || !strings.HasSuffix(r.URL.Path, h.key) {
		h.next.ServeHTTP(w, r)
		return
	}
	body, _ := io.ReadAll(r.Body)
	if h.kept == nil {
		h.kept = r.Clone(r.Context())
		h.kept.Body = io.NopCloser(bytes.NewReader(body))
	}
	http.Error(w, "bad gateway", http.StatusBadGateway)
}

// arrive lets the write arrive, and returns what the store says to it.
func (h *held) arrive(t *testing.T) int {
	t.Helper()
	if h.kept == nil {
		t.Fatal("no write was sent")
	}
	answer := httptest.NewRecorder()
	h.next.ServeHTTP(answer, h.kept.WithContext(t.Context()))
	return answer.Code
}

// TestLateWrite: a write of the state that was under way when its sender was declared dead, or gave its lock back, is
// refused when it arrives, also where there was no state yet.
func TestLateWrite(t *testing.T) {
	server := s3test.Start(t)
	for name, then := range map[string]func(t *testing.T, old *Backend, open func() *Backend){
		"the lock has run out": func(t *testing.T, _ *Backend, open func() *Backend) { awaitLock(t, open(), "next") },
		"force-unlock": func(t *testing.T, _ *Backend, open func() *Backend) {
			must(t, open().ForceUnlock(t.Context(), "sleeper"))
		},
		"unlock": func(t *testing.T, old *Backend, _ func() *Backend) { must(t, old.Unlock(t.Context())) },
	} {
		for _, there := range []bool{false, true} {
			t.Run(fmt.Sprint(name, ", a state: ", there), func(t *testing.T) {
				h := &held{next: server.Proxy()}
				open := at(t, served(t, h))
				h.key = open().Key
				var v store.Version
				if there {
					var err error
					v, err = open().Replace(t.Context(), state.Identity{}, text(1), "")
					must(t, err)
				}
				old, _ := asleep(t, open)
				h.keeps = true
				_, err := old.Replace(t.Context(), state.Identity{}, text(2), v)
				if !errors.Is(err, store.ErrUnknown) {
					t.Errorf("a write of which nothing is known is told as %v", err)
				}
				h.mu.Lock()
				h.keeps = false
				h.mu.Unlock()
				then(t, old, open)
				if status := h.arrive(t); status != http.StatusPreconditionFailed {
					t.Errorf("the late write is answered with %d", status)
				}
				got, _, err := open().Load(t.Context(), "")
				must(t, err)
				if want := text(1); there && !bytes.Equal(got, want) || !there && got != nil {
					t.Errorf("the state is %s", got)
				}
			})
		}
	}
}

// TestRestarted: the store is killed and started again between any two calls, and under one.
func TestRestarted(t *testing.T) {
	server := s3test.Start(t)
	open := at(t, server.Address)
	b := open()
	must(t, b.Lock(t.Context(), info("a")))
	server.Restart(t)
	j, err := b.ReplaceJournal(t.Context(), [][]byte{[]byte("a")})
	must(t, err)
	var wg parallel.Group
	for n := range 5 {
		wg.Go(func() { server.Restart(t) })
		b.tries.Pauses = open().tries.Pauses
		b.tries.Again = 1000
		must(t, j.Append(t.Context(), [][]byte{fmt.Append(nil, n)}, true))
		wg.Wait()
	}
	_, err = b.Replace(t.Context(), state.Identity{}, text(1), "")
	must(t, err)
	server.Restart(t)
	must(t, b.Unlock(t.Context()))
	found, _, err := open().Journal(t.Context())
	must(t, err)
	if got := string(bytes.Join(found, []byte(" "))); got != "a 0 1 2 3 4" {
		t.Errorf("the journal is %q", got)
	}
}

// TestLongJournal: what is sent with an entry does not grow with the journal, and what was put into parts is read, and
// taken away with it.
func TestLongJournal(t *testing.T) {
	server := s3test.Start(t)
	var mu sync.Mutex
	most := int64(0)
	proxy := server.Proxy()
	open := at(t, served(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		most = max(most, r.ContentLength)
		mu.Unlock()
		proxy.ServeHTTP(w, r)
	})))
	b := open()
	must(t, b.Lock(t.Context(), info("a")))
	want := [][]byte{[]byte("first")}
	j, err := b.ReplaceJournal(t.Context(), want)
	must(t, err)
	for n := range 60 {
		batch := [][]byte{fmt.Append(nil, n, strings.Repeat("x", 5000)), fmt.Append(nil, n, strings.Repeat("y", 5000))}
		must(t, j.Append(t.Context(), batch, true))
		want = append(want, batch...)
	}
	found, again, err := open().Journal(t.Context())
	must(t, err)
	if !slices.EqualFunc(found, want, bytes.Equal) {
		t.Errorf("%d entries, not %d as they were", len(found), len(want))
	}
	if most > 2*partSize {
		t.Errorf("a write of %d bytes was sent", most)
	}
	if len(keys(t, b)) < 5 {
		t.Errorf("there are no parts: %q", keys(t, b))
	}
	for most, says := range map[int]string{
		2 * partSize: "the journal " + b.Where().Journal + " has more than 262144 bytes",
		10:           "it has more than 10 bytes"} {
		bounded := open()
		bounded.most = most
		if _, _, err := bounded.Journal(t.Context()); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("where %d bytes are read: %v", most, err)
		}
	}
	must(t, again.Append(t.Context(), [][]byte{[]byte("last")}, true))
	_, err = b.ReplaceJournal(t.Context(), nil)
	must(t, err)
	if got := keys(t, b); !slices.Equal(got, []string{".journal", ".probe"}) {
		t.Errorf("what is left is %q", got)
	}
}

// TestByHand: a state that somebody has put into the bucket is one, and something else in the place of the lock is left
// as it is.
func TestByHand(t *testing.T) {
	server := s3test.Start(t)
	open := at(t, server.Address)
	b := open()
	put := func(key, text string) {
		_, err := b.store.Client.PutObject(t.Context(), b.Bucket, key, strings.NewReader(text), int64(len(text)),
			minio.PutObjectOptions{})
		must(t, err)
	}
	put(b.Key, string(text(4))+"\n")
	must(t, b.Lock(t.Context(), info("a")))
	got, v, err := b.Load(t.Context(), "")
	must(t, err)
	if string(got) != string(text(4))+"\n" {
		t.Errorf("it is %q", got)
	}
	_, err = b.Replace(t.Context(), state.Identity{}, text(5), v)
	must(t, err)
	must(t, b.Unlock(t.Context()))
	put(b.journalKey(), "shopping list\n")
	if err := open().Lock(t.Context(), info("b")); err == nil || !strings.Contains(err.Error(), "is in the way") {
		t.Error(err)
	}
}

// TestSecrets: what the store refuses shows no credentials.
func TestSecrets(t *testing.T) {
	server := s3test.Start(t)
	o := at(t, server.Address)().Options
	o.SecretAccessKey = secret
	b, err := New(o, nil)
	must(t, err)
	_, _, err = b.Load(t.Context(), "")
	if err == nil || !strings.Contains(err.Error(), "SignatureDoesNotMatch") || strings.Contains(err.Error(), secret) ||
		strings.Contains(err.Error(), o.AccessKeyID) {
		t.Errorf("it is told as %v", err)
	}
	o = at(t, server.Address)().Options
	o.Bucket = "nowhere"
	b, err = New(o, nil)
	must(t, err)
	if err = b.Lock(t.Context(), info("a")); err == nil || !strings.Contains(err.Error(), "make the bucket") {
		t.Error(err)
	}
}
