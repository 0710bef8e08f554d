package sandboxtest

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"countersign/providers/sandbox"
)

// App is a sandbox served over HTTP, for a client with DingTalk's and Tencent's credentials.
type App struct {
	T     testing.TB
	Box   *sandbox.Sandbox
	URL   string
	Token string
	HTTP  *http.Client

	mu sync.Mutex
	at time.Time
}

// NewApp serves a sandbox of its own.
func NewApp(t testing.TB) *App { return NewAppAt(t, "") }

// NewAppAt serves the sandbox of a database until the test ends. Its clock stands still.
func NewAppAt(t testing.TB, path string) *App {
	t.Helper()
	o := &App{T: t, at: time.Date(2026, 5, 28, 9, 37, 16, 0, time.UTC), HTTP: http.DefaultClient}
	box, err := sandbox.Open(sandbox.Options{Path: path, Clock: o.Now})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { box.Close() })
	server := httptest.NewServer(box.Handler())
	t.Cleanup(server.Close)
	o.Box, o.URL = box, server.URL
	return o
}

// Now is the clock of the sandbox, which stands still.
func (o *App) Now() time.Time { o.mu.Lock(); defer o.mu.Unlock(); return o.at }

// Later moves the clock on.
func (o *App) Later(d time.Duration) { o.mu.Lock(); defer o.mu.Unlock(); o.at = o.at.Add(d) }

// Response is an answer of any vendor.
type Response struct {
	Status int
	Header http.Header
	Body   string
}

// Send makes a call and reads the whole answer.
func (o *App) Send(r *http.Request) Response {
	o.T.Helper()
	got, err := o.HTTP.Do(r)
	if err != nil {
		o.T.Fatal(err)
	}
	defer got.Body.Close()
	body, err := io.ReadAll(got.Body)
	if err != nil {
		o.T.Fatal(err)
	}
	return Response{got.StatusCode, got.Header, string(body)}
}

// Request is a call to an address, or to a path of the sandbox.
func (o *App) Request(method, address, body string) *http.Request {
	o.T.Helper()
	if strings.HasPrefix(address, "/") {
		address = o.URL + address
	}
	r, err := http.NewRequest(method, address, strings.NewReader(body))
	if err != nil {
		o.T.Fatal(err)
	}
	return r
}

// Ask makes a call to DingTalk with the app's token, a second of the clock after the last one.
func (o *App) Ask(path, body string) Response {
	o.T.Helper()
	o.Later(time.Second)
	r := o.Request("POST", path, body)
	r.Header.Set("Content-Type", "application/json; charset=utf-8")
	if o.Token != "" {
		r.Header.Set("x-acs-dingtalk-access-token", o.Token)
	}
	return o.Send(r)
}

// SignIn gets a token, and the right to upload for user123.
func (o *App) SignIn() *App {
	o.T.Helper()
	o.Token = o.Field(o.Ask("/v1.0/oauth2/accessToken", `{"appKey":"dingsandboxkey","appSecret":"sandbox-secret"}`),
		"accessToken")
	o.Want(o.Ask("/v1.0/workflow/processInstances/spaces/infos/query", `{"userId":"user123","agentId":8345000}`), 200,
		"")
	return o
}

// Want demands a status, and, where a code is given, an error in DingTalk's shape.
func (o *App) Want(r Response, status int, code string) {
	o.T.Helper()
	var refused struct{ Code, Message, RequestID string }
	if err := json.Unmarshal([]byte(r.Body), &refused); err != nil || !strings.HasPrefix(r.Body, "{") {
		o.T.Errorf("no JSON object: %s", r.Body)
	}
	if r.Status != status || refused.Code != code {
		o.T.Errorf("%d %s, want %d %s", r.Status, r.Body, status, code)
	}
	if code != "" && (refused.Message == "" || len(refused.RequestID) != 36 ||
		refused.RequestID != strings.ToUpper(refused.RequestID)) {
		o.T.Errorf("words or request id missing: %s", r.Body)
	}
	if media := r.Header.Get("Content-Type"); media != "application/json;charset=utf-8" {
		o.T.Errorf("Content-Type %q", media)
	}
}

// Field is a text in an answer, by its path.
func (o *App) Field(r Response, path ...string) string {
	o.T.Helper()
	var v any
	if err := json.Unmarshal([]byte(r.Body), &v); err != nil || r.Status != 200 {
		o.T.Fatalf("%d %s: %v", r.Status, r.Body, err)
	}
	for _, name := range path {
		m, _ := v.(map[string]any)
		v = m[name]
	}
	return fmt.Sprint(v)
}

// StoragePath begins the paths of storage that name the one space.
const StoragePath = "/v1.0/storage/spaces/3996960664"

// Ticket is where to PUT bytes, and with which headers.
type Ticket struct {
	ResourceURLs         []string
	Headers              map[string]string
	ExpirationSeconds    int64
	Region               string
	InternalResourceURLs []string
}

// AskTicket asks for the headers of an upload.
func (o *App) AskTicket(option string) (uploadKey string, info Ticket) {
	o.T.Helper()
	r := o.Ask(StoragePath+"/files/uploadInfos/query?unionId=union123",
		`{"protocol":"HEADER_SIGNATURE","multipart":false,"option":`+option+`}`)
	var answer struct {
		UploadKey           string
		HeaderSignatureInfo Ticket
	}
	if err := json.Unmarshal([]byte(r.Body), &answer); err != nil || r.Status != 200 {
		o.T.Fatalf("%d %s: %v", r.Status, r.Body, err)
	}
	return answer.UploadKey, answer.HeaderSignatureInfo
}

// Put sends bytes with a ticket's headers, and more given as name: value.
func (o *App) Put(info Ticket, body string, more ...string) Response {
	o.T.Helper()
	r := o.Request("PUT", info.ResourceURLs[0], body)
	for name, value := range info.Headers {
		r.Header.Set(name, value)
	}
	for _, m := range more {
		name, value, _ := strings.Cut(m, ": ")
		r.Header.Set(name, value)
	}
	return o.Send(r)
}

// Uploaded uploads bytes and returns the key to commit them with.
func (o *App) Uploaded(body string) string {
	o.T.Helper()
	uploadKey, info := o.AskTicket("{}")
	if r := o.Put(info, body); r.Status != 200 {
		o.T.Fatalf("%d %s", r.Status, r.Body)
	}
	return uploadKey
}

// Commit makes a file of what was uploaded.
func (o *App) Commit(uploadKey, name, option string) Response {
	o.T.Helper()
	return o.Ask(StoragePath+"/files/commit?unionId=union123",
		fmt.Sprintf(`{"uploadKey":%q,"name":%q,"parentId":"0","option":%s}`, uploadKey, name, option))
}

// Staged makes a file and returns its id.
func (o *App) Staged(name, body string) string {
	o.T.Helper()
	return o.Field(o.Commit(o.Uploaded(body), name, "{}"), "dentry", "id")
}

// BytesOf is the content of a file of the space.
func (o *App) BytesOf(id string) string {
	o.T.Helper()
	file, err := OpenDingTalkFile(o.Box, id)
	if err != nil {
		o.T.Fatal(err)
	}
	defer file.Close()
	content, err := io.ReadAll(file)
	if err != nil {
		o.T.Fatal(err)
	}
	return string(content)
}
