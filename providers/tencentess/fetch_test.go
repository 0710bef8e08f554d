package tencentess

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"countersign/providers/route"
	"countersign/providers/route/routetest"
)

// linked is a file whose link leads to the service.
func linked(s *esign) File {
	return File{Name: "合同.pdf", Type: "PDF", flow: "a", url: s.link("a"), born: time.Now()}
}

func TestFetch(t *testing.T) {
	s := newService(t)
	c := client(t, options(s))
	flows, err := c.Resources(routetest.Deadline(t), []string{"a"})
	if err != nil {
		t.Fatal(err)
	}
	var got bytes.Buffer
	var told int64
	n, err := c.Fetch(routetest.Deadline(t), flows[0].Files[0], &got, func(n int64) { told = n })
	if err != nil || got.String() != s.content || n != int64(len(s.content)) || told != n {
		t.Error(n, told, got.String(), err)
	}
	r := s.Requests()[1]
	if r.Method != "GET" || r.Path != "/file/FLOW/a/0/0.PDF" || r.Query != testQuery ||
		r.Header.Get("Authorization") != "" || r.Header.Get("Range") != "" {
		t.Error(r)
	}
}

// A download that breaks off goes on where it stopped; nothing is written twice.
func TestFetchResumes(t *testing.T) {
	content := strings.Repeat("0123456789", 10_000)
	for _, first := range []http.HandlerFunc{routetest.Cut, routetest.Answer(503, ""),
		routetest.CutAfter(len(content), content[:30_000])} {
		s := newService(t, first)
		s.content = content
		var got bytes.Buffer
		var told []int64
		n, err := client(t, options(s)).Fetch(routetest.Deadline(t), linked(s), &got,
			func(n int64) { told = append(told, n) })
		if err != nil || n != int64(len(content)) || got.String() != content || len(s.Requests()) != 2 ||
			!slices.IsSorted(told) {
			t.Error(n, len(s.Requests()), err)
		}
	}
}

func TestFetchCannotResume(t *testing.T) {
	whole := routetest.CutAfter(100, strings.Repeat("x", 30))
	for name, second := range map[string]http.HandlerFunc{
		"ignores the range": routetest.Answer(200, strings.Repeat("x", 100)),
		"another place": func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Range", "bytes 31-99/100")
			w.WriteHeader(206)
		},
		"another length": func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Range", "bytes 30-98/99")
			w.WriteHeader(206)
		},
	} {
		s := newService(t, whole, second)
		var got bytes.Buffer
		_, err := client(t, options(s)).Fetch(routetest.Deadline(t), linked(s), &got, nil)
		if e := failed(t, err); !strings.Contains(e.Error(), "broke off after 30 bytes and cannot be taken up there") ||
			got.Len() != 30 {
			t.Error(name, e)
		}
	}
}

func TestFetchFails(t *testing.T) {
	tests := []struct {
		name    string
		handler http.HandlerFunc
		tries   int
		says    string
	}{
		{"expired", routetest.Answer(403, `<Error>`+testQuery+`</Error>`), 1, "a link lives five minutes"},
		{"gone", routetest.Answer(404, ""), 1, "HTTP 404"},
		{"down", routetest.Answer(500, ""), 3, "HTTP 500"},
		{"page", func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "text/html; charset=utf-8")
			io.WriteString(w, "<html>login</html>")
		}, 1, "a page came instead of the file"},
		{"empty", routetest.Answer(200, ""), 1, "it is empty"},
		{"no content", routetest.Answer(204, ""), 1, "HTTP 204"},
		{"loop", func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, r.URL.String(), http.StatusFound) },
			5, "redirected too often"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			s := newService(t, slices.Repeat([]http.HandlerFunc{test.handler}, 20)...)
			o := options(s)
			o.Retries = 2
			_, err := client(t, o).Fetch(routetest.Deadline(t), linked(s), io.Discard, nil)
			e := failed(t, err)
			if len(s.Requests()) != test.tries || !strings.Contains(e.Error(), test.says) ||
				!strings.HasPrefix(e.Error(), "download "+s.URL+"/… (合同.pdf of flow a)") {
				t.Errorf("%d requests: %s", len(s.Requests()), e)
			}
		})
	}
}

// After five minutes a link is not tried; a file that came from nowhere has none.
func TestFetchLate(t *testing.T) {
	s := newService(t)
	c := client(t, options(s))
	f := linked(s)
	f.born = time.Now().Add(-linkAge)
	_, err := c.Fetch(routetest.Deadline(t), f, io.Discard, nil)
	if e := failed(t, err); !errors.Is(e, ErrExpired) || len(s.Requests()) != 0 {
		t.Error(e)
	}
	_, err = c.Fetch(routetest.Deadline(t), File{Name: "a"}, io.Discard, nil)
	failed(t, err)
}

// The link is told to no other server.
func TestFetchRedirect(t *testing.T) {
	other := newService(t)
	s := newService(t, func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, other.URL+"/store", http.StatusFound)
	})
	var got bytes.Buffer
	if _, err := client(t, options(s)).Fetch(routetest.Deadline(t), linked(s), &got, nil); err != nil ||
		got.String() != other.content {
		t.Error(got.String(), err)
	}
	if referer := other.Requests()[0].Header.Get("Referer"); referer != "" {
		t.Error(referer)
	}
}

type full struct{}

func (full) Write(b []byte) (int, error) { return 0, errors.New("no space left on device") }

func TestFetchIntoNothing(t *testing.T) {
	s := newService(t)
	_, err := client(t, options(s)).Fetch(routetest.Deadline(t), linked(s), full{}, nil)
	if e := failed(t, err); !strings.Contains(e.Error(), "write it: no space left on device") ||
		len(s.Requests()) != 1 {
		t.Error(e)
	}
}

func TestFetchStalls(t *testing.T) {
	release := make(chan bool)
	defer close(release)
	s := newService(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Length", "100")
		fmt.Fprint(w, "x")
		w.(http.Flusher).Flush()
		<-release
	})
	o := options(s)
	o.Timeout, o.Retries = 50*time.Millisecond, -1
	_, err := client(t, o).Fetch(routetest.Deadline(t), linked(s), io.Discard, nil)
	if e := failed(t, err); !errors.Is(e, context.DeadlineExceeded) ||
		!strings.Contains(e.Error(), "nothing moved for 50ms") {
		t.Error(e)
	}
}

// A contract is taken as it is, and no larger than one can be.
func TestFetchLimits(t *testing.T) {
	for name, test := range map[string]struct {
		header map[string]string
		is     error
		says   string
	}{
		"packed": {map[string]string{"Content-Encoding": "gzip"}, route.ErrPacking,
			"it came as gzip, and the file as it is was asked for"},
		"large": {map[string]string{"Content-Length": "9223372036854775807"}, route.ErrTooLarge,
			"the file announces 9223372036854775807 bytes"},
	} {
		s := newService(t, func(w http.ResponseWriter, r *http.Request) {
			for k, v := range test.header {
				w.Header().Set(k, v)
			}
			io.WriteString(w, "%PDF")
		})
		o := options(s)
		o.Retries = -1
		n, err := client(t, o).Fetch(routetest.Deadline(t), linked(s), io.Discard, nil)
		if e := failed(t, err); n != 0 || !errors.Is(e, test.is) || !strings.Contains(e.Error(), test.says) {
			t.Errorf("%s: %d, %v", name, n, e)
		}
	}
}

// A contract that comes byte by byte, and would never end, is given up like one that has stopped.
func TestFetchTrickles(t *testing.T) {
	s := newService(t, func(w http.ResponseWriter, r *http.Request) {
		for r.Context().Err() == nil {
			if _, err := io.WriteString(w, "x"); err != nil {
				return
			}
			w.(http.Flusher).Flush()
			time.Sleep(time.Millisecond)
		}
	})
	o := options(s)
	o.Timeout, o.Retries = 200*time.Millisecond, -1
	n, err := client(t, o).Fetch(routetest.Deadline(t), linked(s), io.Discard, nil)
	if e := failed(t, err); !errors.Is(e, context.DeadlineExceeded) ||
		!strings.Contains(e.Error(), "next to nothing moved for 200ms") {
		t.Errorf("%d bytes: %v", n, e)
	}
}
