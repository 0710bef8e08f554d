package run

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"countersign/command/fault"
	"countersign/state/statetest"
	"countersign/state/store"
)

// TestLockInfo: whoever finds the state locked can find the process that has it.
func TestLockInfo(t *testing.T) {
	info := LockInfo("apply", store.New(statetest.NewMemory(), nil))
	who, process, found := strings.Cut(info.Who, " ")
	if !found || !strings.Contains(who, "@") || process != fmt.Sprintf("(pid %d)", os.Getpid()) {
		t.Errorf("it is held by %q", info.Who)
	}
	if info.ID == "" || info.Operation != "apply" || info.Version != VersionString() || info.Path != "in memory" ||
		info.Created.IsZero() || info.Created.Location() != time.UTC {
		t.Errorf("%+v", info)
	}
}

// overtaken is a place whose lock is taken just when somebody interrupts.
type overtaken struct {
	*statetest.Memory
	interrupt context.CancelFunc
}

func (b overtaken) Lock(ctx context.Context, info store.LockInfo) error {
	defer b.interrupt()
	return b.Memory.Lock(ctx, info)
}

// TestInterruptedWhileLocking: a lock that was taken just when the run was interrupted is given back.
func TestInterruptedWhileLocking(t *testing.T) {
	ctx, interrupt := context.WithCancel(context.Background())
	place := statetest.NewMemory()
	s := &Loaded{Session: &Session{Flags: Flags{Lock: true}}, State: store.New(overtaken{place, interrupt}, nil)}
	if err := s.locked(ctx, "apply"); !errors.Is(err, fault.ErrInterrupted) {
		t.Errorf("it ends with %v", err)
	}
	if err := s.Close(); err != nil {
		t.Error(err)
	}
	if err := place.Locked(context.Background()); err != nil {
		t.Errorf("the lock has stayed: %v", err)
	}
}
