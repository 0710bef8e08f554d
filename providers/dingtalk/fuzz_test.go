package dingtalk

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/time/rate"

	"countersign/providers/route/routetest"
)

// fuzzedCall is a call with what its answer must be to count as a success.
type fuzzedCall struct {
	name  string
	write bool
	call  func(ctx context.Context, c *Client) error
	sound func(answer map[string]json.RawMessage) bool
}

// holding demands one of these keys, in any case, as encoding/json reads them.
func holding(keys ...string) func(map[string]json.RawMessage) bool {
	return func(answer map[string]json.RawMessage) bool {
		for key := range answer {
			if slices.ContainsFunc(keys, func(k string) bool { return strings.EqualFold(k, key) }) {
				return true
			}
		}
		return false
	}
}

// unsound is the error of a test that looks at what a call returns.
func unsound(bad bool, v any) error {
	if bad {
		return fmt.Errorf("unsound: %+v", v)
	}
	return nil
}

var fuzzedCalls = []fuzzedCall{
	{"token", false, func(ctx context.Context, c *Client) error {
		c.token = token{}
		got, err := c.Token(ctx)
		if err != nil {
			return err
		}
		return unsound(got == "", got)
	}, holding("accessToken")},
	{"space", false, func(ctx context.Context, c *Client) error {
		got, err := c.Space(ctx, "u")
		if err != nil {
			return err
		}
		return unsound(got == "", got)
	}, holding("result")},
	{"ticket", false, func(ctx context.Context, c *Client) error {
		got, err := c.UploadTicket(ctx, TicketRequest{SpaceID: "1", UnionID: "u", Size: 3})
		if err != nil {
			return err
		}
		return unsound(got.Key == "" || len(got.Slot.urls) == 0, got)
	}, holding("uploadKey")},
	{"init", false, func(ctx context.Context, c *Client) error {
		got, err := c.InitParts(ctx, TicketRequest{SpaceID: "1", UnionID: "u", Size: 3})
		if err != nil {
			return err
		}
		return unsound(got == "", got)
	}, holding("uploadKey")},
	{"parts", false, func(ctx context.Context, c *Client) error {
		got, err := c.PartSlots(ctx, "u", "k", []int{1, 2})
		if err != nil {
			return err
		}
		return unsound(len(got[1].urls) == 0 || len(got[2].urls) == 0, got)
	}, holding("multipartHeaderSignatureInfos")},
	{"commit", true, func(ctx context.Context, c *Client) error {
		got, err := c.Commit(ctx, Commit{SpaceID: "1", UnionID: "u", Key: "k", Name: "a.pdf", Size: 3})
		if err != nil {
			return err
		}
		return unsound(got.ID == "" || got.Name == "" || FormValue([]Dentry{got}) == "[]", got)
	}, holding("dentry")},
	{"find", false, func(ctx context.Context, c *Client) error {
		got, err := c.Find(ctx, Search{SpaceID: "1", UnionID: "u", Name: "a.pdf", Renamed: true})
		if err != nil {
			return err
		}
		return unsound(slices.ContainsFunc(got, func(d Dentry) bool { return d.ID == "" || d.Folder }), got)
	}, func(answer map[string]json.RawMessage) bool { return len(answer) == 0 || holding("dentries")(answer) }},
	{"preview", false, func(ctx context.Context, c *Client) error {
		return c.GrantPreview(ctx, Preview{UserID: "u", InstanceID: "i", FileIDs: []string{"1"}})
	}, holding("success", "result")},
	{"link", true, func(ctx context.Context, c *Client) error { return c.SendLink(ctx, Link{"u", "1", "2", "3"}) },
		holding("file")},
}

// examples are good answers to the calls, by their names.
var examples = func() map[string]string {
	slot := `{"resourceUrls":["https://store.example.com/p?q"],"headers":{"Authorization":"OSS a:b"},` +
		`"expirationSeconds":900}`
	dentry := `{"id":1,"size":"3","name":"a.pdf","createTime":"Thu May 28 09:37:16 CST 2026"}`
	return map[string]string{
		"token": `{"accessToken":"x","expireIn":7200}`, "space": `{"result":{"spaceId":3996960664},"success":true}`,
		"ticket": `{"uploadKey":"k","headerSignatureInfo":` + slot + `}`, "init": `{"uploadKey":"k"}`,
		"parts": `{"multipartHeaderSignatureInfos":[{"partNumber":1,"headerSignatureInfo":` + slot +
			`},{"partNumber":"2","headerSignatureInfo":` + slot + `}]}`,
		"commit": `{"dentry":` + dentry + `}`, "find": `{"dentries":[` + dentry + `],"nextToken":""}`,
		"preview": `{"success":true}`, "link": `{"file":` + dentry + `}`,
	}
}()

// fuzzedClient is one that gets one answer to all it asks, and has a token.
func fuzzedClient(t *testing.T, answer routetest.Fuzzed) *Client {
	c := client(t, nil, Options{Transport: answer, Retries: -1})
	c.perSecond, c.largest = rate.Inf, 1<<20
	c.token = token{testToken, c.now().Add(time.Hour)}
	c.tokens = []string{testToken}
	return c
}

// FuzzCalls gives every call that reads an answer one that is made up. Whatever it is, the call ends, takes no more
// memory than any answer may cost, and succeeds only when the answer is whole and holds what it is for.
func FuzzCalls(f *testing.F) {
	for which, fc := range fuzzedCalls {
		body := examples[fc.name]
		f.Add(byte(which), 200, "Date: Thu, 28 May 2026 09:37:16 GMT\n", []byte(body), byte(0))
		f.Add(byte(which), 200, "", []byte(body[:len(body)-1]), byte(routetest.Opened))
		f.Add(byte(which), 200, "", []byte(`{}`), byte(routetest.Chunked))
		f.Add(byte(which), 403, "", []byte(
			`{"code":"Forbidden.AccessDenied.QpsLimitForApi","accessdenieddetail":{"requiredScopes":["a"]}}`), byte(0))
	}
	f.Add(byte(5), 200, "", []byte(examples["commit"]), byte(routetest.Halved))
	f.Add(byte(6), 200, "", []byte(`{"status":1111,"punish":"deny"}`), byte(routetest.Packed))
	f.Add(byte(8), 502, "", []byte("<html><title>x</title>"), byte(routetest.NoAnswer))
	f.Fuzz(func(t *testing.T, which byte, status int, header string, body []byte, how byte) {
		checkCall(t, fuzzedCalls[int(which)%len(fuzzedCalls)],
			routetest.Fuzzed{Status: status, Header: header, Body: body, How: how})
	})
}

// checkCall makes a call that gets one answer to all it asks, and demands what FuzzCalls says.
func checkCall(t *testing.T, fc fuzzedCall, answer routetest.Fuzzed) {
	t.Helper()
	c := fuzzedClient(t, answer)
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	var err error
	routetest.Bounded(t, func() { err = fc.call(ctx, c) })
	if err != nil {
		routetest.CheckOutcome(t, fc.name, fc.write, failed(t, err))
		return
	}
	if object := answer.Object(); !answer.WholeSuccess() || object == nil || !fc.sound(object) {
		t.Errorf("%s succeeds on %+v: %s", fc.name, answer, answer.Body)
	}
}

// Every value of good answers is in turn another one, missing or there twice.
func TestMutatedAnswers(t *testing.T) {
	for _, fc := range fuzzedCalls {
		for body := range routetest.Mutations(examples[fc.name]) {
			checkCall(t, fc, routetest.Fuzzed{Status: http.StatusOK, Body: []byte(body)})
		}
	}
}

// FuzzPut gives an upload an answer of the store that is made up: it succeeds when all bytes went out and 200 came.
func FuzzPut(f *testing.F) {
	f.Add(3, 200, "", []byte(""), byte(0))
	f.Add(3, 403, "Content-Type: application/xml\n",
		[]byte("<Error><Code>RequestTimeTooSkewed</Code><RequestId>5F</RequestId></Error>"), byte(0))
	f.Add(100_000, 200, "", []byte(""), byte(routetest.TooSoon))
	f.Add(3, 500, "", []byte("<Error>"+strings.Repeat("<a>", 20_000)), byte(routetest.Packed))
	f.Add(0, 307, "Location: https://elsewhere.example.com/\n", []byte("<html>"), byte(routetest.Chunked))
	f.Fuzz(func(t *testing.T, size, status int, header string, body []byte, how byte) {
		size = int(uint(size) % (1 << 20))
		answer := routetest.Fuzzed{Status: status, Header: header, Body: body, How: how}
		c := fuzzedClient(t, answer)
		open := func() (io.ReadCloser, error) { return io.NopCloser(io.LimitReader(zeros{}, int64(size))), nil }
		var err error
		routetest.Bounded(t, func() {
			err = put(t.Context(), c, slotAt("https://store.example.com"), int64(size), open, nil)
		})
		sent := how&routetest.TooSoon == 0 || size == 0
		if err != nil {
			failed(t, err)
		}
		if came := answer.Answers(http.StatusOK); (err == nil) != (came && sent) {
			t.Errorf("%d bytes, all sent: %t, 200 came: %t: %v", size, sent, came, err)
		}
	})
}

// A name that passes is no path on any system.
func FuzzCheckName(f *testing.F) {
	f.Add("a.pdf")
	f.Add("../b")
	f.Fuzz(func(t *testing.T, name string) {
		if CheckName(name) == nil && (strings.ContainsAny(name, "/\\|:*?\"<>\t\x00") ||
			strings.TrimSpace(name) != name || strings.HasSuffix(name, ".") || name == "") {
			t.Errorf("%q", name)
		}
		Search{Name: name, Renamed: true}.fits()(name)
	})
}
