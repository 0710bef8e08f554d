//go:build !quick

package kill

import (
	"fmt"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"countersign/internal/programtest"
	"countersign/state/postgres/postgrestest"
	"countersign/state/statetest"
)

// TestKilledOnAnotherMachine kills an apply of twenty mixed changes whose state is in a database, before and after one of
// every few calls to the drive, and goes on from another folder, as on another machine: with the configuration and nothing
// else. The lock of the killed run says whose it was and is taken away from there; then no template is lost, none is made
// twice, and a plan finds nothing.
func TestKilledOnAnotherMachine(t *testing.T) {
	t.Parallel()
	killOnAnotherMachine(t, 6, 25, func(t *testing.T, w *killed, n int, answered bool) (int, func() bool) {
		return postgrestest.Shared(t).Port, w.killAt(n, answered)
	})
}

// TestKilledAtStatements is the same, at one of every few statements to the database.
func TestKilledAtStatements(t *testing.T) {
	t.Parallel()
	killOnAnotherMachine(t, 4, 15, func(t *testing.T, w *killed, n int, answered bool) (int, func() bool) {
		var calls atomic.Int64
		port := postgrestest.Shared(t).Faulty(t, func(string) (statetest.Fault, bool) {
			fault := statetest.CallLost
			switch {
			case calls.Add(1) != int64(n):
				return fault, false
			case answered:
				fault = statetest.AnswerLost
			}
			w.hook.mu.Lock()
			defer w.hook.mu.Unlock()
			_ = w.hook.process.Kill()
			return fault, true
		})
		return port, func() bool { return calls.Load() >= int64(n) }
	})
}

var lockID = regexp.MustCompile(`lock\s+ID\s+([-0-9a-f]+)`)

// killOnAnotherMachine kills runs as arm has prepared it, at their nth call, one of every few, or after that was carried
// out. arm returns the port where the database is, and what tells whether that many calls were made, of which there are
// least.
func killOnAnotherMachine(t *testing.T, every, least int,
	arm func(t *testing.T, w *killed, n int, answered bool) (port int, reached func() bool)) {
	server := postgrestest.Shared(t)
	first, second := killWorld(t)
	pulled, err := first.run("state", "pull")
	if err != nil {
		t.Fatalf("%v\n%s", err, pulled)
	}
	for n := 1; ; n += every {
		reached := false
		for _, answered := range []bool{false, true} {
			w := first.copy(t)
			w.env = slices.Clone(server.Environment())
			w.write(t, second.config+fmt.Sprintf("state \"postgres\" {\n  name = %q\n}\n",
				fmt.Sprintf("%s-%d-%t", t.Name(), n, answered)))
			programtest.Write(t, filepath.Join(w.dir, "pulled.json"), pulled)
			if out, err := w.run("state", "push", "pulled.json"); err != nil {
				t.Fatalf("%v\n%s", err, out)
			}
			port, killed := arm(t, w, n, answered)
			w.env = append(w.env, fmt.Sprint("PGPORT=", port))
			if out, err := w.run("apply", "-auto-approve"); err == nil && killed() {
				t.Fatalf("killed at call %d, and still: %s", n, out)
			}
			if !killed() {
				continue
			}
			reached = true
			what := fmt.Sprintf("killed at call %d, %s it was carried out", n,
				map[bool]string{false: "before", true: "after"}[answered])
			w.hook.set(nil)
			w.drain(t)
			w.goOnElsewhere(t, what, server.Environment())
			if got := w.live(t); !slices.Equal(got, second.titles) {
				t.Fatalf("%s, the drive holds\n%q\nwant\n%q", what, got, second.titles)
			}
		}
		if !reached {
			if n < least {
				t.Fatalf("an apply of 20 changes made only %d calls", n-every)
			}
			t.Logf("killed before and after one in %d of %d calls", every, n-every)
			return
		}
	}
}

// goOnElsewhere applies and plans from another folder and home, taking the lock away first if the killed run had it.
func (w *killed) goOnElsewhere(t *testing.T, what string, environment []string) {
	t.Helper()
	config := string(programtest.Read(t, filepath.Join(w.dir, "main.hcl")))
	w.dir, w.env = t.TempDir(), append(slices.Clone(environment), "HOME="+t.TempDir())
	programtest.Write(t, filepath.Join(w.dir, "main.hcl"), config)
	out, err := w.run("apply", "-auto-approve")
	if id := lockID.FindStringSubmatch(out); err != nil && id != nil && strings.Contains(out, "ends by itself in") {
		out, err = w.run("force-unlock", "-force", id[1])
		if err != nil || !strings.Contains(out, `running "apply" since`) {
			t.Fatalf("%s, the lock is taken away with: %v\n%s", what, err, out)
		}
		out, err = w.run("apply", "-auto-approve")
	}
	if err != nil {
		t.Fatalf("%s, the next apply failed: %v\n%s", what, err, out)
	}
	if out, err := w.run("plan", "-detailed-exitcode"); err != nil {
		t.Fatalf("%s, the plan after the next apply is not empty: %v\n%s", what, err, out)
	}
}
