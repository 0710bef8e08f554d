package state

import "time"

// LockInfo is Terraform's lock document: who holds the lock, since when, for what. Every key is always present.
type LockInfo struct {
	ID        string    `json:"ID"`
	Operation string    `json:"Operation"` // the command
	Info      string    `json:"Info"`
	Who       string    `json:"Who"` // user@host (pid N)
	Version   string    `json:"Version"`
	Created   time.Time `json:"Created"`
	Path      string    `json:"Path"` // the state's path
}

// NewLockInfo fills the document for a command run by this process.
func NewLockInfo(operation, version, path string) LockInfo { panic("not built") }

// LockedError says that another process holds the lock.
type LockedError struct{ Holder LockInfo }

func (e *LockedError) Error() string { panic("not built") }
