package yomicloud

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/cenkalti/backoff/v5"

	"countersign/providers/route"
	"countersign/providers/route/routetest"
	"countersign/providers/yomicloud/wire"
	"countersign/schema"
)

// cut ends a connection with a reset, after what has been written to it.
func cut(w http.ResponseWriter) {
	conn, _, err := w.(http.Hijacker).Hijack()
	if err != nil {
		panic(err)
	}
	conn.(*net.TCPConn).SetLinger(0)
	conn.Close()
}

// raw answers with bytes of the test's own and closes the connection.
func raw(w http.ResponseWriter, answer string) {
	conn, _, err := w.(http.Hijacker).Hijack()
	if err != nil {
		panic(err)
	}
	io.WriteString(conn, answer)
	conn.Close()
}

func status(w http.ResponseWriter, code int, body string) {
	w.WriteHeader(code)
	io.WriteString(w, body)
}

// Every way in which an answer can fail to be one, for a read and for a write: what the error says, how often the
// call was sent, and, for the write, whether the drive may have carried it out.
func TestFailures(t *testing.T) {
	const retries = 2 // so that 3 requests are all that there can be
	page := "<!DOCTYPE html>\n<html><head><TITLE>\n 502 Bad\n Gateway </TITLE></head></html>"
	tests := []struct {
		name    string
		handle  func(w http.ResponseWriter, token string)
		says    []string
		status  int
		code    string
		refused bool
		reads   int // requests for a read
		writes  int // requests for a write
		unknown bool
	}{
		{name: "refused", handle: func(w http.ResponseWriter, _ string) {
			io.WriteString(w, `{"code":1002,"msg":"没有权限"}`)
		},
			says: []string{": code 1002: 没有权限 (no permission) — ",
				"administrator"}, status: 200, code: "code 1002", refused: true, reads: 1, writes: 1},
		{name: "refused, the code as a string", handle: func(w http.ResponseWriter, _ string) {
			io.WriteString(w, `{"code":"-7","message":"token 已过期"}`)
		},
			says: []string{": code -7: token 已过期 (it has expired) — ",
				"YOMICLOUD_TOKEN"}, status: 200, code: "code -7", refused: true, reads: 1, writes: 1},
		{name: "refused, the code as a word", handle: func(w http.ResponseWriter, _ string) {
			io.WriteString(w, `{"code":"E_AUTH","error":"no"}`)
		},
			says: []string{": code E_AUTH: no"}, status: 200, code: "code E_AUTH", refused: true, reads: 1, writes: 1},
		{name: "refused without words", handle: func(w http.ResponseWriter, _ string) {
			io.WriteString(w, `{"code":5,"data":null}`)
		},
			says: []string{": code 5 — "}, status: 200, code: "code 5", refused: true, reads: 1, writes: 1},
		{name: "refused, quoting the token", handle: func(w http.ResponseWriter, token string) {
			text, _ := wire.Encode(map[string]any{"code": 1, "msg": "bad token " + token})
			io.WriteString(w, text)
		}, says: []string{": code 1: bad token *** — "}, status: 200, code: "code 1", refused: true, reads: 1,
			writes: 1},
		{name: "refused with a status", handle: func(w http.ResponseWriter, _ string) {
			status(w, 403, `{"code":1002,"msg":"没有权限"}`)
		},
			says: []string{": HTTP 403 Forbidden: code 1002: 没有权限 (no permission) — "}, status: 403, code: "code 1002",
			refused: true, reads: 1, writes: 1},
		{name: "a code with a server's fault", handle: func(w http.ResponseWriter, _ string) {
			status(w, 500, `{"code":99,"msg":"db"}`)
		},
			says: []string{": HTTP 500 Internal Server Error: code 99: db"}, status: 500, code: "code 99", reads: 3,
			writes: 1, unknown: true},
		{name: "401", handle: func(w http.ResponseWriter, _ string) { status(w, 401, "") },
			says: []string{": HTTP 401 Unauthorized — ", "YOMICLOUD_TOKEN"}, status: 401, reads: 1, writes: 1},
		{name: "404", handle: func(w http.ResponseWriter, _ string) { status(w, 404, "404 page not found\n") },
			says: []string{": HTTP 404 Not Found: 404 page not found — check the provider's endpoint"}, status: 404,
			reads: 1, writes: 1},
		{name: "408", handle: func(w http.ResponseWriter, _ string) { status(w, 408, "") },
			says: []string{": HTTP 408 Request Timeout"}, status: 408, reads: 3, writes: 1},
		{name: "429", handle: func(w http.ResponseWriter, _ string) { status(w, 429, `{"code":429,"msg":"too many"}`) },
			says: []string{": HTTP 429 Too Many Requests: code 429: too many (tried 3 times) — ",
				"requests_per_second"}, status: 429, code: "code 429", refused: true, reads: 3, writes: 3},
		{name: "500 with a page", handle: func(w http.ResponseWriter, _ string) { status(w, 500, page) },
			says: []string{`: HTTP 500 Internal Server Error: a page titled "502 Bad Gateway"`,
				"the side of the drive"}, status: 500, reads: 3, writes: 1, unknown: true},
		{name: "503 with code 0", handle: func(w http.ResponseWriter, _ string) {
			status(w, 503, `{"code":0,"data":[]}`)
		},
			says: []string{": HTTP 503 Service Unavailable"}, status: 503, reads: 3, writes: 1, unknown: true},
		{name: "201 with code 0", handle: func(w http.ResponseWriter, _ string) {
			status(w, 201, `{"code":0,"data":[]}`)
		},
			says: []string{": HTTP 201 Created"}, status: 201, reads: 1, writes: 1, unknown: true},
		{name: "a page", handle: func(w http.ResponseWriter, token string) {
			status(w, 200, "<html><title>登录 &amp; "+strings.ReplaceAll(token, "<", "&lt;")+"</title>")
		}, says: []string{`a page titled "登录 & ***"`, "web page came instead of JSON", "login page"}, status: 200,
			reads: 1, writes: 1, unknown: true},
		{name: "a page without a title", handle: func(w http.ResponseWriter, _ string) {
			status(w, 200, "<b>hello</b>")
		},
			says: []string{"a page without a title"}, status: 200, reads: 1, writes: 1, unknown: true},
		{name: "plain text with the token", handle: func(w http.ResponseWriter,
			token string) {
			status(w, 200, "Fatal error:\n token="+token)
		},
			says: []string{": Fatal error: token=***: the answer is not as documented"}, status: 200, reads: 1,
			writes: 1, unknown: true},
		{name: "JSON that is no object", handle: func(w http.ResponseWriter, _ string) { io.WriteString(w, `[]`) },
			says: []string{"it is a list, not an object"}, status: 200, reads: 1, writes: 1, unknown: true},
		{name: "JSON without a code", handle: func(w http.ResponseWriter, _ string) {
			io.WriteString(w, `{"data":[],"error":"odd"}`)
		},
			says: []string{": odd: the answer is not as documented: it has no code"}, status: 200, reads: 1, writes: 1,
			unknown: true},
		{name: "a code of null", handle: func(w http.ResponseWriter, _ string) {
			io.WriteString(w, `{"code":null,"data":[]}`)
		},
			says: []string{"it has no code"}, status: 200, reads: 1, writes: 1, unknown: true},
		{name: "no body", handle: func(w http.ResponseWriter, _ string) {},
			says: []string{"an empty answer"}, status: 200, reads: 3, writes: 1, unknown: true},
		{name: "JSON that stops", handle: func(w http.ResponseWriter, _ string) {
			io.WriteString(w, `{"code":0,"data":[{"id":5,"con`)
		},
			says: []string{"half an answer"}, status: 200, reads: 3, writes: 1, unknown: true},
		{name: "half a body", handle: func(w http.ResponseWriter, _ string) {
			raw(w, "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{\"code\":0}")
		}, says: []string{"the answer broke off after 10 bytes: unexpected EOF"}, status: 200, reads: 3, writes: 1,
			unknown: true},
		{name: "half a chunk", handle: func(w http.ResponseWriter, _ string) {
			raw(w, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\na\r\n{\"code\":0}\r\n")
		}, says: []string{"the answer broke off after 10 bytes"}, status: 200, reads: 3, writes: 1, unknown: true},
		{name: "half a refusal", handle: func(w http.ResponseWriter, _ string) {
			raw(w, "HTTP/1.1 403 Forbidden\r\nContent-Length: 100\r\n\r\n{\"code\"")
		}, says: []string{": HTTP 403 Forbidden: the answer broke off"}, status: 403, reads: 1, writes: 1},
		{name: "cut before an answer", handle: func(w http.ResponseWriter, _ string) { raw(w, "") },
			says: []string{"the connection was closed before an answer came"}, reads: 3, writes: 1, unknown: true},
		{name: "reset", handle: func(w http.ResponseWriter, _ string) { cut(w) },
			says: []string{"reset"}, reads: 3, writes: 1, unknown: true},
		{name: "no HTTP", handle: func(w http.ResponseWriter, token string) { raw(w, "SSH-2.0 "+token+"\r\n") },
			says: []string{"malformed HTTP"}, reads: 3, writes: 1, unknown: true},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			d := serve(t, func(w http.ResponseWriter, r *http.Request, _ int) {
				test.handle(w, r.PostForm.Get("token"))
			})
			c := client(t, Options{Endpoint: d.URL, Retries: retries})
			check := func(err error, requests, want int) *route.Error {
				t.Helper()
				e := failed(t, c, err)
				for _, says := range test.says {
					if !strings.Contains(e.Error(), says) {
						t.Errorf("%s\nshould say %s", e, says)
					}
				}
				if e.Status != test.status || e.Code != test.code || e.Refused() != test.refused {
					t.Errorf("status %d, %s, refused %t: %s", e.Status, e.Code, e.Refused(), e)
				}
				if requests != want {
					t.Errorf("sent %d times, want %d: %s", requests, want, e)
				}
				return e
			}
			_, err := c.Templates(routetest.Deadline(t), 71)
			if e := check(err, len(d.Requests()), test.reads); e.OutcomeUnknown() {
				t.Errorf("the outcome of a read is of no interest: %s", e)
			}
			before := len(d.Requests())
			for _, write := range []func() error{
				func() error { return c.CreateLike(routetest.Deadline(t), 71, modify(), "") },
				func() error { return c.Update(routetest.Deadline(t), schema.Live{ID: 5, ScopeID: 71}, modify()) },
				func() error { return c.Remove(routetest.Deadline(t), 5) },
			} {
				e := check(write(), len(d.Requests())-before, test.writes)
				if e.OutcomeUnknown() != test.unknown {
					t.Errorf("outcome unknown: %t, want %t: %s", e.OutcomeUnknown(), test.unknown, e)
				}
				before = len(d.Requests())
			}
		})
	}
}

func TestVendorsWordsUnderAnyKey(t *testing.T) {
	for _, body := range []string{
		`{"code":3,"msg":"没有权限"}`, `{"code":3,"message":"没有权限"}`, `{"code":3,"errmsg":"没有权限"}`,
		`{"code":3,"error":"没有权限"}`,
		`{"code":3,"info":"没有权限"}`, `{"code":3,"desc":"没有权限"}`, `{"code":3,"data":"没有权限"}`, `{"code":3,"提示":"没有权限"}`,
		`{"code":3,"msg":"","data":"没有权限"}`, `{"code":3,"error":{"id":1,"message":"没有权限"}}`,
		`{"errors":["没有权限"],"code":3}`,
		`{"code":3,"msg":"没有\n权限","data":"x"}`, `{"code":3,"msg":null,"message":" 没有权限 "}`,
	} {
		c := client(t, Options{Endpoint: answering(t, body).URL})
		_, err := c.Managed(routetest.Deadline(t))
		e := failed(t, c, err)
		if e.Code != "code 3" || strings.ReplaceAll(e.Message, " ", "") != "没有权限" {
			t.Errorf("%s: %s", body, e)
		}
	}
}

// A drive that cannot be reached: nothing was sent, so that a write may be tried again as well, and its outcome is
// known.
func TestUnreachable(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	closed := "http://" + listener.Addr().String()
	listener.Close()
	tls := httptest.NewUnstartedServer(http.NotFoundHandler())
	tls.Config.ErrorLog = quiet
	tls.StartTLS()
	t.Cleanup(tls.Close)
	plain := answering(t, `{"code":0}`)
	tests := []struct {
		name, endpoint string
		says           string
		cause          error
		tries          int
	}{
		{"refused connection", closed, "is it running?", syscall.ECONNREFUSED, 3},
		{"unknown host", "http://drive.invalid", "check the host name", nil, 3},
		{"a certificate of nobody known", tls.URL, "set ca_file", nil, 1},
		{"https to a plain drive", strings.Replace(plain.URL, "http:", "https:", 1), "https is not spoken there", nil,
			1},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			c := client(t, Options{Endpoint: test.endpoint, Retries: 2})
			for _, call := range []func() error{
				func() error { _, err := c.Templates(routetest.Deadline(t), 71); return err },
				func() error { return c.CreateLike(routetest.Deadline(t), 71, modify(), "") },
			} {
				e := failed(t, c, call())
				if e.Status != 0 || e.OutcomeUnknown() || e.Refused() || e.Tries != test.tries ||
					!strings.Contains(e.Error(), test.says) {
					t.Errorf("status %d, tried %d times: %s", e.Status, e.Tries, e)
				}
				if test.cause != nil && !errors.Is(e, test.cause) {
					t.Errorf("the cause is lost: %v", e)
				}
			}
		})
	}
	t.Run("http to a drive of https", func(t *testing.T) {
		c := client(t, Options{Endpoint: strings.Replace(tls.URL, "https:", "http:", 1)})
		_, err := c.Templates(routetest.Deadline(t), 71)
		if e := failed(t, c, err); e.Status != 400 || !strings.Contains(e.Error(),
			"begin the provider's endpoint with https://") {
			t.Error(e)
		}
	})
}

// A drive that takes the call and never answers.
func TestTimeout(t *testing.T) {
	release := make(chan struct{})
	d := serve(t, func(w http.ResponseWriter, _ *http.Request, n int) {
		if n%2 == 0 { // half of an answer, and then nothing
			io.WriteString(w, `{"code":0,`)
			w.(http.Flusher).Flush()
		}
		<-release
	})
	t.Cleanup(func() { close(release) })
	c := client(t, Options{Endpoint: d.URL, Timeout: 50 * time.Millisecond, Retries: 1})
	_, err := c.Templates(routetest.Deadline(t), 71)
	e := failed(t, c, err)
	if !errors.Is(e, context.DeadlineExceeded) || !strings.Contains(e.Error(), "no whole answer within 50ms") ||
		!strings.Contains(e.Error(), "raise timeout in the provider block") {
		t.Error(e)
	}
	if len(d.Requests()) != 2 {
		t.Errorf("%d requests", len(d.Requests()))
	}
	for range 2 {
		e = failed(t, c, c.Remove(routetest.Deadline(t), 5))
		if !e.OutcomeUnknown() || !errors.Is(e, context.DeadlineExceeded) {
			t.Error(e)
		}
	}
	if len(d.Requests()) != 4 {
		t.Errorf("%d requests", len(d.Requests()))
	}
}

func TestCancelled(t *testing.T) {
	reason := errors.New("interrupted")
	t.Run("before", func(t *testing.T) {
		d := answering(t, `{"code":0}`)
		c := client(t, Options{Endpoint: d.URL})
		ctx, cancel := context.WithCancelCause(t.Context())
		cancel(reason)
		e := failed(t, c, c.Remove(ctx, 5))
		if !errors.Is(e, reason) || e.OutcomeUnknown() || len(d.Requests()) != 0 {
			t.Error(e)
		}
	})
	t.Run("under way", func(t *testing.T) {
		ctx, cancel := context.WithCancelCause(t.Context())
		d := serve(t, func(w http.ResponseWriter, r *http.Request, _ int) {
			cancel(reason)
			<-r.Context().Done()
		})
		c := client(t, Options{Endpoint: d.URL})
		e := failed(t, c, c.Remove(ctx, 5))
		if !errors.Is(e, reason) || !e.OutcomeUnknown() || len(d.Requests()) != 1 {
			t.Error(e)
		}
	})
	t.Run("between two tries", func(t *testing.T) {
		d := serve(t, func(w http.ResponseWriter, _ *http.Request, _ int) { status(w, 502, "") })
		c := client(t, Options{Endpoint: d.URL})
		ctx, cancel := context.WithCancelCause(t.Context())
		c.tries.Pauses = func() backoff.BackOff { return backoff.NewConstantBackOff(time.Hour) }
		c.tries.Notify = func(error, time.Duration) { cancel(reason) }
		_, err := c.Templates(ctx, 71)
		if e := failed(t, c, err); !errors.Is(e, reason) || e.Status != 502 ||
			!strings.Contains(e.Error(), "not tried again: interrupted") {
			t.Error(e)
		}
	})
}

func TestTooLarge(t *testing.T) {
	d := answering(t, `{"code":0,"data":["`+strings.Repeat("x", 2000)+`"]}`)
	c := client(t, Options{Endpoint: d.URL})
	c.largest = 1000
	_, err := c.Templates(routetest.Deadline(t), 71)
	if e := failed(t, c, err); !errors.Is(e, route.ErrTooLarge) ||
		!strings.Contains(e.Error(), "the answer is too large: it announces 2022 bytes, more than 1000") ||
		len(d.Requests()) != 1 {
		t.Error(e)
	}
	if e := failed(t, c, c.Remove(routetest.Deadline(t), 5)); !e.OutcomeUnknown() {
		t.Error(e)
	}
}

// A transport of another making (the embedded drive) does not report its connections: a failure of it may have come
// after the drive did its work.
func TestOtherTransport(t *testing.T) {
	var calls atomic.Int32
	c := client(t, Options{Endpoint: "sandbox:", Transport: roundTrip(func(r *http.Request) (*http.Response, error) {
		calls.Add(1)
		if !strings.HasPrefix(r.URL.String(), "http://sandbox/app/approval/") {
			t.Error(r.URL)
		}
		return nil, fmt.Errorf("gone: %w", io.ErrUnexpectedEOF)
	})})
	if e := failed(t, c, c.Remove(routetest.Deadline(t), 5)); !e.OutcomeUnknown() || calls.Load() != 1 {
		t.Error(e)
	}
	_, err := c.Templates(routetest.Deadline(t), 5)
	if e := failed(t, c, err); calls.Load() != 6 {
		t.Errorf("%d calls: %s", calls.Load(), e)
	}
}

type roundTrip func(*http.Request) (*http.Response, error)

func (f roundTrip) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }
