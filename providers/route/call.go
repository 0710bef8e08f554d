package route

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"

	"countersign/internal/ready"
)

// Effect says what a call does to what the service keeps, and so whether it may be sent again when its answer is lost.
type Effect string

const (
	Reads   Effect = "reads"   // nothing
	Repeats Effect = "repeats" // something, and nothing more when it is sent twice
	Writes  Effect = "writes"  // something each time that it is sent: never sent twice by chance
)

// Call is one request to a service: what its log and its failures say of it.
type Call struct {
	Service string // drive, dingtalk, esign
	Name    string // templet-list, files/commit
	URL     string // without query
	About   string // what is asked for, such as "fileId 71"
	Does    Effect // Persist sends no call that does not say it
	Hide    func(text string) string
	Advise  func(*Error) string // what to do about a failure
}

// Fail completes a failure: it names the call and says what to do, and holds no secret.
func (k Call) Fail(e Error) *Error {
	e.Call, e.URL, e.About = k.Name, k.Hide(cmp.Or(e.URL, k.URL)), k.Hide(k.About)
	// What is cut before it is searched may leave a part of what is secret as a whole.
	for _, text := range []*string{&e.Code, &e.Message, &e.RequestID} {
		*text = Line(k.Hide(*text), mostLine)
	}
	e.Advice = k.Advise(&e) // words of our own, and of the code: there is no secret left in either
	if e.Err != nil {
		if clean := k.Hide(e.Err.Error()); clean != e.Err.Error() {
			cause := e.Err
			e.Err = redacted{clean, func(target error) bool { return errors.Is(cause, target) }}
		}
	}
	return &e
}

// redacted is an error whose text held a secret. errors.Is still knows what it was; nothing shows it.
type redacted struct {
	text string
	is   func(target error) bool
}

func (r redacted) Error() string        { return r.text }
func (r redacted) Is(target error) bool { return r.is(target) }

// Unsent is the failure of a call that never left.
func (k Call) Unsent(cause error) *Error { return k.Fail(Error{Err: cause}) }

// Ready is the failure of a call that its caller does not want sent any more; nil when it may be sent. It is asked
// right before each try, when all waiting is over.
func (k Call) Ready(ctx context.Context) *Error {
	err := ready.Check(ctx)
	if err == nil {
		return nil
	}
	e := k.Unsent(err)
	e.Advice = "" // the error says it
	return e
}

// Refuse is the failure of a call that was not sent because it makes no sense. Causes may be nil.
func (k Call) Refuse(causes ...error) *Error {
	e := k.Unsent(JoinErrors(causes))
	e.Advice = "nothing was sent"
	return e
}

// Lost is the failure of a call without a whole answer. outer is the caller's context, limited the call's own. The
// status is 0 when not even that came.
func (k Call) Lost(outer, limited context.Context, status int, cause error, sent bool) *Error {
	cause = Cause(outer, limited, cause)
	return k.Fail(Error{
		Status:  status,
		Err:     cause,
		Unknown: k.Does == Writes && sent && !NotCarriedOut(status),
		Again: outer.Err() == nil && !Permanent(cause) && (status < 400 || Transient(status)) &&
			(k.Does != Writes || !sent),
	})
}

// Misread is the failure of a call whose answer says that it succeeded and does not hold what it should. A write may
// have been carried out.
func (k Call) Misread(cause error) *Error {
	if !errors.Is(cause, ErrShort) {
		cause = fmt.Errorf("%w: %w", ErrUnreadable, cause)
	}
	return k.Fail(Error{Status: http.StatusOK, Err: cause, Unknown: k.Does == Writes})
}
