package httpstate

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"countersign/state/httpstate/httpstatetest"
	"countersign/state/statetest"
	"countersign/state/store"
)

// place is a server with nothing on it, and what opens the state there.
func place(t *testing.T, h http.Handler) func() store.Backend {
	server := httptest.NewServer(h)
	t.Cleanup(server.Close)
	return func() store.Backend {
		b, err := New(Options{Address: server.URL + "/s", LockAddress: server.URL + "/s/lock", RetryMax: 6,
			RetryWaitMin: time.Millisecond, RetryWaitMax: 5 * time.Millisecond}, nil)
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
}

func TestConform(t *testing.T) {
	statetest.Conform(t, func(t *testing.T) func() store.Backend { return place(t, httpstatetest.New()) })
}

// TestConformFaulty: all of it also holds where calls and answers are lost, late and repeated.
func TestConformFaulty(t *testing.T) {
	for seed := range uint64(4) {
		t.Run(fmt.Sprint("seed ", seed), func(t *testing.T) {
			statetest.Conform(t, func(t *testing.T) func() store.Backend {
				return place(t, httpstatetest.Faulty(httpstatetest.New(), statetest.NewFaults(seed, 3)))
			})
		})
	}
}
