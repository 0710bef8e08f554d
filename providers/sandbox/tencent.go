package sandbox

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"strconv"
	"time"

	"github.com/google/uuid"
)

const (
	tencentService  = "essbasic"
	tencentAction   = "DescribeResourceUrlsByFlows"
	tencentVersion  = "2021-05-26"
	tencentPatience = 300 * time.Second // between a request's timestamp and the clock
	tencentMaxBody  = 10 << 20
)

// tencentError is an answer other than done, in the shape of Tencent's API 3.0. It comes with HTTP 200 like any other.
type tencentError struct {
	Code    string
	Message string
}

func (e *tencentError) Error() string { return e.Code + ": " + e.Message }
func (e *tencentError) vendorError()  {}

func tencentRefuse(code, format string, args ...any) *tencentError {
	return &tencentError{code, fmt.Sprintf(format, args...)}
}

// serveTencent answers POST /, whatever host it was meant for.
func (s *Sandbox) serveTencent(w http.ResponseWriter, r *http.Request) {
	s.count("/ " + tencentAction)
	claim, refused := readTencentClaim(r, s.clock())
	if refused != nil {
		unread(w, r, func() { replyTencent(w, nil, refused) })
		return
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, tencentMaxBody))
	if err != nil {
		refused := tencentRefuse("InvalidRequest", "The request body was cut off.")
		if tooLarge := (*http.MaxBytesError)(nil); errors.As(err, &tooLarge) {
			refused = tencentRefuse("RequestSizeLimitExceeded", "The request has more than %d bytes.", tencentMaxBody)
		}
		unread(w, r, func() { replyTencent(w, nil, refused) })
		return
	}
	fault := s.faults.draw("/", form{"action": r.Header.Get("X-TC-Action"), "body": string(body)})
	fault.wait(w, r)
	if fault.fail {
		replyTencent(w, nil, tencentRefuse("InternalError", "An internal error has occurred. Retry your request, but if the problem persists, contact us."))
		return
	}
	answer, refused := s.answerTencent(r, claim, body)
	if fault.lose {
		panic(http.ErrAbortHandler)
	}
	replyTencent(w, answer, refused)
}

func (s *Sandbox) answerTencent(r *http.Request, claim tencentClaim, body []byte) (*flowURLs, *tencentError) {
	now := s.clock()
	if err := claim.authenticate(r, body); err != nil {
		return nil, err
	}
	switch version, action := r.Header.Get("X-TC-Version"), r.Header.Get("X-TC-Action"); {
	case version != tencentVersion:
		return nil, tencentRefuse("NoSuchVersion", "The specified version %q does not exist in %s.", version, tencentService)
	case action != tencentAction:
		return nil, tencentRefuse("InvalidAction", "The request action=%q is invalid or not found in version %q.", action, version)
	case !s.limits.allow("tencent "+tencentKey.id+" "+action, now):
		return nil, tencentRefuse("RequestLimitExceeded", "Your current request times equals to %d in a second, which exceeds the frequency limit %d for a second. Please reduce the frequency of calls.", callsPerSecond+1, callsPerSecond)
	}
	ask, err := readFlowRequest(body)
	if err != nil {
		return nil, err
	}
	return s.flowURLs(ask, origin(r), now), nil
}

// tencentClaim is by which key a call says that it is signed, and when.
type tencentClaim struct {
	tc3Authorization
	at time.Time
}

// readTencentClaim checks all that can be wrong with a signature without the body that it is over, in the order: form,
// clock, key.
func readTencentClaim(r *http.Request, now time.Time) (claim tencentClaim, refused *tencentError) {
	a, ok := readTC3(r.Header.Get("Authorization"))
	if !ok {
		return claim, tencentRefuse("AuthFailure.InvalidAuthorization", "The Authorization header in the request is not in the form of TC3-HMAC-SHA256.")
	}
	if r.Method != http.MethodPost {
		return claim, tencentRefuse("UnsupportedProtocol", "Only POST is supported.")
	}
	stamp := r.Header.Get("X-TC-Timestamp")
	seconds, err := strconv.ParseInt(stamp, 10, 64)
	if err != nil {
		return claim, tencentRefuse("MissingParameter", "The request is missing a required parameter `Timestamp`, or it is no whole number.")
	}
	if gap := now.Unix() - seconds; gap > int64(tencentPatience/time.Second) || gap < -int64(tencentPatience/time.Second) {
		return claim, tencentRefuse("AuthFailure.SignatureExpire", "The provided credentials have expired: the timestamp %d differs from the server's %d by more than %d seconds.", seconds, now.Unix(), int64(tencentPatience/time.Second))
	}
	if a.secretID != tencentKey.id {
		return claim, tencentRefuse("AuthFailure.SecretIdNotFound", "The SecretId is not found, please ensure that your SecretId is correct.")
	}
	claim = tencentClaim{a, time.Unix(seconds, 0)}
	if a.service != tencentService || !a.covers(claim.at) {
		return claim, tencentRefuse("AuthFailure.SignatureFailure", tencentNotValid)
	}
	return claim, nil
}

const tencentNotValid = "The provided credentials could not be validated. Please check your signature is correct."

// authenticate checks the signature.
func (claim tencentClaim) authenticate(r *http.Request, body []byte) *tencentError {
	if !tencentKey.verify(claim.tc3Authorization, claim.at, hostOf(r), r.Header, body) {
		return tencentRefuse("AuthFailure.SignatureFailure", tencentNotValid)
	}
	if r.Header.Get("X-TC-Token") != "" {
		return tencentRefuse("AuthFailure.TokenFailure", "The token is invalid: the key is not a temporary one.")
	}
	if media, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type")); media != "application/json" {
		return tencentRefuse("InvalidRequest", "The Content-Type of the request is not application/json.")
	}
	return nil
}

func replyTencent(w http.ResponseWriter, done *flowURLs, refused *tencentError) {
	type answer struct {
		*flowURLs
		Error     *tencentError `json:",omitempty"`
		RequestID string        `json:"RequestId"`
	}
	var body bytes.Buffer
	to := json.NewEncoder(&body)
	to.SetEscapeHTML(false)
	err := to.Encode(struct{ Response answer }{answer{done, refused, uuid.NewString()}})
	if err != nil { // answers are text
		panic(err)
	}
	respond(w, http.StatusOK, "application/json", bytes.TrimSpace(body.Bytes()))
}

func decimal(n int64) string { return strconv.FormatInt(n, 10) }
