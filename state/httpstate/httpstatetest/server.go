// Package httpstatetest has a server that keeps states by the protocol of Terraform's HTTP backend, as GitLab does: it
// compares the lock's ID that comes with a write, and keeps each serial of a document once. It can lose, delay and
// repeat what it is asked.
package httpstatetest

import (
	"bytes"
	"crypto/md5"
	"encoding/base64"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"time"

	"countersign/state/statetest"
)

// Server keeps a document for each path, and a lock for each path that ends in /lock, which is that of the path before.
type Server struct {
	mu     sync.Mutex
	docs   map[string][]byte
	serial map[string]map[string]bool // the serials that each path has had
	locks  map[string]lock            // by the path that is locked
	calls  []string
	full   string // the path whose document is not written
}

type lock struct {
	id       string
	document []byte
}

// New is a server where nothing is kept.
func New() *Server {
	return &Server{docs: map[string][]byte{}, serial: map[string]map[string]bool{}, locks: map[string]lock{}}
}

// Calls are the methods and addresses that were asked for.
func (s *Server) Calls() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]string{}, s.calls...)
}

// Document is what is kept at a path; nil for nothing.
func (s *Server) Document(path string) []byte {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.docs[path]
}

// Holder is the ID of the lock of a path; "" when nobody has it.
func (s *Server) Holder(path string) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.locks[path].id
}

// Refuse makes the server write no document at a path any more, as if its disk was full; "" ends that.
func (s *Server) Refuse(path string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.full = path
}

// ServeHTTP answers a call.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.calls = append(s.calls, r.Method+" "+r.URL.RequestURI())
	if sum := r.Header.Get("Content-MD5"); len(body) > 0 && sum != sumOf(body) {
		http.Error(w, "Content-MD5 does not agree", http.StatusBadRequest)
		return
	}
	if path, is := strings.CutSuffix(r.URL.Path, "/lock"); is {
		s.serveLock(w, r.Method, path, body)
		return
	}
	path := r.URL.Path
	switch r.Method {
	case http.MethodGet:
		doc, found := s.docs[path]
		if !found {
			w.WriteHeader(http.StatusNoContent)
			return
		}
		w.Header().Set("Content-MD5", sumOf(doc))
		_, _ = w.Write(doc)
	case http.MethodPost:
		if path == s.full {
			http.Error(w, "the disk is full", http.StatusInsufficientStorage)
			return
		}
		held := s.locks[path]
		if held.id != r.URL.Query().Get("ID") {
			w.WriteHeader(http.StatusConflict)
			_, _ = w.Write(held.document)
			return
		}
		var doc struct {
			Lineage string
			Serial  *json.Number
		}
		if err := json.Unmarshal(body, &doc); err != nil || doc.Serial == nil || doc.Lineage == "" {
			http.Error(w, "lineage and serial must be in clear", http.StatusUnprocessableEntity)
			return
		}
		had := s.serial[path]
		if had == nil {
			had = map[string]bool{}
			s.serial[path] = had
		}
		if had[doc.Lineage+" "+doc.Serial.String()] {
			http.Error(w, "serial has already been taken", http.StatusUnprocessableEntity)
			return
		}
		had[doc.Lineage+" "+doc.Serial.String()] = true
		s.docs[path] = body
	case http.MethodDelete:
		delete(s.docs, path)
	default:
		http.Error(w, "no such method", http.StatusMethodNotAllowed)
	}
}

func (s *Server) serveLock(w http.ResponseWriter, method, path string, body []byte) {
	var info struct{ ID string }
	if err := json.Unmarshal(body, &info); err != nil || info.ID == "" {
		http.Error(w, "it is no lock's document", http.StatusBadRequest)
		return
	}
	held := s.locks[path]
	switch {
	case method == "LOCK" && held.id == "":
		s.locks[path] = lock{info.ID, body}
	case method == "UNLOCK" && held.id == info.ID:
		delete(s.locks, path)
		w.WriteHeader(http.StatusAccepted)
	case method == "LOCK", method == "UNLOCK":
		w.WriteHeader(http.StatusLocked)
		_, _ = w.Write(held.document)
	default:
		http.Error(w, "no such method", http.StatusMethodNotAllowed)
	}
}

func sumOf(body []byte) string {
	sum := md5.Sum(body)
	return base64.StdEncoding.EncodeToString(sum[:])
}

// Faulty stands in front of a server and fails calls and answers. The calls to one address are of one kind.
func Faulty(next http.Handler, faults *statetest.Faults) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			return
		}
		do := func() *httptest.ResponseRecorder {
			answer := httptest.NewRecorder()
			again := r.Clone(r.Context())
			again.Body = io.NopCloser(bytes.NewReader(body))
			next.ServeHTTP(answer, again)
			return answer
		}
		if fault, hit := faults.Next(r.Method + r.URL.Path); hit {
			switch fault {
			case statetest.CallLost:
				panic(http.ErrAbortHandler)
			case statetest.AnswerLost:
				do()
				panic(http.ErrAbortHandler)
			case statetest.GivenUp:
				do()
				http.Error(w, "bad gateway", http.StatusBadGateway)
				return
			case statetest.AnswerCut:
				answer := do()
				w.Header().Set("Content-Length", "1000000")
				w.WriteHeader(answer.Code)
				_, _ = w.Write(answer.Body.Bytes()[:answer.Body.Len()/2])
				panic(http.ErrAbortHandler)
			case statetest.Repeated:
				do()
			case statetest.Late:
				time.Sleep(5 * time.Millisecond)
			}
		}
		answer := do()
		for name, values := range answer.Header() {
			w.Header()[name] = values
		}
		w.WriteHeader(answer.Code)
		_, _ = w.Write(answer.Body.Bytes())
	})
}
