package tencentess

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"countersign/providers/route"
	"countersign/providers/route/routetest"

	"golang.org/x/time/rate"
)

const (
	testID    = "AKIDSANDBOX"
	testKey   = "SANDBOX+SECRET/KEY="
	testQuery = "hkey=70b1c2VjcmV0c63e"
)

// secrets must be in no error.
var secrets = []string{testKey, testQuery, "c2VjcmV0"}

// esign is the e-sign service in a few lines: flows that begin with "no" have no link.
type esign struct {
	*routetest.Server
	content string // of every contract
}

// newService answers the first calls with answers, where they are not nil.
func newService(t *testing.T, answers ...http.HandlerFunc) *esign {
	t.Helper()
	s := &esign{content: "%PDF-1.7 contract"}
	s.Server = routetest.Serve(t, func(w http.ResponseWriter, r *http.Request, n int) {
		if n <= len(answers) && answers[n-1] != nil {
			answers[n-1](w, r)
			return
		}
		s.usual(w, r)
	})
	return s
}

func (s *esign) usual(w http.ResponseWriter, r *http.Request) {
	if r.Method == http.MethodGet {
		http.ServeContent(w, r, "0.PDF", time.Time{}, strings.NewReader(s.content))
		return
	}
	var in struct{ FlowIds []string }
	json.NewDecoder(r.Body).Decode(&in)
	infos, messages := []any{}, []string{}
	for _, id := range in.FlowIds {
		resources, message := []any{}, ""
		if strings.HasPrefix(id, "no") {
			message = "查询流程不存在 " + s.link(id)
		} else {
			resources = append(resources, map[string]string{"Url": s.link(id), "Name": "合同," + id + ".pdf",
				"Type": "PDF"})
		}
		infos = append(infos, map[string]any{"FlowId": id, "ResourceUrlInfos": resources})
		messages = append(messages, message)
	}
	json.NewEncoder(w).Encode(map[string]any{"Response": map[string]any{"FlowResourceUrlInfos": infos,
		"ErrorMessages": messages, "RequestId": "d49c0838"}})
}

func (s *esign) link(id string) string {
	return s.URL + "/file/FLOW/" + id + "/0/0.PDF?" + testQuery
}

// refuse answers as the service does: HTTP 200 for errors too.
func refuse(code, message string) http.HandlerFunc {
	return routetest.Answer(200, fmt.Sprintf(`{"Response":{"Error":{"Code":%q,"Message":%q},"RequestId":"ed93f3cb"}}`,
		code, message))
}

func options(s *esign) Options {
	o := Options{SecretID: testID, SecretKey: testKey, AppID: "yDwhxUUckp3gl8j5UuFX33LSNozpRsbi",
		Organization: "org_dianziqian", Operator: "n9527", UserAgent: "countersign/1.2"}
	if s != nil {
		o.Endpoint = s.URL
	}
	return o
}

// client is one that waits for nothing between its calls and tries.
func client(t *testing.T, o Options) *Client {
	t.Helper()
	c, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	c.pace = rate.NewLimiter(rate.Inf, 1)
	c.tries.Second = time.Nanosecond
	c.tries.Pauses = routetest.NoPauses
	return c
}

// failed returns the *route.Error of a call that had to fail, and holds it against what every error must be: one line,
// and no secret in it or in any of its causes.
func failed(t *testing.T, err error) *route.Error {
	t.Helper()
	e, ok := err.(*route.Error)
	if !ok {
		t.Fatalf("%T, not *route.Error: %v", err, err)
	}
	routetest.CheckError(t, err, secrets...)
	return e
}
