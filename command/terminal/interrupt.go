package terminal

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"sync"
	"syscall"

	"countersign/command/fault"
)

// BeforeExit is run before the process ends at once, to give the terminal its echo back.
var BeforeExit struct {
	sync.Mutex
	Do func()
}

// interruptWords are what a command says to its first and its second interrupt.
type interruptWords struct{ first, second string }

// WordsFor are a command's words: only some commands have calls under way that matter.
func WordsFor(command string) interruptWords {
	switch command {
	case "apply", "destroy":
		return interruptWords{"Interrupted: calls under way are finished, no others are started. Interrupt again to " +
			"end at once.",
			"Ended at once. The journal beside the state tells what was under way; the next run settles it."}
	case "sandbox":
		return interruptWords{"The sandbox stops.", "Ended at once."}
	}
	return interruptWords{"Interrupted.", "Ended at once."}
}

// Interruptible returns a context that the first interrupt cancels; a second one ends the process at once. A
// closed pipe on standard output becomes an error of the write instead of a death in the middle of an apply.
func Interruptible(parent context.Context, words interruptWords) (context.Context, func()) {
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
		fmt.Fprintln(os.Stderr, "\n"+words.first)
		cancel()
		if _, ok := <-signals; !ok {
			return
		}
		BeforeExit.Lock()
		if BeforeExit.Do != nil {
			BeforeExit.Do()
		}
		fmt.Fprintln(os.Stderr, "\n"+words.second)
		os.Exit(fault.ExitKilled)
	}()
	return ctx, func() { signal.Stop(signals); close(signals); cancel() }
}
