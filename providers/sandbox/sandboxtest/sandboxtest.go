// Package sandboxtest is what only tests may do to a sandbox: add users, folders and files, set faults, read what
// DingTalk shows nobody, and call its interfaces in few words.
package sandboxtest

import (
	"testing"

	"countersign/providers/sandbox"
	"countersign/providers/sandbox/drive/records"
	"countersign/providers/sandbox/faults"
	"countersign/providers/sandbox/store"
)

// Open opens a sandbox until the test ends. Path "" is a temporary one.
func Open(t testing.TB, path string) *sandbox.Sandbox {
	t.Helper()
	box, err := sandbox.Open(sandbox.Options{Path: path})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { box.Close() })
	return box
}

// SetFaults changes what goes wrong from the next call on, and begins the seed anew.
func SetFaults(box *sandbox.Sandbox, settings faults.Settings) error {
	return box.Shared().Faults.Set(settings)
}

// Calls counts the calls since Open by path, including refused and failed ones.
func Calls(box *sandbox.Sandbox) map[string]int { return box.Shared().Calls.ByPath() }

// change runs do in a transaction that any error undoes.
func change(box *sandbox.Sandbox, do func(records.Tx) error) error {
	return box.Shared().Store.Alone(func(t store.Tx) error { return do(records.Tx{Tx: t}) })
}
