//go:build unix && !quick

package kill

import (
	"bytes"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"countersign/internal/programtest"
	"countersign/state/postgres/postgrestest"
	"countersign/state/s3/s3test"
)

// A lock of a run that is not heard of expires after this long, at most.
const expiry = 2 * time.Minute

// sleepers are the stores whose locks expire. expire lets the lock of a world's state expire at once.
var sleepers = map[string]func(t *testing.T) (open place, expire func(t *testing.T, w *world)){
	"postgres": func(t *testing.T) (place, func(t *testing.T, w *world)) {
		return inPostgres(t), expireInPostgres
	},
	"s3": func(t *testing.T) (place, func(t *testing.T, w *world)) {
		server := s3test.Start(t)
		return in(server), func(t *testing.T, _ *world) { server.Age(t, expiry+10*time.Second) }
	},
}

// TestHolderThatSleeps stops an apply whose write is at the drive, as a machine does that is put to sleep, until its
// lock has expired. Another machine then applies, without taking the lock away, and has all right. When the first one
// wakes up, the fence refuses what it writes: it fails, and changes nothing.
func TestHolderThatSleeps(t *testing.T) {
	t.Parallel()
	c := fiftyChanges(t)
	for name, start := range sleepers {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			open, expire := start(t)
			for _, n := range []int{1, 8, 20} {
				writes := 0
				c.sleep(t, fmt.Sprintf("asleep at write %d", n), open, expire, 0, func(r *http.Request) bool {
					if strings.HasSuffix(r.URL.Path, "/set-templet") {
						writes++
					}
					return writes == n
				})
			}
		})
	}
}

// TestHolderThatSleepsBeforeItSends does so once an apply has noted that it is about to send a write. Awake again, it
// must not send that: the other machine has.
func TestHolderThatSleepsBeforeItSends(t *testing.T) {
	t.Parallel()
	if !*chaos {
		return // reconcile/write holds this with a clock of its own; here it takes a minute
	}
	c := fiftyChanges(t)
	server := s3test.Start(t)
	c.sleep(t, "asleep before it sends", in(server), nil, 50*time.Second, func(r *http.Request) bool {
		if r.Method != http.MethodPut {
			return false
		}
		body, _ := io.ReadAll(r.Body)
		r.Body = io.NopCloser(bytes.NewReader(body))
		return bytes.Contains(body, []byte(`"sent":`))
	})
}

// sleep puts an apply to sleep at a call, for as long as its lock lasts and so long at least, has another machine apply
// meanwhile, and wakes it up.
func (c changes) sleep(t *testing.T, what string, open place, expire func(*testing.T, *world), least time.Duration,
	at func(*http.Request) bool) {
	t.Helper()
	w := c.world.copy(t)
	w.keepIn(t, open, c.config)
	asleep, answer := w.stopAt(at)
	var out string
	ended := make(chan error, 1)
	go func() {
		var err error
		out, err = w.run(append(applying, "-parallelism=1")...)
		ended <- err
	}()
	process := <-asleep
	wake := sync.OnceFunc(func() {
		_ = process.Signal(syscall.SIGCONT)
		close(answer)
	})
	t.Cleanup(wake) // before the servers are closed, which wait for their calls
	if *chaos {
		time.Sleep(expiry + 5*time.Second)
	} else {
		expire(t, w)
	}
	other := w.elsewhere(t)
	other.must(t, what, "apply", "-auto-approve", "-max-removals=50")
	other.check(t, what, c.titles)
	time.Sleep(least)
	wake()
	err := <-ended
	if words := strings.Join(strings.Fields(out), " "); err == nil ||
		!strings.Contains(words, "the lock was taken away from this run") {
		t.Fatalf("%s, and awake again: %v\n%s", what, err, out)
	}
	w.drain(t)
	other.check(t, what+" and awake again", c.titles)
	other.checkStaged(t, what, "a.txt", "b.txt")
	w.end(t)
}

// stopAt stops the run at a call once that has been carried out. The answer comes when answer is closed.
func (w *world) stopAt(at func(*http.Request) bool) (asleep chan *os.Process, answer chan struct{}) {
	asleep, answer = make(chan *os.Process, 1), make(chan struct{})
	var mu sync.Mutex
	stopped := false
	w.hook.set(func(next http.Handler, rw http.ResponseWriter, r *http.Request) {
		mu.Lock()
		now := !stopped && at(r)
		stopped = stopped || now
		mu.Unlock()
		if !now {
			next.ServeHTTP(rw, r)
			return
		}
		got := httptest.NewRecorder()
		next.ServeHTTP(got, r)
		w.hook.mu.Lock()
		process := w.hook.process
		w.hook.mu.Unlock()
		if err := process.Signal(syscall.SIGSTOP); err != nil {
			panic(err)
		}
		for stopped := false; !stopped; { // a signal arrives when it does
			state, err := exec.Command("ps", "-o", "state=", "-p", fmt.Sprint(process.Pid)).Output()
			if err != nil {
				panic(err)
			}
			stopped = bytes.HasPrefix(bytes.TrimSpace(state), []byte("T"))
		}
		asleep <- process
		<-answer
		maps.Copy(rw.Header(), got.Header())
		rw.WriteHeader(got.Code)
		_, _ = rw.Write(got.Body.Bytes())
	})
	return asleep, answer
}

var stateName = regexp.MustCompile(`state-\d+`)

// expireInPostgres lets the lock of a world's state expire at once.
func expireInPostgres(t *testing.T, w *world) {
	t.Helper()
	name := stateName.Find(programtest.Read(t, filepath.Join(w.dir, "main.hcl")))
	server := postgrestest.Shared(t)
	db, err := pgx.Connect(t.Context(), server.ConnStr()+" password="+postgrestest.Password)
	if err == nil {
		defer db.Close(t.Context())
		_, err = db.Exec(t.Context(), `UPDATE countersign.countersign_states SET expires = clock_timestamp()
WHERE name = $1`, string(name))
	}
	if err != nil {
		t.Fatal(err)
	}
}
