package sandbox

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.etcd.io/bbolt"
)

// office is a sandbox served over real HTTP, as somebody with DingTalk's and Tencent's credentials sees it.
type office struct {
	t     *testing.T
	box   *Sandbox
	url   string
	token string
	http  *http.Client

	mu sync.Mutex
	at time.Time
}

func newOffice(t *testing.T) *office { return newOfficeAt(t, "") }

func newOfficeAt(t *testing.T, path string) *office {
	t.Helper()
	o := &office{t: t, at: time.Date(2026, 5, 28, 9, 37, 16, 0, time.UTC), http: http.DefaultClient}
	box, err := Open(Options{Path: path, Clock: o.now})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { box.Close() })
	server := httptest.NewServer(box.Handler())
	t.Cleanup(server.Close)
	o.box, o.url = box, server.URL
	return o
}

func (o *office) now() time.Time { o.mu.Lock(); defer o.mu.Unlock(); return o.at }

// later moves the clock, for which nobody waits.
func (o *office) later(d time.Duration) { o.mu.Lock(); defer o.mu.Unlock(); o.at = o.at.Add(d) }

// heard is an answer of any vendor.
type heard struct {
	status int
	header http.Header
	body   string
}

func (o *office) send(r *http.Request) heard {
	o.t.Helper()
	got, err := o.http.Do(r)
	if err != nil {
		o.t.Fatal(err)
	}
	defer got.Body.Close()
	body, err := io.ReadAll(got.Body)
	if err != nil {
		o.t.Fatal(err)
	}
	return heard{got.StatusCode, got.Header, string(body)}
}

func (o *office) request(method, address, body string) *http.Request {
	o.t.Helper()
	if strings.HasPrefix(address, "/") {
		address = o.url + address
	}
	r, err := http.NewRequest(method, address, strings.NewReader(body))
	if err != nil {
		o.t.Fatal(err)
	}
	return r
}

// ask makes a call to DingTalk with the office's token, a second after the last one.
func (o *office) ask(path, body string) heard {
	o.t.Helper()
	o.later(time.Second)
	r := o.request("POST", path, body)
	r.Header.Set("Content-Type", "application/json; charset=utf-8")
	if o.token != "" {
		r.Header.Set("x-acs-dingtalk-access-token", o.token)
	}
	return o.send(r)
}

// signIn gets a token, and the right to upload for user123.
func (o *office) signIn() *office {
	o.t.Helper()
	o.token = o.field(o.ask("/v1.0/oauth2/accessToken", `{"appKey":"dingsandboxkey","appSecret":"sandbox-secret"}`), "accessToken")
	o.want(o.ask("/v1.0/workflow/processInstances/spaces/infos/query", `{"userId":"user123","agentId":8345000}`), 200, "")
	return o
}

// want demands a status, and, where a code is given, an error in DingTalk's shape.
func (o *office) want(r heard, status int, code string) {
	o.t.Helper()
	var refused struct{ Code, Message, RequestID string }
	if err := json.Unmarshal([]byte(r.body), &refused); err != nil || !strings.HasPrefix(r.body, "{") {
		o.t.Errorf("no JSON object: %s", r.body)
	}
	if r.status != status || refused.Code != code {
		o.t.Errorf("%d %s, want %d %s", r.status, r.body, status, code)
	}
	if code != "" && (refused.Message == "" || len(refused.RequestID) != 36 || refused.RequestID != strings.ToUpper(refused.RequestID)) {
		o.t.Errorf("words or request id missing: %s", r.body)
	}
	if media := r.header.Get("Content-Type"); media != "application/json;charset=utf-8" {
		o.t.Errorf("Content-Type %q", media)
	}
}

// field is a text in an answer, by its path.
func (o *office) field(r heard, path ...string) string {
	o.t.Helper()
	var v any
	if err := json.Unmarshal([]byte(r.body), &v); err != nil || r.status != 200 {
		o.t.Fatalf("%d %s: %v", r.status, r.body, err)
	}
	for _, name := range path {
		m, _ := v.(map[string]any)
		v = m[name]
	}
	return fmt.Sprint(v)
}

const storagePath = "/v1.0/storage/spaces/3996960664"

// ticket asks for the headers of an upload.
func (o *office) ticket(option string) (uploadKey string, info headerSignatureInfo) {
	o.t.Helper()
	r := o.ask(storagePath+"/files/uploadInfos/query?unionId=union123", `{"protocol":"HEADER_SIGNATURE","multipart":false,"option":`+option+`}`)
	var answer uploadAnswer
	if err := json.Unmarshal([]byte(r.body), &answer); err != nil || r.status != 200 {
		o.t.Fatalf("%d %s: %v", r.status, r.body, err)
	}
	return answer.UploadKey, *answer.HeaderSignatureInfo
}

// put sends bytes with a ticket's headers, and more given as name: value.
func (o *office) put(info headerSignatureInfo, body string, more ...string) heard {
	o.t.Helper()
	r := o.request("PUT", info.ResourceURLs[0], body)
	for name, value := range info.Headers {
		r.Header.Set(name, value)
	}
	for _, m := range more {
		name, value, _ := strings.Cut(m, ": ")
		r.Header.Set(name, value)
	}
	return o.send(r)
}

// uploaded is the key of bytes that wait to be committed.
func (o *office) uploaded(body string) string {
	o.t.Helper()
	uploadKey, info := o.ticket("{}")
	if r := o.put(info, body); r.status != 200 {
		o.t.Fatalf("%d %s", r.status, r.body)
	}
	return uploadKey
}

// commit makes a file of what was uploaded.
func (o *office) commit(uploadKey, name, option string) heard {
	o.t.Helper()
	return o.ask(storagePath+"/files/commit?unionId=union123",
		fmt.Sprintf(`{"uploadKey":%q,"name":%q,"parentId":"0","option":%s}`, uploadKey, name, option))
}

// staged is the id of a new file.
func (o *office) staged(name, body string) string {
	o.t.Helper()
	return o.field(o.commit(o.uploaded(body), name, "{}"), "dentry", "id")
}

// An open and a closed database, one from before there was DingTalk, and what was cut off by the end of a process.
func TestVendorsSurvive(t *testing.T) {
	path := filepath.Join(t.TempDir(), "drive.db")
	first := newOfficeAt(t, path).signIn()
	id := first.staged("合同.pdf", "signed")
	uploadKey := first.uploaded("not yet committed")
	o := newOfficeClosing(t, first, path)
	stray := filepath.Join(filepath.Dir(path), "drive.files", "dingtalk", "iAEI00.stray")
	if _, err := os.Stat(stray); !os.IsNotExist(err) {
		t.Errorf("%s is still there: %v", stray, err)
	}
	o.token = first.token // it is still good
	o.want(o.commit(uploadKey, "later.txt", "{}"), 200, "")
	if got := o.bytesOf(id); got != "signed" {
		t.Errorf("the file now holds %q", got)
	}
}

// newOfficeClosing closes an office, leaves a file of a cut upload, and opens the same database again.
func newOfficeClosing(t *testing.T, first *office, path string) *office {
	t.Helper()
	if err := first.box.Close(); err != nil {
		t.Fatal(err)
	}
	stray := filepath.Join(filepath.Dir(path), "drive.files", "dingtalk", "iAEI00.stray")
	if err := os.WriteFile(stray, []byte("half"), 0o600); err != nil {
		t.Fatal(err)
	}
	return newOfficeAt(t, path)
}

func (o *office) bytesOf(id string) string {
	o.t.Helper()
	file, err := o.box.OpenDingTalkFile(id)
	if err != nil {
		o.t.Fatal(err)
	}
	defer file.Close()
	content, err := io.ReadAll(file)
	if err != nil {
		o.t.Fatal(err)
	}
	return string(content)
}

func TestDatabasesFromBefore(t *testing.T) {
	path := filepath.Join(t.TempDir(), "drive.db")
	openAt(t, path).Close()
	db, err := bbolt.Open(path, 0o600, nil)
	if err != nil {
		t.Fatal(err)
	}
	err = db.Update(func(b *bbolt.Tx) error {
		for _, bucket := range dingtalkBuckets {
			if err := b.DeleteBucket([]byte(bucket)); err != nil {
				return err
			}
		}
		return b.Bucket([]byte(metaBucket)).Delete([]byte("secret"))
	})
	if err != nil {
		t.Fatal(err)
	}
	db.Close()
	newOfficeAt(t, path).signIn().staged("a.txt", "a")
}

// Nothing is left of uploads that nobody committed in time.
func TestLapsedUploadsGo(t *testing.T) {
	path := filepath.Join(t.TempDir(), "drive.db")
	o := newOfficeAt(t, path).signIn()
	o.uploaded("forgotten")
	o.box.Close()
	box, err := Open(Options{Path: path, Clock: func() time.Time { return o.now().Add(25 * time.Hour) }})
	if err != nil {
		t.Fatal(err)
	}
	defer box.Close()
	left, err := os.ReadDir(box.uploads.path)
	if err != nil || len(left) != 0 {
		t.Errorf("%v %v", left, err)
	}
}

// What goes wrong on demand goes wrong in each vendor's words, so that its clients can read it.
func TestVendorsFaults(t *testing.T) {
	o := newOffice(t).signIn()
	_, info := o.ticket("{}")
	_, _, contract := o.flows(o.sign(flowsBody("yDwivUUckpor6wtoUuogwQHCAB0ES0pQ"), nil))
	if err := o.box.SetFaults(Faults{ErrorRate: 1}); err != nil {
		t.Fatal(err)
	}
	o.want(o.ask("/v1.0/workflow/processInstances/spaces/infos/query", `{"userId":"user123"}`), 500, "systemError")
	if r := o.put(info, "x"); r.status != 500 || !strings.Contains(r.body, "<Code>InternalError</Code>") {
		t.Errorf("%d %s", r.status, r.body)
	}
	if r := o.send(o.sign(flowsBody("x"), nil)); r.status != 200 || !strings.Contains(r.body, `"Code":"InternalError"`) {
		t.Errorf("%d %s", r.status, r.body)
	}
	if r := o.send(o.request("GET", contract[0].Url, "")); r.status != 500 {
		t.Errorf("%d %s", r.status, r.body)
	}

	// A lost call was carried out.
	uploadKey := func() string { o.box.SetFaults(Faults{}); return o.uploaded("lost") }()
	if err := o.box.SetFaults(Faults{LostRate: 1}); err != nil {
		t.Fatal(err)
	}
	r := o.request("POST", storagePath+"/files/commit?unionId=union123", fmt.Sprintf(`{"uploadKey":%q,"name":"lost.txt","parentId":"0"}`, uploadKey))
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("x-acs-dingtalk-access-token", o.token)
	if got, err := o.http.Do(r); err == nil {
		t.Errorf("answered with %s", got.Status)
	}
	o.box.SetFaults(Faults{})
	list := o.request("GET", storagePath+"/dentries?unionId=union123&parentId=0", "")
	list.Header.Set("x-acs-dingtalk-access-token", o.token)
	if r := o.send(list); !strings.Contains(r.body, `"name":"lost.txt"`) {
		t.Errorf("the lost commit left nothing: %s", r.body)
	}
}

// The same without a socket.
func TestVendorsInProcess(t *testing.T) {
	o := newOffice(t)
	o.http = &http.Client{Transport: o.box.Transport()}
	o.url = "https://api.dingtalk.example"
	o.signIn()
	_, info := o.ticket("{}")
	if !strings.HasPrefix(info.ResourceURLs[0], o.url+"/yundisk0/") {
		t.Errorf("%s", info.ResourceURLs)
	}
	if got := o.bytesOf(o.staged("a.txt", "streamed")); got != "streamed" {
		t.Errorf("%q", got)
	}
	if got := o.bytesOf(o.staged("empty.txt", "")); got != "" {
		t.Errorf("%q", got)
	}
	_, _, urls := o.flows(o.sign(flowsBody("yDwivUUckpor6wtoUuogwQHCAB0ES0pQ"), nil))
	if r := o.send(o.request("GET", urls[0].Url, "")); !strings.HasPrefix(r.body, "%PDF-1.4") {
		t.Errorf("%d %s", r.status, r.body)
	}
}

func TestCredentialsArePrintable(t *testing.T) {
	got := openAt(t, "").Credentials()
	want := Credentials{
		DingTalk: DingTalkCredentials{
			AppKey: "dingsandboxkey", AppSecret: "sandbox-secret", AgentID: 8345000, UserID: "user123", UnionID: "union123",
			Department: 1, Process: "PROC-SANDBOX-1", Field: "附件", Conversation: "cidSandbox",
			Instance: "a17444d1-075b-4a4d-9a0e-d2f0b5c0a111",
		},
		Tencent: TencentCredentials{
			SecretID: "AKIDSANDBOX", SecretKey: "SANDBOXSECRETKEY", AppID: "yDwhxUUckp3gl8j5UuFX33LSNozpRsbi",
			Organization: "org_dianziqian", Operator: "n9527",
			Flows: []string{"yDwivUUckpor6wtoUuogwQHCAB0ES0pQ", "yDwi8UUckpo5fz9cUqI6nGwcuTvt9YSh", "yDwiSandboxNames0000000000000001"},
		},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestClosedSandboxAnswersVendors(t *testing.T) {
	o := newOffice(t).signIn()
	_, info := o.ticket("{}")
	o.box.Close()
	o.want(o.ask("/v1.0/workflow/processInstances/spaces/infos/query", `{"userId":"user123"}`), 500, "systemError")
	if r := o.put(info, "x"); r.status != 500 || !strings.Contains(r.body, "<Code>InternalError</Code>") {
		t.Errorf("%d %s", r.status, r.body)
	}
}

// Whatever is sent to whichever vendor, the answer is of that vendor's shape and the sandbox stands.
func FuzzVendors(f *testing.F) {
	box, err := Open(Options{})
	if err != nil {
		f.Fatal(err)
	}
	f.Cleanup(func() { box.Close() })
	for _, api := range dingtalkAPIs {
		f.Add(api.method, api.path+"?unionId=union123&parentId=0", "application/json", []byte(`{"userId":"user123","protocol":"HEADER_SIGNATURE","multipart":false,"uploadKey":"x","name":"a","parentId":"0"}`))
	}
	f.Add("PUT", "/yundisk0/x?partNumber=-1", "OSS a:b", []byte("x"))
	f.Add("POST", "/", "TC3-HMAC-SHA256 Credential=AKIDSANDBOX/2023-11-14/essbasic/tc3_request, SignedHeaders=content-type;host, Signature="+strings.Repeat("0", 64), []byte(vectorBody))
	f.Add("GET", "/file/FLOW/x/0/0.PDF?hkey=0", "", []byte{})
	var token string
	f.Fuzz(func(t *testing.T, method, target, header string, body []byte) {
		box.limits = limiter{}
		if token == "" {
			w := httptest.NewRecorder()
			r := httptest.NewRequest("POST", dingtalkTokenPath, strings.NewReader(`{"appKey":"dingsandboxkey","appSecret":"sandbox-secret"}`))
			r.Header.Set("Content-Type", "application/json")
			box.Handler().ServeHTTP(w, r)
			var answer struct{ AccessToken string }
			json.Unmarshal(w.Body.Bytes(), &answer)
			token = answer.AccessToken
		}
		r, err := http.NewRequest(method, "http://sandbox/", bytes.NewReader(body))
		if err != nil {
			return
		}
		address, query, _ := strings.Cut(target, "?")
		r.URL.Path, r.URL.RawQuery = address, query
		r.Header.Set("Content-Type", header)
		r.Header.Set("Authorization", header)
		dingtalk := dingtalkVersion.MatchString(address)
		if dingtalk {
			r.Header.Set(dingtalkTokenHeader, token)
		}
		w := httptest.NewRecorder()
		box.Handler().ServeHTTP(w, r)
		var object map[string]any
		if err := json.Unmarshal(w.Body.Bytes(), &object); dingtalk && (err != nil || object == nil) {
			t.Fatalf("%d %s", w.Code, w.Body)
		}
		if w.Code == 500 {
			t.Fatalf("%d %s", w.Code, w.Body)
		}
	})
}
