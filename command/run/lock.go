package run

import (
	"fmt"
	"os"
	"os/user"
	"time"

	"github.com/google/uuid"

	"countersign/reconcile/plans"
	"countersign/state/store"
)

// LockInfo is what the lock of a state says about the command that holds it.
func LockInfo(operation string, s *store.Store) store.LockInfo {
	name := "unknown"
	if u, err := user.Current(); err == nil {
		name = u.Username
	}
	host, err := os.Hostname()
	if err != nil {
		host = "unknown"
	}
	return store.LockInfo{
		ID:        uuid.NewString(),
		Operation: operation,
		Info:      job(os.Getenv),
		Who:       fmt.Sprintf("%s@%s (pid %d)", name, host, os.Getpid()),
		Version:   VersionString(),
		Created:   time.Now().UTC(),
		Path:      s.Path(),
	}
}

// job is the address of the pipeline's job that this process is part of, "" for none.
func job(getenv func(string) string) string {
	if page := getenv("CI_JOB_URL"); page != "" { // GitLab
		return page
	}
	if run := getenv("GITHUB_RUN_ID"); run != "" {
		return getenv("GITHUB_SERVER_URL") + "/" + getenv("GITHUB_REPOSITORY") + "/actions/runs/" + run
	}
	return ""
}

// WaitingFor reports who holds a lock that is waited for.
func WaitingFor(s *store.Store, events func(plans.Event)) func(store.LockInfo, time.Duration) {
	return func(holder store.LockInfo, left time.Duration) {
		events(plans.Event{Kind: plans.Waiting, Wait: left, Total: 1,
			Why: fmt.Sprintf("the state %s is locked %s", s.Path(), holder)})
	}
}
