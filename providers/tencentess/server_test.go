package tencentess

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/cenkalti/backoff/v5"
	"golang.org/x/time/rate"
)

const (
	testID    = "AKIDSANDBOX"
	testKey   = "SANDBOX+SECRET/KEY="
	testQuery = "hkey=70b1c2VjcmV0c63e"
)

// request is what a test server was sent.
type request struct {
	method, path, host, body string
	header                   http.Header
}

// esign is the e-sign service in a few lines: flows that begin with "no" have no link.
type esign struct {
	*httptest.Server
	mu       sync.Mutex
	requests []request
	answers  []http.HandlerFunc // of the first calls, instead of the usual one
	content  string             // of every contract
}

func newService(t *testing.T, answers ...http.HandlerFunc) *esign {
	t.Helper()
	s := &esign{answers: answers, content: "%PDF-1.7 contract"}
	s.Server = httptest.NewServer(http.HandlerFunc(s.handle))
	t.Cleanup(s.Close)
	return s
}

func (s *esign) sent() []request {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]request(nil), s.requests...)
}

func (s *esign) handle(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	r.Body = io.NopCloser(strings.NewReader(string(body)))
	s.mu.Lock()
	s.requests = append(s.requests, request{r.Method, r.URL.RequestURI(), r.Host, string(body), r.Header.Clone()})
	n := len(s.requests)
	s.mu.Unlock()
	if n <= len(s.answers) && s.answers[n-1] != nil {
		s.answers[n-1](w, r)
		return
	}
	s.usual(w, r)
}

func (s *esign) usual(w http.ResponseWriter, r *http.Request) {
	if r.Method == http.MethodGet {
		http.ServeContent(w, r, "0.PDF", time.Time{}, strings.NewReader(s.content))
		return
	}
	var in struct{ FlowIds []string }
	json.NewDecoder(r.Body).Decode(&in)
	infos, messages := []any{}, []string{}
	for _, id := range in.FlowIds {
		resources, message := []any{}, ""
		if strings.HasPrefix(id, "no") {
			message = "查询流程不存在 " + s.link(id)
		} else {
			resources = append(resources, map[string]string{"Url": s.link(id), "Name": "合同," + id + ".pdf", "Type": "PDF"})
		}
		infos = append(infos, map[string]any{"FlowId": id, "ResourceUrlInfos": resources})
		messages = append(messages, message)
	}
	json.NewEncoder(w).Encode(map[string]any{"Response": map[string]any{"FlowResourceUrlInfos": infos, "ErrorMessages": messages, "RequestId": "d49c0838"}})
}

func (s *esign) link(id string) string {
	return s.URL + "/file/FLOW/" + id + "/0/0.PDF?" + testQuery
}

// refuse answers as the service does: HTTP 200 for errors too.
func refuse(code, message string) http.HandlerFunc {
	return answering(200, fmt.Sprintf(`{"Response":{"Error":{"Code":%q,"Message":%q},"RequestId":"ed93f3cb"}}`, code, message))
}

func answering(status int, body string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(status)
		io.WriteString(w, body)
	}
}

func cut(w http.ResponseWriter, _ *http.Request) {
	if conn, _, err := w.(http.Hijacker).Hijack(); err == nil {
		conn.Close()
	}
}

// cutAfter sends a part of what is announced.
func cutAfter(announced int, body string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Length", fmt.Sprint(announced))
		io.WriteString(w, body)
	}
}

func options(s *esign) Options {
	o := Options{SecretID: testID, SecretKey: testKey, AppID: "yDwhxUUckp3gl8j5UuFX33LSNozpRsbi", Organization: "org_dianziqian", Operator: "n9527", UserAgent: "countersign/1.2"}
	if s != nil {
		o.Endpoint = s.URL
	}
	return o
}

// client is one that waits for nothing between its calls and tries.
func client(t *testing.T, o Options) *Client {
	t.Helper()
	c, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	c.pace = rate.NewLimiter(rate.Inf, 1)
	c.second = time.Nanosecond
	c.pauses = func() backoff.BackOff { return &backoff.ZeroBackOff{} }
	return c
}

func deadline(t *testing.T) context.Context {
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	t.Cleanup(cancel)
	return ctx
}

// failed returns the *Error of a call that had to fail, and holds it against what every error must be: one line, and no
// secret in it or in any of its causes.
func failed(t *testing.T, err error) *Error {
	t.Helper()
	e, ok := err.(*Error)
	if !ok {
		t.Fatalf("%T, not *Error: %v", err, err)
	}
	if strings.ContainsAny(err.Error(), "\r\n") {
		t.Errorf("more than one line: %q", err.Error())
	}
	for cause := err; cause != nil; {
		noSecrets(t, cause.Error())
		u, ok := cause.(interface{ Unwrap() error })
		if !ok {
			break
		}
		cause = u.Unwrap()
	}
	return e
}

func noSecrets(t *testing.T, text string) {
	t.Helper()
	for _, secret := range []string{testKey, testQuery, "c2VjcmV0"} {
		if strings.Contains(text, secret) {
			t.Errorf("%s is in it: %s", secret, text)
		}
	}
}
