package statetest_test

import (
	"testing"

	"countersign/state/statetest"
	"countersign/state/store"
)

func TestMemory(t *testing.T) {
	newPlace := func(*testing.T) func() store.Backend {
		m := statetest.NewMemory()
		return func() store.Backend { return m.Again() }
	}
	statetest.Conform(t, newPlace)
	statetest.OneOfTen(t, newPlace(t))
}
