package sandbox_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"countersign/providers/sandbox"
	"countersign/providers/sandbox/dingtalk"
	"countersign/providers/sandbox/esign"
	"countersign/providers/sandbox/faults"
	"countersign/providers/sandbox/sandboxtest"
	"countersign/providers/sandbox/server"
	"countersign/providers/sandbox/store"

	"github.com/google/go-cmp/cmp"
	"go.etcd.io/bbolt"
)

// An open and a closed database, one from before there was DingTalk, and what was cut off by the end of a process.
func TestVendorsSurvive(t *testing.T) {
	path := filepath.Join(t.TempDir(), "drive.db")
	first := sandboxtest.NewAppAt(t, path).SignIn()
	id := first.Staged("合同.pdf", "signed")
	uploadKey := first.Uploaded("not yet committed")
	o := newAppAfterCrash(t, first, path)
	stray := filepath.Join(filepath.Dir(path), "drive.files", "dingtalk", "iAEI00.stray")
	if _, err := os.Stat(stray); !os.IsNotExist(err) {
		t.Errorf("%s is still there: %v", stray, err)
	}
	o.Token = first.Token // it is still good
	o.Want(o.Commit(uploadKey, "later.txt", "{}"), 200, "")
	if got := o.BytesOf(id); got != "signed" {
		t.Errorf("the file now holds %q", got)
	}
}

// newAppAfterCrash closes an app, leaves a file of a cut upload, and opens the same database again.
func newAppAfterCrash(t *testing.T, first *sandboxtest.App, path string) *sandboxtest.App {
	t.Helper()
	if err := first.Box.Close(); err != nil {
		t.Fatal(err)
	}
	stray := filepath.Join(filepath.Dir(path), "drive.files", "dingtalk", "iAEI00.stray")
	if err := os.WriteFile(stray, []byte("half"), 0o600); err != nil {
		t.Fatal(err)
	}
	return sandboxtest.NewAppAt(t, path)
}

func TestDatabasesFromBefore(t *testing.T) {
	path := filepath.Join(t.TempDir(), "drive.db")
	sandboxtest.Open(t, path).Close()
	db, err := bbolt.Open(path, 0o600, nil)
	if err != nil {
		t.Fatal(err)
	}
	err = db.Update(func(b *bbolt.Tx) error {
		for _, bucket := range dingtalk.Buckets {
			if err := b.DeleteBucket([]byte(bucket)); err != nil {
				return err
			}
		}
		return b.Bucket([]byte(store.MetaBucket)).Delete([]byte("secret"))
	})
	if err != nil {
		t.Fatal(err)
	}
	db.Close()
	sandboxtest.NewAppAt(t, path).SignIn().Staged("a.txt", "a")
}

// Nothing is left of uploads that nobody committed in time.
func TestLapsedUploadsGo(t *testing.T) {
	path := filepath.Join(t.TempDir(), "drive.db")
	o := sandboxtest.NewAppAt(t, path).SignIn()
	o.Uploaded("forgotten")
	o.Box.Close()
	box, err := sandbox.Open(sandbox.Options{Path: path,
		Clock: func() time.Time { return o.Now().Add(25 * time.Hour) }})
	if err != nil {
		t.Fatal(err)
	}
	defer box.Close()
	left, err := os.ReadDir(dingtalk.UploadsIn(box.Shared().Store).Path)
	if err != nil || len(left) != 0 {
		t.Errorf("%v %v", left, err)
	}
}

// What goes wrong on demand goes wrong in each vendor's words, so that its clients can read it.
func TestVendorsFaults(t *testing.T) {
	o := sandboxtest.NewApp(t).SignIn()
	_, info := o.AskTicket("{}")
	if err := sandboxtest.SetFaults(o.Box, faults.Settings{ErrorRate: 1}); err != nil {
		t.Fatal(err)
	}
	o.Want(o.Ask("/v1.0/workflow/processInstances/spaces/infos/query", `{"userId":"user123"}`), 500, "systemError")
	if r := o.Put(info, "x"); r.Status != 500 || !strings.Contains(r.Body, "<Code>InternalError</Code>") {
		t.Errorf("%d %s", r.Status, r.Body)
	}

	// A lost call was carried out.
	uploadKey := func() string { sandboxtest.SetFaults(o.Box, faults.Settings{}); return o.Uploaded("lost") }()
	if err := sandboxtest.SetFaults(o.Box, faults.Settings{LostRate: 1}); err != nil {
		t.Fatal(err)
	}
	r := o.Request("POST", sandboxtest.StoragePath+"/files/commit?unionId=union123",
		fmt.Sprintf(`{"uploadKey":%q,"name":"lost.txt","parentId":"0"}`, uploadKey))
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("x-acs-dingtalk-access-token", o.Token)
	if got, err := o.HTTP.Do(r); err == nil {
		t.Errorf("answered with %s", got.Status)
	}
	sandboxtest.SetFaults(o.Box, faults.Settings{})
	list := o.Request("GET", sandboxtest.StoragePath+"/dentries?unionId=union123&parentId=0", "")
	list.Header.Set("x-acs-dingtalk-access-token", o.Token)
	if r := o.Send(list); !strings.Contains(r.Body, `"name":"lost.txt"`) {
		t.Errorf("the lost commit left nothing: %s", r.Body)
	}
}

// The same without a socket.
func TestVendorsInProcess(t *testing.T) {
	o := sandboxtest.NewApp(t)
	o.HTTP = &http.Client{Transport: o.Box.Transport()}
	o.URL = "http://api.dingtalk.example"
	o.SignIn()
	_, info := o.AskTicket("{}")
	if !strings.HasPrefix(info.ResourceURLs[0], o.URL+"/yundisk0/") {
		t.Errorf("%s", info.ResourceURLs)
	}
	if got := o.BytesOf(o.Staged("a.txt", "streamed")); got != "streamed" {
		t.Errorf("%q", got)
	}
	if got := o.BytesOf(o.Staged("empty.txt", "")); got != "" {
		t.Errorf("%q", got)
	}
}

func TestCredentialsArePrintable(t *testing.T) {
	got := sandboxtest.Open(t, "").Credentials()
	want := sandbox.Credentials{
		DingTalk: dingtalk.Credentials{
			AppKey: "dingsandboxkey", AppSecret: "sandbox-secret", AgentID: 8345000, UserID: "user123",
			UnionID:    "union123",
			Department: 1, Process: "PROC-SANDBOX-1", Field: "附件", Conversation: "cidSandbox",
			Instance: "a17444d1-075b-4a4d-9a0e-d2f0b5c0a111",
		},
		Tencent: esign.Credentials{
			SecretID: "AKIDSANDBOX", SecretKey: "SANDBOXSECRETKEY", AppID: "yDwhxUUckp3gl8j5UuFX33LSNozpRsbi",
			Organization: "org_dianziqian", Operator: "n9527",
			Flows: []string{"yDwivUUckpor6wtoUuogwQHCAB0ES0pQ", "yDwi8UUckpo5fz9cUqI6nGwcuTvt9YSh",
				"yDwiSandboxNames0000000000000001"},
		},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestClosedSandboxAnswersVendors(t *testing.T) {
	o := sandboxtest.NewApp(t).SignIn()
	_, info := o.AskTicket("{}")
	o.Box.Close()
	o.Want(o.Ask("/v1.0/workflow/processInstances/spaces/infos/query", `{"userId":"user123"}`), 500, "systemError")
	if r := o.Put(info, "x"); r.Status != 500 || !strings.Contains(r.Body, "<Code>InternalError</Code>") {
		t.Errorf("%d %s", r.Status, r.Body)
	}
}

// Whatever is sent to whichever vendor, the answer is of that vendor's shape and the sandbox stands.
func FuzzVendors(f *testing.F) {
	box, err := sandbox.Open(sandbox.Options{})
	if err != nil {
		f.Fatal(err)
	}
	f.Cleanup(func() { box.Close() })
	for _, path := range []string{
		"/v1.0/oauth2/accessToken",
		"/v1.0/workflow/processInstances", "/v1.0/workflow/processInstances/spaces/infos/query",
		"/v1.0/workflow/processInstances/spaces/authPreview",
		sandboxtest.StoragePath + "/files/uploadInfos/query", sandboxtest.StoragePath +
			"/files/multiPartUploadInfos/init",
		sandboxtest.StoragePath + "/files/commit", sandboxtest.StoragePath + "/dentries/1/query",
		"/v1.0/storage/spaces/files/multiPartUploadInfos/query", "/v1.0/convFile/conversations/files/links/send",
	} {
		f.Add("POST", path+"?unionId=union123&parentId=0", "application/json",
			[]byte(`{"userId":"user123","protocol":"HEADER_SIGNATURE","multipart":false,`+
				`"uploadKey":"x","name":"a","parentId":"0"}`))
	}
	f.Add("PUT", "/yundisk0/x?partNumber=-1", "OSS a:b", []byte("x"))
	f.Add("POST", "/", "TC3-HMAC-SHA256 Credential=AKIDSANDBOX/2023-11-14/essbasic/tc3_request, "+
		"SignedHeaders=content-type;host, Signature="+strings.Repeat("0", 64), []byte(`{"FlowIds":["x"]}`))
	f.Add("GET", "/file/FLOW/x/0/0.PDF?hkey=0", "", []byte{})
	var token string
	f.Fuzz(func(t *testing.T, method, target, header string, body []byte) {
		box.Shared().Limits = server.Limiter{}
		if token == "" {
			w := httptest.NewRecorder()
			r := httptest.NewRequest("POST", "/v1.0/oauth2/accessToken",
				strings.NewReader(`{"appKey":"dingsandboxkey","appSecret":"sandbox-secret"}`))
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
		toDingTalk := strings.HasPrefix(address, "/v1.0/")
		if toDingTalk {
			r.Header.Set("X-Acs-Dingtalk-Access-Token", token)
		}
		w := httptest.NewRecorder()
		box.Handler().ServeHTTP(w, r)
		var object map[string]any
		if err := json.Unmarshal(w.Body.Bytes(), &object); toDingTalk && (err != nil || object == nil) {
			t.Fatalf("%d %s", w.Code, w.Body)
		}
		if w.Code == 500 {
			t.Fatalf("%d %s", w.Code, w.Body)
		}
	})
}
