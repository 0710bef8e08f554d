// Package limits sets off bombs of all kinds under the whole program, and looks at the time and the memory that it
// takes. The race detector, which takes many times as much of both, has no place here: make test runs this package
// without it.
package limits

import (
	"testing"

	"countersign/internal/programtest"
)

func TestMain(m *testing.M) { programtest.Main(m) }
