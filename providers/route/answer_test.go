package route

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
)

func zipped(s string) string {
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	io.WriteString(w, s)
	w.Close()
	return b.String()
}

// served asks a server that answers with handle, over a real connection as a client of ours does, and reads its answer.
// sent is how many bytes of a body the server got rid of, at least.
func served(t *testing.T, b *Budget, most int64, handle http.HandlerFunc) (text string, sent int64, err error) {
	t.Helper()
	var out atomic.Int64
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Accept-Encoding") != "gzip" {
			t.Errorf("Accept-Encoding: %q", r.Header.Get("Accept-Encoding"))
		}
		handle(&counting{w, &out}, r)
	}))
	defer s.Close()
	defer s.CloseClientConnections()
	transport, err := Network{}.Transport(s.URL)
	if err != nil {
		t.Fatal(err)
	}
	defer transport.CloseIdleConnections()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, s.URL, nil)
	if err != nil {
		t.Fatal(err)
	}
	resp, _, err := Send(&http.Client{Transport: transport}, req, true)
	if err != nil {
		return "", out.Load(), err
	}
	defer resp.Body.Close()
	a, err := b.Read(t.Context(), resp, most, nil)
	defer a.Done()
	if err != nil {
		return "", out.Load(), err
	}
	return a.Text, out.Load(), nil
}

// counting counts what a handler writes, and fails once the client has gone.
type counting struct {
	http.ResponseWriter
	n *atomic.Int64
}

func (c *counting) Write(b []byte) (int, error) {
	n, err := c.ResponseWriter.Write(b)
	c.n.Add(int64(n))
	return n, err
}

func packed(how, body string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Encoding", how)
		io.WriteString(w, body)
	}
}

func TestReadAnswer(t *testing.T) {
	var entries strings.Builder // as much alike as a drive's can be
	for id := range 900 {
		fmt.Fprintf(&entries, `{"content":"%s","id":%d},`,
			strings.Repeat(`{\"ids\":[\"1\"],\"name\":\"初审\",\"type\":2}`, 40), id)
	}
	long := `{"code":0,"data":[` + entries.String() + `{}]}`
	small := zipped(long)
	if ratio := len(long) / len(small); len(long) < packedFloor || ratio < 100 {
		t.Fatalf("%d bytes, packed %d times", len(long), ratio)
	}
	for name, test := range map[string]struct {
		handle http.HandlerFunc
		want   string
	}{
		"as it is": {packed("", `{"code":0}`), `{"code":0}`},
		"identity": {packed("identity", `{"code":0}`), `{"code":0}`},
		"packed":   {packed("gzip", small), long},
		"old name": {packed(" X-GZIP ", zipped(`{"code":0}`)), `{"code":0}`},
		"in two":   {packed("gzip", zipped(`{"code"`)+zipped(`:0}`)), `{"code":0}`},
		"nothing":  {packed("gzip", ""), ""},
		"in parts": {func(w http.ResponseWriter, _ *http.Request) {
			w.(*counting).ResponseWriter.(http.Flusher).Flush()
			io.WriteString(w, long)
		}, long},
		"packed once": {packed("gzip", zipped(zipped(`{"code":0}`))),
			zipped(`{"code":0}`)}, // what is in it is the client's to understand
	} {
		if text, _, err := served(t, NewBudget(1<<20), 2<<20, test.handle); err != nil || text != test.want {
			t.Errorf("%s: %d bytes, %v", name, len(text), err)
		}
	}

	bomb := zipped(strings.Repeat(" ", 32<<20))
	endless := func(w http.ResponseWriter, _ *http.Request) {
		for {
			if _, err := w.Write(bytes.Repeat([]byte("x"), 64<<10)); err != nil {
				return
			}
		}
	}
	for name, test := range map[string]struct {
		handle http.HandlerFunc
		is     error
		says   string
	}{
		"packed as nobody asked": {packed("br", "x"), ErrPacking, "it came as br, and gzip was asked for"},
		"packed twice":           {packed("gzip, gzip", zipped(zipped("{}"))), ErrPacking, "it came as gzip, gzip"},
		"not packed":             {packed("gzip", `{"code":0,"data":[]}`), ErrPacking, "invalid header"},
		"rubbish behind it":      {packed("gzip", zipped(`{}`)+"rubbish in the end"), ErrPacking, "invalid header"},
		"damaged": {packed("gzip", small[:500]+"0123456789"+small[510:]), ErrPacking,
			"cannot be unpacked"},
		"another checksum": {packed("gzip", zipped("{}")[:len(zipped("{}"))-8]+"12345678"), ErrPacking,
			"invalid checksum"},
		"cut, packed":     {packed("gzip", small[:1000]), io.ErrUnexpectedEOF, "broke off after"},
		"cut in its head": {packed("gzip", "\x1f\x8b"), io.ErrUnexpectedEOF, "broke off after 0 bytes"},
		"a bomb":          {packed("gzip", bomb), ErrTooLarge, "became more than"},
		"bombs one behind another": {packed("gzip", strings.Repeat(zipped(strings.Repeat(" ", 1<<20)), 100)),
			ErrTooLarge, "became more than"},
		"too large":         {packed("", strings.Repeat("x", 3<<20)), ErrTooLarge, "more than 2097152 bytes"},
		"too large, packed": {packed("gzip", zipped(long+long)), ErrTooLarge, "more than 2097152 bytes"},
		"without an end":    {endless, ErrTooLarge, "more than 2097152 bytes"},
		"said to be too large": {func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", "9223372036854775807")
			io.WriteString(w, "{}")
		}, ErrTooLarge, "it announces 9223372036854775807 bytes, more than 2097152"},
		"nothing but values": {packed("", "["+strings.Repeat("1,", 300_000)+"1]"), ErrTooLarge, "values in"},
	} {
		text, sent, err := served(t, NewBudget(1<<20), 2<<20, test.handle)
		if !errors.Is(err, test.is) || !strings.Contains(err.Error(), test.says) || text != "" {
			t.Errorf("%s: %d bytes, %v, should say %s", name, len(text), err, test.says)
		}
		if sent > 12<<20 { // what the sockets hold included
			t.Errorf("%s: %d bytes were let come", name, sent)
		}
	}

	if _, _, err := served(t, Shared, 2<<20, func(w http.ResponseWriter, _ *http.Request) {
		conn, out, _ := http.NewResponseController(w.(*counting).ResponseWriter).Hijack()
		defer conn.Close()
		out.WriteString("HTTP/1.1 200 OK\r\n")
		for i := range 1 << 20 {
			if _, err := fmt.Fprintf(out, "X-%d: %s\r\n", i, strings.Repeat("x", 1000)); err != nil {
				return
			}
		}
	}); err == nil || !strings.Contains(err.Error(), "response headers exceeded 262144 bytes") {
		t.Errorf("headers without an end: %v", err)
	}
}

// Ten large answers at once: the pool has room for one, and one more may always go on. The others wait, and say so.
func TestBudget(t *testing.T) {
	large := strings.Repeat("x", 2<<20)
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, large) }))
	defer s.Close()
	b := NewBudget(10 << 20) // one costs six, and a quarter ahead
	waits, read := make(chan bool, 10), make(chan *Answer, 10)
	for range 10 {
		go func() {
			resp, err := http.Get(s.URL)
			if err != nil {
				t.Error(err)
				return
			}
			defer resp.Body.Close()
			a, err := b.Read(t.Context(), resp, 4<<20, func() func() { waits <- true; return func() {} })
			if err != nil || a.Text != large {
				t.Error(err)
			}
			read <- a
		}()
	}
	waiting, done := 0, []*Answer{}
	for waiting+len(done) < 10 {
		select {
		case <-waits:
			waiting++
		case a := <-read:
			done = append(done, a)
		}
	}
	if len(done) > 2 {
		t.Errorf("%d large answers are under way together", len(done))
	}
	for range waiting { // all of them now want to be the only one that goes on
		for _, a := range done {
			a.Done()
			a.Done() // once is enough, twice does no harm
		}
		done = []*Answer{<-read}
		if len(read) > 0 {
			t.Error("two are the only one that goes on")
		}
	}
	done[0].Done()
	if !b.pool.TryAcquire(10<<20) || !b.alone.TryAcquire(1) {
		t.Error("something was not given back")
	}
}

// Who waits for others gives up with the call.
func TestBudgetGivesUp(t *testing.T) {
	b := NewBudget(0)
	b.alone.TryAcquire(1)
	why := errors.New("interrupted")
	ctx, cancel := context.WithCancelCause(t.Context())
	resp := &http.Response{Header: http.Header{}, ContentLength: -1,
		Body: io.NopCloser(strings.NewReader(strings.Repeat("x", 1<<20)))}
	if a, err := b.Read(ctx, resp, 2<<20, func() func() { cancel(why); return func() {} }); a != nil ||
		!errors.Is(err, why) {
		t.Error(a, err)
	}
	small := &http.Response{Header: http.Header{}, ContentLength: -1,
		Body: io.NopCloser(strings.NewReader(strings.Repeat("x", 64<<10)))}
	if _, err := b.Read(t.Context(), small, 2<<20, nil); err != nil {
		t.Errorf("a small answer waits: %v", err)
	}
}

// However large the pool and the answers, and in whatever order they come and go: all are read, none holds up another
// for ever, and everything is given back.
func TestBudgetAtRandom(t *testing.T) {
	for seed := range uint64(50) {
		r := rand.New(rand.NewPCG(seed, 12))
		size := r.Int64N(4 << 20)
		b := NewBudget(size)
		var g sync.WaitGroup
		for range 2 + r.IntN(20) {
			length, values, cut := r.IntN(1<<20), r.IntN(2) == 0, r.IntN(5) == 0
			g.Go(func() {
				body := io.Reader(io.LimitReader(endless{values}, int64(length)))
				if cut {
					body = io.MultiReader(body, failing{})
				}
				a, err := b.Read(t.Context(), &http.Response{Header: http.Header{}, ContentLength: -1,
					Body: io.NopCloser(body)}, 16<<20, nil)
				if cut != (err != nil) || !cut && len(a.Text) != length {
					t.Error(seed, length, cut, err)
				}
				a.Done()
			})
		}
		g.Wait()
		if !b.pool.TryAcquire(size) || !b.alone.TryAcquire(1) {
			t.Errorf("seed %d: something was not given back", seed)
		}
	}
}

type endless struct{ values bool }

func (e endless) Read(b []byte) (int, error) {
	for i := range b {
		if b[i] = '1'; e.values && i%2 == 1 {
			b[i] = ','
		}
	}
	return len(b), nil
}

type failing struct{}

func (failing) Read([]byte) (int, error) { return 0, errors.New("reset by peer") }
