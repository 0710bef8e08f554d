package sandbox

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"
)

const (
	tokenCall = `{"appKey":"dingsandboxkey","appSecret":"sandbox-secret"}`
	spacePath = "/v1.0/workflow/processInstances/spaces/infos/query"
)

// What the gateway refuses before an interface sees the call.
func TestGateway(t *testing.T) {
	o := newOffice(t).signIn()
	tests := []struct {
		name, method, path, media, token, body string
		status                                 int
		code                                   string
	}{
		{"right", "POST", spacePath, "application/json", o.token, `{"userId":"user123"}`, 200, ""},
		{"unknown path", "POST", "/v1.0/nowhere", "application/json", o.token, `{}`, 404, "InvalidAction.NotFound"},
		{"unknown version", "POST", "/v2.0/oauth2/accessToken", "application/json", "", tokenCall, 404, "InvalidAction.NotFound"},
		{"slash at the end", "POST", spacePath + "/", "application/json", o.token, `{}`, 404, "InvalidAction.NotFound"},
		{"no space id", "POST", "/v1.0/storage/spaces//files/commit", "application/json", o.token, `{}`, 404, "InvalidAction.NotFound"},
		{"method", "GET", spacePath, "", o.token, "", 404, "InvalidAction.NotFound"},
		{"no token", "POST", spacePath, "application/json", "", `{"userId":"user123"}`, 400, "Missingx-acs-dingtalk-access-token"},
		{"wrong token", "POST", spacePath, "application/json", "undefined", `{"userId":"user123"}`, 400, "InvalidAuthentication"},
		{"a form", "POST", "/v1.0/oauth2/accessToken", "application/x-www-form-urlencoded", "", "appKey=x", 400, "Missingbody"},
		{"no media type", "POST", spacePath, "", o.token, `{"userId":"user123"}`, 400, "Missingbody"},
		{"no body", "POST", spacePath, "application/json", o.token, " ", 400, "Missingbody"},
		{"no JSON", "POST", spacePath, "application/json", o.token, "{", 400, "Invalidbody"},
		{"no object", "POST", spacePath, "application/json", o.token, "[]", 400, "Invalidbody"},
		{"null", "POST", spacePath, "application/json", o.token, "null", 400, "Invalidbody"},
		{"field missing", "POST", spacePath, "application/json", o.token, `{}`, 400, "MissinguserId"},
		{"field null", "POST", spacePath, "application/json", o.token, `{"userId":null}`, 400, "MissinguserId"},
		{"field of another type", "POST", spacePath, "application/json", o.token, `{"userId":1}`, 400, "invalidParameter"},
		{"query missing", "POST", storagePath + "/files/commit", "application/json", o.token, `{}`, 400, "MissingunionId"},
		{"query before body", "POST", storagePath + "/files/commit?unionId=", "application/json", o.token, `{}`, 400, "MissingunionId"},
		{"body after query", "POST", storagePath + "/files/commit?unionId=union123", "application/json", o.token, `{}`, 400, "MissinguploadKey"},
		{"too large", "POST", spacePath, "application/json", o.token, strings.Repeat(" ", maxBody+1), 413, "RequestEntityTooLarge"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			o.later(time.Second)
			r := o.request(tt.method, tt.path, tt.body)
			if tt.media != "" {
				r.Header.Set("Content-Type", tt.media)
			}
			if tt.token != "" {
				r.Header.Set("x-acs-dingtalk-access-token", tt.token)
			}
			o.want(o.send(r), tt.status, tt.code)
		})
	}
	chunked := o.request("POST", spacePath, `{"userId":"user123"}`)
	chunked.ContentLength = -1 // as the vendor's client sends everything
	chunked.Header.Set("Content-Type", "application/json; charset=utf-8")
	chunked.Header.Set("x-acs-dingtalk-access-token", o.token)
	o.want(o.send(chunked), 200, "")
}

// A token is good for two hours since it was last asked for.
func TestTokenLife(t *testing.T) {
	o := newOffice(t)
	get := func() string {
		r := o.ask("/v1.0/oauth2/accessToken", tokenCall)
		if life := o.field(r, "expireIn"); life != "7200" {
			t.Errorf("expireIn %s", life)
		}
		return o.field(r, "accessToken")
	}
	first := get()
	for range 3 {
		o.later(7000 * time.Second)
		if got := get(); got != first {
			t.Fatal("another token while the first is good")
		}
	}
	o.token = first
	o.later(7190 * time.Second)
	o.want(o.ask(spacePath, `{"userId":"user123"}`), 200, "")
	o.later(10 * time.Second)
	o.want(o.ask(spacePath, `{"userId":"user123"}`), 400, "InvalidAuthentication")
	if got := get(); got == first {
		t.Error("the same token after its end")
	}
	for _, wrong := range []string{`{"appKey":"dingsandboxkey","appSecret":"x"}`, `{"appKey":"x","appSecret":"sandbox-secret"}`} {
		o.want(o.ask("/v1.0/oauth2/accessToken", wrong), 400, "invalidClientIdOrSecret")
	}
}

// Each interface has twenty calls a second of its own; storage ids in the path make no difference.
func TestGatewayLimit(t *testing.T) {
	o := newOffice(t).signIn()
	call := func(n int) heard {
		r := o.request("POST", fmt.Sprintf("%s/dentries/%d/query?unionId=union123", storagePath, n), "{}")
		r.Header.Set("Content-Type", "application/json")
		r.Header.Set("x-acs-dingtalk-access-token", o.token)
		return o.send(r)
	}
	o.later(time.Second)
	for n := range 20 {
		o.want(call(n), 400, "dentryNotExist")
	}
	o.want(call(20), 403, "Forbidden.AccessDenied.QpsLimitForAppkeyAndApi")
	r := o.request("POST", spacePath, `{"userId":"user123"}`)
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("x-acs-dingtalk-access-token", o.token)
	o.want(o.send(r), 200, "")
	o.later(time.Second)
	o.want(call(20), 400, "dentryNotExist")
	for n := range 21 {
		code := ""
		if n == 20 {
			code = "Forbidden.AccessDenied.QpsLimitForAppkeyAndApi"
		}
		r := o.request("POST", "/v1.0/oauth2/accessToken", tokenCall)
		r.Header.Set("Content-Type", "application/json")
		if got := o.send(r); !strings.Contains(got.body, code) || (got.status == http.StatusOK) != (code == "") {
			t.Errorf("token %d: %d %s", n+1, got.status, got.body)
		}
	}
}

func TestSpaceRefusals(t *testing.T) {
	o := newOffice(t).signIn()
	for body, code := range map[string]string{
		`{"userId":""}`:                          "invalidUserId",
		`{"userId":"nobody"}`:                    "userNotExist",
		`{"userId":"user123","agentId":1}`:       "noPermission",
		`{"userId":"user123","agentId":"x"}`:     "invalidParameter",
		`{"userId":"user456","agentId":null}`:    "",
		`{"userId":"user123","agentId":8345000}`: "",
	} {
		status := 400
		if code == "" {
			status = 200
		}
		o.want(o.ask(spacePath, body), status, code)
	}
}
