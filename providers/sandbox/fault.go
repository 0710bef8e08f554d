package sandbox

import (
	"fmt"
	"hash/fnv"
	"maps"
	"math/rand/v2"
	"net/http"
	"slices"
	"sync"
	"time"
)

// Faults are what the sandbox does wrong on demand.
type Faults struct {
	Latency   time.Duration // added to each call
	ErrorRate float64       // 0..1: share of calls answered with HTTP 500 and an HTML page, not carried out
	LostRate  float64       // 0..1: share of calls carried out whose connection is then cut without an answer
	Seed      uint64        // the same seed gives the same faults for the same calls
}

// SetFaults changes the faults from the next call on, and begins the seed anew.
func (s *Sandbox) SetFaults(f Faults) error {
	if err := f.check(); err != nil {
		return err
	}
	s.faults.set(f)
	return nil
}

func (f Faults) check() error {
	if f.Latency < 0 {
		return fmt.Errorf("sandbox latency %v: must not be negative", f.Latency)
	}
	for name, rate := range map[string]float64{"error rate": f.ErrorRate, "lost rate": f.LostRate} {
		if !(rate >= 0 && rate <= 1) { // false for NaN too
			return fmt.Errorf("sandbox %s %v: must be from 0 to 1", name, rate)
		}
	}
	return nil
}

// faults draws the fault of each call.
type faults struct {
	mu   sync.Mutex
	what Faults
	seen map[uint64]uint64 // how often a call came, by its hash
}

// fault is what goes wrong with one call.
type fault struct {
	latency    time.Duration
	fail, lose bool
}

func (f *faults) set(what Faults) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.what, f.seen = what, map[uint64]uint64{}
}

// draw decides by the seed, by what the call says, its token apart, and by how often the same call came before: so
// neither the order in which calls made side by side arrive nor the tokens of a new world change the outcome.
func (f *faults) draw(path string, fields form) fault {
	f.mu.Lock()
	defer f.mu.Unlock()
	drawn := fault{latency: f.what.Latency}
	if f.what.ErrorRate == 0 && f.what.LostRate == 0 {
		return drawn
	}
	h := fnv.New64a()
	fmt.Fprintf(h, "%q", path)
	for _, name := range slices.Sorted(maps.Keys(fields)) {
		if name != "token" {
			fmt.Fprintf(h, "%q%q", name, fields[name])
		}
	}
	sum := h.Sum64()
	f.seen[sum]++
	random := rand.New(rand.NewPCG(f.what.Seed^sum, f.seen[sum]))
	drawn.fail = random.Float64() < f.what.ErrorRate
	drawn.lose = random.Float64() < f.what.LostRate
	return drawn
}

// wait sits the latency out; a caller who does not want to wait so long is cut off before the call is carried out.
func (f fault) wait(w http.ResponseWriter, r *http.Request) {
	if f.latency == 0 {
		return
	}
	control := http.NewResponseController(w) // the wait is no part of the server's own deadlines
	control.SetReadDeadline(time.Time{})
	control.SetWriteDeadline(time.Time{})
	timer := time.NewTimer(f.latency)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-r.Context().Done():
		panic(http.ErrAbortHandler)
	}
}
