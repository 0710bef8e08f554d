package sandbox

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"testing/iotest"
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
		{"whole", func(w http.ResponseWriter, _ *http.Request) { respond(w, 201, "text/plain", []byte("abc")) }, "201 3 abc<nil>"},
		{"unknown length", func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, "abc") }, "200 -1 abc<nil>"},
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
			if answer, err := (inProcess{tt.handler}).RoundTrip(r); err != nil {
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

// All of an accepted upload is read, to its very end, however small the pieces in which it comes.
func TestUploadIsReadToItsEnd(t *testing.T) {
	d := newDrive(t)
	path, media, whole := d.form(sent{user: "test03", name: "a.txt", content: "abc"})
	whole.WriteString("\r\nwhat comes after a form means nothing")
	r, _ := http.NewRequest("POST", "http://sandbox"+uploadPath+"/"+path, iotest.OneByteReader(whole))
	r.Header.Set("Content-Type", media)
	answer, err := d.box.Transport().RoundTrip(r)
	if err != nil {
		t.Fatal(err)
	}
	if body, err := io.ReadAll(answer.Body); string(body) != `{"code":0,"fileId":99}` || err != nil || whole.Len() != 0 {
		t.Errorf("%s %v, %d bytes not read", body, err, whole.Len())
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
	inProcess{http.HandlerFunc(func(http.ResponseWriter, *http.Request) { panic("mistake") })}.RoundTrip(r)
}

// A client that stops reading, or gives up while it sends, ends the handler too, and nothing of an upload is kept.
func TestGivingUpInsideTheProcess(t *testing.T) {
	ended := make(chan error, 1)
	r, _ := http.NewRequest("POST", "http://sandbox/", nil)
	answer, err := inProcess{http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_, err := io.Copy(w, zeros{})
		ended <- err
	})}.RoundTrip(r)
	if err != nil {
		t.Fatal(err)
	}
	answer.Body.Close()
	if err := <-ended; !errors.Is(err, io.ErrClosedPipe) {
		t.Errorf("the handler ended with %v", err)
	}

	d := newDrive(t)
	path, media, whole := d.form(sent{user: "test03", name: "a.txt", content: strings.Repeat("x", 100_000)})
	ctx, cancel := context.WithCancel(t.Context())
	body, to := io.Pipe()
	go func() {
		io.Copy(to, bytes.NewReader(whole.Bytes()[:50_000]))
		cancel() // and the body never ends
	}()
	r, _ = http.NewRequestWithContext(ctx, "POST", "http://sandbox"+uploadPath+"/"+path, body)
	r.Header.Set("Content-Type", media)
	if _, err := d.box.Transport().RoundTrip(r); !errors.Is(err, context.Canceled) {
		t.Errorf("%v", err)
	}
	if kept := d.kept(); len(kept) != 0 {
		t.Errorf("left: %v", kept)
	}
}
