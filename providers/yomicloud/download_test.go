package yomicloud

import (
	"archive/zip"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"syscall"
	"testing"
	"time"

	"countersign/providers/route/routetest"

	"github.com/google/go-cmp/cmp"
)

// archive is a zip archive of one file.
func archive(t *testing.T) string {
	t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	w, err := z.Create("图片资料/素材/logo3.png")
	if err == nil {
		_, err = io.WriteString(w, strings.Repeat("logo", 1000))
	}
	if err = errors.Join(err, z.SetComment("a comment"), z.Close()); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestDownload(t *testing.T) {
	d := serve(t, func(w http.ResponseWriter, r *http.Request, _ int) {
		w.Header().Set("Content-Disposition", `attachment; filename="x.pdf"; filename*=UTF-8''%E5%90%88%E5%90%8C.pdf`)
		io.WriteString(w, "hello")
	})
	c := client(t, Options{Endpoint: d.URL})
	var b bytes.Buffer
	got, err := c.DownloadAttachment(routetest.Deadline(t), FileDownload{ID: 98, Size: 5, To: &b})
	if err != nil || got != (Downloaded{Name: "合同.pdf", Size: 5}) || b.String() != "hello" {
		t.Errorf("%+v, %q, %v", got, b.String(), err)
	}
	b.Reset()
	got, err = c.DownloadZip(routetest.Deadline(t), FileDownload{ID: 98, Size: 3,
		To: &b}) // the size is not that of an archive
	if err != nil || got != (Downloaded{Name: "合同.pdf", Size: 5}) {
		t.Errorf("%+v, %v", got, err)
	}
	for i, path := range []string{"/app/approval/download-attachment", "/app/approval/download-attachment-zip"} {
		sent := d.Requests()[i]
		if diff := cmp.Diff(url.Values{"token": {testToken}, "fileId": {"98"}}, sent.Form()); diff != "" ||
			sent.Path != path || sent.Header.Get("Accept-Encoding") != "identity" {
			t.Error(sent.Path, sent.Header, diff)
		}
	}
	_, err = c.DownloadAttachment(routetest.Deadline(t), FileDownload{To: &b})
	failed(t, c, err)
	_, err = c.DownloadZip(routetest.Deadline(t), FileDownload{ID: 1})
	if e := failed(t, c, err); !strings.Contains(e.Error(), "nowhere to write") || len(d.Requests()) != 2 {
		t.Error(e)
	}
}

// What is a file and what a refusal.
func TestFileOrRefusal(t *testing.T) {
	refusal := `{"code":1002,"msg":"没有权限"}`
	page := "<html><title>登录</title></html>"
	long := `{"code":1,"text":"` + strings.Repeat("x", headSize) + `"}`
	attached := "Content-Disposition: attachment"
	tests := []struct {
		name    string
		headers string
		body    string
		size    int64  // expected
		says    string // "": it is the file
	}{
		{"a refusal", "", refusal, 0, "code 1002: 没有权限"},
		{"a refusal called JSON", "Content-Type: application/json; charset=utf-8", refusal, 0, "code 1002: 没有权限"},
		{"a refusal where 5 bytes are expected", "", refusal, 5, "code 1002"},
		{"a refusal after blanks", "", "\uFEFF\r\n " + refusal + "\n", 0, "code 1002"},
		{"a refusal called a stream", "Content-Type: application/octet-stream", refusal, 0, "code 1002"},
		{"a refusal, its code a word", "", `{"code":"E_AUTH"}`, 0, "code E_AUTH"},
		{"a refusal shown in place", "Content-Disposition: inline", refusal, 0, "code 1002"},
		{"a JSON file that looks like one", attached, refusal, 0, ""},
		{"a JSON file with a name", "Content-Disposition: inline; filename=a.json\nContent-Type: application/json",
			refusal, 0, ""},
		{"a JSON file of the size expected", "Content-Type: application/json", refusal, int64(len(refusal)), ""},
		{"the same, its length not told", "Transfer-Encoding: chunked", refusal, int64(len(refusal)), ""},
		{"a JSON file without a code", "Content-Type: application/json", `{"data":1}`, 0, ""},
		{"a JSON file with a code of 0", "Content-Type: application/json", `{"code":0,"data":1}`, 0, ""},
		{"a JSON list", "Content-Type: application/json", `[{"code":1}]`, 0, ""},
		{"a long JSON file", "Content-Type: application/json", long, 0, ""},
		{"half of something like JSON", "", `{"code":1,`, 0, ""},
		{"a page", "Content-Type: text/html; charset=utf-8", page, 0, `a page titled "登录"`},
		{"an HTML file", attached + "\nContent-Type: text/html", page, 0, ""},
		{"an HTML file of the size expected", "Content-Type: text/html", page, int64(len(page)), ""},
		{"an XML file", "Content-Type: application/xml", "<a/>", 0, ""},
		{"nothing", "", "", 0, "an empty answer"},
		{"an empty file", attached, "", 0, ""},
		{"a text", "Content-Type: text/plain", "hello", 0, ""},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			d := serve(t, func(w http.ResponseWriter, _ *http.Request, _ int) {
				for header := range strings.SplitSeq(test.headers, "\n") {
					if key, v, ok := strings.Cut(header, ": "); ok {
						w.Header().Set(key, v)
					}
				}
				io.WriteString(w, test.body)
				if test.headers == "Transfer-Encoding: chunked" {
					w.(http.Flusher).Flush()
				}
			})
			c := client(t, Options{Endpoint: d.URL, Retries: -1})
			var b bytes.Buffer
			got, err := c.DownloadAttachment(routetest.Deadline(t), FileDownload{ID: 98, Size: test.size, To: &b})
			if test.says == "" {
				if err != nil || b.String() != test.body || got.Size != int64(len(test.body)) {
					t.Errorf("%+v, %q, %v", got, b.String(), err)
				}
				return
			}
			if e := failed(t, c, err); !strings.Contains(e.Error(), test.says) || b.Len() != 0 {
				t.Errorf("%q: %s", b.String(), e)
			}
		})
	}
}

func TestDownloadFailures(t *testing.T) {
	head := "HTTP/1.1 200 OK\r\nContent-Disposition: attachment; filename=a.bin\r\n"
	tests := []struct {
		name   string
		handle func(w http.ResponseWriter, r *http.Request)
		size   int64
		says   string
		times  int
		wrote  string
	}{
		{"403", func(w http.ResponseWriter, _ *http.Request) { status(w, 403, `{"code":1002,"msg":"没有权限"}`) }, 0,
			"HTTP 403 Forbidden: code 1002: 没有权限", 1, ""},
		{"a file with another status", func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Disposition", "attachment")
			status(w, 500, "hello")
		}, 0, "HTTP 500 Internal Server Error: hello", 3, ""},
		{"cut before an answer", func(w http.ResponseWriter, _ *http.Request) { cut(w) }, 0, "reset", 3, ""},
		{"cut before a byte", func(w http.ResponseWriter, _ *http.Request) {
			raw(w, head+"Content-Length: 10\r\n\r\n")
		}, 0, "the download broke off after 0 of 10 bytes: unexpected EOF", 3, ""},
		{"half a file", func(w http.ResponseWriter, _ *http.Request) { raw(w, head+"Content-Length: 10\r\n\r\nhello") },
			0, "the download broke off after 5 of 10 bytes: unexpected EOF", 1, "hello"},
		{"half a chunk", func(w http.ResponseWriter, _ *http.Request) {
			raw(w, head+"Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n")
		}, 0, "the download broke off after 5 bytes: unexpected EOF", 1, "hello"},
		{"half a refusal", func(w http.ResponseWriter, _ *http.Request) {
			raw(w, "HTTP/1.1 200 OK\r\nContent-Length: 30\r\n\r\n{\"code\":1")
		}, 0, "the download broke off after 0 of 30 bytes: unexpected EOF", 3, ""},
		{"the end of the connection is not that of the file",
			func(w http.ResponseWriter, _ *http.Request) {
				raw(w, head+"\r\nhello")
			}, 10, "the download broke off after 5 of 10 bytes", 1, "hello"},
		{"a smaller file", func(w http.ResponseWriter, _ *http.Request) {
			raw(w, head+"Content-Length: 5\r\n\r\nhello")
		}, 10, "after 5 of 10 bytes", 1, "hello"},
		{"a larger file", func(w http.ResponseWriter, _ *http.Request) {
			raw(w, head+"Content-Length: 5\r\n\r\nhello")
		}, 4, "the file has more than 4 bytes", 1, ""},
		{"redirected elsewhere", func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "https://files.example.com/x?token="+url.QueryEscape(testToken),
				http.StatusTemporaryRedirect)
		}, 0, "redirected to https://files.example.com/x…", 1, ""},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			d := serve(t, func(w http.ResponseWriter, r *http.Request, _ int) { test.handle(w, r) })
			c := client(t, Options{Endpoint: d.URL, Retries: 2})
			var b bytes.Buffer
			_, err := c.DownloadAttachment(routetest.Deadline(t), FileDownload{ID: 98, Size: test.size, To: &b})
			e := failed(t, c, err)
			leaks(t, err)
			if !strings.Contains(e.Error(), test.says) || len(d.Requests()) != test.times || b.String() != test.wrote ||
				e.OutcomeUnknown() {
				t.Errorf("sent %d times, wrote %q: %s\nshould say %s", len(d.Requests()), b.String(), e, test.says)
			}
		})
	}
}

// A download that failed before its first byte is tried again; the file comes once.
func TestDownloadIsTriedAgain(t *testing.T) {
	d := serve(t, func(w http.ResponseWriter, _ *http.Request, n int) {
		switch n {
		case 1:
			cut(w)
		case 2:
			status(w, 429, "")
		case 3:
			raw(w, "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n")
		default:
			io.WriteString(w, "hello")
		}
	})
	c := client(t, Options{Endpoint: d.URL})
	var b bytes.Buffer
	if got, err := c.DownloadAttachment(routetest.Deadline(t), FileDownload{ID: 98, To: &b}); err != nil ||
		b.String() != "hello" || got.Size != 5 || len(d.Requests()) != 4 {
		t.Errorf("%+v, %q, %d requests, %v", got, b.String(), len(d.Requests()), err)
	}
}

// writer is called with the length of each part that is written.
type writer func(n int)

func (w writer) Write(p []byte) (int, error) { w(len(p)); return len(p), nil }

type full struct{ room int }

func (f *full) Write(p []byte) (int, error) {
	n := min(len(p), f.room)
	if f.room -= n; n < len(p) {
		return n, syscall.ENOSPC
	}
	return n, nil
}

func TestNoSpaceLeft(t *testing.T) {
	d := serve(t, func(w http.ResponseWriter, _ *http.Request, _ int) { io.Copy(w, &pattern{size: 1 << 20}) })
	c := client(t, Options{Endpoint: d.URL})
	got, err := c.DownloadAttachment(routetest.Deadline(t), FileDownload{ID: 98, To: &full{room: 100_000}})
	e := failed(t, c, err)
	if !errors.Is(err, syscall.ENOSPC) || got.Size != 100_000 || len(d.Requests()) != 1 ||
		!strings.Contains(e.Error(), "writing what came, after 100000 bytes: no space left") ||
		!strings.Contains(e.Error(), "the drive is not at fault") {
		t.Errorf("%+v: %s", got, e)
	}
}

func TestDownloadStalls(t *testing.T) {
	release := make(chan struct{})
	d := serve(t, func(w http.ResponseWriter, _ *http.Request, _ int) {
		w.Header().Set("Content-Disposition", "attachment")
		io.WriteString(w, "hello")
		w.(http.Flusher).Flush()
		<-release
	})
	t.Cleanup(func() { close(release) })
	c := client(t, Options{Endpoint: d.URL, Timeout: 100 * time.Millisecond})
	var b bytes.Buffer
	_, err := c.DownloadAttachment(routetest.Deadline(t), FileDownload{ID: 98, To: &b})
	if e := failed(t, c, err); !errors.Is(err, context.DeadlineExceeded) ||
		!strings.Contains(e.Error(), "nothing moved for 100ms") || b.String() != "hello" {
		t.Error(e)
	}
	reason := errors.New("interrupted")
	ctx, cancel := context.WithCancelCause(t.Context())
	c = client(t, Options{Endpoint: d.URL})
	_, err = c.DownloadAttachment(ctx, FileDownload{ID: 98, To: writer(func(int) { cancel(reason) })})
	if e := failed(t, c, err); !errors.Is(err, reason) {
		t.Error(e)
	}
}

// Where only the end of the connection ends an archive, half of one is told from a whole one by what is in it.
func TestZip(t *testing.T) {
	whole := archive(t)
	open := "HTTP/1.0 200 OK\r\nContent-Type: application/zip\r\n\r\n"
	for name, test := range map[string]struct{ answer, says string }{
		"whole": {open + whole, ""},
		"large": {open + strings.Repeat(whole, 2000), ""},
		"half":  {open + whole[:len(whole)/2], "the download broke off after"},
		"half of a large": {open + strings.Repeat(whole, 2000) + "PK\x03\x04" + strings.Repeat("x", 100_000),
			"the download broke off after"},
		"no archive":      {open + "hello", "it is not a zip archive"},
		"a refusal":       {open + `{"code":7,"msg":"不是多文件附件"}`, "code 7: 不是多文件附件"},
		"its length told": {fmt.Sprintf("HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s", len(whole), whole), ""},
	} {
		d := serve(t, func(w http.ResponseWriter, _ *http.Request, _ int) { raw(w, test.answer) })
		c := client(t, Options{Endpoint: d.URL})
		var b bytes.Buffer
		_, err := c.DownloadZip(routetest.Deadline(t), FileDownload{ID: 98, To: &b})
		switch {
		case test.says != "":
			if e := failed(t, c, err); !strings.Contains(e.Error(), test.says) || len(d.Requests()) != 1 {
				t.Errorf("%s: %s", name, e)
			}
		case err != nil || !strings.HasSuffix(test.answer, b.String()) || b.Len() < len(whole):
			t.Errorf("%s: %d bytes, %v", name, b.Len(), err)
		}
	}
}
