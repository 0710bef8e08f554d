package tencentess

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"countersign/providers/route"
	"countersign/providers/route/routetest"
)

// Each call says whether it may be sent twice, and docs/vendors.md says the same.
func TestEachCallSaysWhatItDoes(t *testing.T) { routetest.Documented(t, "Tencent e-sign", endpoints) }

// Any number of flows is asked for fifty at a time, and comes back in its order.
func TestBatches(t *testing.T) {
	s := newService(t)
	c := client(t, options(s))
	var ids []string
	for i := range 120 {
		ids = append(ids, fmt.Sprintf("flow%d", i))
	}
	ids[70] = "no70"
	flows, err := c.Resources(routetest.Deadline(t), ids)
	if err != nil {
		t.Fatal(err)
	}
	for i, f := range flows {
		switch {
		case f.ID != ids[i]:
			t.Errorf("%d is %s", i, f.ID)
		case i == 70:
			if f.Err == nil || len(f.Files) != 0 || !strings.HasPrefix(f.Err.Error(), "flow no70: 查询流程不存在 ") {
				t.Error(f.Err)
			}
			routetest.NoSecrets(t, f.Err.Error(), secrets...)
		case f.Err != nil || len(f.Files) != 1 || f.Files[0].Name != "合同,"+ids[i]+".pdf" || f.Files[0].Type != "PDF":
			t.Errorf("%+v", f)
		}
	}
	var sizes []int
	for _, r := range s.Requests() {
		var in struct{ FlowIds []string }
		json.Unmarshal([]byte(r.Body), &in)
		sizes = append(sizes, len(in.FlowIds))
	}
	if len(flows) != 120 || !slices.Equal(sizes, []int{50, 50, 20}) {
		t.Error(len(flows), sizes)
	}
}

func TestRefusedUnsent(t *testing.T) {
	s := newService(t)
	c := client(t, options(s))
	for _, ids := range [][]string{nil, {}, {"a", ""}} {
		_, err := c.Resources(t.Context(), ids)
		if e := failed(t, err); !strings.Contains(e.Error(), "nothing was sent") || len(s.Requests()) != 0 {
			t.Error(e)
		}
	}
}

// An answer that cannot be told apart by position is an error for all its flows.
func TestAnswersThatDoNotMatch(t *testing.T) {
	link := `{"ResourceUrlInfos":[{"Url":"https://h/x?` + testQuery + `","Name":"a.pdf"}]}`
	for body, says := range map[string]string{
		`{"Response":{"FlowResourceUrlInfos":[` + link +
			`],"ErrorMessages":["",""],"RequestId":"r"}}`: "for 2 flows it has 1 with links " +
			"and 2 messages",
		`{"Response":{"FlowResourceUrlInfos":[` + link + `,` + link +
			`],"ErrorMessages":[""]}}`: "2 with links and 1 messages",
		`{"Response":{"FlowResourceUrlInfos":[` + link + `,` + link + `,` + link +
			`],"ErrorMessages":["","",""]}}`: "3 with links",
		`{"Response":{"FlowResourceUrlInfos":[{"FlowId":"b","ResourceUrlInfos":[]},` +
			`{"FlowId":"a"}],"ErrorMessages":["",""]}}`: "flow 1 is b and a was asked for there",
		`{"Response":{}}`: "0 with links",
		`{}`:              "JSON of 2 bytes",
		`[]`:              "no JSON",
		`null`:            "no JSON",
		``:                "the answer is empty",
		`<html>x</html>`:  "the answer is a page",
		`{"Response":{"FlowResourceUrlInfos":"https://h/x?` + testQuery + `"}}`: "not of the documented form",
	} {
		s := newService(t, routetest.Answer(200, body))
		_, err := client(t, options(s)).Resources(routetest.Deadline(t), []string{"a", "b"})
		if e := failed(t, err); !strings.Contains(e.Error(), says) || !errors.Is(e, route.ErrUnreadable) &&
			len(body) > 0 ||
			len(s.Requests()) != 1 {
			t.Errorf("%s: %s", body, e)
		}
	}
}

// One flow's trouble is its own.
func TestFlowTrouble(t *testing.T) {
	for info, says := range map[string]string{
		`{"ResourceUrlInfos":[]}`: "gave no link and did not say why",
		`{"ResourceUrlInfos":[{"Url":"https://h/x","Name":"a"},` +
			`{"Url":"file:///etc/passwd","Name":"b"}]}`: "the link to b is no address",
		`{"ResourceUrlInfos":[{"Url":"",` +
			`"Name":"b"}]}`: "is no address",
	} {
		s := newService(t, routetest.Answer(200,
			`{"Response":{"FlowResourceUrlInfos":[`+info+`,{"ResourceUrlInfos":[{"Url":"https://h/x","Name":"a"}]}],`+
				`"ErrorMessages":["",""]}}`))
		flows, err := client(t, options(s)).Resources(routetest.Deadline(t), []string{"a", "b"})
		if err != nil {
			t.Fatal(err)
		}
		if own := flows[0].Err; own == nil || !strings.HasPrefix(own.Error(), "flow a: ") ||
			!strings.Contains(own.Error(), says) ||
			flows[0].Files != nil || flows[1].Err != nil {
			t.Errorf("%s: %+v", info, flows)
		}
	}
	o := options(nil)
	o.Endpoint = Host
	if why := client(t, o).checkLink("http://h/x"); !strings.Contains(why, "not https") {
		t.Error(why)
	}
}

// What may pass is tried again; what will not is not.
func TestErrors(t *testing.T) {
	tests := []struct {
		name    string
		handler http.HandlerFunc
		again   bool
		code    string
		says    string
	}{
		{"internal", refuse("InternalError.Db", "数据库错误。"), true, "InternalError.Db", "数据库错误。"},
		{"unavailable", refuse("ServiceUnavailable", "x"), true, "ServiceUnavailable", "the side of Tencent e-sign"},
		{"too often", refuse("RequestLimitExceeded", "x"), true, "RequestLimitExceeded", "is asked too often"},
		{"too often, by address", refuse("RequestLimitExceeded.IPLimitExceeded", "x"), true,
			"RequestLimitExceeded.IPLimitExceeded", "is asked too often"},
		{"signature", refuse("AuthFailure.SignatureFailure",
			"The provided credentials could not be validated. "+
				testKey), false, "AuthFailure.SignatureFailure", "TENCENTCLOUD_SECRET_KEY"},
		{"clock", refuse("AuthFailure.SignatureExpire", "x"), false, "AuthFailure.SignatureExpire",
			"set this machine's clock right"},
		{"clock, known", func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Date", time.Now().Add(time.Hour).UTC().Format(http.TimeFormat))
			refuse("AuthFailure.SignatureExpire", "x")(w, r)
		}, false, "AuthFailure.SignatureExpire", "differs from the service's by "},
		{"application", refuse("ResourceNotFound.Application", "应用号不存在。"), false, "ResourceNotFound.Application",
			"check app_id"},
		{"organization", refuse("UnauthorizedOperation.UnauthorizedOperationOrganization", "x"), false,
			"UnauthorizedOperation.UnauthorizedOperationOrganization", "check organization"},
		{"operator", refuse("MissingParameter.UserOpenId", "x"), false, "MissingParameter.UserOpenId",
			"check operator"},
		{"download", refuse("UnauthorizedOperation.UnauthorizedOperationDownload", "x"), false,
			"UnauthorizedOperation.UnauthorizedOperationDownload", "must allow"},
		{"parameter", refuse("InvalidParameter.ParamError", "see "+"https://h/x?"+testQuery), false,
			"InvalidParameter.ParamError", "see https://h/x…"},
		{"failed", refuse("FailedOperation", "操作失败。"), false, "FailedOperation", "操作失败。"},
		{"500", routetest.Answer(500, `{"links":"https://h/x?`+testQuery+`"}`), true, "", "HTTP 500"},
		{"502", routetest.Answer(502, "<html></html>"), true, "", "the answer is a page"},
		{"500 with a code", routetest.Answer(500, `{"Response":{"Error":{"Code":"FailedOperation","Message":"m"}}}`),
			true, "FailedOperation", "HTTP 500"},
		{"404", routetest.Answer(404, "not found"), false, "", "HTTP 404"},
		{"redirect", func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "/elsewhere?"+testQuery, http.StatusTemporaryRedirect)
		}, false, "", "redirected to /elsewhere…"},
		{"stream", func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "text/event-stream")
			w.Write([]byte("data: https://h/x?" + testQuery))
		}, false, "", "no JSON"},
		{"cut", routetest.Cut, true, "", "closed before an answer came"},
		{"half", routetest.CutAfter(100, `{"Response":`), true, "", "broke off after 12 bytes"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			s := newService(t, slices.Repeat([]http.HandlerFunc{test.handler}, 9)...)
			o := options(s)
			o.Retries = 2
			_, err := client(t, o).Resources(routetest.Deadline(t), []string{"a"})
			e := failed(t, err)
			tries := 1
			if test.again {
				tries = 3
			}
			if len(s.Requests()) != tries || e.Code != test.code || !strings.Contains(e.Error(), test.says) ||
				!strings.HasPrefix(e.Error(), "DescribeResourceUrlsByFlows "+s.URL+" (flow a)") {
				t.Errorf("%d tries: %s", len(s.Requests()), e)
			}
			// The next call, with the fault gone, works.
			s = newService(t, test.handler)
			if flows, err := client(t, options(s)).Resources(routetest.Deadline(t), []string{"a"}); test.again &&
				(err != nil || len(flows) != 1) {
				t.Error(flows, err)
			}
		})
	}
}

func TestThrottledPauses(t *testing.T) {
	s := newService(t, refuse("RequestLimitExceeded", "x"), refuse("RequestLimitExceeded.UinLimitExceeded", "x"))
	c := client(t, options(s))
	c.tries.Second = time.Millisecond
	var pauses []time.Duration
	c.tries.Notify = func(_ error, d time.Duration) { pauses = append(pauses, d) }
	if _, err := c.Resources(routetest.Deadline(t), []string{"a"}); err != nil || len(pauses) != 2 ||
		pauses[0] < c.tries.Second || pauses[1] < 2*c.tries.Second {
		t.Error(pauses, err)
	}
}

func TestStopped(t *testing.T) {
	s := newService(t)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := client(t, options(s)).Resources(ctx, []string{"a"})
	if e := failed(t, err); !errors.Is(e, context.Canceled) || len(s.Requests()) != 0 {
		t.Error(e)
	}
	release := make(chan bool)
	defer close(release)
	s = newService(t, func(http.ResponseWriter, *http.Request) { <-release })
	o := options(s)
	o.Timeout, o.Retries = 50*time.Millisecond, -1
	_, err = client(t, o).Resources(routetest.Deadline(t), []string{"a"})
	if e := failed(t, err); !errors.Is(e, context.DeadlineExceeded) || !strings.Contains(e.Error(), "within 50ms") {
		t.Error(e)
	}
	s.CloseClientConnections()
}

// A file prints without its link, whatever the verb.
func TestLinksAreNotPrinted(t *testing.T) {
	s := newService(t)
	flows, err := client(t, options(s)).Resources(routetest.Deadline(t), []string{"a"})
	if err != nil {
		t.Fatal(err)
	}
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%d"} {
		routetest.NoSecrets(t, fmt.Sprintf(verb, flows), secrets...)
		routetest.NoSecrets(t, fmt.Sprintf(verb, flows[0].Files[0]), secrets...)
		routetest.NoSecrets(t, fmt.Sprintf(verb, &flows[0]), secrets...)
	}
	raw, err := json.Marshal(flows)
	if err != nil || bytes.Contains(raw, []byte(testQuery)) {
		t.Error(string(raw), err)
	}
}

func TestNewRefusesBadOptions(t *testing.T) {
	_, err := New(Options{Endpoint: "ftp://u:hush@x", Timeout: -1, Operator: strings.Repeat("x", 65)})
	for _, says := range []string{"endpoint", "TENCENTCLOUD_SECRET_ID", "TENCENTCLOUD_SECRET_KEY", "app_id",
		"organization", "operator has 65", "timeout"} {
		if err == nil || !strings.Contains(err.Error(), says) || strings.Contains(err.Error(), "hush") {
			t.Errorf("%v\nshould say %s", err, says)
		}
	}
	for endpoint, want := range map[string]string{
		"": "https://" + Host, Host: "https://" + Host, "https://" + Host + "/": "https://" +
			Host, "http://127.0.0.1:8088": "http://127.0.0.1:8088",
	} {
		o := options(nil)
		o.Endpoint = endpoint
		if c, err := New(o); err != nil || c.base != want {
			t.Error(endpoint, err)
		}
	}
	for _, endpoint := range []string{"https://h/path", "https://h?x", "https://", "a b", "https://u@h"} {
		o := options(nil)
		o.Endpoint = endpoint
		if _, err := New(o); err == nil {
			t.Error(endpoint)
		}
	}
}

// An answer that says that it gives a part of a list is no answer, and neither is one that cannot be unpacked.
func TestListsThatAreNotWhole(t *testing.T) {
	info := `{"FlowId":"a","ResourceUrlInfos":[{"Url":"LINK","Name":"a.pdf","Type":"PDF"}]`
	for body, says := range map[string]string{
		`{"Response":{"FlowResourceUrlInfos":[` + info +
			`,"TotalCount":2}],"ErrorMessages":[""]}}`: "TotalCount is 2, and 1 came",
		`{"Response":{"FlowResourceUrlInfos":[` + info +
			`}],"ErrorMessages":[""],"HasMore":true}}`: "HasMore is true",
		`{"Response":{"FlowResourceUrlInfos":[` + info +
			`}],"ErrorMessages":[""],"NextToken":"x","TotalCount":1}}`: "NextToken is x",
		`{"Response":{"FlowResourceUrlInfos":[` + info +
			`}],"ErrorMessages":[""],"TotalCount":"3"}}`: "TotalCount is 3, and 1 came",
		`{"Response":{"FlowResourceUrlInfos":[` + info +
			`,"TotalCount":1}],"ErrorMessages":[""],"TotalCount":1,"RequestId":"r"}}`: "",
	} {
		s := newService(t, func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Encoding", "gzip")
			z := gzip.NewWriter(w)
			io.WriteString(z, body)
			z.Close()
		})
		body = strings.ReplaceAll(body, "LINK", s.link("a"))
		flows, err := client(t, options(s)).Resources(routetest.Deadline(t), []string{"a"})
		if says == "" {
			if err != nil || len(flows) != 1 || len(flows[0].Files) != 1 {
				t.Error(flows, err)
			}
			continue
		}
		if e := failed(t, err); flows != nil || !strings.Contains(e.Error(),
			"the list is not whole, and nothing is concluded from it: "+says) {
			t.Errorf("%v\nshould say %s", e, says)
		}
	}
	for how, says := range map[string]string{"br": "it came as br", "gzip": "cannot be unpacked"} {
		s := newService(t, func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Encoding", how)
			io.WriteString(w, `{"Response":{}}`)
		})
		_, err := client(t, options(s)).Resources(routetest.Deadline(t), []string{"a"})
		if e := failed(t, err); !errors.Is(e, route.ErrPacking) || !strings.Contains(e.Error(), says) ||
			len(s.Requests()) != 1 {
			t.Errorf("%s, %d calls: %v", how, len(s.Requests()), e)
		}
	}
}
