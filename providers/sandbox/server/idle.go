package server

import (
	"io"
	"net/http"
	"time"
)

// standstill is how long a transfer may make no progress.
const standstill = time.Minute

// IdleDeadlines replaces the server's deadlines for a call that carries a file: how long that takes depends on the
// file's size, so the call ends only when nothing moves any more. The answer must be written to what it returns. r is
// nil for a download.
func IdleDeadlines(w http.ResponseWriter, r *http.Request) http.ResponseWriter {
	control := http.NewResponseController(w)
	control.SetWriteDeadline(time.Now().Add(standstill))
	if r != nil {
		r.Body = movingBody{r.Body, control}
	}
	return movingAnswer{w, control}
}

type movingBody struct {
	io.ReadCloser
	control *http.ResponseController
}

func (m movingBody) Read(b []byte) (int, error) {
	m.control.SetReadDeadline(time.Now().Add(standstill))
	n, err := m.ReadCloser.Read(b)
	if err != nil { // nothing more will come
		m.control.SetReadDeadline(time.Time{})
	}
	return n, err
}

type movingAnswer struct {
	http.ResponseWriter
	control *http.ResponseController
}

func (m movingAnswer) Write(b []byte) (int, error) {
	m.control.SetWriteDeadline(time.Now().Add(standstill))
	return m.ResponseWriter.Write(b)
}

// Unwrap is for http.NewResponseController.
func (m movingAnswer) Unwrap() http.ResponseWriter { return m.ResponseWriter }
