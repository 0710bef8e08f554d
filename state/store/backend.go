package store

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"

	"countersign/state"
)

// Backend is where a state is kept: the text of the state, the journal beside it, and a lock on both. What the texts
// say, and which of them belong together, is decided above it, by a Store; package statetest has the tests that every
// Backend passes. Methods may be called from several goroutines. What has been done on the drive must be recorded, so a
// Store calls the methods that write with a context that is never cancelled.
type Backend interface {
	// Where says where the state is kept.
	Where() Where

	// Backup says where the version before the present one is, "" when there is none.
	Backup() string

	// Load returns the text of the state, and its version; without a state, nil and "". When the version is the known
	// one, the text may be left out.
	Load(ctx context.Context, known Version) (text []byte, v Version, err error)

	// Replace writes a text in the place of the version that was read, "" for none, and returns the new version. When
	// another version is there, the error is ErrChanged and nothing has been done. The identity stands in the text too;
	// it is for backends that compare by it. After a crash or a power cut the text is the old or the new one, whole.
	// The one that was replaced is kept as the version before, where the backend can.
	Replace(ctx context.Context, of state.Identity, text []byte, was Version) (Version, error)

	// Journal reads the journal: its entries, and what appends to it. Without a journal, the Journal is nil.
	Journal(ctx context.Context) (entries [][]byte, j Journal, err error)

	// ReplaceJournal writes a journal of these entries in the place of the one that may be there; without entries there
	// is none any more. After a crash it is the old or the new one, whole.
	ReplaceJournal(ctx context.Context, entries [][]byte) (Journal, error)

	// Lock takes the lock if nobody holds it. When somebody does, the error is a *LockedError. The lock of a run that
	// ended without unlocking ends at once or after a while, where the backend can know; one that is ByHand never
	// does.
	Lock(ctx context.Context, info LockInfo) error

	// Unlock releases the lock that Lock took. If that was taken away, the lock of its present holder stays.
	Unlock(ctx context.Context) error

	// Locked returns a *LockedError while somebody holds the lock, and nil while nobody does. It changes nothing.
	Locked(ctx context.Context) error

	// ForceUnlock takes the lock away from its holder, if its ID is id; see LockInfo.Confirm. From then on, everything
	// that the holder writes is refused with ErrLockLost.
	ForceUnlock(ctx context.Context, id string) error
}

// Journal is a journal that was read or written. Its entries are lines: bytes without a newline, in the order in which
// they were appended.
type Journal interface {
	// Append adds entries at the end. Whoever reads the journal next finds them, however this process ends; if durable,
	// they survive a power cut too. When the journal is not as this value has read or left it, the error is
	// ErrOtherWriter. After that, and after ErrUnknown, nothing more is appended to this value; after any other error
	// the journal is as it was before. There is one call at a time.
	Append(ctx context.Context, entries [][]byte, durable bool) error
}

// Where says in words where a state is kept, for messages and for the lock's document.
type Where struct {
	State, Journal string
	Files          []string // the files of this machine that are for it alone, whether they exist or not
}

// Version is a backend's own mark of one version of a state's text; "" when there is no state.
type Version string

// VersionOf is a mark for backends without one of their own: the SHA-256 of the text, "" of nil.
func VersionOf(text []byte) Version {
	if text == nil {
		return ""
	}
	sum := sha256.Sum256(text)
	return Version(hex.EncodeToString(sum[:]))
}

var (
	// ErrChanged is why a text was not replaced: it is not the one that was read.
	ErrChanged = errors.New("it was changed since it was read; nothing has been changed: plan again")

	// ErrOtherWriter is why nothing is appended to a journal.
	ErrOtherWriter = errors.New("another process has written to it; is one running without the lock?")

	// ErrUnknown says that a write may have been done, or may still be.
	ErrUnknown = errors.New("whether it was written is not known")

	// ErrLockLost is why nothing is written: the present holder of the lock must not be written over.
	ErrLockLost = errors.New("the lock was taken away from this run, by force-unlock or because it was not heard of " +
		"for too long, so nothing more is written; what it did so far is in the journal, and the next plan finds out " +
		"the rest")

	// ErrNotLocked is why a lock cannot be taken away.
	ErrNotLocked = errors.New("it is not locked")
)

// Failure shows a text that holds no secret, and keeps the cause for those who ask for it.
type Failure struct {
	Shown string
	Cause error
}

func (f *Failure) Error() string { return f.Shown }
func (f *Failure) Unwrap() error { return f.Cause }

// Cipher stands between the texts and where they are kept. A key is a text that stands in clear beside what it seals.
// It holds the secret one, which only those who may read can open. The key "" is that of texts that are kept in clear.
type Cipher interface {
	// NewKey returns a key to seal with where nothing is kept yet, as the configuration says.
	NewKey() (string, error)

	// Renew is NewKey for what was sealed with a key before; it fails when that may not be.
	Renew(key string) (string, error)

	// For says whom a key is for, in words; "" of "".
	For(key string) (string, error)

	// Fits says why what was sealed with a key is not sealed as the configuration says. Until it is, nothing is
	// written.
	Fits(key string) error

	// Enforced reports whether what is sealed with the key must not be printed in clear; of "", whether what is in
	// clear must not be read.
	Enforced(key string) bool

	// Seal and Open turn a text into a sealed one and back. Open fails, too, when the text was sealed as something
	// other than of says, and with ErrKey when no key opens it.
	Seal(key, of string, plain []byte) ([]byte, error)
	Open(key, of string, sealed []byte) ([]byte, error)
}

// ErrKey is why a sealed text cannot be read: the text may be sound, but the key is wrong or missing.
var ErrKey = errors.New("it is encrypted")
