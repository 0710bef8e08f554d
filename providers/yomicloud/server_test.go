package yomicloud

import (
	"context"
	_ "embed"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/cenkalti/backoff/v5"

	"countersign/schema"
)

// The example answer of the document's section 1, without its comments.
//
//go:embed testdata/templet-content.json
var documentExample string

// A token with characters that escapes would change.
const testToken = `s3cret+token/with&all=kinds<>"%20of signs`

// request is what a test server was sent.
type request struct {
	path   string
	method string
	header http.Header
	form   url.Values
	query  string
}

// testDrive is a drive of a few lines: it notes what it is sent and answers what the test says.
type testDrive struct {
	*httptest.Server
	mu       sync.Mutex
	requests []request
}

func (d *testDrive) sent() []request {
	d.mu.Lock()
	defer d.mu.Unlock()
	return append([]request(nil), d.requests...)
}

// note keeps a request; handlers of servers that are not made by serve call it themselves.
func (d *testDrive) note(r *http.Request) int {
	r.ParseForm()
	d.mu.Lock()
	defer d.mu.Unlock()
	d.requests = append(d.requests, request{path: r.URL.Path, method: r.Method, header: r.Header, form: r.PostForm, query: r.URL.RawQuery})
	return len(d.requests)
}

// serve answers the n-th request, counted from 1, with handle.
func serve(t *testing.T, handle func(w http.ResponseWriter, r *http.Request, n int)) *testDrive {
	t.Helper()
	d := &testDrive{}
	d.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { handle(w, r, d.note(r)) }))
	t.Cleanup(d.Close)
	return d
}

// answering is a drive that answers each call with one body.
func answering(t *testing.T, body string) *testDrive {
	return serve(t, func(w http.ResponseWriter, _ *http.Request, _ int) { w.Write([]byte(body)) })
}

// client is one that waits for nothing between its tries.
func client(t *testing.T, o Options) *Client {
	t.Helper()
	if o.Token == "" {
		o.Token = testToken
	}
	c, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	c.pauses = func() backoff.BackOff { return &backoff.ZeroBackOff{} }
	return c
}

// failed returns the *Error of a call that had to fail, and holds it against what every error must be: one line
// that names call and address and does not name the token, in any form.
func failed(t *testing.T, c *Client, err error) *Error {
	t.Helper()
	if err == nil {
		t.Fatal("no error")
	}
	e, ok := err.(*Error)
	if !ok {
		t.Fatalf("%T, not *Error: %v", err, err)
	}
	text := e.Error()
	if !strings.Contains(text, e.Call+" "+c.endpoint+"/app/") {
		t.Errorf("call or address not named: %s", text)
	}
	if strings.ContainsAny(text, "\r\n") {
		t.Errorf("more than one line: %q", text)
	}
	for cause := error(e); cause != nil; {
		for _, form := range []string{c.token, url.QueryEscape(c.token)} {
			if strings.Contains(cause.Error(), form) {
				t.Errorf("the token is in it: %s", cause)
			}
		}
		u, ok := cause.(interface{ Unwrap() error })
		if !ok {
			break
		}
		cause = u.Unwrap()
	}
	return e
}

func deadline(t *testing.T) context.Context {
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	t.Cleanup(cancel)
	return ctx
}

var (
	admin  = schema.Person{ID: 1, Username: "admin", Realname: "系统管理员"}
	test02 = schema.Person{ID: 3, Username: "test02", Realname: "测试2"}
	test03 = schema.Person{ID: 4, Username: "test03", Realname: "测试3"}
)

// modify is the template of the document's example.
func modify() schema.Template {
	return schema.Template{
		Title:          "申请修改",
		ApprovalType:   "4",
		AppliesTo:      schema.AppliesToFiles,
		Description:    "请说明修改内容",
		Steps:          []schema.Step{{Name: "d", Approvers: []schema.Person{admin}, Rule: schema.RuleAny}},
		ApproverAccess: schema.AccessNone,
		CC:             []schema.Person{test03},
		CCAccess:       schema.AccessNone,
	}
}
