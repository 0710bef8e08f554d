package parallel

import (
	"fmt"
	"runtime/debug"
)

// Panic is a panic that was caught, with the stack of the goroutine that it came from. One that nothing catches would
// end the program with Go's exit code 2, which pipelines read as "there are changes".
type Panic struct {
	Value any
	Stack []byte
}

func (p *Panic) Error() string { return fmt.Sprintf("a bug in this program: %v", p.Value) }

// OutcomeUnknown is true: what a call has done before it panicked is not known.
func (p *Panic) OutcomeUnknown() bool { return true }

// PanicOf makes a Panic of a recovered value.
func PanicOf(recovered any) *Panic {
	if p, already := recovered.(*Panic); already {
		return p
	}
	return &Panic{recovered, debug.Stack()}
}

// Caught, deferred, makes a panic the error of a function.
func Caught(err *error) {
	if v := recover(); v != nil {
		*err = PanicOf(v)
	}
}

// Raise panics again where an error is a panic that was caught, for functions that have no error of their own.
func Raise(err error) error {
	if p, is := err.(*Panic); is {
		panic(p)
	}
	return err
}
