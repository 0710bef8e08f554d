package server

import (
	"io"
	"net/http"
	"time"
)

// standstill is for how long nothing of a file may move.
const standstill = time.Minute

// IdleDeadlines takes the server's deadlines off a call that carries a file either way: how long it takes is up to its
// size. What ends it is that nothing moves. The answer goes to what it returns.
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
	if err != nil { // there is no more to wait for
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
