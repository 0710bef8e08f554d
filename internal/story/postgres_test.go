//go:build !quick

package story

import (
	"testing"

	"countersign/state/postgres/postgrestest"
)

// TestPostgres runs the stories in testdata/postgres, with a PostgreSQL server that PGHOST and the like lead to.
func TestPostgres(t *testing.T) {
	stories(t, "testdata/postgres", postgrestest.Shared(t).Environment())
}
