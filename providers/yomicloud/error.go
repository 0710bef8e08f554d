package yomicloud

import (
	"errors"
	"fmt"
	"regexp"
	"time"

	"countersign/providers/route"
)

// ErrNoTemplate is the cause of a Template call to which the drive answered, without a refusal, that there is none.
var ErrNoTemplate = errors.New("the answer holds no template")

// ErrNoApproval is the cause of an Approval call to which the drive answered, without a refusal, that there is none.
var ErrNoApproval = errors.New("the answer holds no approval")

// localError is a file on this side that could not be read or written: the drive is not at fault.
type localError struct {
	doing string
	err   error
}

func (e *localError) Error() string { return e.doing + ": " + e.err.Error() }
func (e *localError) Unwrap() error { return e.err }

// Error is a call that failed: the call, the address, the HTTP status or transport error, the vendor's code and words.
// No field of it holds the token, not even where the drive sent it back.
type Error struct {
	Call    string // templet-list
	URL     string // without any secret
	About   string // what was asked for, such as "fileId 71"
	Status  int    // HTTP status, 0 when there was no answer
	Code    int64  // the vendor's code, 0 when the answer had none
	Message string // the vendor's own words
	Advice  string // what to do next
	Err     error  // the cause

	word     string        // a code that is no number
	unknown  bool          // see OutcomeUnknown
	missing  bool          // see NotFound
	short    bool          // see Incomplete
	again    bool          // the same call may be sent once more
	wait     time.Duration // as Retry-After asks, 0 when it does not
	attempts int
}

// Error is one line: call, address, what was asked for, status, code, the vendor's words, the cause, advice.
func (e *Error) Error() string { return e.report().String() }

func (e *Error) report() route.Report {
	r := route.Report{Call: e.Call, URL: e.URL, About: e.About, Status: e.Status, Message: e.Message, Tries: e.attempts,
		Advice: e.Advice}
	switch {
	case e.word != "":
		r.Code = "code " + e.word
	case e.Code != 0:
		r.Code = fmt.Sprintf("code %d", e.Code)
	}
	if e.Err != nil {
		r.Cause = line(e.Err.Error())
	}
	return r
}

func (e *Error) Unwrap() error { return e.Err }

var numbers = regexp.MustCompile(`[0-9]+`)

// Reason is the error without what was asked for: calls that failed for one reason, a wrong token say, have the same.
func (e *Error) Reason() string {
	bare := *e
	bare.About, bare.attempts = "", 0
	bare.Message = numbers.ReplaceAllString(bare.Message, "…") // such as the id of what was asked for
	return bare.Error()
}

// OutcomeUnknown reports whether the drive may have done what it was asked although no proper answer came: true
// for a write that was sent and got a time-out, a cut connection, a 5xx, half a body or something unreadable.
func (e *Error) OutcomeUnknown() bool { return e.unknown }

// Refused reports whether the drive itself answered and said no.
//
// A code that comes with a 5xx is not such an answer: it may be a gateway's, that does not know what became of the
// call.
func (e *Error) Refused() bool { return (e.Code != 0 || e.word != "") && e.Status < 500 }

// NotFound reports whether the drive said clearly that there is no such template or approval: true for a Template or
// Approval call that was refused in words that say that and nothing else, and for a Template call answered with the
// catalogue and null for the template. The document (sections 1 and 8) shows neither. Whatever else may be wrong (the
// token, its rights, the folder or file, the network, the drive itself, an answer without any template) is not that.
func (e *Error) NotFound() bool { return e.missing }

// Incomplete reports whether the drive answered with a list that is not whole, by its own words: nothing must be
// concluded from what is not in it.
func (e *Error) Incomplete() bool { return e.short }

// line puts foreign words on one line of bearable length.
func line(s string) string { return route.Line(s, 300) }
