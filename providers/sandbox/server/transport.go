package server

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"strconv"
)

// Transport carries requests to a handler inside the process, without a socket. The host of a request's URL does not
// matter. Bodies are streamed both ways; as with any transport, that of an answer is to be closed.
func Transport(handler http.Handler) http.RoundTripper { return inProcess{handler} }

type inProcess struct{ handler http.Handler }

func (p inProcess) RoundTrip(r *http.Request) (*http.Response, error) {
	ctx := r.Context()
	if err := ctx.Err(); err != nil {
		if r.Body != nil {
			r.Body.Close()
		}
		return nil, err
	}
	in := r.Clone(ctx)
	from := io.ReadCloser(http.NoBody)
	if r.Body != nil {
		from = r.Body
	}
	in.Body = untilDone{from, ctx}
	if in.Header == nil {
		in.Header = http.Header{}
	}
	body, to := io.Pipe()
	w := &answerWriter{header: http.Header{}, body: to, begun: make(chan struct{})}
	ended := make(chan any, 1)
	stop := context.AfterFunc(ctx, func() { // wakes a handler that waits for more, or for its answer to be taken
		from.Close()
		to.CloseWithError(ctx.Err())
	})
	go func() {
		defer stop()
		defer from.Close()
		defer func() {
			panicked := recover()
			if panicked == nil {
				w.WriteHeader(http.StatusOK) // as a server does for a handler that wrote nothing
				to.Close()
				return
			}
			ended <- panicked
			to.CloseWithError(io.ErrUnexpectedEOF) // what a cut connection looks like
		}()
		p.handler.ServeHTTP(w, in)
	}()
	select {
	case <-w.begun:
	case panicked := <-ended:
		select {
		case <-w.begun: // then the body tells of the cut
		default:
			return nil, cut(ctx, panicked)
		}
	}
	if err := ctx.Err(); err != nil {
		body.Close()
		return nil, err
	}
	return w.response(r, body), nil
}

// cut is the error of a call that ended without an answer. What panics in the handler, a cut on purpose apart, panics
// here.
func cut(ctx context.Context, panicked any) error {
	if panicked != http.ErrAbortHandler {
		panic(panicked)
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	return io.ErrUnexpectedEOF
}

// untilDone is a request's body that ends with its context, as one that comes over a socket does.
type untilDone struct {
	io.ReadCloser
	ctx context.Context
}

func (u untilDone) Read(b []byte) (int, error) {
	if err := u.ctx.Err(); err != nil {
		return 0, err
	}
	return u.ReadCloser.Read(b)
}

// answerWriter hands on what the handler writes.
type answerWriter struct {
	header http.Header
	status int // 0 until it is written
	sent   http.Header
	body   *io.PipeWriter
	begun  chan struct{}
}

func (w *answerWriter) Header() http.Header { return w.header }

func (w *answerWriter) WriteHeader(status int) {
	if w.status != 0 {
		return
	}
	w.status, w.sent = status, w.header.Clone()
	close(w.begun)
}

func (w *answerWriter) Write(b []byte) (int, error) {
	w.WriteHeader(http.StatusOK)
	return w.body.Write(b)
}

func (w *answerWriter) response(r *http.Request, body io.ReadCloser) *http.Response {
	length, err := strconv.ParseInt(w.sent.Get("Content-Length"), 10, 64)
	if err != nil {
		length = -1 // it is known at its end
	}
	return &http.Response{
		Status:        fmt.Sprintf("%d %s", w.status, http.StatusText(w.status)),
		StatusCode:    w.status,
		Proto:         "HTTP/1.1",
		ProtoMajor:    1,
		ProtoMinor:    1,
		Header:        w.sent,
		Body:          body,
		ContentLength: length,
		Request:       r,
	}
}
