package state

import (
	"context"
	"time"
)

// Local keeps the state in one file of its own, with a journal, a lock and one backup beside it.
type Local struct{ path string }

// NewLocal names the state file; nothing is read or made yet.
func NewLocal(path string) *Local { return &Local{path: path} }

// Path is the state file's path.
func (l *Local) Path() string { return l.path }

// Read returns the state as the file and the journal together tell it, and the intents whose outcome is unknown.
// A file that is not there is an empty state with lineage "". It writes nothing.
func (l *Local) Read(ctx context.Context) (State, []Intent, error) { panic("not built") }

// Write keeps s as the next version and empties the journal: serial and lineage of the file must be those of s
// (or the file must be absent); the serial is raised by one, a lineage made where there is none. The state
// written is returned.
func (l *Local) Write(ctx context.Context, s State) (State, error) { panic("not built") }

// Begin notes intents and syncs them to disk before it returns; it returns them with Seq set.
func (l *Local) Begin(ctx context.Context, intents []Intent) ([]Intent, error) { panic("not built") }

// Settle notes how intents ended.
func (l *Local) Settle(ctx context.Context, outcomes []Outcome) error { panic("not built") }

// Lock takes the lock, waiting up to timeout, and returns what releases it. When another holds it, the error is
// a *LockedError.
func (l *Local) Lock(ctx context.Context, info LockInfo, timeout time.Duration) (unlock func() error, err error) {
	panic("not built")
}

// ForceUnlock takes the lock away from whoever holds it, if its ID is id.
func (l *Local) ForceUnlock(ctx context.Context, id string) error { panic("not built") }
