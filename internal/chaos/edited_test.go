//go:build unix

package chaos

import (
	"flag"
	"fmt"
	"math/rand/v2"
	"testing"
)

var atEach = flag.Bool("each", false, "edit by hand before each call of an apply, not one of eight")

// TestEditedByHandBeforeAnyCall has somebody edit, rename, remove or make a template in the web console right before a
// call of an apply: between each read and each write. The apply carries out its plan, or refuses what is no longer as
// it was; nothing else is touched, and the next apply makes all as declared.
func TestEditedByHandBeforeAnyCall(t *testing.T) {
	stride := map[bool]int{true: 1, false: 8}[*atEach]
	refused, reached := 0, 0
	for n := 1; reached == n-stride || n == 1; n += stride {
		w := newWorld(t, 1, "")
		w.showIfFailed(t)
		one := w.both[0]
		w.both = w.both[:1]
		one.write(t, w.proxy.url)
		if first := w.note(one.command("apply", "-auto-approve").do()); first.code != 0 {
			t.Fatalf("the first apply ends with %d", first.code)
		}
		one.change(w.random, 12)
		one.write(t, w.proxy.url)
		w.lookForHandEdits(t)
		random := rand.New(rand.NewPCG(uint64(n), 3))
		w.proxy.begin(schedule{at: map[int]func(){n: func() { reached = n; w.hands.edit(random, w.drive, w.proxy) }}})
		r := w.note(one.command("apply", "-auto-approve").do())
		w.proxy.endEvents()
		if r.code != 0 {
			refused++
		}
		fmt.Fprintf(&w.history, "---- before call %d: %v\n", n, w.hands.done)
		w.checkRemovals(t, r)
		w.live(t)
		w.end(t)
		w.drive.kill(w.proxy)
		if t.Failed() {
			return
		}
	}
	if reached < 16 {
		t.Errorf("the apply made only %d calls", reached)
	}
	t.Logf("edited by hand before one in %d of %d calls; %d applies refused a write", stride, reached, refused)
}
