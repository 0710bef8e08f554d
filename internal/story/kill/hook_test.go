package kill

import (
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"sync"

	"countersign/internal/programtest"
)

// hook stands between the program and the services that it calls. It counts the calls of a run, and can kill it at one.
type hook struct {
	mu      sync.Mutex
	with    func(http.Handler, http.ResponseWriter, *http.Request) // nil: calls are carried out
	process *os.Process                                            // the run that makes the calls
	number  int                                                    // of the call that the run is killed at; 0: of none
	after   bool                                                   // once that call has been carried out
	count   int                                                    // of calls so far
	was     bool                                                   // it has been killed
	uploads map[string]int                                         // how often each file was put among several

	calls sync.RWMutex // held by each call under way
	open  programtest.Connections
}

// set changes what is done with calls, once those under way have ended.
func (h *hook) set(with func(http.Handler, http.ResponseWriter, *http.Request)) {
	h.calls.Lock()
	defer h.calls.Unlock()
	h.mu.Lock()
	defer h.mu.Unlock()
	h.with = with
}

// killAt kills the run at its nth call from now, before that has been carried out or after. Calls that are under way
// beside it are carried out.
func (h *hook) killAt(n int, after bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.number, h.after, h.count, h.was = n, after, 0, false
}

// killed reports whether the run made so many calls that it has been killed.
func (h *hook) killed() bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.was
}

// counted counts a call. When it is the one that the run is killed at, last carries it out if it is to be carried out,
// and the process is killed.
func (h *hook) counted(last func()) (killed bool) {
	h.mu.Lock()
	h.count++
	now, after := h.count == h.number, h.after
	h.mu.Unlock()
	if !now {
		return false
	}
	if after {
		last()
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	_ = h.process.Kill()
	h.was = true
	return true
}

func (h *hook) around(next http.Handler) http.Handler {
	next = h.countingUploads(next)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h.calls.RLock()
		defer h.calls.RUnlock()
		h.mu.Lock()
		with := h.with
		h.mu.Unlock()
		switch {
		case h.counted(func() { next.ServeHTTP(httptest.NewRecorder(), r) }):
			panic(http.ErrAbortHandler)
		case with != nil:
			with(next, w, r)
		default:
			next.ServeHTTP(w, r)
		}
	})
}

// countingUploads counts the files that are put into attachments of several.
func (h *hook) countingUploads(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, rest, upload := strings.Cut(r.URL.Path, "/upload-attachment/")
		parts := strings.SplitN(rest, "/", 3) // token, size, and of a file among several where it goes
		if !upload || len(parts) < 3 {
			next.ServeHTTP(w, r)
			return
		}
		answer := httptest.NewRecorder()
		next.ServeHTTP(answer, r)
		if strings.Contains(strings.ReplaceAll(answer.Body.String(), " ", ""), `"code":0`) {
			h.mu.Lock()
			h.uploads[parts[1]+" bytes to "+parts[2]]++
			h.mu.Unlock()
		}
		w.WriteHeader(answer.Code)
		_, _ = w.Write(answer.Body.Bytes())
	})
}
