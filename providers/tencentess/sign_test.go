package tencentess

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"countersign/providers/route"
	"countersign/providers/route/routetest"

	tchttp "github.com/tencentcloud/tencentcloud-sdk-go/tencentcloud/common/http"
)

// tc3 is TC3-HMAC-SHA256 written from the document (wire facts, section 4.3), to hold the SDK against. The headers are
// those that are signed, in their order, as name:value.
func tc3(id, key, service, timestamp string, headers []string, body string) string {
	hash := func(s string) string { sum := sha256.Sum256([]byte(s)); return hex.EncodeToString(sum[:]) }
	mac := func(key []byte, s string) []byte {
		m := hmac.New(sha256.New, key)
		m.Write([]byte(s))
		return m.Sum(nil)
	}
	var names []string
	canonical := ""
	for _, h := range headers {
		name, value, _ := strings.Cut(h, ":")
		names = append(names, name)
		canonical += name + ":" + strings.ToLower(strings.TrimSpace(value)) + "\n"
	}
	signed := strings.Join(names, ";")
	var seconds int64
	fmt.Sscan(timestamp, &seconds)
	date := time.Unix(seconds, 0).UTC().Format("2006-01-02")
	scope := date + "/" + service + "/tc3_request"
	request := "POST\n/\n\n" + canonical + "\n" + signed + "\n" + hash(body)
	signing := mac(mac(mac([]byte("TC3"+key), date), service), "tc3_request")
	signature := hex.EncodeToString(mac(signing, "TC3-HMAC-SHA256\n"+timestamp+"\n"+scope+"\n"+hash(request)))
	return "TC3-HMAC-SHA256 Credential=" + id + "/" + scope + ", SignedHeaders=" + signed + ", Signature=" + signature
}

const (
	vectorBody = `{"Agent":{"AppId":"yDwhxUUckp3gl8j5UuFX33LSNozpRsbi","ProxyOrganizationOpenId":"org_dianziqian",` +
		`"ProxyOperator":{"OpenId":"n9527"},"ProxyAppId":""},"FlowIds":["yDwivUUckpor6wtoUuogwQHCAB0ES0pQ",` +
		`"yDwi8UUckpo5fz9cUqI6nGwcuTvt9YSh"]}`
	vectorSign = "TC3-HMAC-SHA256 Credential=AKIDEXAMPLE/2023-11-14/essbasic/tc3_request, " +
		"SignedHeaders=content-type;host, Signature=9052c81706684f5d03597328eee73744185198682fc39019d4c999dd366e6bbe"
)

// The vectors that were checked with two independent programs.
func TestSignatureVectors(t *testing.T) {
	host := "host:essbasic.tencentcloudapi.com"
	tests := []struct {
		id, key, service, timestamp string
		headers                     []string
		body, want                  string
	}{
		{"AKIDEXAMPLE", "SECRETEXAMPLE", "essbasic", "1700000000", []string{"content-type:application/json", host},
			vectorBody, "9052c81706684f5d03597328eee73744185198682fc39019d4c999dd366e6bbe"},
		{"AKIDEXAMPLE", "SECRETEXAMPLE", "essbasic", "1700000000",
			[]string{"content-type:application/json; charset=utf-8",
				host}, vectorBody, "081b03482b6d77ddc9bc2ad0d5bcefdaf176c8b3e668ade657aabbe2fa9e5433"},
		{"AKIDEXAMPLE", "SECRETEXAMPLE", "essbasic", "1700000000",
			[]string{"content-type:application/json", host,
				"x-tc-action:DescribeResourceUrlsByFlows"}, vectorBody,
			"9f254a4281daa43464a87f2133afaff63a3c53878fbce0601468a023c4189bff"},
		{"AKIDz8krbsJ5yKBZQpn74WFkmLPx3EXAMPLE", "Gu5t9xGARNpq86cd98joQYCN3EXAMPLE", "cvm", "1551113065",
			[]string{"content-type:application/json; charset=utf-8", "host:cvm.tencentcloudapi.com"},
			`{"Limit": 1, "Filters": [{"Values": ["\u672a\u547d\u540d"], "Name": "instance-name"}]}`,
			"72e494ea809ad7a8c8f7a4507b9bddcbaa8e581f516e8da2f66e2c5a96525168"},
	}
	for _, test := range tests {
		got := tc3(test.id, test.key, test.service, test.timestamp, test.headers, test.body)
		if !strings.HasSuffix(got, "Signature="+test.want) {
			t.Errorf("%s\nshould be %s", got, test.want)
		}
	}
}

type roundTrip func(*http.Request) (*http.Response, error)

func (f roundTrip) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// The SDK as it is used here signs the first vector to the letter.
func TestSignatureOfTheSDK(t *testing.T) {
	var header http.Header
	var body string
	o := options(nil)
	o.Endpoint = Host
	o.SecretID, o.SecretKey = "AKIDEXAMPLE", "SECRETEXAMPLE"
	o.Transport = roundTrip(func(r *http.Request) (*http.Response, error) {
		raw, _ := io.ReadAll(r.Body)
		header, body = r.Header.Clone(), string(raw)
		if r.URL.String() != "https://essbasic.tencentcloudapi.com/" || r.Host != Host {
			t.Error(r.URL, r.Host)
		}
		return &http.Response{StatusCode: 200, Header: http.Header{},
			Body: io.NopCloser(strings.NewReader(`{"Response":{}}`))}, nil
	})
	c := client(t, o)
	request := tchttp.NewCommonRequest(service, version, action)
	request.SetContext(t.Context())
	request.SetHeader(map[string]string{"X-TC-Timestamp": "1700000000"})
	agent, rest, _ := strings.Cut(strings.TrimPrefix(vectorBody, `{"Agent":`), `,"FlowIds":`)
	if err := request.SetActionParameters(map[string]any{"Agent": json.RawMessage(agent),
		"FlowIds": json.RawMessage(strings.TrimSuffix(rest, "}"))}); err != nil {
		t.Fatal(err)
	}
	if err := c.calls.Send(request, tchttp.NewCommonResponse()); err != nil {
		t.Fatal(err)
	}
	if body != vectorBody || header.Get("Authorization") != vectorSign {
		t.Errorf("%s\n%s", body, header.Get("Authorization"))
	}
}

// The request is that of the document, signed so that the document's rules confirm it.
func TestRequest(t *testing.T) {
	s := newService(t)
	c := client(t, options(s))
	if _, err := c.Resources(routetest.Deadline(t), []string{"yDwivUUckpor6wtoUuogwQHCAB0ES0pQ", "中文"}); err != nil {
		t.Fatal(err)
	}
	r := s.Requests()[0]
	want := `{"Agent":{"AppId":"yDwhxUUckp3gl8j5UuFX33LSNozpRsbi","ProxyOrganizationOpenId":"org_dianziqian",` +
		`"ProxyOperator":{"OpenId":"n9527"}},"FlowIds":["yDwivUUckpor6wtoUuogwQHCAB0ES0pQ","中文"]}`
	if r.Method != "POST" || r.Path != "/" || r.Query != "" || r.Body != want {
		t.Errorf("%s %s\n%s\n%s", r.Method, r.Path, r.Body, want)
	}
	for name, want := range map[string]string{
		"X-TC-Action": "DescribeResourceUrlsByFlows", "X-TC-Version": "2021-05-26", "Content-Type": "application/json",
		"X-TC-Region": "", "X-TC-Token": "", "User-Agent": "countersign/1.2",
	} {
		if got := r.Header.Get(name); got != want {
			t.Errorf("%s: %q", name, got)
		}
	}
	sign := tc3(testID, testKey, "essbasic", r.Header.Get("X-TC-Timestamp"),
		[]string{"content-type:application/json", "host:" + r.Host}, r.Body)
	if got := r.Header.Get("Authorization"); got != sign {
		t.Errorf("%s\n%s", got, sign)
	}
}

// Each try is signed anew, with its own time.
func TestSignedAnew(t *testing.T) {
	s := newService(t, routetest.Answer(503, ""), routetest.Answer(503, ""))
	c := client(t, options(s))
	turn := 0
	c.headers = map[string]string{}
	c.tries.Pauses = route.Pauses
	c.tries.Notify = func(error, time.Duration) { turn++; c.headers["X-TC-Timestamp"] = fmt.Sprint(1700000000 + turn) }
	if _, err := c.Resources(routetest.Deadline(t), []string{"a"}); err != nil {
		t.Fatal(err)
	}
	seen := map[string]bool{}
	for _, r := range s.Requests() {
		seen[r.Header.Get("Authorization")] = true
	}
	if len(seen) != 3 {
		t.Error(seen)
	}
}
