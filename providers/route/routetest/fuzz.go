package routetest

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"io"
	"net/http"
	"runtime"
	"strings"
	"testing"

	"countersign/providers/route"
)

// Fuzzed is a service that gives one answer to every request, made up by a fuzzer.
type Fuzzed struct {
	Status int
	Header string // lines of name: value
	Body   []byte
	How    byte // Halved, TooSoon, …
}

// How an answer comes.
const (
	Halved   = 1 << iota // the connection breaks after the body
	TooSoon              // it comes before the request was read
	Packed               // the body is packed by gzip
	Chunked              // in chunks, so that its length is not announced
	Opened               // only the end of the connection ends it, if it is not chunked
	NoAnswer             // the connection breaks before it
)

// RoundTrip answers as a network does: what cannot come over one is left out.
func (f Fuzzed) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.Body != nil && f.How&TooSoon == 0 {
		if _, err := io.Copy(io.Discard, r.Body); err != nil {
			return nil, err
		}
	}
	if f.How&NoAnswer != 0 {
		return nil, io.ErrUnexpectedEOF
	}
	resp := &http.Response{StatusCode: f.status(), Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header: http.Header{}, Request: r}
	for line := range strings.Lines(f.Header) {
		name, value, ok := strings.Cut(line, ":")
		value = strings.Map(func(r rune) rune {
			if r < ' ' && r != '\t' || r == 0x7f {
				return -1
			}
			return r
		}, value)
		if strings.EqualFold(name, "Content-Encoding") && strings.Contains(strings.ToLower(value), "gzip") {
			continue // that is what Packed is for
		}
		if ok && name != "" && !strings.ContainsFunc(name, func(r rune) bool { return r <= ' ' || r >= 0x7f }) {
			resp.Header.Add(name, strings.TrimSpace(value))
		}
	}
	body := f.Body
	if f.How&Packed != 0 {
		var b bytes.Buffer
		z := gzip.NewWriter(&b)
		z.Write(body)
		z.Close()
		body = b.Bytes()
		resp.Header.Set("Content-Encoding", "gzip")
	}
	switch {
	case f.How&Chunked != 0:
		resp.ContentLength, resp.TransferEncoding = -1, []string{"chunked"}
	case f.Open():
		resp.ContentLength, resp.Close = -1, true
	default:
		resp.ContentLength = int64(len(body))
	}
	var in io.Reader = bytes.NewReader(body)
	if f.How&Halved != 0 && !f.Open() { // where only the end ends it, nobody sees that it was cut
		in = io.MultiReader(in, broken{})
		if resp.ContentLength >= 0 {
			resp.ContentLength++
		}
	}
	resp.Body = io.NopCloser(in)
	return resp, nil
}

type broken struct{}

func (broken) Read([]byte) (int, error) { return 0, io.ErrUnexpectedEOF }

func (f Fuzzed) status() int {
	if f.Status >= 200 && f.Status < 600 {
		return f.Status
	}
	return 200 + int(uint(f.Status)%400)
}

// Open reports whether only the end of the connection ends the answer.
func (f Fuzzed) Open() bool { return f.How&Opened != 0 && f.How&Chunked == 0 }

// Answers reports whether an answer with that status comes, whole or not.
func (f Fuzzed) Answers(status int) bool { return f.status() == status && f.How&NoAnswer == 0 }

// Whole reports whether a whole answer with that status comes.
func (f Fuzzed) Whole(status int) bool {
	return f.Answers(status) && (f.How&Halved == 0 || f.Open())
}

// WholeSuccess reports whether a whole answer with any status of 2xx comes.
func (f Fuzzed) WholeSuccess() bool { return f.status()/100 == 2 && f.Whole(f.status()) }

// Object is the body as a JSON object; nil when it is none.
func (f Fuzzed) Object() map[string]json.RawMessage {
	var object map[string]json.RawMessage
	text := bytes.TrimSpace(bytes.TrimPrefix(bytes.TrimSpace(f.Body), []byte("\xef\xbb\xbf")))
	if json.Unmarshal(text, &object) != nil {
		return nil
	}
	return object
}

// mostMemory is more than an answer of the largest size may take.
const mostMemory = 64 << 20

// Bounded runs a call, and demands that it takes no more memory than any answer may cost.
func Bounded(t testing.TB, call func()) {
	t.Helper()
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	call()
	runtime.ReadMemStats(&after)
	if used := after.TotalAlloc - before.TotalAlloc; used > mostMemory {
		t.Errorf("%d bytes of memory, more than %d", used, mostMemory)
	}
}

// CheckOutcome demands of the error of a call that the outcome of a read is never unknown, and that of a write is,
// unless the error says that it was not carried out.
func CheckOutcome(t testing.TB, name string, write bool, e *route.Error) {
	t.Helper()
	switch {
	case !write && e.OutcomeUnknown():
		t.Errorf("%s: the outcome of a read: %v", name, e)
	case write && !e.OutcomeUnknown() && !e.Refused() && !route.NotCarriedOut(e.Status):
		t.Errorf("%s: nothing says that it was not carried out: %v", name, e)
	}
}
