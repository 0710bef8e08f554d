// Package secrets looks for secrets in all that the program prints: every function of the language gets some, in every
// argument.
package secrets

import (
	"testing"

	"countersign/internal/programtest"
)

func TestMain(m *testing.M) { programtest.Main(m) }
