package run

import (
	"fmt"
	"os"
	"os/user"
	"time"

	"github.com/google/uuid"

	"countersign/state"
)

// LockInfo is what the lock of a state tells others of a command that this process runs.
func LockInfo(operation string, store *state.Store) state.LockInfo {
	name := "unknown"
	if u, err := user.Current(); err == nil {
		name = u.Username
	}
	host, err := os.Hostname()
	if err != nil {
		host = "unknown"
	}
	return state.LockInfo{
		ID:        uuid.NewString(),
		Operation: operation,
		Who:       fmt.Sprintf("%s@%s (pid %d)", name, host, os.Getpid()),
		Version:   VersionString(),
		Created:   time.Now().UTC(),
		Path:      store.Path(),
	}
}
