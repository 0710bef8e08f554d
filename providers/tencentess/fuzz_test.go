package tencentess

import (
	"bytes"
	"context"
	"net/http"
	"testing"
	"time"

	"countersign/providers/route/routetest"
)

// fuzzedClient is one that gets one answer to all it asks.
func fuzzedClient(t *testing.T, answer routetest.Fuzzed) *Client {
	o := options(nil)
	o.Transport, o.Retries = answer, -1
	return client(t, o)
}

// example is a good answer.
const example = `{"Response":{"FlowResourceUrlInfos":[{"FlowId":"a","ResourceUrlInfos":[{"Url":"https://h/x?k",` +
	`"Name":"a.pdf","Type":"PDF"}]},` +
	`{"FlowId":"b","ResourceUrlInfos":[]}],"ErrorMessages":["","合同不存在"],"RequestId":"r"}}`

// FuzzResources gives the call an answer that is made up. Whatever it is, the call ends, takes no more memory than any
// answer may cost, and each flow has files or says why not; but for a whole answer of the documented form it fails.
func FuzzResources(f *testing.F) {
	whole := example
	for _, seed := range []string{whole, whole[:len(whole)-1],
		`{"Response":{"Error":{"Code":"InternalError","Message":"m"},"RequestId":"r"}}`, `{}`, `[]`, `null`, "",
		"<html>", `{"Response":null}`,
		`{"Response":{"FlowResourceUrlInfos":[{},{}],"ErrorMessages":["",""],"TotalCount":7}}`,
	} {
		f.Add(200, "Date: Thu, 28 May 2026 09:37:16 GMT\n", []byte(seed), byte(0))
	}
	f.Add(200, "", []byte(whole), byte(routetest.Halved))
	f.Add(200, "", []byte(whole), byte(routetest.Packed|routetest.Chunked))
	f.Add(302, "Location: https://elsewhere.example.com/\n", []byte(whole), byte(routetest.Opened))
	f.Add(429, "", []byte("slow"), byte(routetest.TooSoon))
	f.Fuzz(func(t *testing.T, status int, header string, body []byte, how byte) {
		checkResources(t, routetest.Fuzzed{Status: status, Header: header, Body: body, How: how})
	})
}

// checkResources makes the call, and demands what FuzzResources says.
func checkResources(t *testing.T, answer routetest.Fuzzed) {
	t.Helper()
	c := fuzzedClient(t, answer)
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	asked := []string{"a", "b"}
	var flows []Flow
	var err error
	routetest.Bounded(t, func() { flows, err = c.Resources(ctx, asked) })
	if err != nil {
		failed(t, err)
		if flows != nil {
			t.Errorf("%v beside %v", flows, err)
		}
		return
	}
	if !answer.Whole(http.StatusOK) || answer.Object() == nil || len(flows) != len(asked) {
		t.Fatalf("%d flows on %+v: %s", len(flows), answer, answer.Body)
	}
	for i, flow := range flows {
		if flow.ID != asked[i] || (flow.Err == nil) != (len(flow.Files) > 0) {
			t.Errorf("%+v", flow)
		}
		for _, file := range flow.Files {
			if c.checkLink(file.url) != "" {
				t.Errorf("%s", file.url)
			}
		}
	}
}

// Every value of a good answer is in turn another one, missing or there twice.
func TestMutatedAnswers(t *testing.T) {
	for body := range routetest.Mutations(example) {
		checkResources(t, routetest.Fuzzed{Status: http.StatusOK, Body: []byte(body)})
	}
}

// FuzzFetch gives the download of a contract an answer that is made up: what is taken for the contract is what came,
// all of it.
func FuzzFetch(f *testing.F) {
	f.Add(200, "ETag: \"1\"\n", []byte("%PDF-1.7"), byte(0))
	f.Add(200, "", []byte("%PDF-1.7"), byte(routetest.Opened))
	f.Add(200, "", []byte("%PDF-1.7"), byte(routetest.Halved|routetest.Chunked))
	f.Add(206, "Content-Range: bytes 0-7/8\n", []byte("%PDF-1.7"), byte(0))
	f.Add(200, "Content-Type: text/html\n", []byte("<html>"), byte(0))
	f.Add(403, "", []byte("<Error>"), byte(routetest.TooSoon))
	f.Fuzz(func(t *testing.T, status int, header string, body []byte, how byte) {
		answer := routetest.Fuzzed{Status: status, Header: header, Body: body, How: how &^ routetest.Packed}
		c := fuzzedClient(t, answer)
		var b bytes.Buffer
		var n int64
		var err error
		routetest.Bounded(t, func() {
			n, err = c.Fetch(t.Context(),
				File{Name: "a.pdf", flow: "a", url: "https://h.example.com/x?k", born: time.Now()}, &b, nil)
		})
		if err != nil {
			failed(t, err)
			return
		}
		if !answer.Whole(http.StatusOK) || answer.Open() || len(body) == 0 || !bytes.Equal(b.Bytes(), body) ||
			n != int64(len(body)) {
			t.Errorf("%d bytes on %d %q, how %b", n, status, body, how)
		}
	})
}
