package programtest

import (
	"net"
	"net/http"
	"sync/atomic"
	"testing"
	"time"
)

// Unkept is a client that keeps no connection open.
var Unkept = http.Client{Transport: &http.Transport{DisableKeepAlives: true}}

// Connections counts the open connections to servers of this process.
type Connections struct{ open atomic.Int64 }

// Count is to be the ConnState of each server.
func (c *Connections) Count(_ net.Conn, state http.ConnState) {
	switch state {
	case http.StateNew:
		c.open.Add(1)
	case http.StateClosed, http.StateHijacked:
		c.open.Add(-1)
	}
}

// Drain waits until all connections are closed: a call that a killed process sent may still be to come. Connections are
// accepted in order, so once a new one to each address has been, none of that process is left to be accepted.
func (c *Connections) Drain(t *testing.T, addresses ...string) {
	t.Helper()
	for _, address := range addresses {
		answer, err := Unkept.Get(address)
		if err != nil {
			t.Fatal(err)
		}
		answer.Body.Close()
	}
	for c.open.Load() > 0 {
		time.Sleep(time.Millisecond)
	}
}
