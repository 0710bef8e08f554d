package chaos

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"countersign/internal/programtest"
	"countersign/providers/sandbox/faults"
	"countersign/state/httpstate/httpstatetest"
)

// The faults of a call. "Before" is one that the drive never gets; "after" is one that it carries out.
const (
	errorBefore = "error 500 before"
	errorAfter  = "proxy's 502 after"
	cutBefore   = "cut before"
	cutAfter    = "cut after"
	halfAfter   = "half a body, then cut"
	shortAfter  = "half a body, as if whole"
	page        = "a page instead of JSON"
	busy        = "429, come later"
	slow        = "slow answer"
	late        = "carried out after the client has given up"
	repeated    = "an entry twice in a list"
)

var allFaults = []string{errorBefore, errorAfter, cutBefore, cutAfter, halfAfter, shortAfter, page, busy, slow, late,
	repeated}

// timeout is what the configurations allow for a call; lateness is longer, and lostWriteWait longer than that: the
// program must not send a lost write again before it.
const (
	timeout       = 2 * time.Second
	lateness      = 2300 * time.Millisecond
	lostWriteWait = 6 * time.Second
)

// schedule is what goes wrong in one round. The same seed makes the same calls go wrong, in whatever order they come.
type schedule struct {
	seed  uint64
	rate  float64        // of calls
	kinds []string       // of faults
	shift int64          // seconds by which the drive's clock is wrong
	at    map[int]func() // what happens right before which call
}

// proxy stands between the program and the drive, and makes calls go wrong.
type proxy struct {
	url     string
	backend atomic.Pointer[string] // address of the drive; nil while it is down
	open    programtest.Connections

	states      *httpstatetest.Server        // keeps states at addresses that begin with statesPath
	stateFaults atomic.Pointer[http.Handler] // between the program and states; nil: none

	mu       sync.Mutex
	schedule schedule
	draws    *faults.Draws
	number   int                // of the last call in the round
	removals map[string][]int64 // ids that remove-templet was called with, by token
	writes   map[string]int     // calls that write, by token
	faults   map[string]int     // made, by kind
	calls    int
	events   sync.WaitGroup // of schedule.at that have begun
}

const statesPath = "/states/"

func newProxy(t *testing.T) *proxy {
	p := &proxy{faults: map[string]int{}, states: httpstatetest.New()}
	p.url = programtest.Serve(t, http.HandlerFunc(p.serve), func(s *http.Server) { s.ConnState = p.open.Count })
	p.begin(schedule{})
	return p
}

// begin begins a round.
func (p *proxy) begin(s schedule) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.schedule, p.draws, p.number = s, faults.NewDraws(s.seed), 0
	p.removals, p.writes = map[string][]int64{}, map[string]int{}
}

// endEvents lets nothing more of schedule.at begin, and waits for what has.
func (p *proxy) endEvents() {
	p.mu.Lock()
	p.schedule.at = nil
	p.mu.Unlock()
	p.events.Wait()
}

// drain waits until no call is left of processes that have ended.
func (p *proxy) drain(t *testing.T) {
	t.Helper()
	p.open.Drain(t, p.url+"/drain")
}

// removed lists the ids that a token was used to remove in the round.
func (p *proxy) removed(token string) []int64 {
	p.mu.Lock()
	defer p.mu.Unlock()
	return slices.Clone(p.removals[token])
}

// written is how many calls that write were made with a token in the round.
func (p *proxy) written(token string) int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.writes[token]
}

// draw notes a call, and decides what goes wrong with it.
func (p *proxy) draw(path string, form url.Values) (fault string, shift int64, event func()) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.calls++
	p.number++
	token := form.Get("token")
	switch {
	case strings.HasSuffix(path, "/remove-templet"):
		id, _ := strconv.ParseInt(form.Get("id"), 10, 64)
		p.removals[token] = append(p.removals[token], id)
		p.writes[token]++
	case strings.HasSuffix(path, "/set-templet"):
		p.writes[token]++
	}
	form.Del("token")
	s, r := p.schedule, p.draws.For(path, map[string]string{"form": form.Encode()})
	if len(s.kinds) > 0 && r.Float64() < s.rate {
		fault = s.kinds[r.IntN(len(s.kinds))]
		if fault == repeated && !strings.HasSuffix(path, "/templet-list") {
			fault = ""
		} else {
			p.faults[fault]++
		}
	}
	if event = s.at[p.number]; event != nil {
		p.events.Add(1)
	}
	return fault, s.shift, event
}

func (p *proxy) serve(w http.ResponseWriter, r *http.Request) {
	if r.URL.Path == "/drain" {
		return
	}
	if strings.HasPrefix(r.URL.Path, statesPath) {
		if faulty := p.stateFaults.Load(); faulty != nil {
			(*faulty).ServeHTTP(w, r)
		} else {
			p.states.ServeHTTP(w, r)
		}
		return
	}
	body, err := io.ReadAll(r.Body)
	if err != nil {
		panic(http.ErrAbortHandler)
	}
	form, _ := url.ParseQuery(string(body))
	fault, shift, event := p.draw(r.URL.Path, form)
	if event != nil {
		event()
		p.events.Done()
	}
	switch fault {
	case errorBefore:
		http.Error(w, "<html>out of order</html>", http.StatusInternalServerError)
		return
	case cutBefore:
		panic(http.ErrAbortHandler)
	case page:
		fmt.Fprint(w, "<html><title>Please sign in</title></html>")
		return
	case busy:
		w.Header().Set("Retry-After", "1")
		http.Error(w, "slow down", http.StatusTooManyRequests)
		return
	case late:
		time.Sleep(lateness)
	}
	answer, ok := p.forward(r, body)
	if !ok || fault == cutAfter || fault == late {
		panic(http.ErrAbortHandler)
	}
	if shift != 0 {
		answer = shifted(answer, shift)
	}
	switch fault {
	case errorAfter:
		http.Error(w, "<html>bad gateway</html>", http.StatusBadGateway)
		return
	case slow:
		time.Sleep(timeout / 8)
	case repeated:
		answer = withAnEntryTwice(answer)
	case halfAfter:
		w.Header().Set("Content-Length", fmt.Sprint(len(answer)))
		w.Write(answer[:len(answer)/2])
		panic(http.ErrAbortHandler)
	case shortAfter:
		answer = answer[:len(answer)/2]
	}
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.Write(answer)
}

// forward carries a call out, whatever becomes of the client meanwhile. It is not ok when the drive went down.
func (p *proxy) forward(r *http.Request, body []byte) (answer []byte, ok bool) {
	backend := p.backend.Load()
	if backend == nil {
		return nil, false
	}
	got, err := programtest.Unkept.Post(*backend+r.URL.Path, r.Header.Get("Content-Type"), bytes.NewReader(body))
	if err != nil {
		return nil, false
	}
	defer got.Body.Close()
	answer, err = io.ReadAll(got.Body)
	return answer, err == nil && got.StatusCode == http.StatusOK
}

var times = regexp.MustCompile(`"(createtime|edittime)":(\d+)`)

// shifted moves all times in an answer.
func shifted(answer []byte, seconds int64) []byte {
	return times.ReplaceAllFunc(answer, func(b []byte) []byte {
		m := times.FindSubmatch(b)
		at, _ := strconv.ParseInt(string(m[2]), 10, 64)
		return fmt.Appendf(nil, `"%s":%d`, m[1], at+seconds)
	})
}

// withAnEntryTwice repeats the first entry of a list at its end.
func withAnEntryTwice(answer []byte) []byte {
	var list struct{ Data []json.RawMessage }
	if json.Unmarshal(answer, &list) != nil || len(list.Data) == 0 {
		return answer
	}
	data, _ := json.Marshal(append(list.Data, list.Data[0]))
	return fmt.Appendf(nil, `{"code":0,"data":%s}`, data)
}
