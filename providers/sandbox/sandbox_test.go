package sandbox_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"countersign/providers/sandbox"
	"countersign/providers/sandbox/drive/records"
	"countersign/providers/sandbox/sandboxtest"

	"github.com/google/go-cmp/cmp"
)

func TestTokensTellWhoMayDoWhat(t *testing.T) {
	box := sandboxtest.Open(t, "")
	var got []string
	for _, k := range box.Tokens() {
		got = append(got, fmt.Sprint(k.ID, " ", k.Username, " ", k.Realname, ", ", k.Role()))
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
	first, err := sandbox.Open(sandbox.Options{Path: path})
	if err != nil {
		t.Fatal(err)
	}
	d := sandboxtest.ServeDrive(t, first)
	d.Want(d.Set("admin", 7, 0, "质量"), records.CodeDone)
	before, tokens := d.List("admin", 7), first.Tokens()
	if err := first.Close(); err != nil {
		t.Fatal(err)
	}

	second := sandboxtest.Open(t, path)
	if diff := cmp.Diff(before, sandboxtest.ServeDrive(t, second).List("admin", 7)); diff != "" {
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
	box, err := sandbox.Open(sandbox.Options{})
	if err != nil {
		t.Fatal(err)
	}
	dir := filepath.Dir(box.Shared().Store.Path())
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
	d := sandboxtest.NewDrive(t)
	d.List("admin", 1)
	d.List("admin", 3)
	d.Post("", "/app/approval/templet-list2")
	http.Get(d.URL + "/nowhere")
	want := map[string]int{"/app/approval/templet-list": 2, "/app/approval/templet-list2": 1, "other": 1}
	if diff := cmp.Diff(want, sandboxtest.Calls(d.Box)); diff != "" {
		t.Error(diff)
	}
}
