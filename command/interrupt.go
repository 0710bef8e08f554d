package command

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"sync"
	"syscall"
)

// beforeExit is run before a second interrupt ends the process, to give the terminal its echo back.
var beforeExit struct {
	sync.Mutex
	do func()
}

// interruptible returns a context that the first interrupt cancels; a second one ends the process at once. A
// closed pipe on standard output becomes an error of the write instead of a death in the middle of an apply.
func interruptible(parent context.Context) (context.Context, func()) {
	ctx, cancel := context.WithCancel(parent)
	signals := make(chan os.Signal, 2)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM)
	if !signal.Ignored(syscall.SIGHUP) { // nohup keeps its meaning
		signal.Notify(signals, syscall.SIGHUP)
	}
	signal.Ignore(syscall.SIGPIPE)
	go func() {
		if _, ok := <-signals; !ok {
			return
		}
		fmt.Fprintln(os.Stderr, "\nInterrupted: calls under way are finished, no others are started. Interrupt again to end at once.")
		cancel()
		if _, ok := <-signals; !ok {
			return
		}
		beforeExit.Lock()
		if beforeExit.do != nil {
			beforeExit.do()
		}
		fmt.Fprintln(os.Stderr, "\nEnded at once. The journal beside the state holds what was under way; the next run settles it.")
		os.Exit(exitKilled)
	}()
	return ctx, func() { signal.Stop(signals); close(signals); cancel() }
}
