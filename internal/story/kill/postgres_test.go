//go:build !quick

package kill

import (
	"fmt"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"countersign/internal/programtest"
	"countersign/state/postgres/postgrestest"
)

// TestKilledOnAnotherMachine kills an apply of twenty mixed changes whose state is in a database, before and after one of
// every few calls to the drive, and goes on from another folder, as on another machine: with the configuration and nothing
// else. The lock of the killed run says whose it was and is taken away from there; then no template is lost, none is made
// twice, and a plan finds nothing.
func TestKilledOnAnotherMachine(t *testing.T) {
	t.Parallel()
	server := postgrestest.Shared(t)
	first, second := killWorld(t)
	pulled, err := first.run("state", "pull")
	if err != nil {
		t.Fatalf("%v\n%s", err, pulled)
	}
	lockID := regexp.MustCompile(`lock\s+ID\s+([-0-9a-f]+)`)
	const every = 6
	for n := 1; ; n += every {
		reached := false
		for _, answered := range []bool{false, true} {
			w := first.copy(t)
			for name, value := range server.Environment() {
				w.env = append(w.env, name+"="+value)
			}
			name := fmt.Sprintf("killed-%d-%t", n, answered)
			w.write(t, second.config+fmt.Sprintf("state \"postgres\" {\n  name = %q\n}\n", name))
			programtest.Write(t, filepath.Join(w.dir, "pulled.json"), pulled)
			if out, err := w.run("state", "push", "pulled.json"); err != nil {
				t.Fatalf("%v\n%s", err, out)
			}
			killed := w.killAt(n, answered)
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
			w.hook.drain()

			here := w.dir
			w.dir = t.TempDir()
			w.env = append(w.env, "HOME="+t.TempDir())
			programtest.Write(t, filepath.Join(w.dir, "main.hcl"), string(programtest.Read(t,
				filepath.Join(here, "main.hcl"))))
			out, err := w.run("apply", "-auto-approve")
			id := lockID.FindStringSubmatch(out)
			if err == nil || id == nil || !strings.Contains(out, "ends by itself in") {
				t.Fatalf("%s, the lock is told as: %v\n%s", what, err, out)
			}
			out, err = w.run("force-unlock", "-force", id[1])
			if err != nil || !strings.Contains(out, `running "apply" since`) {
				t.Fatalf("%s, the lock is taken away with: %v\n%s", what, err, out)
			}
			if out, err := w.run("apply", "-auto-approve"); err != nil {
				t.Fatalf("%s, the next apply failed: %v\n%s", what, err, out)
			}
			if out, err := w.run("plan", "-detailed-exitcode"); err != nil {
				t.Fatalf("%s, the plan after the next apply is not empty: %v\n%s", what, err, out)
			}
			if got := w.live(t); !slices.Equal(got, second.titles) {
				t.Fatalf("%s, the drive holds\n%q\nwant\n%q", what, got, second.titles)
			}
		}
		if !reached {
			if n < 25 {
				t.Fatalf("an apply of 20 changes made only %d calls", n-every)
			}
			t.Logf("killed before and after one in %d of %d calls", every, n-every)
			return
		}
	}
}
