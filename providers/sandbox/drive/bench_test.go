package drive_test

import (
	"fmt"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"strings"
	"testing"

	"countersign/providers/sandbox"
	"countersign/providers/sandbox/drive/records"
	"countersign/providers/sandbox/sandboxtest"
	"countersign/providers/sandbox/store"
)

// Many lists and many creates, as ten clients side by side make them.
func BenchmarkTempletList(b *testing.B) {
	box, ids := benchWorld(b)
	k := box.Tokens()[0].Token
	for b.Loop() {
		for _, id := range ids {
			call(b, box, "/app/approval/templet-list", url.Values{"token": {k}, "fileId": {fmt.Sprint(id)}})
		}
	}
}

func BenchmarkSetTemplet(b *testing.B) {
	box, err := sandbox.Open(sandbox.Options{Path: filepath.Join(b.TempDir(), "drive.db")})
	if err != nil {
		b.Fatal(err)
	}
	defer box.Close()
	k := box.Tokens()[0].Token
	b.SetParallelism(5)
	b.RunParallel(func(p *testing.PB) {
		for p.Next() {
			call(b, box, "/app/approval/set-templet", url.Values{"token": {k}, "fileId": {"7"}, "tid": {"0"},
				"mType": {"2"},
				"title": {"申请修改"}, "content": {records.ExampleContent}})
		}
	})
}

// benchWorld makes 1,000 folders with ten templates each.
func benchWorld(b *testing.B) (*sandbox.Sandbox, []int64) {
	box, err := sandbox.Open(sandbox.Options{})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { box.Close() })
	names := make([]string, 1000)
	for i := range names {
		names[i] = fmt.Sprint(i)
	}
	ids, err := sandboxtest.AddFolders(box, 1, names...)
	if err != nil {
		b.Fatal(err)
	}
	err = box.Shared().Store.Alone(func(t store.Tx) error {
		for i := range 10 * len(ids) {
			v := records.ExampleTemplet
			v.ID, v.File = int64(100+i), ids[i/10]
			(records.Tx{Tx: t}).PutTemplet(v)
		}
		return nil
	})
	if err != nil {
		b.Fatal(err)
	}
	return box, ids
}

// call makes a call that must be carried out.
func call(b *testing.B, box *sandbox.Sandbox, path string, fields url.Values) {
	r := httptest.NewRequest("POST", path, strings.NewReader(fields.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	w := httptest.NewRecorder()
	if box.Handler().ServeHTTP(w, r); !strings.HasPrefix(w.Body.String(), `{"code":0`) {
		b.Error(w.Body)
	}
}
