// Package faults makes a sandbox answer late, fail, or lose an answer on demand, in the same way for the same seed. It
// decides what goes wrong with a call; the vendor that is called words the failure.
package faults

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

// Settings are what goes wrong.
type Settings struct {
	Latency   time.Duration // added to each call
	ErrorRate float64       // 0..1: share of calls answered with HTTP 500 and an HTML page, not carried out
	LostRate  float64       // 0..1: share of calls carried out whose connection is then cut without an answer
	Seed      uint64        // the same seed gives the same faults for the same calls
}

func (s Settings) check() error {
	if s.Latency < 0 {
		return fmt.Errorf("sandbox latency %v: must not be negative", s.Latency)
	}
	for name, rate := range map[string]float64{"error rate": s.ErrorRate, "lost rate": s.LostRate} {
		if !(rate >= 0 && rate <= 1) { // false for NaN too
			return fmt.Errorf("sandbox %s %v: must be from 0 to 1", name, rate)
		}
	}
	return nil
}

// Draws is randomness for calls. It depends on the seed, on what a call contains apart from its token, and on how often
// the same call came before; so neither the order of calls made side by side nor the tokens of a new sandbox change it.
type Draws struct {
	seed uint64
	seen map[uint64]uint64 // how often a call came, by its hash
}

// NewDraws begins with no call seen.
func NewDraws(seed uint64) *Draws { return &Draws{seed, map[uint64]uint64{}} }

// For is the randomness for the next call of these fields.
func (d *Draws) For(path string, fields map[string]string) *rand.Rand {
	h := fnv.New64a()
	fmt.Fprintf(h, "%q", path)
	for _, name := range slices.Sorted(maps.Keys(fields)) {
		if name != "token" {
			fmt.Fprintf(h, "%q%q", name, fields[name])
		}
	}
	sum := h.Sum64()
	d.seen[sum]++
	return rand.New(rand.NewPCG(d.seed^sum, d.seen[sum]))
}

// Source draws the fault of each call. The zero value draws none.
type Source struct {
	mu       sync.Mutex
	settings Settings
	draws    *Draws
}

// Fault is what goes wrong with one call.
type Fault struct {
	Fail bool // it is not carried out, and answered with HTTP 500
	Lose bool // it is carried out and its answer lost: see Cut
}

// Set changes the settings from the next call on, and begins the seed anew.
func (s *Source) Set(settings Settings) error {
	if err := settings.check(); err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.settings, s.draws = settings, NewDraws(settings.Seed)
	return nil
}

// Draw decides what goes wrong with a call, after the latency. When the caller gives up first, the call is cut.
func (s *Source) Draw(w http.ResponseWriter, r *http.Request, path string, fields map[string]string) Fault {
	latency, drawn := s.draw(path, fields)
	if latency > 0 {
		wait(latency, w, r)
	}
	return drawn
}

func (s *Source) draw(path string, fields map[string]string) (latency time.Duration, drawn Fault) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.settings.ErrorRate > 0 || s.settings.LostRate > 0 {
		random := s.draws.For(path, fields)
		drawn.Fail = random.Float64() < s.settings.ErrorRate
		drawn.Lose = random.Float64() < s.settings.LostRate
	}
	return s.settings.Latency, drawn
}

func wait(latency time.Duration, w http.ResponseWriter, r *http.Request) {
	control := http.NewResponseController(w) // the wait is no part of the server's own deadlines
	control.SetReadDeadline(time.Time{})
	control.SetWriteDeadline(time.Time{})
	timer := time.NewTimer(latency)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-r.Context().Done():
		Cut()
	}
}

// Cut ends a call without an answer: the server closes the connection.
func Cut() { panic(http.ErrAbortHandler) }
