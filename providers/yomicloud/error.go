package yomicloud

import (
	"errors"

	"countersign/providers/route"
)

var (
	errPage  = errors.New("a web page came instead of JSON")
	errEmpty = errors.New("the answer holds nothing of that id")
)

// localError is a file on this side that could not be read or written: the drive is not at fault.
type localError struct {
	doing string
	err   error
}

func (e *localError) Error() string { return e.doing + ": " + e.err.Error() }
func (e *localError) Unwrap() error { return e.err }

// empty is the failure of a call for one thing that was answered without it. gone says that the answer is that there is
// no such thing.
func empty(k route.Call, gone bool) *route.Error {
	e := k.Misread(errEmpty)
	e.Missing = gone
	return e
}
