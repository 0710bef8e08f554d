// Package esign is Tencent's e-sign in the sandbox: the interface that gives out the addresses of signed documents,
// with the checks and codes of Tencent's API 3.0, and those documents. It signs nothing: its contracts are those of
// flow.go.
package esign

import (
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"strconv"
	"strings"
	"time"

	"countersign/providers/sandbox/faults"
	"countersign/providers/sandbox/server"

	"github.com/google/uuid"
)

const (
	apiService = "essbasic"
	apiAction  = "DescribeResourceUrlsByFlows"
	apiVersion = "2021-05-26"
	patience   = 300 * time.Second // between a request's timestamp and the clock
	maxBody    = 10 << 20
)

// refusal is an error answer of Tencent's API 3.0. It comes with HTTP 200, as all answers do.
type refusal struct {
	Code    string
	Message string
}

func refuse(code, format string, args ...any) *refusal {
	return &refusal{code, fmt.Sprintf(format, args...)}
}

// Server answers for Tencent's e-sign.
type Server struct{ *server.Shared }

// New is a server with the flows of the example world.
func New(shared *server.Shared) *Server { return &Server{shared} }

// Serves reports whether a call is for Tencent: its interfaces are all POST /.
func Serves(r *http.Request) bool {
	return r.URL.Path == "/" && (r.Method == http.MethodPost || r.Header.Get("X-TC-Action") != "") ||
		strings.HasPrefix(r.URL.Path, contractPath)
}

// CalledByName reports whether a call is for Tencent by its own host name: Tencent's Node client signs that name, and
// can send its calls here under it. Only Tencent decides which address the name has.
func CalledByName(r *http.Request) bool {
	return server.Hostname(r.Host) == "essbasic.tencentcloudapi.com" && Serves(r) && r.URL.Path == "/"
}

// ServeHTTP answers a call that Serves accepts, whatever host it was meant for.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.URL.Path == "/" {
		s.serveAction(w, r)
		return
	}
	s.serveContract(w, r)
}

func (s *Server) serveAction(w http.ResponseWriter, r *http.Request) {
	s.Calls.Count("/ " + apiAction)
	claim, refused := readClaim(r, s.Clock())
	if refused != nil {
		server.AnswerEarly(w, r, func() { reply(w, nil, refused) })
		return
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
	if err != nil {
		refused := refuse("InvalidRequest", "The request body was cut off.")
		if _, tooLarge := errors.AsType[*http.MaxBytesError](err); tooLarge {
			refused = refuse("RequestSizeLimitExceeded", "The request has more than %d bytes.", maxBody)
		}
		server.AnswerEarly(w, r, func() { reply(w, nil, refused) })
		return
	}
	fault := s.Faults.Draw(w, r, "/",
		map[string]string{"action": r.Header.Get("X-TC-Action"), "body": string(body)})
	if fault.Fail {
		reply(w, nil, refuse("InternalError", "An internal error has occurred. Retry your request, but if the "+
			"problem persists, contact us."))
		return
	}
	answer, refused := s.answer(r, claim, body)
	if fault.Lose {
		faults.Cut()
	}
	reply(w, answer, refused)
}

func (s *Server) answer(r *http.Request, claim signedBy, body []byte) (*flowURLs, *refusal) {
	now := s.Clock()
	if err := claim.authenticate(r, body); err != nil {
		return nil, err
	}
	switch version, action := r.Header.Get("X-TC-Version"), r.Header.Get("X-TC-Action"); {
	case version != apiVersion:
		return nil, refuse("NoSuchVersion", "The specified version %q does not exist in %s.", version, apiService)
	case action != apiAction:
		return nil, refuse("InvalidAction", "The request action=%q is invalid or not found in version %q.", action,
			version)
	case !s.Limits.Allow("tencent "+Known.SecretID+" "+action, now):
		return nil, refuse("RequestLimitExceeded", "Your current request times equals to %d in a second, which "+
			"exceeds the frequency limit %d for a second. Please reduce the frequency of calls.",
			server.CallsPerSecond+1, server.CallsPerSecond)
	}
	ask, err := readFlowRequest(body)
	if err != nil {
		return nil, err
	}
	return s.flowURLs(ask, server.Origin(r), now), nil
}

// signedBy is the key that a call claims to be signed with, and when.
type signedBy struct {
	tc3Authorization
	at time.Time
}

// readClaim checks what can be wrong with a signature before the body is read, in the order: form, clock, key.
func readClaim(r *http.Request, now time.Time) (claim signedBy, refused *refusal) {
	a, ok := readTC3(r.Header.Get("Authorization"))
	if !ok {
		return claim, refuse("AuthFailure.InvalidAuthorization",
			"The Authorization header in the request is not in the form of TC3-HMAC-SHA256.")
	}
	if r.Method != http.MethodPost {
		return claim, refuse("UnsupportedProtocol", "Only POST is supported.")
	}
	stamp := r.Header.Get("X-TC-Timestamp")
	seconds, err := strconv.ParseInt(stamp, 10, 64)
	if err != nil {
		return claim, refuse("MissingParameter",
			"The request is missing a required parameter `Timestamp`, or it is no whole number.")
	}
	if gap := now.Unix() - seconds; gap > int64(patience/time.Second) || gap < -int64(patience/time.Second) {
		return claim, refuse("AuthFailure.SignatureExpire", "The provided credentials have expired: the timestamp %d "+
			"differs from the server's %d by more than %d seconds.", seconds, now.Unix(), int64(patience/time.Second))
	}
	if a.secretID != Known.SecretID {
		return claim, refuse("AuthFailure.SecretIdNotFound",
			"The SecretId is not found, please ensure that your SecretId is correct.")
	}
	claim = signedBy{a, time.Unix(seconds, 0)}
	if a.service != apiService || !a.covers(claim.at) {
		return claim, refuse("AuthFailure.SignatureFailure", notValid)
	}
	return claim, nil
}

const notValid = "The provided credentials could not be validated. Please check your signature is correct."

// authenticate checks the signature.
func (claim signedBy) authenticate(r *http.Request, body []byte) *refusal {
	if !Known.key().verify(claim.tc3Authorization, claim.at, r.Host, r.Header, body) {
		return refuse("AuthFailure.SignatureFailure", notValid)
	}
	if r.Header.Get("X-TC-Token") != "" {
		return refuse("AuthFailure.TokenFailure", "The token is invalid: the key is not a temporary one.")
	}
	if media, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type")); media != "application/json" {
		return refuse("InvalidRequest", "The Content-Type of the request is not application/json.")
	}
	return nil
}

func reply(w http.ResponseWriter, done *flowURLs, refused *refusal) {
	type answer struct {
		*flowURLs
		Error     *refusal `json:",omitempty"`
		RequestID string   `json:"RequestId"`
	}
	server.RespondJSON(w, http.StatusOK, "application/json",
		struct{ Response answer }{answer{done, refused, uuid.NewString()}})
}
