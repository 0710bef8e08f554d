package statetest_test

import (
	"testing"

	"countersign/state"
	"countersign/state/statetest"
)

func TestMemory(t *testing.T) {
	newPlace := func(*testing.T) func() state.Backend {
		m := statetest.NewMemory()
		return func() state.Backend { return m.Again() }
	}
	statetest.Conform(t, newPlace)
	statetest.OneOfTen(t, newPlace(t))
}
