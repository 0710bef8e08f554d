// Package server is what the vendors of a sandbox have in common when they answer HTTP: one listener on the loopback
// address with a gate before it that web pages do not pass, or a transport inside the process; a count of calls;
// limits; and the ways to answer a call early or at length. It knows no vendor's interface and reads no configuration.
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
	Clock  func() time.Time // what expires goes by it, and calls in a second
	Secret string           // signs the addresses that vendors give out
}

// Calls counts calls, those that were refused or failed included. The zero value has none.
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

// ByPath is how many calls came to each path; "other" are those to no interface.
func (c *Calls) ByPath() map[string]int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return maps.Clone(c.byPath)
}
