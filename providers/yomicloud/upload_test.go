package yomicloud

import (
	"context"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"io/fs"
	"mime"
	"net/http"
	"net/url"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"countersign/providers/route/routetest"
	"countersign/providers/sandbox"
	"countersign/providers/sandbox/drive/records"
	"countersign/providers/sandbox/server"
	"countersign/providers/yomicloud/wire"
)

// strict is the token as it stands in the address of an upload.
const strictToken = `s3cret%2Btoken%2Fwith%26all%3Dkinds%3C%3E%22%2520of%20signs`

// arrived is an upload as a server sees it.
type arrived struct {
	uri     string
	length  int64
	chunked bool
	fields  map[string]string
	name    string
	media   string
	content string
}

// receive reads the form of an upload.
func receive(r *http.Request) (arrived, error) {
	got := arrived{uri: r.RequestURI, length: r.ContentLength, chunked: r.TransferEncoding != nil,
		fields: map[string]string{}}
	form, err := r.MultipartReader()
	if err != nil {
		return got, err
	}
	for {
		part, err := form.NextPart()
		if err == io.EOF {
			return got, nil
		}
		if err != nil {
			return got, err
		}
		content, err := io.ReadAll(part)
		if err != nil {
			return got, err
		}
		if part.FormName() != "file" {
			got.fields[part.FormName()] = string(content)
			continue
		}
		_, params, err := mime.ParseMediaType(part.Header.Get("Content-Disposition"))
		if err != nil {
			return got, err
		}
		got.name, got.media, got.content = params["filename"], part.Header.Get("Content-Type"), string(content)
	}
}

// opens is for a file that is opened once.
func opens(file io.Reader) func() (io.ReadCloser, error) {
	return func() (io.ReadCloser, error) { return io.NopCloser(file), nil }
}

// leaks holds an error against the ways in which the token of an address could get out.
func leaks(t *testing.T, err error) {
	t.Helper()
	var u *url.Error
	if errors.As(err, &u) {
		t.Errorf("the address is in it: %v", err)
	}
	for _, form := range []string{testToken, strictToken, url.PathEscape(testToken), "kinds", "s3cret"} {
		for cause := err; cause != nil; cause = errors.Unwrap(cause) {
			if strings.Contains(fmt.Sprintf("%v %+v %#v", cause, cause, cause.Error()), form) {
				t.Errorf("the token is in it: %v", cause)
			}
		}
	}
}

func TestUploadForms(t *testing.T) {
	uploads := make(chan arrived, 1)
	answer := `{"code":0,"fileId":79}`
	d := serve(t, func(w http.ResponseWriter, r *http.Request, _ int) {
		got, err := receive(r)
		if err != nil {
			t.Error(err)
		}
		uploads <- got
		io.WriteString(w, answer)
	})
	c := client(t, Options{Endpoint: d.URL + "/drive"})
	root := &AttachmentRoot{ID: 98, Upload: "a1 b/2"}
	tests := []struct {
		upload FileUpload
		uri    string
		atype  string
		answer string
		id     int64
	}{
		{FileUpload{Name: "合同.pdf"}, "/5", "0", `{"code":0,"fileId":79}`, 79},
		{FileUpload{Name: `a "b" + c%41.txt`}, "/5", "0", `{"code":0,"data":{"fileId":"79"}}`, 79},
		{FileUpload{Name: "logo.png", Into: root}, "/5/a1%20b%2F2/98", "1", `{"code":"0","fileId":"80"}`, 80},
		{FileUpload{Name: "logo3.png", Into: root, Folder: "图片资料/素材"}, "/5/a1%20b%2F2/98/" + url.QueryEscape("图片资料|素材"),
			"1", `{"code":0}`, 0},
	}
	for _, test := range tests {
		answer = test.answer
		test.upload.Size, test.upload.Open = 5, opens(strings.NewReader("hello"))
		var progress []int64
		test.upload.Progress = func(n int64) { progress = append(progress, n) }
		id, err := c.Upload(routetest.Deadline(t), test.upload)
		if err != nil || id != test.id {
			t.Errorf("%s: %d, %v", test.upload.Name, id, err)
		}
		got := <-uploads
		if want := "/drive/app/approval/upload-attachment/" + strictToken + test.uri; got.uri != want {
			t.Errorf("%s\n%s", got.uri, want)
		}
		if diff := cmp.Diff(map[string]string{"token": testToken, "fileSize2": "5", "atype": test.atype},
			got.fields); diff != "" {
			t.Error(diff)
		}
		if got.name != test.upload.Name || got.content != "hello" || got.media != "application/octet-stream" ||
			got.chunked || got.length <= 0 {
			t.Errorf("%+v", got)
		}
		if fmt.Sprint(progress) != "[5]" {
			t.Errorf("progress %v", progress)
		}
	}

	answer = `{"code":0}`
	_, err := c.Upload(routetest.Deadline(t), FileUpload{Name: "a", Size: 1, Open: opens(strings.NewReader("a"))})
	<-uploads
	if e := failed(t, c, err); !e.OutcomeUnknown() || !strings.Contains(e.Error(), "there is no fileId in it") {
		t.Error(e)
	}
	if id, err := c.Upload(routetest.Deadline(t), FileUpload{Name: "empty", Open: opens(strings.NewReader("")),
		Into: root}); id != 0 || err != nil || (<-uploads).content != "" {
		t.Error(id, err)
	}
}

func TestUploadsThatAreNotSent(t *testing.T) {
	d := answering(t, `{"code":0}`)
	c := client(t, Options{Endpoint: d.URL})
	root := &AttachmentRoot{ID: 98, Upload: "u"}
	file := strings.NewReader("")
	for says, u := range map[string]FileUpload{
		"is not the name of a file":        {Open: opens(file)},
		`".." is not the name`:             {Name: "..", Open: opens(file)},
		"rename the file":                  {Name: "a|b", Open: opens(file)},
		"or a control character":           {Name: "a\nb", Open: opens(file)},
		"is not UTF-8":                     {Name: "\xff", Open: opens(file)},
		"its size is -1":                   {Name: "a", Size: -1, Open: opens(file)},
		"nothing to read it from":          {Name: "a"},
		"one file has no folders":          {Name: "a", Open: opens(file), Folder: "b"},
		"has no id or no mark for uploads": {Name: "a", Open: opens(file), Into: &AttachmentRoot{ID: 98}},
		`"" is not the name`:               {Name: "a", Open: opens(file), Into: root, Folder: "b//c"},
		`the name "b\\c" has one of`:       {Name: "a", Open: opens(file), Into: root, Folder: `b\c`},
	} {
		_, err := c.Upload(routetest.Deadline(t), u)
		if e := failed(t, c, err); !strings.Contains(e.Error(), says) ||
			!strings.Contains(e.Error(), "nothing was sent") || e.OutcomeUnknown() {
			t.Errorf("%s\nshould say %s", e, says)
		}
	}
	if len(d.Requests()) != 0 {
		t.Error(d.Requests())
	}
}

// block is what a pattern repeats; its length is prime, so that no buffer's is a multiple of it.
var block = func() []byte {
	b := make([]byte, 65521)
	for i := range b {
		b[i] = byte(i * i >> 4)
	}
	return b
}()

// pattern is a file of any size that is nowhere.
type pattern struct {
	size, at int64
	reads    atomic.Int64
}

func (p *pattern) Read(b []byte) (int, error) {
	p.reads.Add(1)
	n := 0
	for n < len(b) && p.at < p.size {
		from := block[p.at%int64(len(block)):]
		k := copy(b[n:], from[:min(int64(len(from)), p.size-p.at)])
		n, p.at = n+k, p.at+int64(k)
	}
	if p.at == p.size {
		return n, io.EOF
	}
	return n, nil
}

// A large file goes through little memory in both directions: nothing of it is kept, here or in a file.
func TestLargeFilesStream(t *testing.T) {
	const size = 320 << 20
	var before runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	var peak uint64
	measure := func(at int64) {
		if at>>23 != (at-32<<10)>>23 { // every 8 MiB or so
			var now runtime.MemStats
			runtime.ReadMemStats(&now)
			peak = max(peak, now.HeapAlloc)
		}
	}
	sum := make(chan string, 1)
	d := serve(t, func(w http.ResponseWriter, r *http.Request, _ int) {
		if r.URL.Path == pathDownload {
			w.Header().Set("Content-Disposition", "attachment")
			io.Copy(w, &pattern{size: size})
			return
		}
		form, err := r.MultipartReader()
		if err != nil {
			t.Error(err)
			return
		}
		h := crc32.NewIEEE()
		for part, err := form.NextPart(); err == nil; part, err = form.NextPart() {
			if part.FormName() == "file" {
				io.Copy(h, part)
			}
		}
		sum <- fmt.Sprintf("%d %v %08x", r.ContentLength, r.TransferEncoding, h.Sum32())
		io.WriteString(w, `{"code":0,"fileId":1}`)
	})
	c := client(t, Options{Endpoint: d.URL})
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute)
	defer cancel()
	file := &pattern{size: size}
	if _, err := c.Upload(ctx, FileUpload{
		Name: "large.bin", Size: size, Open: opens(file), Progress: measure}); err != nil {
		t.Fatal(err)
	}
	want := crc32.NewIEEE()
	io.Copy(want, &pattern{size: size})
	var length int64
	var rest string
	fmt.Sscanf(<-sum, "%d [] %s", &length, &rest)
	if length <= size || length > size+1000 || rest != fmt.Sprintf("%08x", want.Sum32()) {
		t.Errorf("%d bytes, %s", length, rest)
	}

	got, at := crc32.NewIEEE(), int64(0)
	if _, err := c.DownloadAttachment(ctx, FileDownload{ID: 1, Size: size,
		To: io.MultiWriter(got, writer(func(n int) { at += int64(n); measure(at) }))}); err != nil {
		t.Fatal(err)
	}
	if got.Sum32() != want.Sum32() {
		t.Error("another file came")
	}
	if most := before.HeapAlloc + 16<<20; peak > most || peak == 0 {
		t.Errorf("%d bytes of heap at the peak, %d before", peak, before.HeapAlloc)
	}
}

// Every way in which an upload can fail: what the error says, how often the file was sent, and whether the drive may
// have stored it.
func TestUploadFailures(t *testing.T) {
	const size = 8 << 20 // more than the buffers between here and there
	whole := func(r *http.Request) { io.Copy(io.Discard, r.Body) }
	half := func(r *http.Request) { io.CopyN(io.Discard, r.Body, 1<<20) }
	echo := `not found: /app/approval/upload-attachment/` + strictToken + `/5 ` + strings.ToLower(strictToken) + " " +
		testToken
	tests := []struct {
		name    string
		handle  func(w http.ResponseWriter, r *http.Request)
		says    []string
		unknown bool
		times   int
	}{
		{"refused", func(w http.ResponseWriter, r *http.Request) {
			whole(r)
			text, _ := wire.Encode(map[string]any{"code": 9, "msg": echo})
			io.WriteString(w, text)
		}, []string{"code 9: not found: /app/approval/upload-attachment/***/5"}, false, 1},
		{"404 with the address", func(w http.ResponseWriter, r *http.Request) { whole(r); status(w, 404, echo) },
			[]string{"HTTP 404 Not Found: not found"}, false, 1},
		{"a page with the address", func(w http.ResponseWriter, r *http.Request) {
			whole(r)
			status(w, 500, "<title>"+strings.NewReplacer("<", "&lt;", ">", "&gt;", `"`, "&quot;", "&",
				"&amp;").Replace(echo)+"</title>")
		}, []string{"HTTP 500"}, true, 1},
		{"plain text with the address in a page's spelling", func(w http.ResponseWriter, r *http.Request) {
			whole(r)
			status(w, 200, "at "+strings.NewReplacer("<", "&lt;", ">", "&gt;", `"`, "&quot;", "&",
				"&amp;").Replace(testToken))
		}, []string{"at ***"}, true, 1},
		{"413", func(w http.ResponseWriter, r *http.Request) { whole(r); status(w, 413, "") },
			[]string{"HTTP 413", "too large for the drive"}, false, 1},
		{"429", func(w http.ResponseWriter, r *http.Request) { whole(r); status(w, 429, "") },
			[]string{"HTTP 429", "(tried 3 times)"}, false, 3},
		{"502", func(w http.ResponseWriter, r *http.Request) { whole(r); status(w, 502, "") },
			[]string{"HTTP 502", "may be sent again;"}, true, 1},
		{"no answer", func(w http.ResponseWriter, r *http.Request) { whole(r); raw(w, "") },
			[]string{"the connection was closed before an answer came"}, true, 1},
		{"reset after all", func(w http.ResponseWriter, r *http.Request) { whole(r); cut(w) }, []string{"reset"}, true,
			1},
		{"half an answer", func(w http.ResponseWriter, r *http.Request) {
			whole(r)
			io.WriteString(w, `{"code":0,"fil`)
		}, []string{"half an answer"}, true, 1},
		{"no HTTP, the address in it", func(w http.ResponseWriter, r *http.Request) {
			whole(r)
			raw(w, r.RequestURI+"\r\n")
		}, []string{"malformed HTTP"}, true, 1},
		{"reset half-way", func(w http.ResponseWriter, r *http.Request) { half(r); cut(w) },
			[]string{"the upload broke off after ", fmt.Sprintf(" of %d bytes: ", size)}, false, 1},
		{"closed half-way", func(w http.ResponseWriter, r *http.Request) { half(r); raw(w, "") },
			[]string{"the upload broke off after ", fmt.Sprintf(" of %d bytes: ", size)}, false, 1},
		{"redirected to the same host", func(w http.ResponseWriter, r *http.Request) {
			whole(r)
			w.Header().Set("Location", "/drive"+r.RequestURI)
			w.WriteHeader(307)
		}, []string{"redirected to http://127.0.0.1:"}, false, 1},
		{"redirected elsewhere, the token in a spelling of its own", func(w http.ResponseWriter, r *http.Request) {
			whole(r)
			w.Header().Set("Location", "https://drive.example.com/%73%33%63%72%65%74/"+url.PathEscape(testToken))
			w.WriteHeader(302)
		}, []string{"redirected to https://drive.example.com", "make it the provider's endpoint"}, true, 1},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			d := serve(t, func(w http.ResponseWriter, r *http.Request, _ int) { test.handle(w, r) })
			d.Config.ErrorLog = quiet
			c := client(t, Options{Endpoint: d.URL, Retries: 2})
			_, err := c.Upload(routetest.Deadline(t), FileUpload{Name: "large.bin", Size: size,
				Open: func() (io.ReadCloser, error) { return io.NopCloser(&pattern{size: size}), nil }})
			e := failed(t, c, err)
			leaks(t, err)
			for _, says := range append(test.says, "large.bin, 8388608 bytes") {
				if !strings.Contains(e.Error(), says) {
					t.Errorf("%s\nshould say %s", e, says)
				}
			}
			if e.OutcomeUnknown() != test.unknown || len(d.Requests()) != test.times {
				t.Errorf("outcome unknown: %t, sent %d times: %s", e.OutcomeUnknown(), len(d.Requests()), e)
			}
		})
	}
}

// Too many calls: the file is opened again, and sent from its beginning.
func TestUploadAfter429(t *testing.T) {
	d := serve(t, func(w http.ResponseWriter, r *http.Request, n int) {
		got, err := receive(r)
		if err != nil || got.content != "hello" {
			t.Errorf("%q, %v", got.content, err)
		}
		if n == 1 {
			status(w, 429, "")
			return
		}
		io.WriteString(w, `{"code":0,"fileId":7}`)
	})
	c := client(t, Options{Endpoint: d.URL})
	open := func() (io.ReadCloser, error) { return io.NopCloser(strings.NewReader("hello")), nil }
	if id, err := c.Upload(routetest.Deadline(t), FileUpload{Name: "a", Size: 5, Open: open}); id != 7 || err != nil {
		t.Error(id, err)
	}
	gone := &fs.PathError{Op: "open", Path: "a", Err: fs.ErrNotExist}
	_, err := c.Upload(routetest.Deadline(t), FileUpload{Name: "a", Size: 5,
		Open: func() (io.ReadCloser, error) { return nil, gone }})
	if e := failed(t, c, err); !errors.Is(err, fs.ErrNotExist) || e.OutcomeUnknown() || len(d.Requests()) != 2 {
		t.Errorf("sent %d times: %s", len(d.Requests()), e)
	}
}

// A drive that cannot be reached: not a byte of the file is read, so that it may be tried again.
func TestUploadUnreachable(t *testing.T) {
	d := answering(t, "")
	d.Close()
	c := client(t, Options{Endpoint: d.URL, Retries: 2})
	file := &pattern{size: 5}
	_, err := c.Upload(routetest.Deadline(t), FileUpload{Name: "a", Size: 5, Open: opens(file)})
	e := failed(t, c, err)
	leaks(t, err)
	if e.OutcomeUnknown() || e.Tries != 3 || file.reads.Load() != 0 ||
		!strings.Contains(e.Error(), "is it running?") {
		t.Error(e)
	}
}

type failing struct {
	io.Reader
	err error
}

func (f failing) Read(p []byte) (int, error) {
	n, err := f.Reader.Read(p)
	if err == io.EOF {
		err = f.err
	}
	return n, err
}

// A file that is not what it was said to be: the drive is never sent a whole form.
func TestUploadOfAChangingFile(t *testing.T) {
	disc := &fs.PathError{Op: "read", Path: "a.pdf", Err: errors.New("input/output error")}
	for _, size := range []int64{10, 1 << 20} {
		content := func(n int64) io.Reader { return &pattern{size: n} }
		tests := []struct {
			name  string
			from  io.Reader
			says  string
			cause error
		}{
			{"shorter", content(size - 1),
				fmt.Sprintf("reading a.pdf: the file has changed: it ended after %d of %d bytes", size-1, size),
				io.ErrUnexpectedEOF},
			{"empty", strings.NewReader(""), fmt.Sprintf("it ended after 0 of %d bytes", size), nil},
			{"longer", content(size + 1), fmt.Sprintf("it is larger than the %d bytes", size), nil},
			{"unreadable", failing{content(5), disc}, "reading a.pdf: read a.pdf: input/output error", disc},
			{"unreadable at its end", failing{content(size), disc}, "input/output error", disc},
			{"nothing, for ever", idle{}, "multiple Read calls return no data", io.ErrNoProgress},
		}
		for _, test := range tests {
			var stored atomic.Bool
			d := serve(t, func(w http.ResponseWriter, r *http.Request, _ int) {
				if _, err := receive(r); err == nil {
					stored.Store(true)
				}
			})
			c := client(t, Options{Endpoint: d.URL})
			_, err := c.Upload(routetest.Deadline(t), FileUpload{Name: "a.pdf", Size: size, Open: opens(test.from)})
			e := failed(t, c, err)
			leaks(t, err)
			d.Close()
			if e.OutcomeUnknown() || stored.Load() || !strings.Contains(e.Error(), test.says) ||
				!strings.Contains(e.Error(), "the drive is not at fault") {
				t.Errorf("%s: stored %t, %s", test.name, stored.Load(), e)
			}
			if test.cause != nil && !errors.Is(err, test.cause) {
				t.Errorf("%s: the cause is lost: %v", test.name, err)
			}
		}
	}
}

type idle struct{}

func (idle) Read([]byte) (int, error) { return 0, nil }

// A success that comes before the file has gone is none.
func TestUploadAnsweredTooSoon(t *testing.T) {
	hold := make(chan struct{})
	c := client(t, Options{Endpoint: "sandbox:", Transport: roundTrip(func(r *http.Request) (*http.Response, error) {
		defer close(hold)
		io.CopyN(io.Discard, r.Body, 2000)
		return &http.Response{StatusCode: 200, Header: http.Header{},
			Body: io.NopCloser(strings.NewReader(`{"code":0,"fileId":7}`)), Request: r}, nil
	})})
	_, err := c.Upload(routetest.Deadline(t),
		FileUpload{Name: "a", Size: 1 << 20, Open: opens(&pattern{size: 1 << 20})})
	<-hold
	if e := failed(t, c, err); !strings.Contains(e.Error(), "of 1048576 bytes of the file") || e.OutcomeUnknown() {
		t.Error(e)
	}
}

// A drive that takes half of a file and then nothing more; one that takes all and never answers.
func TestUploadStalls(t *testing.T) {
	release := make(chan struct{})
	d := serve(t, func(_ http.ResponseWriter, r *http.Request, n int) {
		if n == 2 {
			io.Copy(io.Discard, r.Body)
		}
		<-release
	})
	t.Cleanup(func() { close(release) })
	c := client(t, Options{Endpoint: d.URL, Timeout: time.Second})
	for _, all := range []bool{false, true} {
		_, err := c.Upload(routetest.Deadline(t),
			FileUpload{Name: "a", Size: 32 << 20, Open: opens(&pattern{size: 32 << 20})})
		e := failed(t, c, err)
		leaks(t, err)
		if !errors.Is(err, context.DeadlineExceeded) || e.OutcomeUnknown() != all ||
			!strings.Contains(e.Error(), "nothing moved for ") {
			t.Errorf("outcome unknown: %t: %s", e.OutcomeUnknown(), e)
		}
		if broke := strings.Contains(e.Error(), "the upload broke off after "); broke == all {
			t.Error(e)
		}
	}
	if len(d.Requests()) != 2 {
		t.Errorf("%d requests", len(d.Requests()))
	}
}

func TestUploadCancelled(t *testing.T) {
	reason := errors.New("interrupted")
	d := serve(t, func(_ http.ResponseWriter, r *http.Request, _ int) { io.Copy(io.Discard, r.Body) })
	c := client(t, Options{Endpoint: d.URL})
	ctx, cancel := context.WithCancelCause(t.Context())
	over := false
	_, err := c.Upload(ctx, FileUpload{Name: "a", Size: 64 << 20, Open: opens(&pattern{size: 64 << 20}),
		Progress: func(n int64) {
			if over {
				t.Error("progress after the end")
			}
			if n > 1<<20 {
				cancel(reason)
			}
		}})
	over = true
	e := failed(t, c, err)
	leaks(t, err)
	if !errors.Is(err, reason) || e.OutcomeUnknown() || !strings.Contains(e.Error(), "the upload broke off after ") {
		t.Error(e)
	}
}

func TestHide(t *testing.T) {
	c := client(t, Options{Endpoint: "https://drive.example.com"})
	for _, s := range []string{testToken, strictToken, strings.ToLower(strictToken), url.QueryEscape(testToken),
		url.PathEscape(testToken),
		fmt.Sprintf("%q", testToken), `s3cret+token/with\u0026all=kinds\u003c\u003e\"%20of signs`,
		"s3cret token/with&all=kinds<>\"%20of signs"} {
		if got := c.hide("a " + s + " b"); strings.Contains(got, "s3cret") || strings.Contains(got, "kinds") ||
			!strings.Contains(got, "***") {
			t.Errorf("%s: %s", s, got)
		}
	}
}

// A drive that refuses the token before it reads the file says so to who is still sending it.
func TestUploadRefusedAtOnce(t *testing.T) {
	box, err := sandbox.Open(sandbox.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer box.Close()
	listener, err := server.Listen("127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	ended := make(chan error)
	go func() { ended <- box.Serve(ctx, listener) }()
	defer func() { stop(); <-ended }()

	c := client(t, Options{Endpoint: "http://" + listener.Addr().String()})
	for _, size := range []int64{5, 100_000, 256 << 20} {
		_, err := c.Upload(routetest.Deadline(t), FileUpload{Name: "a", Size: size, Open: opens(&pattern{size: size})})
		if e := failed(t, c, err); !e.Refused() || e.Code != fmt.Sprint("code ", records.CodeTokenInvalid) ||
			e.OutcomeUnknown() {
			t.Errorf("%d bytes: %v", size, e)
		}
	}
	if _, err := c.Templates(routetest.Deadline(t), 71); !strings.Contains(failed(t, c, err).Error(), "token无效或已过期") {
		t.Error(err)
	}
}
