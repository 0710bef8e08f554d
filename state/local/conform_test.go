package local

import (
	"path/filepath"
	"testing"

	"countersign/state"
	"countersign/state/statetest"
)

func TestConform(t *testing.T) {
	statetest.Conform(t, func(t *testing.T) func() state.Backend {
		folder := t.TempDir()
		return func() state.Backend { return NewIn(folder, filepath.Join(folder, "countersign.state.json")) }
	})
}
