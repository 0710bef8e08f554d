package sandbox

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// drive is a sandbox served over real HTTP, as a test sees it.
type drive struct {
	t      *testing.T
	box    *Sandbox
	url    string
	tokens map[string]string // by username
}

func newDrive(t *testing.T) *drive { return serveDrive(t, openAt(t, "")) }

func openAt(t *testing.T, path string) *Sandbox {
	t.Helper()
	box, err := Open(Options{Path: path})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { box.Close() })
	return box
}

func serveDrive(t *testing.T, box *Sandbox) *drive {
	server := httptest.NewServer(box.Handler())
	t.Cleanup(server.Close)
	d := &drive{t: t, box: box, url: server.URL, tokens: map[string]string{}}
	for _, k := range box.Tokens() {
		d.tokens[k.Username] = k.Token
	}
	return d
}

type answer struct {
	Code     int
	Msg      string
	Data     json.RawMessage
	Templet  *templet
	Userinfo map[string][]string
	FileMap  *fileMap
	FileID   int64 // of an upload
	RootID   int64
	UUID     string
	Approval []struct {
		ID   int64
		Name string
	}
}

// post calls an endpoint as a user with fields given as name=value.
func (d *drive) post(user, path string, fields ...string) answer {
	d.t.Helper()
	var a answer
	d.postInto(&a, user, path, fields...)
	return a
}

// postInto is post with the answer decoded into a.
func (d *drive) postInto(a any, user, path string, fields ...string) {
	d.t.Helper()
	form := url.Values{"token": {d.tokens[user]}}
	for _, f := range fields {
		name, value, _ := strings.Cut(f, "=")
		form.Set(name, value)
	}
	r, err := http.PostForm(d.url+path, form)
	if err != nil {
		d.t.Fatal(err)
	}
	defer r.Body.Close()
	if r.StatusCode != http.StatusOK {
		d.t.Fatalf("%s: HTTP %s", path, r.Status)
	}
	if err := json.NewDecoder(r.Body).Decode(a); err != nil {
		d.t.Fatalf("%s: %v", path, err)
	}
}

// wantJSON compares a decoded answer with what it should be.
func wantJSON(t *testing.T, want string, got any) {
	t.Helper()
	var w any
	if err := json.Unmarshal([]byte(want), &w); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(w, got); diff != "" {
		t.Error(diff)
	}
}

// set makes or rewrites a template whose content is that of the example with the given title, type 4.
func (d *drive) set(user string, fileID, tid int64, title string) answer {
	d.t.Helper()
	content := strings.Replace(exampleContent, "申请修改", title, 1)
	return d.post(user, "/app/approval/set-templet", fmt.Sprint("fileId=", fileID), fmt.Sprint("tid=", tid),
		"title="+title, "mType=2", "content="+content)
}

// list reads the templates in force on a folder or file.
func (d *drive) list(user string, fileID int64) []templet {
	d.t.Helper()
	a := d.post(user, "/app/approval/templet-list", fmt.Sprint("fileId=", fileID))
	d.want(a, CodeDone)
	var list []templet
	if err := json.Unmarshal(a.Data, &list); err != nil {
		d.t.Fatal(err)
	}
	return list
}

func (d *drive) want(a answer, code int) {
	d.t.Helper()
	if a.Code != code {
		d.t.Fatalf("code %d %s, want %d", a.Code, a.Msg, code)
	}
	if code != CodeDone && a.Msg == "" {
		d.t.Fatalf("code %d without words", code)
	}
}

func TestTokensTellWhoMayDoWhat(t *testing.T) {
	box := openAt(t, "")
	var got []string
	for _, k := range box.Tokens() {
		got = append(got, fmt.Sprint(k.UserID, " ", k.Username, " ", k.Realname, ", ", k.Role))
		if len(k.Token) < 32 {
			t.Errorf("token of %s is short: %d", k.Username, len(k.Token))
		}
	}
	want := []string{
		"1 admin 系统管理员, super administrator", "3 test02 测试2, folder administrator", "4 test03 测试3, user",
		"5 zhang 张三, user", "6 li 李四, user", "7 wang 王五, user", "8 chen 陈晨, user",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestDataSurvives(t *testing.T) {
	path := filepath.Join(t.TempDir(), "made", "drive.db")
	first, err := Open(Options{Path: path})
	if err != nil {
		t.Fatal(err)
	}
	d := serveDrive(t, first)
	d.want(d.set("admin", 7, 0, "质量"), CodeDone)
	before, tokens := d.list("admin", 7), first.Tokens()
	if err := first.Close(); err != nil {
		t.Fatal(err)
	}

	second := openAt(t, path)
	if diff := cmp.Diff(before, serveDrive(t, second).list("admin", 7)); diff != "" {
		t.Errorf("templates changed: %s", diff)
	}
	if diff := cmp.Diff(tokens, second.Tokens()); diff != "" {
		t.Errorf("tokens changed: %s", diff)
	}
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the database holds tokens and is open to others: %v %v", info.Mode(), err)
	}
}

func TestTemporaryDataGoes(t *testing.T) {
	box, err := Open(Options{})
	if err != nil {
		t.Fatal(err)
	}
	dir := box.temporary
	box.Close()
	if _, err := os.Stat(dir); !os.IsNotExist(err) {
		t.Errorf("%s is still there: %v", dir, err)
	}
	if tokens := box.Tokens(); len(tokens) != 0 {
		t.Errorf("a closed sandbox has %d tokens", len(tokens))
	}
	w := httptest.NewRecorder()
	r := httptest.NewRequest("POST", "/app/file/list-dir", strings.NewReader("token=x&fileId=0"))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	box.Handler().ServeHTTP(w, r)
	if w.Code != 500 || !strings.Contains(w.Body.String(), `"code":1000`) {
		t.Errorf("a closed sandbox answers %d %s", w.Code, w.Body)
	}
}

func TestCallsAreCounted(t *testing.T) {
	d := newDrive(t)
	d.list("admin", 1)
	d.list("admin", 3)
	d.post("", "/app/approval/templet-list2")
	http.Get(d.url + "/nowhere")
	want := map[string]int{"/app/approval/templet-list": 2, "/app/approval/templet-list2": 1, "other": 1}
	if diff := cmp.Diff(want, d.box.Calls()); diff != "" {
		t.Error(diff)
	}
}
