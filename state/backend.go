package state

import (
	"context"
	"errors"
)

// Backend is where a state is kept: the text of the state, the journal beside it, and a lock on both. What the texts
// say, and which of them belong together, is decided above it, by a Store; package statetest has the tests that every
// Backend passes. Methods may be called from several goroutines. What has been done on the drive must be kept, so a
// Store calls those that write with a context that is never cancelled.
type Backend interface {
	// Where says where the state is kept.
	Where() Where

	// Backup says where the version before the present one is, "" when there is none.
	Backup() string

	// Load returns the text of the state, and which version of it that is; without a state, nil and "". When the
	// version is the one known already, the text may be left out.
	Load(ctx context.Context, known Version) (text []byte, v Version, err error)

	// Replace puts a text in the place of the version that was read, "" for none, and returns the new version. When
	// another version is there, the error is ErrChanged and nothing has been done; of, which stands in the text too, is
	// for backends that compare by it. After a crash or a power cut the text is the old or the new one, whole. The one
	// that was replaced is kept as the version before.
	Replace(ctx context.Context, of Identity, text []byte, was Version) (Version, error)

	// Journal reads the journal, nil when there is none.
	Journal(ctx context.Context) (Journal, error)

	// StartJournal makes a journal of these entries in the place of the one that there may be: of either, whole, after
	// a crash.
	StartJournal(ctx context.Context, entries [][]byte) (Journal, error)

	// RemoveJournal takes the journal away, if there is one.
	RemoveJournal(ctx context.Context) error

	// Lock takes the lock if nobody holds it. When another does, the error is a *LockedError. A run that ended without
	// unlocking holds nothing, where the backend can know, at once or after a while, unless the lock is ByHand: that
	// stays, and never expires.
	Lock(ctx context.Context, info LockInfo) error

	// Unlock releases the lock that Lock took. When that was taken away meanwhile, the lock of whoever has it now
	// stays.
	Unlock(ctx context.Context) error

	// Locked is a *LockedError while somebody holds the lock, and nil when nobody does. It makes and changes nothing.
	Locked(ctx context.Context) error

	// ForceUnlock takes the lock away from whoever holds it, if its ID is id; see LockInfo.Confirm. From then on, all
	// that the holder writes is refused with ErrLockLost.
	ForceUnlock(ctx context.Context, id string) error

	// Watch looks at the state and its journal, and returns what tells, without reading them, that they are as they
	// were.
	Watch(ctx context.Context) (unchanged func() bool, err error)
}

// Journal is a journal as it was read or started. Its entries are lines: bytes without a newline, in the order in which
// they were appended.
type Journal interface {
	Entries() [][]byte

	// Append adds entries at the end. They are there for whoever reads the journal next, however this process ends. It
	// fails when the journal is not as this value has read or left it. When it fails, the journal holds what it held
	// before, or every later Append fails too.
	Append(ctx context.Context, entries [][]byte) error

	// Sync returns when all that was appended survives a power cut.
	Sync(ctx context.Context) error

	Close() error
}

// Where says in words where a state is kept, for messages and for the lock's document.
type Where struct {
	State, Journal string
	Files          []string // the files of this machine that are for it alone, whether they are there or not
}

// Version is a backend's own mark of one version of a state's text. "" is that of a state that is not there.
type Version string

// Identity tells one version of one state from all others.
type Identity struct {
	Lineage string
	Serial  uint64
}

var (
	// ErrChanged is why a text was not replaced: it is not the one that was read.
	ErrChanged = errors.New("it was changed since it was read; nothing has been changed: plan again")

	// ErrLockLost is why nothing is written: whoever has the lock now must not be written over.
	ErrLockLost = errors.New("the lock was taken away from this run, by force-unlock or because it was not heard of " +
		"for too long, so nothing more is written; what it did so far is in the journal, and the next plan finds out " +
		"the rest")

	// ErrNotLocked is why a lock cannot be taken away.
	ErrNotLocked = errors.New("it is not locked")
)

// Cipher stands between the texts and where they are kept. A key is a text that stands in clear beside what it has sealed
// and holds the real one for those alone who may read; "" is that of texts that are kept in clear.
type Cipher interface {
	// NewKey returns a key to seal with where nothing is kept yet, as the configuration says: "" for in clear.
	NewKey() (string, error)

	// Renew is NewKey for what was sealed with a key before; it fails when that may not be.
	Renew(key string) (string, error)

	// For says whom a key is for, in words; "" of "".
	For(key string) (string, error)

	// Fits is nil when what was sealed with a key is sealed as the configuration says. Until it is, nothing is written.
	Fits(key string) error

	// Enforced reports whether what is sealed with the key may not be handed out in clear; of "", whether what is in clear
	// may not be read.
	Enforced(key string) bool

	// Seal and Open turn a text into a sealed one and back. Open fails, too, when the text was sealed as something else
	// than of says; and with ErrKey when there is no key to open it.
	Seal(key, of string, plain []byte) ([]byte, error)
	Open(key, of string, sealed []byte) ([]byte, error)
}

// ErrKey is why a sealed text cannot be read: not the text but the key is wrong, or missing.
var ErrKey = errors.New("it is encrypted")
