// Package kill ends a run of the program between any two of its calls, loses their answers, sends them twice, and lets
// many runs come at once, with the state in each kind of store: nothing is lost, and nothing is made twice.
package kill

import (
	"flag"
	"fmt"
	"slices"
	"strings"
	"testing"

	"countersign/internal/programtest"
)

func TestMain(m *testing.M) { programtest.Main(m) }

// chaos asks for the long form of these tests, which make chaos runs.
var chaos = flag.Bool("chaos", false, "kill at every call, not at one of many, and wait until locks really expire")

// TestKilledAtAnyCall kills an apply of fifty mixed changes, as SIGKILL does, before and after a call that it makes to
// the drive, to DingTalk or to the store of its state, and applies again on another machine: no template is lost, none is
// made twice, the state has what the drive has, and the next plan finds nothing.
func TestKilledAtAnyCall(t *testing.T) {
	t.Parallel()
	c := fiftyChanges(t)
	for _, s := range stores {
		t.Run(s.name, func(t *testing.T) {
			t.Parallel()
			open := s.start(t)
			atEachCall(t, s.stride, 60, func(n int, after bool, what string) bool {
				w := c.world.copy(t)
				defer w.end(t)
				w.keepIn(t, open, c.config)
				w.hook.killAt(n, after)
				if out, err := w.run(applying...); (err == nil) == w.hook.killed() {
					t.Fatalf("%s: %v\n%s", what, err, out)
				}
				killed := w.hook.killed()
				w.hook.killAt(0, false)
				w.drain(t)
				if !killed {
					w.check(t, "without a kill", c.titles)
					return false
				}
				other := w.elsewhere(t)
				other.goOn(t, what)
				other.check(t, what, c.titles)
				other.checkStaged(t, what, "a.txt", "b.txt")
				return true
			})
		})
	}
}

// TestKilledApplyOfASavedPlan is the same, of a plan that was saved and reviewed: carried out again, it is refused if
// anything of it has been begun, because what the next plan finds out is not what was reviewed, and nothing is made
// twice.
func TestKilledApplyOfASavedPlan(t *testing.T) {
	t.Parallel()
	c := fiftyChanges(t)
	atEachCall(t, 20, 60, func(n int, after bool, what string) bool {
		w := c.world.copy(t)
		defer w.end(t)
		w.write(t, c.config)
		w.must(t, "plan", "plan", "-out=reviewed.plan", "-max-removals=50")
		w.hook.killAt(n, after)
		if out, err := w.run("apply", "reviewed.plan"); (err == nil) == w.hook.killed() {
			t.Fatalf("%s: %v\n%s", what, err, out)
		}
		if !w.hook.killed() {
			return false
		}
		w.hook.killAt(0, false)
		w.drain(t)
		before := w.live(t)
		out, err := w.run("apply", "reviewed.plan")
		refused := err != nil && strings.Contains(out, "A run was cut off since the plan was saved")
		if err != nil && !refused {
			t.Fatalf("%s, applying the plan again failed: %v\n%s", what, err, out)
		}
		if refused && !slices.Equal(w.live(t), before) {
			t.Fatalf("%s, a plan that was refused changed the drive", what)
		}
		w.goOn(t, what)
		w.check(t, what, c.titles)
		return true
	})
}

// atEachCall calls kill for each point at which to kill a run: before and after its first call, and every stride calls
// after that. kill reports whether the run made so many calls, of which there are least.
func atEachCall(t *testing.T, stride, least int, kill func(n int, after bool, what string) bool) {
	t.Helper()
	if *chaos {
		stride = 1
	}
	points, calls := 0, 0
	for n := 1; n == 1 || calls == n-stride; n += stride {
		for _, after := range []bool{false, true} {
			what := fmt.Sprintf("killed before call %d", n)
			if after {
				what = fmt.Sprintf("killed after call %d", n)
			}
			if kill(n, after, what) {
				points, calls = points+1, n
			}
		}
	}
	if calls < least {
		t.Fatalf("the run made only %d calls", calls)
	}
	t.Logf("killed at %d points, before and after one in %d of more than %d calls", points, stride, calls)
}
