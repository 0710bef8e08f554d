// Package server is what the vendors of a sandbox share for HTTP: a listener on a loopback address, with a gate against
// web pages, or a transport inside the process; a count of calls; limits; and ways to answer early, or with files. It
// knows no vendor's interface and reads no configuration.
package server

import (
	"maps"
	"sync"
	"time"

	"countersign/providers/sandbox/faults"
	"countersign/providers/sandbox/store"
)

// Shared is what all vendors of one sandbox use.
type Shared struct {
	Store  *store.Store
	Faults faults.Source
	Calls  Calls
	Limits Limiter
	Clock  func() time.Time // for what expires, and for calls in a second
	Secret string           // signs the addresses that vendors give out
}

// Calls counts calls, including refused and failed ones.
type Calls struct {
	mu     sync.Mutex
	byPath map[string]int
}

// Count counts one call.
func (c *Calls) Count(path string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.byPath == nil {
		c.byPath = map[string]int{}
	}
	c.byPath[path]++
}

// ByPath is the number of calls by path; "other" are calls to no interface.
func (c *Calls) ByPath() map[string]int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return maps.Clone(c.byPath)
}
