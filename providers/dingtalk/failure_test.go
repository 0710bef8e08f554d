package dingtalk

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/time/rate"

	"countersign/providers/route"
	"countersign/providers/route/routetest"
)

// Each way to fail: what the error says, whether the call was sent again, and whether a write may have taken place.
func TestFailures(t *testing.T) {
	half := func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Length", "100")
		io.WriteString(w, `{"file":`)
	}
	scope := routetest.Answer(403,
		`{"code":"Forbidden.AccessDenied.AccessTokenPermissionDenied","requestid":"30EE","message":"no",`+
			`"accessdenieddetail":{"requiredScopes":["ConvFile.File.Send","x"]}}`)
	punished := `{"status":1111,"wait":5,"source":"x5","punish":"deny","uuid":"e1"}`
	tests := []struct {
		name    string
		handler http.HandlerFunc
		code    string
		says    []string
		again   bool // a read is sent again
		unknown bool // a write may have taken place
	}{
		{"missing right", scope, "Forbidden.AccessDenied.AccessTokenPermissionDenied",
			[]string{"HTTP 403", "give the app the permission ConvFile.File.Send, x", "[request 30EE]"}, false, false},
		{"address not allowed", refuse(403, "Forbidden.AccessDenied.IpNotInWhiteList", "ip"),
			"Forbidden.AccessDenied.IpNotInWhiteList", []string{"outgoing address"}, false, false},
		{"month's quota", refuse(403, "Forbidden.AccessDenied.ApiCountLimitForOrg", "quota"),
			"Forbidden.AccessDenied.ApiCountLimitForOrg", []string{"this month"}, false, false},
		{"right in the space", refuse(403, "permissionDenied", "没有权限"), "permissionDenied",
			[]string{"没有权限", "union_id"}, false, false},
		{"missing field", refuse(400, "MissingunionId", "unionId is mandatory for this action."), "MissingunionId",
			[]string{"set union_id"}, false, false},
		{"other missing field", refuse(400, "Missingname", "name is mandatory"), "Missingname", []string{"misses name"},
			false, false},
		{"wrong parameter", refuse(400, "paramError.conversationId", "bad"), "paramError.conversationId",
			[]string{"conversation_id"}, false, false},
		{"no such conversation", refuse(404, "conversationNotExist", "gone"), "conversationNotExist",
			[]string{"HTTP 404", "conversation_id"}, false, false},
		{"unknown code", refuse(400, "somethingNew", "words"), "somethingNew", []string{"words"}, false, false},
		{"keys in capitals", routetest.Answer(400, `{"Code":"paramError","Message":"words","RequestId":"30EF"}`),
			"paramError", []string{"words", "30EF"}, false, false},
		{"odd types", routetest.Answer(400, `{"code":12,"message":{"a":1},"requestid":null}`), "12", nil, false, false},
		{"odd types before the code", routetest.Answer(403, `{"accessdenieddetail":3,"message":["a"],"status":"no",`+
			`"code":"permissionDenied","requestid":"30EF"}`), "permissionDenied", []string{"30EF"}, false, false},
		{"a permission with a server's fault", routetest.Answer(500,
			`{"code":"systemError","accessdenieddetail":{"requiredScopes":["a.b"]}}`), "systemError", nil, true, true},
		{"service's fault", refuse(500, "systemError", "系统异常"), "systemError", []string{"the side of DingTalk"}, true,
			true},
		{"time-out", refuse(503, "operationTimeout", "slow"), "operationTimeout", nil, true, true},
		{"page of a gateway", routetest.Answer(502, "<html><head><title>Bad\nGateway</title></head></html>"), "",
			[]string{`a page titled "Bad Gateway"`}, true, true},
		{"page with 403", routetest.Answer(403, "<html>denied</html>"), "",
			[]string{"a page without a title", "blocked for five minutes"}, false, false},
		{"page with 200", routetest.Answer(200, "<html><title>Login</title></html>"), "",
			[]string{`a page titled "Login"`, "whether a proxy stands in between"}, false, true},
		{"blocked", routetest.Answer(200, punished), "1111",
			[]string{"blocked for some minutes", "wait five minutes"}, false, false},
		{"blocked with 403", routetest.Answer(403, punished), "1111", []string{"blocked for some minutes"}, false,
			false},
		{"empty", routetest.Answer(200, ""), "", []string{"it is empty"}, false, true},
		{"empty 404", routetest.Answer(404, ""), "", []string{"HTTP 404", "check the provider's endpoint"}, false,
			false},
		{"list", routetest.Answer(200, "[]"), "", []string{"not as documented: []"}, false, true},
		{"wrong type", routetest.Answer(200, `{"file":3,"result":3}`), "", []string{"not as documented"}, false, true},
		{"without what was asked", routetest.Answer(200, `{}`), "", []string{"it has no"}, false, true},
		{"redirect", func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "http://user:pass@elsewhere.example.com/x?token=hush", http.StatusTemporaryRedirect)
		}, "", []string{"redirected to http://…@elsewhere.example.com/x…"}, false, false},
		{"redirect after the fact", func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "/done", http.StatusSeeOther)
		}, "", []string{"redirected to /done"}, false, true},
		{"cut", routetest.Cut, "", []string{"closed before an answer came"}, true, true},
		{"half", half, "", []string{"broke off after 8 bytes"}, true, true},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			s := newService(t)
			all := slices.Repeat([]http.HandlerFunc{test.handler}, 9)
			s.on(pathSpace, all...)
			s.on(pathLink, all...)
			c := client(t, s, Options{Retries: 2})

			_, err := c.Space(routetest.Deadline(t), "u")
			e := failed(t, err)
			tries := 1
			if test.again {
				tries = 3
			}
			if got := len(s.sent(pathSpace)); got != tries || e.OutcomeUnknown() {
				t.Errorf("read: %d tries, not %d, unknown %t: %s", got, tries, e.OutcomeUnknown(), e)
			}
			err = c.SendLink(routetest.Deadline(t), Link{"u", "1", "2", "3"})
			e = failed(t, err)
			if got := len(s.sent(pathLink)); got != 1 || e.OutcomeUnknown() != test.unknown || e.Code != test.code {
				t.Errorf("write: %d tries, unknown %t, code %s: %s", got, e.OutcomeUnknown(), e.Code, e)
			}
			if test.unknown {
				test.says = append(test.says, "look into the conversation whether the link was posted before sending "+
					"it again")
			}
			for _, says := range append(test.says, "links/send "+s.URL+pathLink, "conversation 3") {
				if !strings.Contains(e.Error(), says) {
					t.Errorf("%s\nshould say %s", e, says)
				}
			}
		})
	}
}

// A call that came too soon was not carried out: also a write is sent again, after a pause of at least a second.
func TestThrottled(t *testing.T) {
	for _, throttle := range []http.HandlerFunc{
		refuse(403, "Forbidden.AccessDenied.QpsLimitForAppkeyAndApi", "too often"),
		refuse(403, "Forbidden.AccessDenied.QpsLimitForApi", "too often"),
		refuse(400, "autoflowLikeTriggerRateLimited", "too often"),
		routetest.Answer(403, `{"message":{"zh":"慢"},"code":"Forbidden.AccessDenied.QpsLimitForApi"}`),
	} {
		s := newService(t)
		s.on(pathLink, throttle, throttle)
		c := client(t, s, Options{})
		c.tries.Second = time.Millisecond
		var pauses []time.Duration
		c.tries.Notify = func(_ error, d time.Duration) { pauses = append(pauses, d) }
		err := c.SendLink(routetest.Deadline(t), Link{"u", "1", "2", "3"})
		if err != nil || len(s.sent(pathLink)) != 3 {
			t.Errorf("%d requests: %v", len(s.sent(pathLink)), err)
		}
		if len(pauses) != 2 || pauses[0] < c.tries.Second || pauses[1] < 2*c.tries.Second ||
			pauses[1] > 3*c.tries.Second {
			t.Error(pauses)
		}
		s.on(pathLink, slices.Repeat([]http.HandlerFunc{throttle}, 9)...)
		err = c.SendLink(routetest.Deadline(t), Link{"u", "1", "2", "3"})
		if e := failed(t, err); e.OutcomeUnknown() || !strings.Contains(e.Error(), "(tried 5 times)") ||
			!strings.Contains(e.Error(), "too many calls") {
			t.Error(e)
		}
	}
}

// Calls of one kind are spread over the second, each kind for itself; a wait that outlasts the caller ends at once.
func TestPace(t *testing.T) {
	s := newService(t)
	c := client(t, s, Options{})
	c.perSecond = rate.Limit(0.001)
	if _, err := c.Space(routetest.Deadline(t), "u"); err != nil {
		t.Fatal(err)
	}
	if err := c.GrantPreview(routetest.Deadline(t), Preview{UserID: "u", InstanceID: "i",
		FileIDs: []string{"1"}}); err != nil {
		t.Error(err)
	}
	_, err := c.Space(routetest.Deadline(t), "u") // its turn comes in 1000 s, the deadline in 30
	if failed(t, err); len(s.sent(pathSpace)) != 1 {
		t.Error(err)
	}
	if fresh, err := New(Options{AppKey: "k", AppSecret: "s"}); err != nil || fresh.perSecond != 20 {
		t.Error(fresh, err)
	}
}

func TestNotConnected(t *testing.T) {
	s := newService(t)
	s.on(pathLink)
	c := client(t, s, Options{Retries: 2})
	if _, err := c.Token(t.Context()); err != nil {
		t.Fatal(err)
	}
	s.Close()
	c.http.CloseIdleConnections()
	err := c.SendLink(routetest.Deadline(t), Link{"u", "1", "2", "3"})
	if e := failed(t, err); e.OutcomeUnknown() || !strings.Contains(e.Error(), "(tried 3 times)") {
		t.Error("a write that never left may be tried again:", e)
	}
}

func TestTimeout(t *testing.T) {
	s := newService(t)
	release := make(chan bool)
	defer close(release)
	s.on(pathLink, func(http.ResponseWriter, *http.Request) { <-release })
	c := client(t, s, Options{Timeout: 50 * time.Millisecond})
	err := c.SendLink(routetest.Deadline(t), Link{"u", "1", "2", "3"})
	if e := failed(t, err); !e.OutcomeUnknown() || !errors.Is(e, context.DeadlineExceeded) ||
		!strings.Contains(e.Error(), "within 50ms") {
		t.Error(e)
	}
}

func TestTooLarge(t *testing.T) {
	s := newService(t)
	c := client(t, s, Options{})
	if _, err := c.Token(t.Context()); err != nil {
		t.Fatal(err)
	}
	c.largest = 10
	_, err := c.Space(routetest.Deadline(t), "u")
	if e := failed(t, err); !errors.Is(e, route.ErrTooLarge) {
		t.Error(e)
	}
}

func TestNewRefusesBadOptions(t *testing.T) {
	tests := []struct {
		o    Options
		says []string
	}{
		{Options{}, []string{"DINGTALK_APP_KEY", "DINGTALK_APP_SECRET"}},
		{Options{AppKey: "k", AppSecret: testSecret, AgentID: -1, Timeout: -1, MultipartAbove: 6 << 30},
			[]string{"agent_id", "timeout", "multipart_above"}},
		{Options{AppKey: "k", AppSecret: testSecret, Endpoint: "https://u:hush@api.dingtalk.com"},
			[]string{"no user name"}},
		{Options{AppKey: "k", AppSecret: testSecret, CAFile: "/nowhere.pem"}, []string{"ca_file"}},
		{Options{AppKey: "k", AppSecret: testSecret, Proxy: "ftp://user:hush@proxy"},
			[]string{"not the URL of a proxy"}},
	}
	for _, test := range tests {
		_, err := New(test.o)
		if err == nil {
			t.Errorf("%+v: no error", test.o)
			continue
		}
		routetest.NoSecrets(t, err.Error(), secrets...)
		for _, says := range test.says {
			if !strings.Contains(err.Error(), says) || strings.Contains(err.Error(), "hush") {
				t.Errorf("%v\nshould say %s", err, says)
			}
		}
	}
	for endpoint, want := range map[string]string{"": Mainland, "https://api.dingtalk.io/": "https://api.dingtalk.io",
		" http://127.0.0.1:8088 ": "http://127.0.0.1:8088"} {
		if c, err := New(Options{AppKey: "k", AppSecret: "s", Endpoint: endpoint}); err != nil || c.endpoint != want {
			t.Error(endpoint, c, err)
		}
	}
}

// The last page of a folder that says that it is not the last, pages that never end, and answers that are packed.
func TestListsThatAreNotWhole(t *testing.T) {
	look := Search{SpaceID: "3996960664", UnionID: "union123", Name: "a.pdf"}
	for body, says := range map[string]string{
		`{"dentries":[{"id":"1","name":"a.pdf"}],"hasMore":true}`:                         "hasMore is true",
		`{"dentries":[{"id":"1","name":"a.pdf"}],"nextToken":"","total":"2"}`:             "total is 2, and 1 came",
		`{"dentries":[],"nextToken":null,"nextCursor":"x"}`:                               "nextCursor is x",
		`{"dentries":[{"id":"1","name":"a.pdf"}],"total":1,"pageSize":1,"hasMore":false}`: "",
	} {
		s := newService(t)
		s.on(pathList, routetest.Answer(200, body))
		found, err := client(t, s, Options{}).Find(routetest.Deadline(t), look)
		if says == "" {
			if err != nil || len(found) != 1 {
				t.Error(found, err)
			}
			continue
		}
		if e := failed(t, err); len(found) != 0 || !strings.Contains(e.Error(),
			"the list is not whole, and nothing is concluded from it: "+says) {
			t.Errorf("%v\nshould say %s", e, says)
		}
	}
	for body, says := range map[string]string{
		`{}`: "", `{"dentries":null}`: "", `{"dentries":[]}`: "", `{"nextToken":""}`: "it has no dentries",
		`{"success":true}`: "it has no dentries", `[]`: "not as documented", `null`: "not as documented",
	} {
		s := newService(t)
		s.on(pathList, routetest.Answer(200, body))
		found, err := client(t, s, Options{}).Find(routetest.Deadline(t), look)
		if len(found) != 0 || (err == nil) != (says == "") || says != "" &&
			!strings.Contains(failed(t, err).Error(), says) {
			t.Errorf("%s: %v, not %s", body, err, says)
		}
	}
	s := newService(t)
	s.on(pathList, routetest.Answer(200, `{"dentries":[],"nextToken":"two"}`), routetest.Answer(200, `{}`))
	if _, err := client(t, s, Options{}).Find(routetest.Deadline(t), look); err == nil {
		t.Error("a second page without a list is taken for the end")
	}
	s = newService(t)
	pages := 0
	s.answers[pathList] = func(w http.ResponseWriter, r *http.Request) {
		pages++
		routetest.Answer(200, fmt.Sprintf(`{"dentries":[],"nextToken":"%d"}`, pages))(w, r)
	}
	c := client(t, s, Options{})
	c.perSecond = rate.Inf
	if e := failed(t, func() error {
		_, err := c.Find(routetest.Deadline(t), look)
		return err
	}()); !strings.Contains(e.Error(), "its pages never end") || pages > mostPages+1 {
		t.Errorf("%d pages: %v", pages, e)
	}
	s = newService(t)
	s.on(pathList, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Encoding", "gzip, gzip")
		routetest.Answer(200, `{"dentries":[]}`)(w, r)
	})
	_, err := client(t, s, Options{}).Find(routetest.Deadline(t), look)
	if e := failed(t, err); !errors.Is(e, route.ErrPacking) ||
		!strings.Contains(e.Error(), "that is not how DingTalk answers") {
		t.Error(e)
	}
}
