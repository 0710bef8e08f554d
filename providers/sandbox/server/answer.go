package server

import (
	"bytes"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"strconv"
	"time"
)

// MaxBody is how many bytes of a call are read, the bytes of files apart.
const MaxBody = 16 << 20

// Respond answers with a whole body.
func Respond(w http.ResponseWriter, status int, media string, body []byte) {
	w.Header().Set("Content-Type", media)
	w.Header().Set("Content-Length", strconv.Itoa(len(body)))
	w.WriteHeader(status)
	w.Write(body) // a client that has gone is nothing to report
}

// RespondJSON answers with a value of texts, numbers and truth values. No letter is escaped that JSON allows: people
// read it too.
func RespondJSON(w http.ResponseWriter, status int, media string, v any) {
	var body bytes.Buffer
	to := json.NewEncoder(&body)
	to.SetEscapeHTML(false)
	if err := to.Encode(v); err != nil { // such values have a form
		panic(err)
	}
	Respond(w, status, media, bytes.TrimSuffix(body.Bytes(), []byte("\n")))
}

// AnswerEarly answers a call at once, before its body is read; net/http by itself would wait for the body. What still
// arrives is read for a moment and thrown away: otherwise a client that is sending would see a cut connection and no
// answer.
func AnswerEarly(w http.ResponseWriter, r *http.Request, answer func()) {
	const moment = time.Second
	control := http.NewResponseController(w)
	w.Header().Set("Connection", "close")
	answer()
	if control.Flush() == nil && control.SetReadDeadline(time.Now().Add(moment)) == nil {
		io.CopyN(io.Discard, r.Body, MaxBody)
	}
}

// Origin is how the client that sent r can reach the sandbox for the addresses in an answer: over a socket by that
// socket's own end, because the Host header may be a vendor's.
func Origin(r *http.Request) string {
	if local, ok := r.Context().Value(http.LocalAddrContextKey).(*net.TCPAddr); ok {
		return "http://" + local.String()
	}
	return "http://" + r.Host
}
