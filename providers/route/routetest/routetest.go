// Package routetest is what the tests of the vendors' clients share: a server that notes what it is sent, the ways in
// which an answer goes wrong, and what every error of a client has to be. What a vendor answers when all goes well is
// with its client. It is for tests alone.
package routetest

import (
	"bytes"
	"context"
	"fmt"
	"html"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/cenkalti/backoff/v5"
)

// Request is what a server was sent.
type Request struct {
	Method, Path, Query, Host string
	Header                    http.Header
	Body                      string // of a form with files: ""
	Length                    int64  // -1: not said
	Chunked                   bool
}

// Form is the body of a form.
func (r Request) Form() url.Values {
	form, _ := url.ParseQuery(r.Body) // what is wrong with it is missing from the form, and the test sees that
	return form
}

// Server notes what it is sent and answers what the test says.
type Server struct {
	*httptest.Server
	mu       sync.Mutex
	requests []Request
}

// Serve answers the n-th request, counted from 1, with handle. The body has come whole before that, and can be read
// again, except for a form with files, which handle reads itself. A request that is cut off on its way is noted and not
// answered.
func Serve(t testing.TB, handle func(w http.ResponseWriter, r *http.Request, n int)) *Server {
	t.Helper()
	s := &Server{}
	s.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if n, whole := s.note(r); whole {
			handle(w, r, n)
		}
	}))
	t.Cleanup(s.Close)
	return s
}

func (s *Server) note(r *http.Request) (n int, whole bool) {
	noted := Request{Method: r.Method, Path: r.URL.EscapedPath(), Query: r.URL.RawQuery, Host: r.Host,
		Header: r.Header.Clone(),
		Length: r.ContentLength, Chunked: r.TransferEncoding != nil}
	var err error
	if !strings.HasPrefix(r.Header.Get("Content-Type"), "multipart/") {
		var body []byte
		body, err = io.ReadAll(r.Body)
		r.Body, noted.Body = io.NopCloser(bytes.NewReader(body)), string(body)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.requests = append(s.requests, noted)
	return len(s.requests), err == nil
}

// Requests are what came so far.
func (s *Server) Requests() []Request {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]Request(nil), s.requests...)
}

// Answer answers with these bytes.
func Answer(status int, body string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(status)
		io.WriteString(w, body)
	}
}

// Cut closes the connection without an answer.
func Cut(w http.ResponseWriter, _ *http.Request) {
	if conn, _, err := w.(http.Hijacker).Hijack(); err == nil {
		conn.Close()
	}
}

// CutAfter sends a part of what it announces.
func CutAfter(announced int, body string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Length", fmt.Sprint(announced))
		io.WriteString(w, body)
	}
}

// NoPauses is for clients that need not wait between their tries.
func NoPauses() backoff.BackOff { return &backoff.ZeroBackOff{} }

// Deadline is a context for calls that must not hang.
func Deadline(t testing.TB) context.Context {
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	t.Cleanup(cancel)
	return ctx
}

// CheckError holds an error against what every error must be: one line, and no secret in it or in any of its causes.
func CheckError(t testing.TB, err error, secrets ...string) {
	t.Helper()
	if strings.ContainsAny(err.Error(), "\r\n") {
		t.Errorf("more than one line: %q", err.Error())
	}
	for cause := err; cause != nil; {
		NoSecrets(t, cause.Error(), secrets...)
		u, ok := cause.(interface{ Unwrap() error })
		if !ok {
			break
		}
		cause = u.Unwrap()
	}
}

// NoSecrets demands that a text holds none of these, in any form.
func NoSecrets(t testing.TB, text string, secrets ...string) {
	t.Helper()
	for _, secret := range secrets {
		for _, form := range []string{secret, url.QueryEscape(secret), html.EscapeString(secret),
			fmt.Sprintf("%q", secret)} {
			if strings.Contains(text, form) {
				t.Errorf("%s is in it: %s", secret, text)
			}
		}
	}
}
