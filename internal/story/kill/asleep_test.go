//go:build unix && !quick

package kill

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
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

// TestHolderThatSleeps stops an apply at one of its writes, as a machine does that is put to sleep, until its lock has
// expired. Another machine then applies, without taking the lock away, and has all right. When the first one wakes up,
// the fence refuses what it writes: it fails, and changes nothing.
func TestHolderThatSleeps(t *testing.T) {
	t.Parallel()
	c := fiftyChanges(t)
	for name, start := range map[string]func(t *testing.T) (open place, expire func(t *testing.T, w *world)){
		"postgres": func(t *testing.T) (place, func(t *testing.T, w *world)) {
			return inPostgres(t), expireInPostgres
		},
		"s3": func(t *testing.T) (place, func(t *testing.T, w *world)) {
			server := s3test.Start(t)
			return in(server), func(t *testing.T, _ *world) { server.Age(t, expiry) }
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			open, expire := start(t)
			for _, at := range []int{1, 8, 20} {
				w := c.world.copy(t)
				w.keepIn(t, open, c.config)
				asleep, awake := w.sleepAt(at)
				ended := make(chan error, 1)
				var out string
				go func() {
					var err error
					out, err = w.run(applying...)
					ended <- err
				}()
				process := <-asleep
				wake := sync.OnceFunc(func() {
					_ = process.Signal(syscall.SIGCONT)
					close(awake)
				})
				t.Cleanup(wake) // before the servers are closed, which wait for their calls
				if *chaos {
					time.Sleep(expiry + 5*time.Second)
				} else {
					expire(t, w)
				}
				what := fmt.Sprintf("asleep at write %d", at)
				other := w.elsewhere(t)
				other.must(t, what, "apply", "-auto-approve", "-max-removals=50")
				other.check(t, what, c.titles)
				wake()
				err := <-ended
				if err == nil || !strings.Contains(strings.Join(strings.Fields(out), " "),
					"the lock was taken away from this run") {
					t.Fatalf("%s, and then: %v\n%s", what, err, out)
				}
				other.check(t, what+" and awake again", c.titles)
				other.checkStaged(t, what, "a.txt", "b.txt")
				w.end(t)
			}
		})
	}
}

// sleepAt stops the run once its nth write has been carried out, before it has the answer. It gives the process when it
// sleeps; the answer comes when awake is closed.
func (w *world) sleepAt(n int) (asleep chan *os.Process, awake chan struct{}) {
	asleep, awake = make(chan *os.Process, 1), make(chan struct{})
	writes := 0
	w.hook.set(func(next http.Handler, rw http.ResponseWriter, r *http.Request) {
		answer := httptest.NewRecorder()
		next.ServeHTTP(answer, r)
		if strings.HasSuffix(r.URL.Path, "/set-templet") {
			w.hook.mu.Lock()
			writes++
			now, process := writes == n, w.hook.process
			w.hook.mu.Unlock()
			if now {
				if err := process.Signal(syscall.SIGSTOP); err != nil {
					panic(err)
				}
				asleep <- process
				<-awake
			}
		}
		for name, values := range answer.Header() {
			rw.Header()[name] = values
		}
		rw.WriteHeader(answer.Code)
		_, _ = rw.Write(answer.Body.Bytes())
	})
	return asleep, awake
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
