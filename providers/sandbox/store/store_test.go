package store_test

import (
	"bytes"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"countersign/providers/sandbox"
	"countersign/providers/sandbox/drive/records"
	"countersign/providers/sandbox/sandboxtest"
	"countersign/providers/sandbox/store"

	"go.etcd.io/bbolt"
)

func TestManyClientsAtOnce(t *testing.T) {
	path := filepath.Join(t.TempDir(), "drive.db")
	box := sandboxtest.Open(t, path)
	d := sandboxtest.ServeDrive(t, box)
	const clients, each = 10, 20
	folders := make([]string, clients)
	for i := range folders {
		folders[i] = fmt.Sprint("组", i)
	}
	ids, err := sandboxtest.AddFolders(box, 1, folders...)
	if err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	for c := range clients {
		wg.Go(func() {
			for n := range each {
				if a := d.Set("admin", ids[c], 0, fmt.Sprint("模板", n)); a.Code != records.CodeDone {
					t.Errorf("%+v", a)
				}
				// After an answer the next call sees the write, even when others write at the same time.
				if list := d.List("admin", ids[c]); len(list) != n+1 || list[n].Title != fmt.Sprint("模板", n) {
					t.Errorf("client %d sees %d templates after making %d", c, len(list), n+1)
				}
				// A refusal spoils nothing for those who write at the same time.
				if a := d.Set("admin", ids[c], 99999, "没有"); a.Code != records.CodeNoTemplet {
					t.Errorf("%+v", a)
				}
			}
		})
	}
	wg.Wait()
	seen := map[int64]bool{}
	for _, id := range ids {
		for _, tp := range d.List("admin", id) {
			seen[tp.ID] = true
		}
	}
	if len(seen) != clients*each {
		t.Errorf("%d different ids, want %d", len(seen), clients*each)
	}
}

// What was answered is in the file, whatever becomes of the process: a copy made right after each answer, without
// closing anything, holds it.
func TestAnswersAreDurable(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "drive.db")
	d := sandboxtest.ServeDrive(t, sandboxtest.Open(t, path))
	for n := 1; n <= 5; n++ {
		d.Want(d.Set("admin", 7, 0, fmt.Sprint("模板", n)), records.CodeDone)
		left, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		copied := filepath.Join(dir, fmt.Sprint("copy", n, ".db"))
		if err := os.WriteFile(copied, left, 0o600); err != nil {
			t.Fatal(err)
		}
		if list := sandboxtest.ServeDrive(t, sandboxtest.Open(t, copied)).List("admin", 7); len(list) != n {
			t.Errorf("%d templates in the file after %d answers", len(list), n)
		}
	}
}

func TestOneProcessAtATime(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "drive.db")
	sandboxtest.Open(t, path)
	const held = "another process holds it, such as another run of countersign or \"countersign sandbox\"; "
	for folder, words := range map[string]string{
		"":  held + "wait for it, or end it, or give another path", // a person has named it
		dir: held + "wait for it, or end it",
	} {
		_, err := sandbox.Open(sandbox.Options{Path: path, Folder: folder})
		if want := "open the sandbox database " + path + ": " + words; err == nil || err.Error() != want {
			t.Errorf("%v, want %s", err, want)
		}
	}
}

// A failed write is an error for everybody who wrote together, and nothing of it stays.
func TestFailedWriteLeavesNothing(t *testing.T) {
	box := sandboxtest.Open(t, "")
	for name, fail := range map[string]func() error{
		"error": func() error { return fmt.Errorf("disk full") },
		"panic": func() error { panic("disk full") },
	} {
		err := box.Shared().Store.Write(func(t store.Tx) error {
			(records.Tx{Tx: t}).DeleteTemplet(records.Templet{ID: 5, File: 71})
			return fail()
		})
		if err == nil || !strings.Contains(err.Error(), "disk full") {
			t.Errorf("%s: %v", name, err)
		}
	}
	if d := sandboxtest.ServeDrive(t, box); len(d.List("admin", 71)) != 1 {
		t.Error("the template is gone")
	}
}

// What a record names and is not there is no empty answer.
func TestMissingRecords(t *testing.T) {
	for path, missing := range map[string]struct {
		bucket string
		id     int64
	}{
		"/app/approval/templet-list": {records.TempletsBucket, 5}, "/app/file/list-dir": {records.FilesBucket, 3},
		"/app/approval/get-creator-list": {records.UsersBucket, 1},
	} {
		box := sandboxtest.Open(t, "")
		d := sandboxtest.ServeDrive(t, box)
		form := url.Values{"token": {box.Tokens()[0].Token}, "fileId": {"1"}}
		if missing.bucket == records.TempletsBucket {
			form.Set("fileId", "71")
		}
		status := func() int {
			answer, err := http.PostForm(d.URL+path, form)
			if err != nil {
				t.Fatal(err)
			}
			defer answer.Body.Close()
			return answer.StatusCode
		}
		before := status()
		if err := box.Shared().Store.Write(func(tx store.Tx) error {
			tx.Delete(missing.bucket, store.Key(missing.id))
			return nil
		}); err != nil {
			t.Fatal(err)
		}
		if after := status(); before != 200 || after != 500 {
			t.Errorf("%s: %d, and %d without the record", path, before, after)
		}
	}
}

func TestDamagedDatabasesAreRefused(t *testing.T) {
	dir := t.TempDir()
	good := filepath.Join(dir, "good.db")
	box, err := sandbox.Open(sandbox.Options{Path: good})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := sandboxtest.AddFolders(box, 0, strings.Fields("甲 乙 丙 丁")...); err != nil {
		t.Fatal(err)
	}
	box.Close()
	intact, err := os.ReadFile(good)
	if err != nil {
		t.Fatal(err)
	}
	used := 0
	for page := len(intact) / 4096; used == 0; page-- { // bbolt grows its file ahead of use, with zeros
		if bytes.Trim(intact[(page-1)*4096:page*4096], "\x00") != nil {
			used = page * 4096
		}
	}
	// change rewrites the database through bbolt.
	change := func(do func(*bbolt.Tx) error) func(string) error {
		return func(path string) error {
			if err := os.WriteFile(path, intact, 0o600); err != nil {
				return err
			}
			db, err := bbolt.Open(path, 0o600, nil)
			if err != nil {
				return err
			}
			defer db.Close()
			return db.Update(do)
		}
	}
	bytesOf := func(b []byte) func(string) error {
		return func(path string) error { return os.WriteFile(path, b, 0o600) }
	}
	tests := []struct {
		name string
		make func(path string) error
		says string
	}{
		{"a text", bytesOf([]byte("hello\n")), "damaged or not a sandbox database"},
		{"a long text", bytesOf(bytes.Repeat([]byte("hello\n"), 10000)), "damaged or not a sandbox database"},
		{"both meta pages gone", bytesOf(append(make([]byte, 8192), intact[8192:]...)), "damaged"},
		{"cut to one page", bytesOf(intact[:4096]), "damaged"},
		{"cut to three pages", bytesOf(intact[:3*4096]), "damaged"},
		{"one page short", bytesOf(intact[:used-4096]), "bytes long, should be"},
		{"a letter changed", bytesOf(bytes.Replace(intact, []byte("章程"), []byte("章节"), -1)), "damaged"},
		{"all pages but the meta pages gone", bytesOf(append(bytes.Clone(intact[:8192]),
			make([]byte, len(intact)-8192)...)), "damaged"},
		{"all pages but the meta pages 0xff", bytesOf(append(bytes.Clone(intact[:8192]),
			bytes.Repeat([]byte{0xff}, len(intact)-8192)...)), "damaged"},
		{"somebody else's database", change(func(b *bbolt.Tx) error {
			if err := b.DeleteBucket([]byte(store.MetaBucket)); err != nil {
				return err
			}
			_, err := b.CreateBucket([]byte("theirs"))
			return err
		}), "no format version"},
		{"a bucket gone", change(func(b *bbolt.Tx) error { return b.DeleteBucket([]byte("tokens")) }),
			"no bucket tokens"},
		{"a newer format", change(func(b *bbolt.Tx) error { return store.WriteFormat(b, 2) }), "has format 2"},
	}
	for i, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			path := filepath.Join(dir, fmt.Sprint(i, ".db"))
			if err := tt.make(path); err != nil {
				t.Fatal(err)
			}
			before, _ := os.ReadFile(path)
			_, err := sandbox.Open(sandbox.Options{Path: path})
			if err == nil {
				t.Fatal("opened")
			}
			if !strings.Contains(err.Error(), tt.says) || !strings.Contains(err.Error(), path) {
				t.Errorf("%v", err)
			}
			if after, _ := os.ReadFile(path); !bytes.Equal(before, after) {
				t.Error("the file was changed")
			}
			// And it is let go of: mended, it opens.
			if err := os.WriteFile(path, intact, 0o600); err != nil {
				t.Fatal(err)
			}
			sandboxtest.Open(t, path)
		})
	}
	if _, err := sandbox.Open(sandbox.Options{Path: dir}); err == nil || strings.Contains(err.Error(), "damaged") {
		t.Errorf("a folder: %v", err)
	}
}
