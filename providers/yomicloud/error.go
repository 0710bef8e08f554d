package yomicloud

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"
	"unicode"
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
	again    bool          // the same call may be sent once more
	wait     time.Duration // as Retry-After asks, 0 when it does not
	attempts int
}

// Error is one line: call, address, what was asked for, status, code, the vendor's words, the cause, advice.
func (e *Error) Error() string {
	var b strings.Builder
	b.WriteString(e.Call)
	if e.URL != "" {
		b.WriteString(" " + e.URL)
	}
	if e.About != "" {
		b.WriteString(" (" + e.About + ")")
	}
	if e.Status != 0 && e.Status != http.StatusOK {
		b.WriteString(strings.TrimRight(fmt.Sprintf(": HTTP %d %s", e.Status, http.StatusText(e.Status)), " "))
	}
	switch {
	case e.word != "":
		b.WriteString(": code " + e.word)
	case e.Code != 0:
		fmt.Fprintf(&b, ": code %d", e.Code)
	}
	if e.Message != "" {
		b.WriteString(": " + e.Message)
	}
	if e.Err != nil {
		b.WriteString(": " + line(e.Err.Error()))
	}
	if e.attempts > 1 {
		fmt.Fprintf(&b, " (tried %d times)", e.attempts)
	}
	if e.Advice != "" {
		b.WriteString(" — " + e.Advice)
	}
	return b.String()
}

func (e *Error) Unwrap() error { return e.Err }

// Reason is the error without what was asked for: calls that failed for one reason, a wrong token say, have the same.
func (e *Error) Reason() string {
	bare := *e
	bare.About, bare.attempts = "", 0
	return bare.Error()
}

// OutcomeUnknown reports whether the drive may have done what it was asked although no proper answer came: true
// for a write that was sent and got a time-out, a cut connection, a 5xx, half a body or something unreadable.
func (e *Error) OutcomeUnknown() bool { return e.unknown }

// Refused reports whether the drive itself answered and said no.
//
// A code that comes with a 5xx is not such an answer: it may be a gateway's, that does not know what became of the call.
func (e *Error) Refused() bool { return (e.Code != 0 || e.word != "") && e.Status < 500 }

// line puts foreign words on one line of bearable length.
func line(s string) string {
	const most = 300
	s = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || unicode.IsSpace(r) {
			return ' '
		}
		return r
	}, strings.ToValidUTF8(s, "\uFFFD"))
	s = strings.Join(strings.Fields(s), " ")
	if n := 0; len(s) > most {
		for i := range s {
			if n++; n > most {
				return s[:i] + "…"
			}
		}
	}
	return s
}
