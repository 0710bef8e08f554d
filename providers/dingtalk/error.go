package dingtalk

import (
	"errors"
	"net/http"

	"countersign/providers/route"
)

// ErrExpired is the cause when a ticket's time is over before its bytes were sent.
var ErrExpired = errors.New("the upload ticket has expired")

// ErrChanged is the cause when a file is not as long as it was said to be.
var ErrChanged = errors.New("the file has changed")

// Error is a call that failed: the call, the address, the HTTP status or transport error, the vendor's code and words.
// No field of it holds the app's secret, a token, a signature or a signed address, not even where the service sent
// it back.
type Error struct {
	Call      string // the endpoint, such as files/commit; "PUT" for bytes
	URL       string // without query; of an upload the host alone
	About     string // what was asked for, such as "file 合同.pdf"
	Status    int    // HTTP status, 0 when there was no answer
	Code      string // the vendor's code, "" when the answer had none
	Message   string // the vendor's own words
	RequestID string // by which the vendor's support finds the call
	Advice    string // what to do next
	Err       error  // the cause

	scopes    []string // permissions that the app lacks
	unknown   bool     // see OutcomeUnknown
	again     bool     // the same call may be sent once more
	throttled bool     // wait a second before that
	expired   bool     // a new ticket may help
	attempts  int
}

// Error is one line: call, address, what was asked for, status, code, the vendor's words, the cause, advice.
func (e *Error) Error() string { return e.report().String() }

func (e *Error) report() route.Report {
	r := route.Report{Call: e.Call, URL: e.URL, About: e.About, Status: e.Status, Code: e.Code, Message: e.Message,
		RequestID: e.RequestID, Tries: e.attempts, Advice: e.Advice}
	if e.Err != nil {
		r.Cause = clip(e.Err.Error(), 900) // another call's error may be in it
	}
	return r
}

func (e *Error) Unwrap() error { return e.Err }

// OutcomeUnknown reports whether the service may have done what it was asked although no proper answer came: true
// for a commit, a start or a link that was sent and got a time-out, a cut connection, a 5xx, half a body or
// something unreadable. The advice says what to check.
func (e *Error) OutcomeUnknown() bool { return e.unknown }

// Refused reports whether the service itself answered and said no. A code that comes with a 5xx is not such an
// answer: it may be given up on half-way.
func (e *Error) Refused() bool { return e.Code != "" && e.Status < 500 }

// Scopes are the permissions that the app lacks, where the service names them.
func (e *Error) Scopes() []string { return e.scopes }

// stale reports whether the token was not taken. Reports differ on whether that is a 400 or a 401.
func (e *Error) stale() bool {
	return (e.Status == http.StatusBadRequest || e.Status == http.StatusUnauthorized) &&
		e.Code == "InvalidAuthentication"
}
