// Package crash brings a panic in a goroutine to the function that waits for the goroutine. A panic that nothing
// catches would end the program with Go's exit code 2, which pipelines read as "there are changes". What is done about
// a panic is not decided here.
package crash

import (
	"fmt"
	"runtime/debug"
	"sync"
)

// Panic is a panic that was caught, with the stack of the goroutine that it came from.
type Panic struct {
	Value any
	Stack []byte
}

func (p *Panic) Error() string { return fmt.Sprintf("a bug in this program: %v", p.Value) }

// OutcomeUnknown is true: what a call has done before it panicked is not known.
func (p *Panic) OutcomeUnknown() bool { return true }

// Of makes a Panic of a recovered value.
func Of(recovered any) *Panic {
	if p, already := recovered.(*Panic); already {
		return p
	}
	return &Panic{recovered, debug.Stack()}
}

// Caught, deferred, makes a panic the error of a function.
func Caught(err *error) {
	if v := recover(); v != nil {
		*err = Of(v)
	}
}

// Raise panics again where an error is a panic that was caught, for functions that have no error of their own.
func Raise(err error) error {
	if p, is := err.(*Panic); is {
		panic(p)
	}
	return err
}

// Group is sync.WaitGroup with panics: Wait panics with the first of them, once all goroutines have ended.
type Group struct {
	wait  sync.WaitGroup
	once  sync.Once
	first *Panic
}

// Go runs f in a goroutine.
func (g *Group) Go(f func()) {
	g.wait.Go(func() {
		defer func() {
			if v := recover(); v != nil {
				g.once.Do(func() { g.first = Of(v) })
			}
		}()
		f()
	})
}

// Wait waits for all goroutines.
func (g *Group) Wait() {
	g.wait.Wait()
	if g.first != nil {
		panic(g.first)
	}
}
