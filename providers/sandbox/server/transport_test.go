package server_test

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"testing"

	"countersign/providers/sandbox/server"
)

// Inside the process a call ends as it would over a socket: a cut connection before the answer is an error of the
// call, one in the midst of it an error of its body.
func TestCutInsideTheProcess(t *testing.T) {
	tests := []struct {
		name    string
		handler http.HandlerFunc
		want    string // what arrives, and the error after it
	}{
		{"nothing written", func(http.ResponseWriter, *http.Request) {}, "200 -1 <nil>"},
		{"whole", func(w http.ResponseWriter, _ *http.Request) { server.Respond(w, 201, "text/plain", []byte("abc")) },
			"201 3 abc<nil>"},
		{"unknown length", func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, "abc") },
			"200 -1 abc<nil>"},
		{"cut before", func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }, "unexpected EOF"},
		{"cut after the head", func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(http.StatusOK)
			panic(http.ErrAbortHandler)
		}, "200 -1 unexpected EOF"},
		{"cut in the midst", func(w http.ResponseWriter, _ *http.Request) {
			io.WriteString(w, "ab")
			panic(http.ErrAbortHandler)
		}, "200 -1 abunexpected EOF"},
	}
	for _, tt := range tests {
		for range 100 { // the cut and the head may be seen in either order
			r, _ := http.NewRequest("POST", "http://sandbox/", nil)
			var got string
			if answer, err := server.Transport(tt.handler).RoundTrip(r); err != nil {
				got = err.Error()
			} else {
				body, err := io.ReadAll(answer.Body)
				got = fmt.Sprint(answer.StatusCode, " ", answer.ContentLength, " ", string(body), err)
			}
			if got != tt.want {
				t.Fatalf("%s: %s, want %s", tt.name, got, tt.want)
			}
		}
	}
}

// A mistake of the sandbox is not a cut connection: it is loud.
func TestPanicInsideTheProcess(t *testing.T) {
	defer func() {
		if r := recover(); r != "mistake" {
			t.Errorf("recovered %v", r)
		}
	}()
	r, _ := http.NewRequest("POST", "http://sandbox/", nil)
	server.Transport(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { panic("mistake") })).RoundTrip(r)
}

// A client that stops reading ends the handler too.
func TestGivingUpInsideTheProcess(t *testing.T) {
	ended := make(chan error, 1)
	r, _ := http.NewRequest("POST", "http://sandbox/", nil)
	answer, err := server.Transport(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_, err := io.Copy(w, endless{})
		ended <- err
	})).RoundTrip(r)
	if err != nil {
		t.Fatal(err)
	}
	answer.Body.Close()
	if err := <-ended; !errors.Is(err, io.ErrClosedPipe) {
		t.Errorf("the handler ended with %v", err)
	}
}

// endless is a body without an end.
type endless struct{}

func (endless) Read(b []byte) (int, error) { clear(b); return len(b), nil }
