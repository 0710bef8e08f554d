package yomicloud

import (
	_ "embed"
	"net/http"
	"strings"
	"testing"

	"countersign/providers/route"
	"countersign/providers/route/routetest"
	"countersign/schema"
)

// The example answer of the document's section 1, without its comments.
//
//go:embed testdata/templet-content.json
var documentExample string

// A token with characters that escapes would change.
const testToken = `s3cret+token/with&all=kinds<>"%20of signs`

// serve is a drive that answers the n-th request, counted from 1, with handle.
func serve(t *testing.T, handle func(w http.ResponseWriter, r *http.Request, n int)) *routetest.Server {
	t.Helper()
	return routetest.Serve(t, func(w http.ResponseWriter, r *http.Request, n int) {
		r.ParseForm()
		handle(w, r, n)
	})
}

// answering is a drive that answers each call with one body.
func answering(t *testing.T, body string) *routetest.Server {
	return routetest.Serve(t, func(w http.ResponseWriter, _ *http.Request, _ int) { w.Write([]byte(body)) })
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
	c.tries.Pauses = routetest.NoPauses
	return c
}

// failed returns the *route.Error of a call that had to fail, and holds it against what every error must be: one line
// that names call and address and does not name the token, in any form.
func failed(t *testing.T, c *Client, err error) *route.Error {
	t.Helper()
	if err == nil {
		t.Fatal("no error")
	}
	e, ok := err.(*route.Error)
	if !ok {
		t.Fatalf("%T, not *route.Error: %v", err, err)
	}
	text := e.Error()
	if !strings.Contains(text, e.Call+" "+c.endpoint+"/app/") {
		t.Errorf("call or address not named: %s", text)
	}
	routetest.CheckError(t, e, c.token)
	return e
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
