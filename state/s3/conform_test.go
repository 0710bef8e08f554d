//go:build unix && !quick

package s3

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/cenkalti/backoff/v5"
	"github.com/google/uuid"
	"github.com/minio/minio-go/v7"

	"countersign/providers/route"
	"countersign/state/httpstate/httpstatetest"
	"countersign/state/s3/s3test"
	"countersign/state/statetest"
	"countersign/state/store"
)

func init() { minio.DefaultRetryUnit = time.Millisecond } // it pauses after the last try too

// at opens a state under a key of its own at a store.
func at(t *testing.T, endpoint string) func() *Backend {
	o := Options{Bucket: s3test.Bucket, Key: "states/" + uuid.NewString() + ".json", Region: "us-east-1",
		Endpoint: endpoint, UsePathStyle: true, AccessKeyID: s3test.AccessKey, SecretAccessKey: s3test.SecretKey}
	return func() *Backend {
		b, err := New(o, nil)
		if err != nil {
			t.Fatal(err)
		}
		pauses := func() backoff.BackOff { return backoff.NewConstantBackOff(time.Millisecond) }
		b.tries = route.Tries{Again: 12, Pauses: pauses}
		return b
	}
}

func opened(open func() *Backend) func() store.Backend { return func() store.Backend { return open() } }

// served is the address of a handler.
func served(t *testing.T, h http.Handler) string {
	server := httptest.NewServer(h)
	t.Cleanup(server.Close)
	return server.URL
}

func TestConform(t *testing.T) {
	server := s3test.Start(t)
	statetest.Conform(t, func(t *testing.T) func() store.Backend { return opened(at(t, server.Address)) })
}

// TestConformFaulty: all of it also holds where calls and answers are lost, late and repeated.
func TestConformFaulty(t *testing.T) {
	server := s3test.Start(t)
	for seed := range uint64(4) {
		t.Run(fmt.Sprint("seed ", seed), func(t *testing.T) {
			statetest.Conform(t, func(t *testing.T) func() store.Backend {
				return opened(at(t, served(t, httpstatetest.Faulty(server.Proxy(), statetest.NewFaults(seed, 3)))))
			})
		})
	}
}
