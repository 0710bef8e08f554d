package dingtalk_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"countersign/providers/sandbox/sandboxtest"
	"countersign/providers/sandbox/server"
)

const (
	tokenCall = `{"appKey":"dingsandboxkey","appSecret":"sandbox-secret"}`
	spacePath = "/v1.0/workflow/processInstances/spaces/infos/query"
)

// What the gateway refuses before an interface sees the call.
func TestGateway(t *testing.T) {
	o := sandboxtest.NewApp(t).SignIn()
	tests := []struct {
		name, method, path, media, token, body string
		status                                 int
		code                                   string
	}{
		{"right", "POST", spacePath, "application/json", o.Token, `{"userId":"user123"}`, 200, ""},
		{"unknown path", "POST", "/v1.0/nowhere", "application/json", o.Token, `{}`, 404, "InvalidAction.NotFound"},
		{"unknown version", "POST", "/v2.0/oauth2/accessToken", "application/json", "", tokenCall, 404,
			"InvalidAction.NotFound"},
		{"slash at the end", "POST", spacePath + "/", "application/json", o.Token, `{}`, 404, "InvalidAction.NotFound"},
		{"no space id", "POST", "/v1.0/storage/spaces//files/commit", "application/json", o.Token, `{}`, 404,
			"InvalidAction.NotFound"},
		{"method", "GET", spacePath, "", o.Token, "", 404, "InvalidAction.NotFound"},
		{"no token", "POST", spacePath, "application/json", "", `{"userId":"user123"}`, 400,
			"Missingx-acs-dingtalk-access-token"},
		{"wrong token", "POST", spacePath, "application/json", "undefined", `{"userId":"user123"}`, 400,
			"InvalidAuthentication"},
		{"a form", "POST", "/v1.0/oauth2/accessToken", "application/x-www-form-urlencoded", "", "appKey=x", 400,
			"Missingbody"},
		{"no media type", "POST", spacePath, "", o.Token, `{"userId":"user123"}`, 400, "Missingbody"},
		{"no body", "POST", spacePath, "application/json", o.Token, " ", 400, "Missingbody"},
		{"no JSON", "POST", spacePath, "application/json", o.Token, "{", 400, "Invalidbody"},
		{"no object", "POST", spacePath, "application/json", o.Token, "[]", 400, "Invalidbody"},
		{"null", "POST", spacePath, "application/json", o.Token, "null", 400, "Invalidbody"},
		{"no UTF-8", "POST", spacePath, "application/json", o.Token, "{\"userId\":\"\xff\"}", 400, "Invalidbody"},
		{"another spelling", "POST", spacePath, "application/json", o.Token, `{"userid":"user123"}`, 400,
			"MissinguserId"},
		{"a field more", "POST", spacePath, "application/json", o.Token, `{"userId":"user123","AGENTID":1}`, 200, ""},
		{"field missing", "POST", spacePath, "application/json", o.Token, `{}`, 400, "MissinguserId"},
		{"field null", "POST", spacePath, "application/json", o.Token, `{"userId":null}`, 400, "MissinguserId"},
		{"field of another type", "POST", spacePath, "application/json", o.Token, `{"userId":1}`, 400,
			"invalidParameter"},
		{"query missing", "POST", sandboxtest.StoragePath + "/files/commit", "application/json", o.Token, `{}`, 400,
			"MissingunionId"},
		{"query before body", "POST", sandboxtest.StoragePath + "/files/commit?unionId=", "application/json", o.Token,
			`{}`, 400, "MissingunionId"},
		{"body after query", "POST", sandboxtest.StoragePath + "/files/commit?unionId=union123", "application/json",
			o.Token, `{}`, 400, "MissinguploadKey"},
		{"too large", "POST", spacePath, "application/json", o.Token, strings.Repeat(" ", server.MaxBody+1), 413,
			"RequestEntityTooLarge"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			o.Later(time.Second)
			r := o.Request(tt.method, tt.path, tt.body)
			if tt.media != "" {
				r.Header.Set("Content-Type", tt.media)
			}
			if tt.token != "" {
				r.Header.Set("x-acs-dingtalk-access-token", tt.token)
			}
			o.Want(o.Send(r), tt.status, tt.code)
		})
	}
	chunked := o.Request("POST", spacePath, `{"userId":"user123"}`)
	chunked.ContentLength = -1 // as the vendor's client sends everything
	chunked.Header.Set("Content-Type", "application/json; charset=utf-8")
	chunked.Header.Set("x-acs-dingtalk-access-token", o.Token)
	o.Want(o.Send(chunked), 200, "")
}

// A token is good for two hours since it was last asked for.
func TestTokenLife(t *testing.T) {
	o := sandboxtest.NewApp(t)
	get := func() string {
		r := o.Ask("/v1.0/oauth2/accessToken", tokenCall)
		if life := o.Field(r, "expireIn"); life != "7200" {
			t.Errorf("expireIn %s", life)
		}
		return o.Field(r, "accessToken")
	}
	first := get()
	for range 3 {
		o.Later(7000 * time.Second)
		if got := get(); got != first {
			t.Fatal("another token while the first is good")
		}
	}
	o.Token = first
	o.Later(7190 * time.Second)
	o.Want(o.Ask(spacePath, `{"userId":"user123"}`), 200, "")
	o.Later(10 * time.Second)
	o.Want(o.Ask(spacePath, `{"userId":"user123"}`), 400, "InvalidAuthentication")
	if got := get(); got == first {
		t.Error("the same token after its end")
	}
	for _, wrong := range []string{`{"appKey":"dingsandboxkey","appSecret":"x"}`,
		`{"appKey":"x","appSecret":"sandbox-secret"}`} {
		o.Want(o.Ask("/v1.0/oauth2/accessToken", wrong), 400, "invalidClientIdOrSecret")
	}
}

// Each interface has twenty calls a second of its own; storage ids in the path make no difference.
func TestGatewayLimit(t *testing.T) {
	o := sandboxtest.NewApp(t).SignIn()
	call := func(n int) sandboxtest.Response {
		r := o.Request("POST", fmt.Sprintf("%s/dentries/%d/query?unionId=union123", sandboxtest.StoragePath, n), "{}")
		r.Header.Set("Content-Type", "application/json")
		r.Header.Set("x-acs-dingtalk-access-token", o.Token)
		return o.Send(r)
	}
	o.Later(time.Second)
	for n := range 20 {
		o.Want(call(n), 400, "dentryNotExist")
	}
	o.Want(call(20), 403, "Forbidden.AccessDenied.QpsLimitForAppkeyAndApi")
	r := o.Request("POST", spacePath, `{"userId":"user123"}`)
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("x-acs-dingtalk-access-token", o.Token)
	o.Want(o.Send(r), 200, "")
	o.Later(time.Second)
	o.Want(call(20), 400, "dentryNotExist")
	for n := range 21 {
		code := ""
		if n == 20 {
			code = "Forbidden.AccessDenied.QpsLimitForAppkeyAndApi"
		}
		r := o.Request("POST", "/v1.0/oauth2/accessToken", tokenCall)
		r.Header.Set("Content-Type", "application/json")
		if got := o.Send(r); !strings.Contains(got.Body, code) || (got.Status == http.StatusOK) != (code == "") {
			t.Errorf("token %d: %d %s", n+1, got.Status, got.Body)
		}
	}
}

func TestSpaceRefusals(t *testing.T) {
	o := sandboxtest.NewApp(t).SignIn()
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
		o.Want(o.Ask(spacePath, body), status, code)
	}
}
