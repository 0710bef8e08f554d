package sandboxtest

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"countersign/providers/sandbox"
	"countersign/providers/sandbox/drive"
	"countersign/providers/sandbox/drive/records"
)

// Drive is a sandbox served over HTTP, with calls to the drive in few words.
type Drive struct {
	T      testing.TB
	Box    *sandbox.Sandbox
	URL    string
	Tokens map[string]string // by username
}

// NewDrive serves a sandbox of its own.
func NewDrive(t testing.TB) *Drive { return ServeDrive(t, Open(t, "")) }

// ServeDrive serves a sandbox until the test ends.
func ServeDrive(t testing.TB, box *sandbox.Sandbox) *Drive {
	server := httptest.NewServer(box.Handler())
	t.Cleanup(server.Close)
	d := &Drive{T: t, Box: box, URL: server.URL, Tokens: map[string]string{}}
	for _, k := range box.Tokens() {
		d.Tokens[k.Username] = k.Token
	}
	return d
}

// Answer has the fields of all answers of the drive.
type Answer struct {
	Code     int
	Msg      string
	Data     json.RawMessage
	Templet  *records.Templet
	Userinfo map[string][]string
	FileMap  *drive.FileMap
	FileID   int64 // of an upload
	RootID   int64
	UUID     string
	Approval []struct {
		ID   int64
		Name string
	}
}

// Post calls an endpoint as a user with fields given as name=value.
func (d *Drive) Post(user, path string, fields ...string) Answer {
	d.T.Helper()
	var a Answer
	d.PostInto(&a, user, path, fields...)
	return a
}

// PostInto is Post with the answer decoded into a.
func (d *Drive) PostInto(a any, user, path string, fields ...string) {
	d.T.Helper()
	form := url.Values{"token": {d.Tokens[user]}}
	for _, f := range fields {
		name, value, _ := strings.Cut(f, "=")
		form.Set(name, value)
	}
	r, err := http.PostForm(d.URL+path, form)
	if err != nil {
		d.T.Fatal(err)
	}
	defer r.Body.Close()
	if r.StatusCode != http.StatusOK {
		d.T.Fatalf("%s: HTTP %s", path, r.Status)
	}
	if err := json.NewDecoder(r.Body).Decode(a); err != nil {
		d.T.Fatalf("%s: %v", path, err)
	}
}

// WantJSON compares a decoded answer with what it should be.
func WantJSON(t testing.TB, want string, got any) {
	t.Helper()
	var w any
	if err := json.Unmarshal([]byte(want), &w); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(w, got); diff != "" {
		t.Error(diff)
	}
}

// Set makes or rewrites a template whose content is that of the example with the given title, type 4.
func (d *Drive) Set(user string, fileID, tid int64, title string) Answer {
	d.T.Helper()
	content := strings.Replace(records.ExampleContent, "申请修改", title, 1)
	return d.Post(user, "/app/approval/set-templet", fmt.Sprint("fileId=", fileID), fmt.Sprint("tid=", tid),
		"title="+title, "mType=2", "content="+content)
}

// List reads the templates in force on a folder or file.
func (d *Drive) List(user string, fileID int64) []records.Templet {
	d.T.Helper()
	a := d.Post(user, "/app/approval/templet-list", fmt.Sprint("fileId=", fileID))
	d.Want(a, records.CodeDone)
	var list []records.Templet
	if err := json.Unmarshal(a.Data, &list); err != nil {
		d.T.Fatal(err)
	}
	return list
}

// Want demands a code.
func (d *Drive) Want(a Answer, code int) {
	d.T.Helper()
	if a.Code != code {
		d.T.Fatalf("code %d %s, want %d", a.Code, a.Msg, code)
	}
	if code != records.CodeDone && a.Msg == "" {
		d.T.Fatalf("code %d without words", code)
	}
}

// Ended is how a call ended: "done", "failed" (by a fault) or "lost".
func Ended(r *http.Response, err error) string {
	if err != nil {
		return "lost"
	}
	defer r.Body.Close()
	body, err := io.ReadAll(r.Body)
	switch {
	case err != nil:
		return "lost"
	case r.StatusCode == 500 && strings.HasPrefix(r.Header.Get("Content-Type"), "text/html") &&
		strings.HasPrefix(string(body), "<html>"):
		return "failed"
	case r.StatusCode == 200:
		return "done"
	}
	return r.Status
}
