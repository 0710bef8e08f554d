//go:build !quick

package postgres

import (
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	"github.com/cenkalti/backoff/v5"

	"countersign/state/postgres/postgrestest"
	"countersign/state/statetest"
	"countersign/state/store"
)

var places atomic.Int64

// place is a schema with nothing in it, and what opens the state there; change may be nil.
func place(t *testing.T, connStr string, change func(*Backend)) func() *Backend {
	t.Setenv("PGPASSWORD", postgrestest.Password)
	schema := fmt.Sprint("place", places.Add(1))
	return func() *Backend {
		b, err := New(Options{Name: "approvals", SchemaName: schema,
			ConnStr: fmt.Sprintf("%s application_name=p%d", connStr, places.Add(1))})
		if err != nil {
			t.Fatal(err)
		}
		b.pauses = func() backoff.BackOff { return backoff.NewConstantBackOff(2 * time.Millisecond) }
		if change != nil {
			change(b)
		}
		t.Cleanup(b.Close)
		return b
	}
}

// conform holds the backend to the suite at a server, or what stands before one.
func conform(t *testing.T, connStr func(t *testing.T) string) {
	statetest.Conform(t, func(t *testing.T) func() store.Backend {
		open := place(t, connStr(t), nil)
		return func() store.Backend { return open() }
	})
}

func TestConform(t *testing.T) {
	conform(t, func(t *testing.T) string { return postgrestest.Shared(t).ConnStr() })
}

// TestConformPooled: no session is one's own.
func TestConformPooled(t *testing.T) {
	port := postgrestest.Shared(t).Bouncer(t)
	conform(t, func(t *testing.T) string { return postgrestest.ConnStr(port) })
}

// TestConformFaulty: all of it also holds where statements and answers are lost, late and repeated.
func TestConformFaulty(t *testing.T) {
	for seed := range uint64(3) {
		t.Run(fmt.Sprint("seed ", seed), func(t *testing.T) {
			conform(t, func(t *testing.T) string {
				return postgrestest.ConnStr(postgrestest.Shared(t).Faulty(t, statetest.NewFaults(seed, 3).Next))
			})
		})
	}
}
