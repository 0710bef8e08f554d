package server_test

import (
	"errors"
	"io"
	"net/http"
	"testing"

	"countersign/internal/parallel"
	"countersign/providers/sandbox/server"
)

// A cut connection is an error of the call, or of its body; https and any host lead to the handler.
func TestCutInsideTheProcess(t *testing.T) {
	client := &http.Client{Transport: server.Transport(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/half" {
			io.WriteString(w, "ab")
			http.NewResponseController(w).Flush()
		}
		panic(http.ErrAbortHandler)
	}))}
	if _, err := client.Post("https://anywhere.example/", "text/plain", nil); !errors.Is(err, io.EOF) {
		t.Errorf("cut before the answer: %v", err)
	}
	answer, err := client.Get("http://sandbox/half")
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	if body, err := io.ReadAll(answer.Body); string(body) != "ab" || !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Errorf("cut in the middle: %q %v", body, err)
	}
}

// A mistake of the sandbox is not a cut connection: the call panics.
func TestPanicInsideTheProcess(t *testing.T) {
	client := &http.Client{Transport: server.Transport(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {
		panic("mistake")
	}))}
	defer func() {
		if p, is := recover().(*parallel.Panic); !is || p.Value != "mistake" {
			t.Errorf("recovered %v", p)
		}
	}()
	client.Post("http://sandbox/", "text/plain", nil)
	t.Error("the call came to an end")
}

// A client that stops reading ends the handler too.
func TestGivingUpInsideTheProcess(t *testing.T) {
	ended := make(chan error, 1)
	client := &http.Client{Transport: server.Transport(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_, err := io.Copy(w, endless{})
		ended <- err
	}))}
	answer, err := client.Get("http://sandbox/")
	if err != nil {
		t.Fatal(err)
	}
	answer.Body.Close()
	if err := <-ended; err == nil {
		t.Error("the handler wrote to the end")
	}
}

// endless is a body without an end.
type endless struct{}

func (endless) Read(b []byte) (int, error) { clear(b); return len(b), nil }
