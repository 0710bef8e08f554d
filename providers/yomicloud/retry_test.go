package yomicloud

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"countersign/internal/ready"
	"countersign/providers/route"
	"countersign/providers/route/routetest"

	"github.com/cenkalti/backoff/v5"
)

func TestReadIsTriedAgain(t *testing.T) {
	d := serve(t, func(w http.ResponseWriter, _ *http.Request, n int) {
		switch n {
		case 1:
			cut(w)
		case 2:
			status(w, 503, "<html></html>")
		case 3:
			raw(w, "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{\"code\":0}")
		case 4:
			status(w, 429, "")
		default:
			w.Write([]byte(tenTemplates()))
		}
	})
	c := client(t, Options{Endpoint: d.URL})
	l, err := c.Templates(routetest.Deadline(t), 71)
	if err != nil || len(l.Templates) != 10 || len(d.Requests()) != 5 {
		t.Errorf("%d templates, %d requests, %v", len(l.Templates), len(d.Requests()), err)
	}
}

func TestRetriesCanBeSwitchedOff(t *testing.T) {
	d := serve(t, func(w http.ResponseWriter, _ *http.Request, _ int) { status(w, 500, "") })
	c := client(t, Options{Endpoint: d.URL, Retries: -1})
	_, err := c.Templates(routetest.Deadline(t), 71)
	failed(t, c, err)
	if len(d.Requests()) != 1 {
		t.Errorf("%d requests", len(d.Requests()))
	}
}

// 429 says that nothing was done: the one answer after which a write is sent again.
func TestWriteAfter429(t *testing.T) {
	d := serve(t, func(w http.ResponseWriter, _ *http.Request, n int) {
		if n == 1 {
			status(w, 429, "")
			return
		}
		w.Write([]byte(`{"code":0,"data":[]}`))
	})
	c := client(t, Options{Endpoint: d.URL})
	if err := c.CreateLike(routetest.Deadline(t), 71, modify(), ""); err != nil || len(d.Requests()) != 2 {
		t.Errorf("%d requests, %v", len(d.Requests()), err)
	}
}

// The pauses themselves are not waited for here: what the client would wait is what the back-off is told.
func TestPauses(t *testing.T) {
	pauses := func(header string) []time.Duration {
		d := serve(t, func(w http.ResponseWriter, _ *http.Request, _ int) {
			if header != "" {
				w.Header().Set("Retry-After", header)
			}
			status(w, 503, "")
		})
		c := client(t, Options{Endpoint: d.URL, Retries: 3})
		c.tries.Pauses = func() backoff.BackOff { return backoff.NewConstantBackOff(time.Millisecond) }
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		var told []time.Duration
		c.tries.Notify = func(_ error, d time.Duration) {
			told = append(told, d)
			if d > time.Second {
				cancel()
			}
		}
		c.Templates(ctx, 71)
		return told
	}
	if got := pauses(""); len(got) != 3 || got[0] != time.Millisecond {
		t.Errorf("without Retry-After: %v", got)
	}
	if got := pauses("0"); len(got) != 3 || got[0] != time.Millisecond {
		t.Errorf("a Retry-After of 0 must not become a storm: %v", got)
	}
	if got := pauses("7"); len(got) != 1 || got[0] != 7*time.Second {
		t.Errorf("seconds: %v", got)
	}
	if got := pauses("86400"); len(got) != 1 || got[0] != longestWait {
		t.Errorf("a day: %v", got)
	}
	if got := pauses(time.Now().Add(time.Hour).UTC().Format(http.TimeFormat)); len(got) != 1 || got[0] != longestWait {
		t.Errorf("a date: %v", got)
	}
}

// A pause says whether the drive answered before it: a refused connection is no answer, and half of one is none either.
func TestWaitsSayWhetherThereWasAnAnswer(t *testing.T) {
	for name, test := range map[string]struct {
		handle   http.HandlerFunc // nil: nothing listens
		answered bool
		why      string
	}{
		"refused connection": {why: "nothing listens at 127.0.0.1"},
		"cut connection":     {handle: func(w http.ResponseWriter, _ *http.Request) { cut(w) }, why: "connection"},
		"half a body": {handle: func(w http.ResponseWriter, _ *http.Request) {
			raw(w, "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{\"code\":0}")
		}, why: "the answer broke off"},
		"half an object": {handle: routetest.Answer(200, `{"code":`), why: "half an answer"},
		"too late": {handle: func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() },
			why: "no whole answer within"},
		"a status": {handle: routetest.Answer(503, ""), answered: true, why: "HTTP 503 Service Unavailable"},
		"a code": {handle: routetest.Answer(500, `{"code":9}`), answered: true,
			why: "HTTP 500 Internal Server Error"},
	} {
		d := serve(t, func(w http.ResponseWriter, r *http.Request, _ int) { test.handle(w, r) })
		if test.handle == nil {
			d.Close()
		}
		ctx, cancel := context.WithCancel(t.Context())
		var got []route.Wait
		c := client(t, Options{Endpoint: d.URL, Timeout: 200 * time.Millisecond, Waits: func(w route.Wait) {
			got = append(got, w)
			cancel() // the pause itself is not waited for
		}})
		c.tries.Pauses = func() backoff.BackOff { return backoff.NewConstantBackOff(time.Minute) }
		c.Templates(ctx, 71)
		if len(got) != 1 || got[0].Answered != test.answered || !strings.Contains(got[0].Why, test.why) {
			t.Errorf("%s: %+v", name, got)
		}
		cancel()
	}
}

func TestRetryAfter(t *testing.T) {
	for _, header := range []string{"", "soon", "-3", "0", "1.5", "Mon, 01 Jan 1990 00:00:00 GMT"} {
		if got := retryAfter(header); got != 0 {
			t.Errorf("%q: %s", header, got)
		}
	}
	if got := retryAfter(" 99999999999999999 "); got != aDay {
		t.Error(got)
	}
}

// No more calls are under way than there are connections, whoever calls.
func TestMaxConnections(t *testing.T) {
	var now, most atomic.Int32
	d := serve(t, func(w http.ResponseWriter, _ *http.Request, _ int) {
		n := now.Add(1)
		for old := most.Load(); n > old && !most.CompareAndSwap(old, n); old = most.Load() {
		}
		time.Sleep(time.Millisecond)
		now.Add(-1)
		w.Write([]byte(`{"code":0,"data":[]}`))
	})
	c := client(t, Options{Endpoint: d.URL, MaxConnections: 3})
	var wg sync.WaitGroup
	for range 40 {
		wg.Go(func() {
			if _, err := c.Templates(routetest.Deadline(t), 71); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if most.Load() > 3 {
		t.Errorf("%d at once", most.Load())
	}
}

// With so many a second the calls are held back, and a context that ends before a call's turn ends its wait.
func TestRequestsPerSecond(t *testing.T) {
	d := answering(t, `{"code":0,"data":[]}`)
	c := client(t, Options{Endpoint: d.URL, RequestsPerSecond: 0.001})
	if err := c.Remove(routetest.Deadline(t), 5); err != nil {
		t.Fatal(err)
	}
	e := failed(t, c, c.Remove(routetest.Deadline(t), 5)) // its turn comes in 1000 s, the deadline in 30
	if e.OutcomeUnknown() || len(d.Requests()) != 1 {
		t.Errorf("%d requests: %s", len(d.Requests()), e)
	}
}

// Whoever asks for a call is asked right before each try whether it may still be sent.
func TestNoLongerReady(t *testing.T) {
	for name, call := range map[string]func(context.Context, *Client) error{
		"remove": func(ctx context.Context, c *Client) error { return c.Remove(ctx, 5) },
		"upload": func(ctx context.Context, c *Client) error {
			_, err := c.Upload(ctx, FileUpload{Name: "empty", Open: opens(strings.NewReader(""))})
			return err
		},
	} {
		d := serve(t, func(w http.ResponseWriter, _ *http.Request, _ int) { status(w, 429, "") })
		c := client(t, Options{Endpoint: d.URL})
		late, asked := errors.New("too late"), 0
		ctx := ready.With(routetest.Deadline(t), func() error {
			if asked++; asked > 2 {
				return late
			}
			return nil
		})
		e := failed(t, c, call(ctx, c))
		if len(d.Requests()) != 2 || e.OutcomeUnknown() || !errors.Is(e, late) {
			t.Errorf("%s: %d requests: %s", name, len(d.Requests()), e)
		}
	}
}
