package run

import (
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

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
