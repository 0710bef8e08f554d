package dingtalk

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"countersign/providers/jsontext"
	"countersign/providers/route"
	"countersign/providers/route/routetest"
)

// opening is a file of these bytes; it counts how often it is open and opened.
type opening struct {
	content string
	plain   bool // only a Reader, as a pipe is
	mu      sync.Mutex
	opened  int
	open    int
}

func (o *opening) Open() (io.ReadCloser, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.opened++
	o.open++
	r := strings.NewReader(o.content)
	if o.plain {
		return &handle{struct{ io.Reader }{r}, o}, nil
	}
	return &seekableHandle{r, handle{r, o}}, nil
}

type handle struct {
	io.Reader
	o *opening
}

func (h *handle) Close() error {
	h.o.mu.Lock()
	defer h.o.mu.Unlock()
	h.o.open--
	return nil
}

type seekableHandle struct {
	*strings.Reader
	handle
}

func (h *seekableHandle) Read(b []byte) (int, error)              { return h.Reader.Read(b) }
func (h *seekableHandle) ReadAt(b []byte, off int64) (int, error) { return h.Reader.ReadAt(b, off) }
func (h *seekableHandle) WriteTo(io.Writer) (int64, error)        { panic("all of it at once") }
func (h *seekableHandle) Seek(off int64, whence int) (int64, error) {
	return h.Reader.Seek(off, whence)
}

func (o *opening) allClosed(t *testing.T) {
	t.Helper()
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.open != 0 {
		t.Errorf("%d files left open", o.open)
	}
}

func slotAt(urls ...string) Slot {
	s := Slot{headers: map[string]string{"Authorization": testSignature, "x-oss-date": "20260528T093716Z"}}
	for _, u := range urls {
		s.urls = append(s.urls, u+"/"+testObject+"?signed=c2VjcmV0LXF1ZXJ5")
	}
	return s
}

// The bytes go out with the ticket's headers and nothing that would break their signature.
func TestPut(t *testing.T) {
	for _, content := range []string{"PDF", "", strings.Repeat("x", 1<<20)} {
		s := newService(t)
		c := client(t, s, Options{UserAgent: "countersign/1.2"})
		file := &opening{content: content}
		var told int64
		if err := put(routetest.Deadline(t), c, slotAt(s.URL), int64(len(content)), file.Open,
			func(n int64) { told = n }); err != nil {
			t.Fatal(err)
		}
		r := s.sent("")[0]
		if r.Method != "PUT" || r.Path != "/"+testObject || r.Query != "signed=c2VjcmV0LXF1ZXJ5" || r.Body != content ||
			r.Length != int64(len(content)) || r.Chunked {
			t.Errorf("%s %s %s %d %t", r.Method, r.Path, r.Query, r.Length, r.Chunked)
		}
		for name, want := range map[string]string{
			"Authorization": testSignature, "x-oss-date": "20260528T093716Z", "User-Agent": "countersign/1.2",
			"Content-Type": "", "Cookie": "", "Expect": "", "x-acs-dingtalk-access-token": "", "Content-MD5": "",
		} {
			if got := r.Header.Get(name); got != want {
				t.Errorf("%s: %q", name, got)
			}
		}
		if told != int64(len(content)) || len(s.sent("")) != 1 {
			t.Errorf("told of %d bytes, %d requests", told, len(s.sent("")))
		}
		file.allClosed(t)
	}
}

// The first address that works is used; the others are not asked.
func TestPutInOrder(t *testing.T) {
	s := newService(t)
	dead := httptest.NewServer(http.NotFoundHandler())
	dead.Close()
	c := client(t, s, Options{})
	file := &opening{content: "PDF"}
	if err := put(routetest.Deadline(t), c, slotAt(dead.URL, s.URL, "http://never.invalid"), 3, file.Open,
		nil); err != nil {
		t.Fatal(err)
	}
	if file.opened != 2 || string(s.objects["/"+testObject]) != "PDF" {
		t.Error(file.opened, s.objects)
	}
	file.allClosed(t)
}

// A fault of the line or the store is tried again with the same ticket, from the first byte.
func TestPutAgain(t *testing.T) {
	s := newService(t)
	s.on("PUT", routetest.Cut, refuseStore(503, "ServiceUnavailable"), routetest.Answer(500, ""))
	c := client(t, s, Options{})
	var told []int64
	if err := put(routetest.Deadline(t), c, slotAt(s.URL), 3, (&opening{content: "PDF"}).Open,
		func(n int64) { told = append(told, n) }); err != nil {
		t.Fatal(err)
	}
	if len(s.sent("PUT")) != 4 || fmt.Sprint(told) != "[3 0 3 0 3 0 3]" {
		t.Error(len(s.sent("PUT")), told)
	}
}

func TestPutFails(t *testing.T) {
	elsewhere := newService(t)
	tests := []struct {
		name    string
		handler http.HandlerFunc
		code    string
		says    string
		expired bool
	}{
		{"expired", refuseStore(403, "RequestTimeTooSkewed"), "RequestTimeTooSkewed", "stage the file again", true},
		{"signature", refuseStore(403, "SignatureDoesNotMatch"), "SignatureDoesNotMatch", "a proxy on the way", true},
		{"too large", refuseStore(400, "EntityTooLarge"), "EntityTooLarge", "multipart_above", false},
		{"page", routetest.Answer(403, "<html><title>No</title></html>"), "", `a page titled "No"`, true},
		{"redirect", func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, elsewhere.URL+"/"+testObject, http.StatusTemporaryRedirect)
		}, "", "signed headers are not sent to another address", false},
		{"created", routetest.Answer(201, ""), "", "HTTP 201", false},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			s := newService(t)
			s.on("PUT", test.handler, test.handler)
			c := client(t, s, Options{})
			file := &opening{content: "PDF"}
			e := failed(t, put(routetest.Deadline(t), c, slotAt(s.URL), 3, file.Open, nil))
			if e.Code != test.code || !strings.Contains(e.Error(), test.says) || expired(e) != test.expired ||
				!strings.Contains(e.Error(), "PUT "+s.URL+"/…") {
				t.Error(e)
			}
			if n := len(s.sent("PUT")); n != 1 || e.OutcomeUnknown() {
				t.Errorf("%d requests", n)
			}
			file.allClosed(t)
		})
	}
	if n := len(elsewhere.sent("")); n != 0 {
		t.Errorf("%d redirects followed", n)
	}
}

// A ticket whose time is over is not tried.
func TestPutExpired(t *testing.T) {
	s := newService(t)
	c := client(t, s, Options{})
	slot := slotAt(s.URL)
	slot.until = time.Now().Add(-time.Second)
	e := failed(t, put(routetest.Deadline(t), c, slot, 3, (&opening{content: "PDF"}).Open, nil))
	if !errors.Is(e, ErrExpired) || len(s.sent("")) != 0 {
		t.Error(e)
	}
}

// A file that is not as long as it was said to be is never taken for whole: the request is broken off.
func TestPutChangedFile(t *testing.T) {
	for _, plain := range []bool{true, false} {
		for _, size := range []int64{0, 2, 4, 1 << 20} {
			s := newService(t)
			c := client(t, s, Options{})
			file := &opening{content: "PDF", plain: plain}
			e := failed(t, put(routetest.Deadline(t), c, slotAt(s.URL), size, file.Open, nil))
			if !errors.Is(e, route.ErrChanged) || !strings.Contains(e.Error(), "while it is staged") ||
				file.opened != 1 {
				t.Error(size, e)
			}
			if len(s.objects) != 0 {
				t.Errorf("%d bytes announced: the store has taken it", size)
			}
			file.allClosed(t)
		}
	}
}

// A success that comes before the file has gone is none.
func TestPutAnsweredTooSoon(t *testing.T) {
	const size = 1 << 20
	c, err := New(Options{AppKey: "k", AppSecret: testSecret, Retries: -1,
		Transport: roundTrip(func(r *http.Request) (*http.Response, error) {
			io.CopyN(io.Discard, r.Body, 2000)
			return &http.Response{StatusCode: 200, Header: http.Header{}, Body: http.NoBody, Request: r}, nil
		})})
	if err != nil {
		t.Fatal(err)
	}
	var told int64
	e := failed(t, put(routetest.Deadline(t), c, slotAt("http://store.example.com"), size,
		(&opening{content: strings.Repeat("x", size)}).Open, func(n int64) { told = n }))
	if !strings.Contains(e.Error(), "it came after 2000 of 1048576 bytes") || told != 0 {
		t.Error(told, e)
	}
}

func TestPutUnreadableFile(t *testing.T) {
	s := newService(t)
	c := client(t, s, Options{})
	broken := errors.New("input/output error")
	e := failed(t, put(routetest.Deadline(t), c, slotAt(s.URL), 3, func() (io.ReadCloser, error) { return nil, broken },
		nil))
	if !errors.Is(e, broken) {
		t.Error(e)
	}
	e = failed(t, put(routetest.Deadline(t), c, slotAt(s.URL), 3, func() (io.ReadCloser, error) {
		return io.NopCloser(io.MultiReader(strings.NewReader("P"), errReader{broken})), nil
	}, nil))
	if !errors.Is(e, broken) || len(s.objects) != 0 {
		t.Error(e)
	}
}

type errReader struct{ err error }

func (r errReader) Read([]byte) (int, error) { return 0, r.err }

// An upload through which nothing goes any more is given up.
func TestPutStalls(t *testing.T) {
	s := newService(t)
	release := make(chan bool)
	defer close(release)
	s.on("PUT", func(http.ResponseWriter, *http.Request) { <-release })
	c := client(t, s, Options{Retries: -1})
	c.stall = 50 * time.Millisecond
	e := failed(t, put(routetest.Deadline(t), c, slotAt(s.URL), 3, (&opening{content: "PDF"}).Open, nil))
	if !strings.Contains(e.Error(), "nothing moved for ") {
		t.Error(e)
	}
}

// A ticket prints as a word, whatever the verb.
func TestTicketsAreNotPrinted(t *testing.T) {
	ticket := Ticket{UploadKey(testKey), slotAt("https://store.example.com")}
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%d", "%x"} {
		routetest.NoSecrets(t, fmt.Sprintf(verb, ticket), secrets...)
		routetest.NoSecrets(t, fmt.Sprintf(verb, &ticket), secrets...)
		routetest.NoSecrets(t, fmt.Sprintf(verb, ticket.Slot), secrets...)
	}
	raw, err := encode(ticket)
	if err != nil {
		t.Error(err)
	}
	routetest.NoSecrets(t, string(raw), secrets...)
}

// Tickets that cannot be right are refused before anything is sent.
func TestTicketMisread(t *testing.T) {
	ticket := func(info string) string {
		return `{"uploadKey":"` + testKey + `","headerSignatureInfo":` + info + `}`
	}
	for body, says := range map[string]string{
		`{}`:         "it has no uploadKey",
		ticket(`{}`): "it has no resourceUrls",
		ticket(`{"resourceUrls":["` + testObject + `"]}`):                                   "is no address",
		ticket(`{"resourceUrls":["ftp://h/` + testObject + `"]}`):                           "is no address",
		ticket(`{"resourceUrls":["https://h/"],"headers":{"a":"` + testKey + `\r\nb: c"}}`): "cannot be sent",
		`{"uploadKey":"k","protocol":"FORM",` +
			`"headerSignatureInfo":{"resourceUrls":["https://h/x"]}}`: "its protocol is FORM",
	} {
		s := newService(t)
		s.on(pathTicket, routetest.Answer(200, body))
		c := client(t, s, Options{})
		_, err := c.UploadTicket(t.Context(), TicketRequest{SpaceID: "3996960664", UnionID: "u", Name: "a", Size: 1})
		if e := failed(t, err); !strings.Contains(e.Error(), says) || e.OutcomeUnknown() {
			t.Errorf("%s: %s", body, e)
		}
	}
	c := client(t, nil, Options{})
	plain := jsontext.Value(`{"resourceUrls":["http://store.example.com/x"]}`).Object()
	if _, err := c.slot(plain, time.Now()); err == nil ||
		!strings.Contains(err.Error(), "in the clear") {
		t.Error("an https endpoint must not send files to http:", err)
	}
}

// However large a file, no more than a buffer of it is in memory.
func TestPutMemory(t *testing.T) {
	const size = 256 << 20
	store := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		buffer := make([]byte, 64<<10)
		for {
			if _, err := r.Body.Read(buffer); err != nil {
				return
			}
		}
	}))
	defer store.Close()
	c := client(t, nil, Options{})
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	open := func() (io.ReadCloser, error) { return io.NopCloser(io.LimitReader(zeros{}, size)), nil }
	if err := put(routetest.Deadline(t), c, slotAt(store.URL), size, open, nil); err != nil {
		t.Fatal(err)
	}
	runtime.ReadMemStats(&after)
	if used := after.TotalAlloc - before.TotalAlloc; used > 8<<20 {
		t.Errorf("%d bytes allocated for %d sent", used, int64(size))
	}
}

type zeros struct{}

func (zeros) Read(b []byte) (int, error) { clear(b); return len(b), nil }

func TestSection(t *testing.T) {
	for _, plain := range []bool{true, false} {
		for _, test := range []struct {
			from, length int64
			last         bool
			want         string
		}{{0, 4, false, "0123"}, {4, 4, false, "4567"}, {8, 2, true, "89"}, {8, 1, true, "89"}, {8, 4, true, "89"}, {20,
			1, plain == false, ""}} {
			file := &opening{content: "0123456789", plain: plain}
			r, err := section(file.Open, test.from, test.length, test.last)
			if test.from == 20 && plain {
				if !errors.Is(err, route.ErrChanged) {
					t.Error(err)
				}
				file.allClosed(t)
				continue
			}
			var got bytes.Buffer
			if _, copied := io.Copy(&got, r); err != nil || copied != nil || got.String() != test.want {
				t.Errorf("%+v: %q, %v, %v", test, got.String(), err, copied)
			}
			r.Close()
			file.allClosed(t)
		}
	}
}

// put sends bytes to a place in the store. progress may be nil.
func put(ctx context.Context, c *Client, s Slot, size int64, open func() (io.ReadCloser, error),
	progress func(sent int64)) error {
	return c.put(ctx, delivery{slot: s, about: fmt.Sprintf("%d bytes", size), size: size, open: open,
		meter: &meter{report: progress}})
}
