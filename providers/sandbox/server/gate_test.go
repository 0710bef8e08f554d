package server_test

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"countersign/providers/sandbox"
	"countersign/providers/sandbox/drive/records"
	"countersign/providers/sandbox/sandboxtest"
	"countersign/providers/sandbox/server"
)

// onSocket serves a sandbox as the program does, and returns its address.
func onSocket(t *testing.T, box *sandbox.Sandbox) string {
	t.Helper()
	ln, err := server.Listen("127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- box.Serve(ctx, ln) }()
	t.Cleanup(func() {
		cancel()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
	return ln.Addr().String()
}

// exchange writes text to a socket, and reads one answer while the connection stays open for more.
func exchange(t *testing.T, address, text string) (*http.Response, string) {
	t.Helper()
	conn, err := net.Dial("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if _, err := io.WriteString(conn, text); err != nil {
		t.Fatal(err)
	}
	conn.SetReadDeadline(time.Now().Add(30 * time.Second)) // so that a test that fails ends
	resp, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		t.Fatalf("%v, after\n%.300s", err, text)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp, string(body)
}

// faces are calls of every kind, each with its first line; their bodies never come.
var facesOfAll = map[string]string{
	"the drive":         "POST /app/approval/templet-list HTTP/1.1",
	"an upload":         "POST /app/approval/upload-attachment/nobody/1000000 HTTP/1.1",
	"an unknown call":   "GET /nothing HTTP/1.1",
	"DingTalk":          "POST /v1.0/oauth2/accessToken HTTP/1.1",
	"DingTalk's list":   "GET /v1.0/storage/spaces/3996960664/dentries?parentId=0&unionId=union123 HTTP/1.1",
	"the object store":  "PUT /yundisk0/iAEI HTTP/1.1",
	"Tencent":           "POST / HTTP/1.1",
	"a contract":        "GET /FLOW/a/0/0.PDF?hkey=x HTTP/1.1",
	"a browser's probe": "OPTIONS /app/approval/templet-list HTTP/1.1",
}

func TestGate(t *testing.T) {
	address := onSocket(t, sandboxtest.Open(t, ""))
	_, port, _ := net.SplitHostPort(address)
	here := "Host: " + address
	for name, line := range facesOfAll {
		for header, status := range map[string]int{
			"Host: evil.example.com:" + port:              421,
			"Host: evil.example.com":                      421,
			"Host: localhost.evil.example.com:" + port:    421,
			"Host: 127.0.0.1.evil.example.com:" + port:    421,
			"Host: evil.localhost:" + port:                421,
			"Host: 0.0.0.0:" + port:                       421,
			"Host: 192.168.1.7:" + port:                   421,
			"Host: [::]:" + port:                          421,
			"Host: api.dingtalk.com":                      421,
			"Host: 2130706433:" + port:                    421,
			"Host:":                                       421,
			here + "\r\nOrigin: http://evil.example.com":  403,
			here + "\r\nOrigin: https://" + address:       403,
			here + "\r\nOrigin: http://127.0.0.1:1":       403,
			here + "\r\nOrigin: http://localhost:" + port: 403,
			here + "\r\nOrigin: null":                     403,
			here + "\r\nOrigin: http://" + address + "\r\nOrigin: http://evil.example.com": 403,
			here + "\r\nOrigin:":                               403,
			here + "\r\nSec-Fetch-Site: cross-site":            403,
			here + "\r\nSec-Fetch-Site: same-site":             403,
			here + "\r\nReferer: http://evil.example.com/page": 403,
		} {
			resp, body := exchange(t, address, line+"\r\n"+header+"\r\nContent-Type: "+
				"application/x-www-form-urlencoded\r\nContent-Length: 100\r\n\r\n")
			var said struct {
				Code         int
				Msg, Message string
			}
			err := json.Unmarshal([]byte(body), &said)
			if resp.StatusCode != status || err != nil || said.Code != records.CodeGate || said.Msg == "" ||
				said.Message != said.Msg || resp.Header.Get("Access-Control-Allow-Origin") != "" {
				t.Errorf("%s, %q: %s %s", name, header, resp.Status, body)
			}
		}
	}

	list := "POST /app/file/list-dir HTTP/1.1\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: " +
		"8\r\n%s\r\n\r\nfileId=0"
	for _, header := range []string{
		here, "Host: localhost:" + port, "Host: LOCALHOST", "Host: localhost:1", "Host: [::1]:" +
			port, "Host: 127.0.0.2", "Host: [::ffff:127.0.0.1]:" + port,
		here + "\r\nOrigin: http://" + address, here + "\r\nSec-Fetch-Site: none", here +
			"\r\nSec-Fetch-Site: same-origin", here + "\r\nReferer: http://" + address + "/x",
	} {
		if resp, body := exchange(t, address, fmt.Sprintf(list, header)); resp.StatusCode != 200 ||
			!strings.Contains(body, fmt.Sprint(records.CodeTokenMissing)) {
			t.Errorf("%s: %s %s", header, resp.Status, body)
		}
	}
	// The vendor's own client calls Tencent's face by Tencent's name, and no other face.
	tencent := "Host: " + "essbasic.tencentcloudapi.com" + ":" + port
	if resp, body := exchange(t, address,
		"POST / HTTP/1.1\r\n"+tencent+"\r\nContent-Length: 0\r\n\r\n"); resp.StatusCode != 200 ||
		!strings.Contains(body, "AuthFailure.InvalidAuthorization") {
		t.Errorf("%s %s", resp.Status, body)
	}
	if resp, body := exchange(t, address, fmt.Sprintf(list, tencent)); resp.StatusCode != 421 {
		t.Errorf("%s %s", resp.Status, body)
	}
}

// A caller without a token is refused before the body is read.
func TestTokenBeforeBody(t *testing.T) {
	address := onSocket(t, sandboxtest.Open(t, ""))
	for name, call := range map[string]struct{ head, says string }{
		"the drive": {"POST /app/approval/set-templet HTTP/1.1\r\nContent-Type: " +
			"application/x-www-form-urlencoded\r\nContent-Length: 10000000\r\n\r\ntoken=nobody&content=",
			`"code":1102`},
		"without a token": {"POST /app/approval/set-templet HTTP/1.1\r\nContent-Type: " +
			"application/x-www-form-urlencoded\r\nContent-Length: 1000\r\n\r\ntoken=&content=", `"code":1101`},
		"in parts": {"POST /app/approval/set-templet HTTP/1.1\r\nContent-Type: multipart/form-data; " +
			"boundary=x\r\nContent-Length: 1000\r\n\r\n--x\r\nContent-Disposition: form-data; " +
			"name=\"token\"\r\n\r\nnobody\r\n--x\r\n", `"code":1102`},
		"an upload": {"POST /app/approval/upload-attachment/nobody/1000000000 HTTP/1.1\r\nContent-Type: " +
			"multipart/form-data; boundary=x\r\nContent-Length: 1000001000\r\n\r\n", `"code":1102`},
		"a small upload": {"POST /app/approval/upload-attachment/nobody/10 HTTP/1.1\r\nContent-Type: " +
			"multipart/form-data; boundary=x\r\nContent-Length: 1000\r\n\r\n", `"code":1102`},
		"in chunks": {"POST /app/approval/upload-attachment/nobody/10 HTTP/1.1\r\nContent-Type: " +
			"multipart/form-data; boundary=x\r\nTransfer-Encoding: chunked\r\n\r\n", `"code":1102`},
		"asking first": {"POST /app/approval/upload-attachment/nobody/10 HTTP/1.1\r\nContent-Type: " +
			"multipart/form-data; boundary=x\r\nContent-Length: 1000\r\nExpect: 100-continue\r\n\r\n", `"code":1102`},
		"DingTalk": {"POST /v1.0/storage/spaces/3996960664/files/commit?unionId=union123 " +
			"HTTP/1.1\r\nx-acs-dingtalk-access-token: nobody\r\nContent-Type: application/json\r\nContent-Length: " +
			"1000\r\n\r\n", "InvalidAuthentication"},
		"DingTalk, none": {"POST /v1.0/storage/spaces/3996960664/files/commit?unionId=union123 " +
			"HTTP/1.1\r\nContent-Type: application/json\r\nContent-Length: 1000\r\n\r\n",
			"Missingx-acs-dingtalk-access-token"},
		"DingTalk's keys": {"POST /v1.0/oauth2/accessToken HTTP/1.1\r\nContent-Type: " +
			"application/json\r\nContent-Length: 100000\r\n\r\n" +
			strings.Repeat(" ", 64<<10+1), "RequestEntityTooLarge"},
		"the store": {"PUT /yundisk0/iAEI HTTP/1.1\r\nAuthorization: OSS LTAI5tSandbox:bm8=\r\nDate: " +
			time.Now().UTC().Format(http.TimeFormat) +
			"\r\nContent-Length: 1000000000\r\n\r\n", "SignatureDoesNotMatch"},
		"the store, none": {"PUT /yundisk0/iAEI HTTP/1.1\r\nContent-Length: 1000\r\n\r\n", "AccessDenied"},
		"Tencent": {"POST / HTTP/1.1\r\nContent-Type: application/json\r\nContent-Length: 1000\r\n\r\n",
			"AuthFailure.InvalidAuthorization"},
		"Tencent's key": {"POST / HTTP/1.1\r\nContent-Type: application/json\r\nContent-Length: " +
			"1000\r\nX-TC-Timestamp: " + fmt.Sprint(time.Now().Unix()) +
			"\r\nAuthorization: TC3-HMAC-SHA256 Credential=nobody/2026-01-01/essbasic/tc3_request, " +
			"SignedHeaders=content-type;host, Signature=" + strings.Repeat("0", 64) +
			"\r\n\r\n", "AuthFailure.SecretIdNotFound"},
	} {
		line, rest, _ := strings.Cut(call.head, "\r\n")
		resp, body := exchange(t, address, line+"\r\nHost: "+address+"\r\n"+rest)
		if !strings.Contains(body, call.says) || resp.Header.Get("Connection") != "close" && !resp.Close {
			t.Errorf("%s: %s %v\n%s", name, resp.Status, resp.Header, body)
		}
	}
}

// A client that is sending much sees why it was refused, and its sending ends.
func TestRefusedWhileSending(t *testing.T) {
	address := onSocket(t, sandboxtest.Open(t, ""))
	sent := &flood{}
	sent.left.Store(1 << 30)
	req, err := http.NewRequest(http.MethodPost, "http://"+address+"/app/approval/upload-attachment/nobody/1073741824",
		sent)
	if err != nil {
		t.Fatal(err)
	}
	req.ContentLength = 1 << 30
	req.Header.Set("Content-Type", "multipart/form-data; boundary=x")
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if body, err := io.ReadAll(resp.Body); err != nil || !strings.Contains(string(body), `"code":1102`) ||
		sent.left.Load() < 1<<29 {
		t.Errorf("%s %v, %d bytes unsent", body, err, sent.left.Load())
	}
}

// flood is a body of bytes without meaning.
type flood struct{ left atomic.Int64 }

func (f *flood) Read(b []byte) (int, error) {
	n := min(int64(len(b)), f.left.Load())
	if n <= 0 {
		return 0, io.EOF
	}
	f.left.Add(-n)
	return int(n), nil
}

// Headers without an end, and ones that never come, end with the connection.
func TestHeadersHaveAnEnd(t *testing.T) {
	address := onSocket(t, sandboxtest.Open(t, ""))
	conn, err := net.Dial("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	conn.SetDeadline(time.Now().Add(30 * time.Second))
	written := 0
	for written < 10<<20 && err == nil {
		var n int
		n, err = fmt.Fprintf(conn, "GET / HTTP/1.1\r\nX-%d: %s\r\n", written, strings.Repeat("x", 1000))
		written += n
	}
	if err == nil || errors.Is(err, os.ErrDeadlineExceeded) {
		t.Errorf("%d bytes of headers were taken, %v", written, err)
	}
}
