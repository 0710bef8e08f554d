package sandbox_test

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"countersign/providers/sandbox"
	"countersign/providers/sandbox/drive/records"
	"countersign/providers/sandbox/sandboxtest"
	"countersign/providers/sandbox/store"
)

// Some tests need another process, to kill it: the test binary, run once more with what it is to do in its environment.
const childVariable = "COUNTERSIGN_SANDBOX_TEST_CHILD"

var children = map[string]func(sandbox.Options) error{"write": childWrites, "no room": childHasNoRoom}

func TestMain(m *testing.M) {
	if do := children[os.Getenv(childVariable)]; do != nil {
		go func() {
			io.Copy(io.Discard, os.Stdin) // ends with the parent, however it ends
			os.Exit(3)
		}()
		fmt.Println("failed:", do(sandbox.Options{Path: os.Args[1], Folder: os.Args[2]}))
		os.Exit(1)
	}
	os.Exit(m.Run())
}

// startChild begins a child at work on the database of a configuration in dir. It says a line for each thing done.
func startChild(t *testing.T, do, dir string) (*exec.Cmd, *bufio.Scanner) {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	child := exec.Command(self, boxIn(dir).Path, dir)
	child.Env = append(os.Environ(), childVariable+"="+do)
	out, err1 := child.StdoutPipe()
	_, err2 := child.StdinPipe()
	if err := errors.Join(err1, err2, child.Start()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { child.Process.Kill(); child.Wait() })
	return child, bufio.NewScanner(out)
}

func boxIn(dir string) sandbox.Options {
	return sandbox.Options{Path: filepath.Join(dir, ".countersign", "policy.db"), Folder: dir}
}

// childWrites makes one template after the other, and stages a file for each, for ever.
func childWrites(o sandbox.Options) error {
	box, err := sandbox.Open(o)
	if err != nil {
		return err
	}
	client, token := &http.Client{Transport: box.Transport()}, box.Tokens()[0].Token
	read := func(answer *http.Response, err error) (said struct {
		Code int
		Data []records.Templet
	}, _ error) {
		if err == nil {
			defer answer.Body.Close()
			err = json.NewDecoder(answer.Body).Decode(&said)
		}
		if err == nil && said.Code != 0 {
			err = fmt.Errorf("code %d", said.Code)
		}
		return said, err
	}
	list, err := read(client.PostForm("http://box/app/approval/templet-list",
		url.Values{"token": {token}, "fileId": {"7"}}))
	for n := len(list.Data) + 1; err == nil; n++ {
		title := fmt.Sprint("模板", n)
		_, err1 := read(client.PostForm("http://box/app/approval/set-templet", url.Values{"token": {token},
			"fileId": {"7"}, "tid": {"0"}, "mType": {"2"}, "title": {title},
			"content": {strings.Replace(records.ExampleContent, "申请修改", title, 1)}}))
		_, err2 := read(client.Post("http://box/app/approval/upload-attachment/"+token+"/3",
			"multipart/form-data; boundary=x", strings.NewReader(strings.ReplaceAll(fmt.Sprintf(`--x
Content-Disposition: form-data; name="token"

%s
--x
Content-Disposition: form-data; name="fileSize2"

3
--x
Content-Disposition: form-data; name="atype"

0
--x
Content-Disposition: form-data; name="file"; filename="%d.txt"

abc
--x--
`, token, n), "\n", "\r\n"))))
		if err = errors.Join(err1, err2); err == nil {
			fmt.Println("made", n)
		}
	}
	return err
}

// childHasNoRoom cannot write a byte to any file.
func childHasNoRoom(o sandbox.Options) error {
	if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &syscall.Rlimit{}); err != nil {
		return err
	}
	_, err := sandbox.Open(o)
	return err
}

// A process that is killed while it writes loses nothing that it was told is done, and leaves nothing in the way: the
// next one goes on from there.
func TestKilledWhileWriting(t *testing.T) {
	dir := t.TempDir()
	for rounds := range 4 {
		child, lines := startChild(t, "write", dir)
		last := 0
		for range 3 + 5*rounds {
			if !lines.Scan() {
				t.Fatal("the child ended without a word")
			}
			if _, err := fmt.Sscanf(lines.Text(), "made %d", &last); err != nil {
				t.Fatal(lines.Text())
			}
		}
		child.Process.Kill()
		for lines.Scan() {
			fmt.Sscanf(lines.Text(), "made %d", &last)
		}
		child.Wait()

		box, err := sandbox.Open(boxIn(dir))
		if err != nil {
			t.Fatal(err)
		}
		list := sandboxtest.ServeDrive(t, box).List("admin", 7)
		for i, templet := range list {
			if want := fmt.Sprint("模板", i+1); templet.Title != want {
				t.Errorf("%s is in the place of %s", templet.Title, want)
			}
		}
		if len(list) < last || len(list) > last+1 {
			t.Errorf("%d templates, and %d are known to be made", len(list), last)
		}
		wanted := map[string]bool{}
		box.Shared().Store.Read(func(tx store.Tx) error {
			for _, a := range store.All[records.Attachment](tx, records.AttachmentsBucket) {
				wanted[fmt.Sprint(a.ID)] = true
			}
			return nil
		})
		kept, err := os.ReadDir(box.Shared().Store.Files().Path)
		if err != nil || len(wanted) < last || len(kept) != len(wanted) {
			t.Errorf("%d files for %d attachments, %v", len(kept), len(wanted), err)
		}
		for _, file := range kept {
			if info, err := file.Info(); err != nil || info.Size() != 3 || !wanted[file.Name()] {
				t.Errorf("%s: %v", file.Name(), err)
			}
		}
		box.Close()
	}
}

// A process that ends while it makes the database, on a full disk say, leaves none: the next one makes it.
func TestKilledWhileMaking(t *testing.T) {
	dir := t.TempDir()
	child, lines := startChild(t, "no room", dir)
	for lines.Scan() {
		t.Log(lines.Text())
	}
	if child.Wait() == nil {
		t.Fatal("there was room")
	}
	if _, err := os.Stat(boxIn(dir).Path); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("a part of a database is there: %v", err)
	}
	box, err := sandbox.Open(boxIn(dir))
	if err != nil {
		t.Fatal(err)
	}
	defer box.Close()
	if len(box.Tokens()) != len(records.ExampleUsers) {
		t.Error("the drive is not the document's")
	}
}
