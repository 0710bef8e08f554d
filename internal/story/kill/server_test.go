//go:build unix && !quick

package kill

import (
	"fmt"
	"sync/atomic"
	"testing"

	"countersign/state/postgres/postgrestest"
	"countersign/state/s3/s3test"
	"countersign/state/statetest"
)

func init() {
	stores = append(stores, store{"postgres", 20, inPostgres}, store{"s3", 24, inBucket})
}

// places counts the states that are kept in one database or bucket.
var places atomic.Int64

// inPostgres keeps states in a database. Each statement is a call.
func inPostgres(t *testing.T) place {
	server := postgrestest.Shared(t)
	return func(t *testing.T, w *world) (block string, env []string) {
		port := server.Faulty(t, func(string) (fault statetest.Fault, hit bool) {
			fault = statetest.CallLost
			hit = w.hook.counted(func() { fault = statetest.AnswerLost })
			return fault, hit
		})
		return fmt.Sprintf("state \"postgres\" {\n  name = \"state-%d\"\n}\n", places.Add(1)),
			append(server.Environment(), fmt.Sprint("PGPORT=", port))
	}
}

// inBucket keeps states in a bucket of a server of its own.
func inBucket(t *testing.T) place { return in(s3test.Start(t)) }

func in(server *s3test.Server) place {
	return func(t *testing.T, w *world) (block string, env []string) {
		return fmt.Sprintf(`state "s3" {
  bucket         = %q
  key            = "state%d.json"
  endpoint       = %q
  use_path_style = true
}
`, s3test.Bucket, places.Add(1), w.serve(t, server.Proxy())),
			[]string{"AWS_ACCESS_KEY_ID=" + s3test.AccessKey, "AWS_SECRET_ACCESS_KEY=" + s3test.SecretKey}
	}
}
