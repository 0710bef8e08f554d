package local

import (
	"path/filepath"
	"testing"

	"countersign/state/statetest"
	"countersign/state/store"
)

func TestConform(t *testing.T) {
	statetest.Conform(t, func(t *testing.T) func() store.Backend {
		folder := t.TempDir()
		return func() store.Backend { return NewIn(folder, filepath.Join(folder, "countersign.state.json")) }
	})
}
