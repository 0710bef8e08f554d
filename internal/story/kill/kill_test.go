// Package kill ends a run of the program between any two of its calls, loses their answers, sends them twice, and lets
// many runs come at once, with the state in each kind of store: nothing is lost, and nothing is made twice.
package kill

import (
	"cmp"
	"flag"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"countersign/internal/programtest"
)

func TestMain(m *testing.M) { programtest.Main(m) }

// The long form of these tests is what make chaos runs.
var (
	chaos = flag.Bool("chaos", false, "kill at every call, not at one of many, and wait until locks really expire")
	seed  = flag.Uint64("seed", 0, "of what is drawn by lot; 0: another one each time")
)

// TestKilledAtAnyCall kills an apply of fifty mixed changes, as SIGKILL does, before and after a call that it makes to
// the drive, to DingTalk or to the store of its state, and applies again on another machine: no template is lost, none
// is made twice, the state has what the drive has, and the next plan finds nothing.
func TestKilledAtAnyCall(t *testing.T) {
	t.Parallel()
	c := fiftyChanges(t)
	inEachStore(t, func(t *testing.T, stride int, open place) {
		atEachCall(t, stride, 60, func(n int, after bool, what string) bool {
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

// TestKilledTwice kills the run on the other machine too, and goes on from a third one. Which calls they are killed at
// is drawn from a seed.
func TestKilledTwice(t *testing.T) {
	t.Parallel()
	c := fiftyChanges(t)
	inEachStore(t, func(t *testing.T, _ int, open place) {
		draws, twice := 2, 0
		if *chaos {
			draws = 60
		}
		drawn := cmp.Or(*seed, rand.Uint64())
		t.Logf("-seed=%d", drawn)
		draw := rand.New(rand.NewPCG(drawn, 0))
		for range draws {
			w := c.world.copy(t)
			w.keepIn(t, open, c.config)
			n, after := 1+draw.IntN(80), draw.IntN(2) == 1
			w.hook.killAt(n, after)
			_, _ = w.run(applying...)
			w.hook.killAt(0, false)
			w.drain(t)
			second := w.elsewhere(t)
			m, afterwards := 1+draw.IntN(60), draw.IntN(2) == 1
			what := fmt.Sprintf("killed at call %d (after it: %t), and then at %d (after it: %t)",
				n, after, m, afterwards)
			second.hook.killAt(m, afterwards)
			if out, err := second.runUnlocked(t, what); (err == nil) == second.hook.killed() {
				t.Fatalf("%s: %v\n%s", what, err, out)
			}
			if second.hook.killed() {
				twice++
			}
			second.hook.killAt(0, false)
			w.drain(t)
			third := second.elsewhere(t)
			third.goOn(t, what)
			third.check(t, what, c.titles)
			third.checkStaged(t, what, "a.txt", "b.txt")
			w.end(t)
		}
		t.Logf("killed at %d points, and at %d after these", draws, twice)
	})
}

// TestKilledApplyOfASavedPlan kills the apply of a plan that was saved and reviewed. Carried out again, that is
// refused if anything of it has been begun, because what the next plan finds out is not what was reviewed.
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
