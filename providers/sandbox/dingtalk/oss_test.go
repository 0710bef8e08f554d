package dingtalk_test

import (
	"bufio"
	"encoding/xml"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"regexp"
	"strings"
	"testing"
	"time"

	"countersign/providers/sandbox/dingtalk"
	"countersign/providers/sandbox/sandboxtest"
)

// refusedByOSS demands an error in the object storage's XML, with the same request id as the header.
func refusedByOSS(o *sandboxtest.App, r sandboxtest.Response, status int, code string) dingtalk.OSSRefusal {
	o.T.Helper()
	var e dingtalk.OSSRefusal
	if err := xml.Unmarshal([]byte(r.Body), &e); err != nil {
		o.T.Errorf("%s: %v", r.Body, err)
	}
	if r.Status != status || e.Code != code || e.Message == "" || e.HostID == "" {
		o.T.Errorf("%d %s, want %d %s", r.Status, r.Body, status, code)
	}
	if id := r.Header.Get("x-oss-request-id"); id != e.RequestID ||
		!regexp.MustCompile(`^[0-9A-F]{24}$`).MatchString(id) {
		o.T.Errorf("request ids %q and %q", id, e.RequestID)
	}
	if media := r.Header.Get("Content-Type"); media != "application/xml" {
		o.T.Errorf("Content-Type %q", media)
	}
	return e
}

func TestPutAnswer(t *testing.T) {
	o := sandboxtest.NewApp(t).SignIn()
	_, info := o.AskTicket("{}")
	r := o.Put(info, "123456789")
	if r.Status != 200 || r.Body != "" {
		t.Errorf("%d %q", r.Status, r.Body)
	}
	for name, want := range map[string]string{
		"ETag":                 `"25F9E794323B453885F5181F1B624D0B"`,
		"Content-MD5":          "JfnnlDI7RTiF9RgfG2JNCw==",
		"X-Oss-Hash-Crc64ecma": "11051210869376104954",
		"Server":               "AliyunOSS",
		"Content-Length":       "0",
	} {
		if got := r.Header.Get(name); got != want {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
	for _, name := range []string{"X-Oss-Request-Id", "X-Oss-Server-Time"} {
		if r.Header.Get(name) == "" {
			t.Errorf("no %s", name)
		}
	}
	o.Put(info, "again", "Content-Type: ") // an empty one is none
	entries, err := os.ReadDir(dingtalk.UploadsIn(o.Box.Shared().Store).Path)
	if err != nil || len(entries) != 1 {
		t.Errorf("%d files of one upload: %v", len(entries), err)
	}
}

// Whatever is signed and not as in the ticket breaks it; what is not signed is free.
func TestPutHeaders(t *testing.T) {
	o := sandboxtest.NewApp(t).SignIn()
	_, info := o.AskTicket("{}")
	for _, more := range []string{"Content-Type: application/octet-stream",
		"Content-Type: application/x-www-form-urlencoded",
		"Content-MD5: JfnnlDI7RTiF9RgfG2JNCw==", "x-oss-meta-author: me", "X-Oss-Date: Thu, 28 May 2026 09:40:00 GMT"} {
		e := refusedByOSS(o, o.Put(info, "x", more), 403, "SignatureDoesNotMatch")
		if !strings.HasPrefix(e.StringToSign, "PUT\n") || e.StringToSignBytes != fmt.Sprintf("% X", e.StringToSign) ||
			"OSS "+e.OSSAccessKeyID+":"+e.SignatureProvided != info.Headers["Authorization"] {
			t.Errorf("%s: %+v", more, e)
		}
	}
	key, signature, _ := strings.Cut(info.Headers["Authorization"], ":")
	tests := []struct {
		header string
		status int
		code   string
	}{
		{"Authorization: ", 403, "AccessDenied"},
		{"Authorization: Bearer x", 400, "InvalidArgument"},
		{"Authorization: OSS x", 400, "InvalidArgument"},
		{"Authorization: OSS other:" + signature, 403, "InvalidAccessKeyId"},
		{"Authorization: " + key + ":x", 403, "SignatureDoesNotMatch"},
		{"X-Oss-Date: ", 403, "AccessDenied"},
		{"X-Oss-Date: yesterday", 403, "AccessDenied"},
		{"X-Oss-Date: 20260101T000000Z", 403, "RequestTimeTooSkewed"},
	}
	for _, tt := range tests {
		t.Run(tt.header, func(t *testing.T) {
			e := refusedByOSS(o, o.Put(info, "x", tt.header), tt.status, tt.code)
			if e.Code != "SignatureDoesNotMatch" && e.StringToSign != "" {
				t.Errorf("%+v", e)
			}
		})
	}
	if r := o.Put(info, "x", "User-Agent: any", "X-Other: any"); r.Status != 200 {
		t.Errorf("%d %s", r.Status, r.Body)
	}
}

func TestPutElsewhere(t *testing.T) {
	o := sandboxtest.NewApp(t).SignIn()
	uploadKey, info := o.AskTicket("{}")
	_, other := o.AskTicket("{}")
	mixed := sandboxtest.Ticket{ResourceURLs: other.ResourceURLs, Headers: info.Headers}
	refusedByOSS(o, o.Put(mixed, "x"), 403, "SignatureDoesNotMatch")
	mixed.ResourceURLs = []string{info.ResourceURLs[0] + "?partNumber=1"}
	refusedByOSS(o, o.Put(mixed, "x"), 403, "SignatureDoesNotMatch")
	get := o.Request("GET", info.ResourceURLs[0], "")
	for name, value := range info.Headers {
		get.Header.Set(name, value)
	}
	refusedByOSS(o, o.Send(get), 403, "SignatureDoesNotMatch") // the verb is signed too
	for name := range info.Headers {
		get.Header.Del(name)
	}
	refusedByOSS(o, o.Send(get), 403, "AccessDenied")

	// One that nobody but the sandbox can sign.
	signed := func(method, object string) sandboxtest.Response {
		at := o.Now().UTC().Format(http.TimeFormat)
		r := o.Request(method, "/yundisk0/"+object, "x")
		r.Header.Set("X-Oss-Date", at)
		r.Header.Set("Authorization", dingtalk.SignOSS(o.Box.Shared(), method, r.Header, "/yundisk0/"+object))
		return o.Send(r)
	}
	refusedByOSS(o, signed("POST", "x"), 405, "MethodNotAllowed")
	refusedByOSS(o, signed("PUT", "never-begun"), 403, "AccessDenied")

	o.Put(info, "x")
	o.Want(o.Commit(uploadKey, "a.txt", "{}"), 200, "")
	refusedByOSS(o, o.Put(info, "too late"), 403, "AccessDenied")
}

// A ticket is good for fifteen minutes, any number of times; then a new one is needed, and the upload's key is not.
func TestTicketExpires(t *testing.T) {
	o := sandboxtest.NewApp(t).SignIn()
	_, info := o.AskTicket("{}")
	if info.ExpirationSeconds != 900 {
		t.Errorf("%d seconds", info.ExpirationSeconds)
	}
	for range 3 {
		o.Later(5 * time.Minute)
		if r := o.Put(info, "x"); r.Status != 200 {
			t.Fatalf("%d %s", r.Status, r.Body)
		}
	}
	o.Later(time.Second)
	refusedByOSS(o, o.Put(info, "x"), 403, "RequestTimeTooSkewed")
}

// A length that is known, unknown or missing; a body that is cut; a client that waits for 100 Continue.
func TestPutOverASocket(t *testing.T) {
	o := sandboxtest.NewApp(t).SignIn()
	raw := func(info sandboxtest.Ticket, headers, body string) sandboxtest.Response {
		t.Helper()
		u, err := url.Parse(info.ResourceURLs[0])
		if err != nil {
			t.Fatal(err)
		}
		c, err := net.Dial("tcp", u.Host)
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		fmt.Fprintf(c, "PUT %s HTTP/1.1\r\nHost: %s\r\nAuthorization: %s\r\nx-oss-date: %s\r\n%s\r\n%s",
			u.RequestURI(), u.Host, info.Headers["Authorization"], info.Headers["x-oss-date"], headers, body)
		c.(*net.TCPConn).CloseWrite()
		in := bufio.NewReader(c)
		r, err := http.ReadResponse(in, nil)
		if err == nil && r.StatusCode == 100 {
			r, err = http.ReadResponse(in, nil)
		}
		if err != nil {
			t.Fatal(err)
		}
		text, _ := io.ReadAll(r.Body)
		return sandboxtest.Response{Status: r.StatusCode, Header: r.Header, Body: string(text)}
	}
	uploadKey, info := o.AskTicket("{}")
	refusedByOSS(o, raw(info, "", ""), 411, "MissingContentLength")
	if r := raw(info, "Content-Length: 10\r\n", "half"); r.Status == 200 {
		t.Error("half a body was taken for whole")
	}
	o.Want(o.Commit(uploadKey, "a.txt", "{}"), 400, "paramError.uploadKey")
	for name, sent := range map[string][2]string{
		"known":    {"Content-Length: 5\r\n", "hello"},
		"chunked":  {"Transfer-Encoding: chunked\r\n", "5\r\nhello\r\n0\r\n\r\n"},
		"continue": {"Content-Length: 5\r\nExpect: 100-continue\r\n", "hello"},
	} {
		uploadKey, info := o.AskTicket("{}")
		if r := raw(info, sent[0], sent[1]); r.Status != 200 {
			t.Errorf("%s: %d %s", name, r.Status, r.Body)
		}
		o.Want(o.Commit(uploadKey, name, `{"size":5}`), 200, "")
	}
	_, info = o.AskTicket("{}")
	refusedByOSS(o, raw(info, "Content-Length: 5368709121\r\n", ""), 400, "EntityTooLarge")
}
