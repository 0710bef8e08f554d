package esign_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"countersign/providers/sandbox/esign"
	"countersign/providers/sandbox/faults"
	"countersign/providers/sandbox/sandboxtest"
	"countersign/providers/sandbox/server"

	"github.com/google/go-cmp/cmp"
)

func flowsBody(ids ...string) string {
	list, _ := json.Marshal(ids)
	return `{"Agent":{"AppId":"yDwhxUUckp3gl8j5UuFX33LSNozpRsbi","ProxyOrganizationOpenId":"org_dianziqian",` +
		`"ProxyOperator":{"OpenId":"n9527"},"ProxyAppId":""},"FlowIds":` + string(list) + `}`
}

// sign makes a call to Tencent, signed after prepare has changed it.
func sign(o *sandboxtest.App, body string, prepare func(*http.Request)) *http.Request {
	o.T.Helper()
	r := o.Request("POST", "/", body)
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("X-TC-Action", "DescribeResourceUrlsByFlows")
	r.Header.Set("X-TC-Version", "2021-05-26")
	r.Header.Set("X-TC-Timestamp", strconv.FormatInt(o.Now().Unix(), 10))
	if prepare != nil {
		prepare(r)
	}
	seconds, _ := strconv.ParseInt(r.Header.Get("X-TC-Timestamp"), 10, 64)
	at := time.Unix(seconds, 0)
	host := r.Host
	if host == "" {
		host = r.URL.Host
	}
	if r.Header.Get("Authorization") == "" {
		r.Header.Set("Authorization", esign.Sign(at, host, r.Header, []byte(body)))
	}
	return r
}

// flows sends a call and returns the parts of its answer: links of the first flow, at the end.
func flows(o *sandboxtest.App, r *http.Request) (ids, words []string, urls []esign.ResourceURL) {
	o.T.Helper()
	got := o.Send(r)
	var answer struct{ Response esign.FlowURLs }
	if err := json.Unmarshal([]byte(got.Body), &answer); err != nil || got.Status != 200 {
		o.T.Fatalf("%d %s: %v", got.Status, got.Body, err)
	}
	for _, f := range answer.Response.FlowResourceUrlInfos {
		ids = append(ids, fmt.Sprint(f.FlowId, " ", len(f.ResourceUrlInfos)))
	}
	if len(ids) == 0 {
		o.T.Fatalf("%s", got.Body)
	}
	return ids, answer.Response.ErrorMessages, answer.Response.FlowResourceUrlInfos[0].ResourceUrlInfos
}

func tencentCode(o *sandboxtest.App, r *http.Request) string {
	o.T.Helper()
	got := o.Send(r)
	var answer struct {
		Response struct {
			Error     *struct{ Code, Message string }
			RequestId string
		}
	}
	if err := json.Unmarshal([]byte(got.Body), &answer); err != nil || got.Status != 200 ||
		len(answer.Response.RequestId) != 36 {
		o.T.Errorf("%d %s: %v", got.Status, got.Body, err)
	}
	if answer.Response.Error == nil {
		return ""
	}
	if answer.Response.Error.Message == "" {
		o.T.Errorf("no words: %s", got.Body)
	}
	return answer.Response.Error.Code
}

// Each flow keeps its place, also one that does not exist.
func TestFlowsByPlace(t *testing.T) {
	o := sandboxtest.NewApp(t)
	ids, words, urls := flows(o, sign(o, flowsBody("yDwi8UUckpo5fz9cUqI6nGwcuTvt9YSh",
		"yDwivUUckpor6wtoUuogwQHCAB0ES0p1",
		"yDwiSandboxOthers000000000000001", "yDwivUUckpor6wtoUuogwQHCAB0ES0pQ"), nil))
	if diff := cmp.Diff([]string{"yDwi8UUckpo5fz9cUqI6nGwcuTvt9YSh 2", "yDwivUUckpor6wtoUuogwQHCAB0ES0p1 0",
		"yDwiSandboxOthers000000000000001 0", "yDwivUUckpor6wtoUuogwQHCAB0ES0pQ 1"}, ids); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]string{"", "查询流程不存在", "合同没有权限", ""}, words); diff != "" {
		t.Error(diff)
	}
	if urls[0].Name != "合同,250151025185515.pdf" || urls[0].Type != "PDF" || !strings.HasPrefix(urls[0].Url, o.URL) {
		t.Errorf("%+v", urls)
	}
	if r := o.Send(sign(o, flowsBody("x"), nil)); !strings.Contains(r.Body, `"ResourceUrlInfos":[]`) {
		t.Errorf("no list for a flow that does not exist: %s", r.Body)
	}
}

// A link works for five minutes, for its own path, and gives the same PDF each time.
func TestContractLinks(t *testing.T) {
	o := sandboxtest.NewApp(t)
	_, _, urls := flows(o, sign(o, flowsBody("yDwi8UUckpo5fz9cUqI6nGwcuTvt9YSh"), nil))
	first, second := urls[0].Url, urls[1].Url
	got := o.Send(o.Request("GET", first, ""))
	if got.Status != 200 || got.Header.Get("Content-Type") != "application/pdf" ||
		got.Body != o.Send(o.Request("GET", first, "")).Body {
		t.Errorf("%d %v", got.Status, got.Header)
	}
	if got.Body == o.Send(o.Request("GET", second, "")).Body {
		t.Error("two documents are the same")
	}
	firstPath, firstKey, _ := strings.Cut(first, "?hkey=")
	_, secondKey, _ := strings.Cut(second, "?hkey=")
	for name, address := range map[string]string{
		"no key": firstPath, "another's key": firstPath + "?hkey=" + secondKey, "a longer life": firstPath + "?hkey=f" +
			firstKey[1:],
		"cut": firstPath + "?hkey=" + firstKey[1:], "another path": strings.Replace(first, "/0/0.PDF", "/0/2.PDF", 1),
	} {
		if r := o.Send(o.Request("GET", address, "")); r.Status != 403 ||
			!strings.Contains(r.Body, "<Code>AccessDenied</Code>") {
			t.Errorf("%s: %d %s", name, r.Status, r.Body)
		}
	}
	if r := o.Send(o.Request("POST", first, "")); r.Status != 405 {
		t.Errorf("POST: %d", r.Status)
	}
	o.Later(4*time.Minute + 59*time.Second)
	if r := o.Send(o.Request("GET", first, "")); r.Status != 200 {
		t.Errorf("before five minutes: %d", r.Status)
	}
	o.Later(time.Second)
	if r := o.Send(o.Request("GET", first, "")); r.Status != 403 {
		t.Errorf("after five minutes: %d", r.Status)
	}
}

// Readers of PDF find objects by the offsets at the end.
func TestContractIsPDF(t *testing.T) {
	pdf := esign.ContractPDF(`Signed (and \ sealed)`)
	if !bytes.HasPrefix(pdf, []byte("%PDF-1.4\n")) || !bytes.HasSuffix(pdf, []byte("%%EOF\n")) {
		t.Errorf("%s", pdf)
	}
	start := regexp.MustCompile(`startxref\n(\d+)\n`).FindSubmatch(pdf)
	at, _ := strconv.Atoi(string(start[1]))
	if !bytes.HasPrefix(pdf[at:], []byte("xref\n0 6\n")) {
		t.Errorf("at %d: %s", at, pdf[at:])
	}
	for i, entry := range regexp.MustCompile(`(\d{10}) 00000 n \n`).FindAllSubmatch(pdf, -1) {
		offset, _ := strconv.Atoi(string(entry[1]))
		if want := fmt.Sprintf("%d 0 obj\n", i+1); !bytes.HasPrefix(pdf[offset:], []byte(want)) {
			t.Errorf("%s is not at %d", want, offset)
		}
	}
	stream := regexp.MustCompile(`(?s)/Length (\d+) >>\nstream\n(.*)\nendstream`).FindSubmatch(pdf)
	if strconv.Itoa(len(stream[2])) != string(stream[1]) || !strings.Contains(string(stream[2]),
		`(Signed \(and \\ sealed\))`) {
		t.Errorf("%s", stream[0])
	}
}

func TestTencentRefusals(t *testing.T) {
	o := sandboxtest.NewApp(t)
	header := func(name, value string) func(*http.Request) {
		return func(r *http.Request) { r.Header.Set(name, value) }
	}
	authorized := func(from, to string) func(*http.Request) {
		return func(r *http.Request) {
			signed := sign(o, flowsBody("x"), nil).Header.Get("Authorization")
			r.Header.Set("Authorization", strings.Replace(signed, from, to, 1))
		}
	}
	at := func(seconds int) func(*http.Request) {
		return func(r *http.Request) {
			r.Header.Set("X-TC-Timestamp", strconv.FormatInt(o.Now().Unix()+int64(seconds), 10))
		}
	}
	good := flowsBody("x")
	agent := func(from, to string) string { return strings.Replace(good, from, to, 1) }
	tests := []struct {
		name, body string
		prepare    func(*http.Request)
		code       string
	}{
		{"right", good, nil, ""},
		{"no Authorization", good, header("Authorization", "Bearer x"), "AuthFailure.InvalidAuthorization"},
		{"no timestamp", good, header("X-TC-Timestamp", "now"), "MissingParameter"},
		{"300 s late", good, at(-300), ""},
		{"301 s late", good, at(-301), "AuthFailure.SignatureExpire"},
		{"301 s early", good, at(301), "AuthFailure.SignatureExpire"},
		{"unknown key", good, authorized("AKIDSANDBOX", "AKIDOTHER"), "AuthFailure.SecretIdNotFound"},
		{"another service", good, authorized("/essbasic/", "/127/"), "AuthFailure.SignatureFailure"},
		{"another day", good, authorized("2026-05-28", "2026-05-27"), "AuthFailure.SignatureFailure"},
		{"host not signed", good, authorized("content-type;host", "content-type"), "AuthFailure.SignatureFailure"},
		{"another signature", good, authorized("Signature=", "Signature=0"), "AuthFailure.InvalidAuthorization"},
		{"another body", good + " ", authorized("", ""), "AuthFailure.SignatureFailure"},
		{"temporary", good, header("X-TC-Token", "x"), "AuthFailure.TokenFailure"},
		{"a form", good, header("Content-Type", "application/x-www-form-urlencoded"), "InvalidRequest"},
		{"version", good, header("X-TC-Version", "2020-01-01"), "NoSuchVersion"},
		{"action", good, header("X-TC-Action", "DescribeTemplates"), "InvalidAction"},
		{"unsigned payload", good, header("X-TC-Content-SHA256", "UNSIGNED-PAYLOAD"), ""},
		{"no JSON", "{", nil, "InvalidParameter"},
		{"null", "null", nil, "InvalidParameter"},
		{"wrong type", agent(`["x"]`, `"x"`), nil, "InvalidParameter"},
		{"unknown parameter", agent(`"FlowIds"`, `"Flows"`), nil, "UnknownParameter"},
		{"unknown parameter below", agent(`"AppId"`, `"Name":"x","AppId"`), nil, "UnknownParameter"},
		{"small letters", agent(`"OpenId"`, `"openid"`), nil, "UnknownParameter"},
		{"parameters not in use",
			agent(`"OpenId"`, `"Channel":"","CustomUserId":"","ClientIp":"","ProxyIp":"","OpenId"`), nil, ""},
		{"operator beside the agent", agent(`"FlowIds"`, `"Operator":{"OpenId":"n9527"},"FlowIds"`), nil, ""},
		{"a list", "[]", nil, "InvalidParameter"},
		{"no UTF-8", agent(`["x"]`, "[\"\xff\"]"), nil, "InvalidParameter"},
		{"an empty flow", flowsBody("x", ""), nil, "MissingParameter.FlowId"},
		{"no agent", `{"FlowIds":["x"]}`, nil, "MissingParameter"},
		{"no flow", flowsBody(), nil, "MissingParameter.FlowId"},
		{"null flows", agent(`["x"]`, `null`), nil, "MissingParameter.FlowId"},
		{"50 flows", flowsBody(strings.Split(strings.Repeat("x,", 49)+"x", ",")...), nil, ""},
		{"51 flows", flowsBody(strings.Split(strings.Repeat("x,", 50)+"x", ",")...), nil, "InvalidParameter"},
		{"no app", agent("yDwhxUUckp3gl8j5UuFX33LSNozpRsbi", ""), nil, "MissingParameter"},
		{"another app", agent("yDwhx", "yDwhy"), nil, "ResourceNotFound.Application"},
		{"proxy app", agent(`"ProxyAppId":""`, `"ProxyAppId":"x"`), nil, "InvalidParameter.ParamError"},
		{"no organization", agent("org_dianziqian", ""), nil, "MissingParameter"},
		{"another organization", agent("org_dianziqian", "org_x"), nil, "ResourceNotFound.Organization"},
		{"no operator", agent(`"OpenId":"n9527"`, ""), nil, "MissingParameter.UserOpenId"},
		{"another operator", agent("n9527", "n1"), nil, "OperationDenied.UserNotInOrganization"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			o.Later(time.Second)
			if got := tencentCode(o, sign(o, tt.body, tt.prepare)); got != tt.code {
				t.Errorf("%q, want %q", got, tt.code)
			}
		})
	}
	get := o.Request("GET", "/", "")
	get.Header.Set("X-TC-Action", "DescribeResourceUrlsByFlows")
	if got := tencentCode(o, get); got != "AuthFailure.InvalidAuthorization" {
		t.Errorf("GET: %s", got)
	}
	if got := tencentCode(o, sign(o, strings.Repeat(" ", esign.MaxBody+1), nil)); got != "RequestSizeLimitExceeded" {
		t.Errorf("too large: %s", got)
	}
}

// The client may mean the vendor's host, with or without a port, or the sandbox's own.
func TestTencentAnyHost(t *testing.T) {
	o := sandboxtest.NewApp(t)
	for _, host := range []string{"", "essbasic.tencentcloudapi.com", "essbasic.tencentcloudapi.com:18099",
		"127.0.0.1"} {
		r := sign(o, flowsBody("yDwivUUckpor6wtoUuogwQHCAB0ES0pQ"), func(r *http.Request) { r.Host = host })
		_, _, urls := flows(o, r)
		if got := o.Send(o.Request("GET", urls[0].Url, "")); got.Status != 200 {
			t.Errorf("host %q: the link %s answers %d", host, urls[0].Url, got.Status)
		}
		// One that signs without the port, to an address with it.
		if signed := strings.Split(host, ":"); len(signed) == 2 {
			r := sign(o, flowsBody("x"), func(r *http.Request) { r.Host = signed[0] })
			r.Host = host
			if got := tencentCode(o, r); got != "" {
				t.Errorf("signed without port: %s", got)
			}
		}
	}
}

func TestTencentLimit(t *testing.T) {
	o := sandboxtest.NewApp(t)
	for range server.CallsPerSecond {
		if got := tencentCode(o, sign(o, flowsBody("x"), nil)); got != "" {
			t.Fatal(got)
		}
	}
	if got := tencentCode(o, sign(o, flowsBody("x"), nil)); got != "RequestLimitExceeded" {
		t.Error(got)
	}
	o.Later(time.Second)
	if got := tencentCode(o, sign(o, flowsBody("x"), nil)); got != "" {
		t.Error(got)
	}
}

// What goes wrong on demand goes wrong in Tencent's words, so that its clients can read it.
func TestFaults(t *testing.T) {
	o := sandboxtest.NewApp(t)
	_, _, contract := flows(o, sign(o, flowsBody("yDwivUUckpor6wtoUuogwQHCAB0ES0pQ"), nil))
	if err := sandboxtest.SetFaults(o.Box, faults.Settings{ErrorRate: 1}); err != nil {
		t.Fatal(err)
	}
	if r := o.Send(sign(o, flowsBody("x"), nil)); r.Status != 200 ||
		!strings.Contains(r.Body, `"Code":"InternalError"`) {
		t.Errorf("%d %s", r.Status, r.Body)
	}
	if r := o.Send(o.Request("GET", contract[0].Url, "")); r.Status != 500 {
		t.Errorf("%d %s", r.Status, r.Body)
	}
}

// The same without a socket.
func TestInProcess(t *testing.T) {
	o := sandboxtest.NewApp(t)
	o.HTTP = &http.Client{Transport: o.Box.Transport()}
	o.URL = "https://essbasic.example"
	_, _, urls := flows(o, sign(o, flowsBody("yDwivUUckpor6wtoUuogwQHCAB0ES0pQ"), nil))
	if r := o.Send(o.Request("GET", urls[0].Url, "")); !strings.HasPrefix(r.Body, "%PDF-1.4") {
		t.Errorf("%d %s", r.Status, r.Body)
	}
}
