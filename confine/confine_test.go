package confine

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"sync/atomic"
	"syscall"
	"testing"
)

// world is a folder "in" with files, links and worse, and beside it a folder "out" that nothing must lead to.
func world(t *testing.T) *Folder {
	t.Helper()
	t.Chdir(t.TempDir())
	for _, dir := range []string{"in/sub/deep", "in/.git", "in/folder.hcl", "out"} {
		if err := os.MkdirAll(dir, 0o700); err != nil {
			t.Fatal(err)
		}
	}
	for name, text := range map[string]string{"in/a.txt": "inside", "in/sub/b.txt": "below", "in/.git/config": "token",
		"out/secret.txt": "secret", "in/empty": ""} {
		put(t, name, text)
	}
	abs, err := filepath.Abs("in/a.txt")
	if err != nil {
		t.Fatal(err)
	}
	for name, target := range map[string]string{
		"in/alias": "a.txt", "in/down": "sub", "in/sub/up": "../a.txt", "in/chain": "alias", "in/absolute": abs,
		"in/back": "../in/a.txt", "in/out.txt": "../out/secret.txt", "in/outer": "../out",
		"in/environ": "/proc/self/environ", "in/root": "/", "in/null": "/dev/null", "in/dangling": "nowhere",
		"in/dangling_out": "../out/nowhere", "in/ring": "ring", "in/tokens": ".git/config", "in/hidden": ".git",
	} {
		if err := os.Symlink(target, name); err != nil {
			t.Fatal(err)
		}
	}
	if err := syscall.Mkfifo("in/pipe", 0o600); err != nil {
		t.Fatal(err)
	}
	f, err := OpenFolder("in")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.Close() })
	return f
}

func put(t *testing.T, name, text string) {
	t.Helper()
	if err := os.WriteFile(name, []byte(text), 0o640); err != nil {
		t.Fatal(err)
	}
}

func get(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// TestReadIn: in a folder, links are followed that stay in it.
func TestReadIn(t *testing.T) {
	f := world(t)
	for name, want := range map[string]string{"a.txt": "inside", "alias": "inside", "chain": "inside",
		"down/b.txt": "below", "down/up": "inside",
		"absolute": "inside", "back": "inside", "sub/../a.txt": "inside", "empty": ""} {
		if text, err := f.ReadFile(name, 100); err != nil || string(text) != want {
			t.Errorf("%s: %q, %v", name, text, err)
		}
		if text, err := ReadIn("in", filepath.Join("in", name), 100); err != nil || string(text) != want {
			t.Errorf("%s from outside: %q, %v", name, text, err)
		}
	}
	for name, want := range map[string]error{"out.txt": ErrLeaves, "outer/secret.txt": ErrLeaves, "environ": ErrLeaves,
		"null": ErrLeaves, "root/etc/passwd": ErrLeaves, "dangling_out": ErrLeaves, "../out/secret.txt": ErrLeaves,
		"/etc/passwd": ErrLeaves, "sub/../../out/secret.txt": ErrLeaves, "dangling": fs.ErrNotExist,
		"ring": syscall.ELOOP,
		"pipe": ErrSpecial, "sub": ErrFolder, "down": ErrFolder, "folder.hcl": ErrFolder,
		".git/config": ErrGit, ".GIT/config": ErrGit, "tokens": ErrGit, "hidden/config": ErrGit} {
		text, err := f.ReadFile(name, 100)
		var path *fs.PathError
		if !errors.Is(err, want) || !errors.As(err, &path) {
			t.Errorf("%s: %q, %v; want %v", name, text, err, want)
		}
	}
	for _, path := range []string{"out/secret.txt", "in/../out/secret.txt", "/etc/passwd", "/proc/self/environ"} {
		if _, err := ReadIn("in", path, 100); !errors.Is(err, ErrOutside) {
			t.Errorf("%s: %v", path, err)
		}
	}
}

// TestNamed: what a person has named may lie anywhere and be reached by links, but it must be a regular file.
func TestNamed(t *testing.T) {
	world(t)
	for name, want := range map[string]string{"in/out.txt": "secret", "in/outer/secret.txt": "secret",
		"in/tokens": "token", "in/../out/secret.txt": "secret"} {
		if text, err := ReadIn("", name, 100); err != nil || string(text) != want {
			t.Errorf("%s: %q, %v", name, text, err)
		}
	}
	for name, want := range map[string]error{"in/pipe": ErrSpecial, "in/null": ErrSpecial, "/dev/zero": ErrSpecial,
		"in": ErrFolder, "in/dangling": fs.ErrNotExist} {
		if _, err := ReadFile(name, 100); !errors.Is(err, want) {
			t.Errorf("%s: %v; want %v", name, err, want)
		}
	}
	if runtime.GOOS != "linux" {
		return
	}
	for _, name := range []string{"/proc/self/environ", "in/environ", "/proc/self/root/proc/self/environ",
		"/sys/kernel/mm/transparent_hugepage/enabled", "/proc/cpuinfo"} {
		if _, err := os.Stat(name); err != nil {
			continue // the machine has none
		}
		if _, err := ReadFile(name, 1<<20); !errors.Is(err, ErrSystem) {
			t.Errorf("%s: %v", name, err)
		}
	}
	// A folder through which the system is seen hides nothing.
	if _, err := ReadIn("/proc/self/cwd", "/proc/self/cwd/in/a.txt", 100); err != nil {
		t.Errorf("a folder by a strange path: %v", err)
	}
	if _, err := ReadIn("/", "/proc/self/environ", 1<<20); !errors.Is(err, ErrSystem) {
		t.Errorf("in the root of all: %v", err)
	}
}

// TestLimit: the limit applies to what is read, not to the size that a file claims.
func TestLimit(t *testing.T) {
	f := world(t)
	for limit, fits := range map[int64]bool{6: true, 5: false, 0: false} {
		if text, err := f.ReadFile("a.txt", limit); (err == nil) != fits || !fits && !errors.As(err, new(TooLarge)) {
			t.Errorf("%d: %q, %v", limit, text, err)
		}
	}
	if err := os.Truncate("in/a.txt", 1<<40); err != nil { // a hole, which takes no room on the disk
		t.Fatal(err)
	}
	if _, err := f.ReadFile("a.txt", 1<<20); !errors.As(err, new(TooLarge)) {
		t.Errorf("a file with a hole: %v", err)
	}
	if _, err := Read(endless{}, 1<<20); !errors.As(err, new(TooLarge)) {
		t.Errorf("without end: %v", err)
	}
}

type endless struct{}

func (endless) Read(p []byte) (int, error) { return len(p), nil }

// TestReadInput: what a shell passes on is read once; nothing else is that is no file.
func TestReadInput(t *testing.T) {
	world(t)
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	go func() {
		io.WriteString(w, "from a pipe")
		w.Close()
	}()
	name := fmt.Sprint("/dev/fd/", r.Fd())
	if text, stream, err := ReadInput(name, 100); err != nil || !stream || string(text) != "from a pipe" {
		t.Errorf("%s: %q, %v, %v", name, text, stream, err)
	}
	if text, stream, err := ReadInput("in/a.txt", 100); err != nil || stream || string(text) != "inside" {
		t.Errorf("a file: %q, %v, %v", text, stream, err)
	}
	if err := os.Symlink(name, "in/handed"); err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]error{"in/pipe": ErrSpecial, "in/handed": ErrSpecial, "/dev/zero": ErrSpecial,
		"/dev/fd/99": fs.ErrNotExist} {
		if _, _, err := ReadInput(path, 100); !errors.Is(err, want) {
			t.Errorf("%s: %v; want %v", path, err, want)
		}
	}
}

// TestOwn: what is kept is no link, and is not reached through one.
func TestOwn(t *testing.T) {
	f := world(t)
	file, _, err := f.Own("a.txt", os.O_RDWR|os.O_TRUNC|os.O_CREATE) // the last two flags have no effect
	if err != nil {
		t.Fatal(err)
	}
	file.Close()
	if get(t, "in/a.txt") != "inside" {
		t.Error("it was emptied")
	}
	for name, want := range map[string]error{"alias": ErrLink, "absolute": ErrLink, "out.txt": ErrLink,
		"environ": ErrLink, "null": ErrLink, "dangling": ErrLink,
		"dangling_out": ErrLink, "ring": ErrLink, "pipe": ErrSpecial, "sub": ErrFolder, "nothing": fs.ErrNotExist,
		"../out/secret.txt": ErrLeaves, "outer/secret.txt": ErrLeaves} {
		for _, flag := range []int{os.O_RDONLY, os.O_RDWR} {
			if _, _, err := f.Own(name, flag|os.O_CREATE|os.O_TRUNC); !errors.Is(err, want) {
				t.Errorf("%s: %v; want %v", name, err, want)
			}
		}
		if _, err := f.Create(name); name != "nothing" && err == nil {
			t.Errorf("%s was made", name)
		}
	}
	for name, want := range map[string]error{"down": ErrLink, "outer": ErrLink, "hidden": ErrLink,
		"sub/../down": ErrLink, "a.txt": syscall.ENOTDIR, "dangling": ErrLink, "nowhere": fs.ErrNotExist} {
		if _, err := f.Folder(name, false); !errors.Is(err, want) {
			t.Errorf("the folder %s: %v; want %v", name, err, want)
		}
		if _, err := f.Folder(name+"/new", true); name != "nowhere" && err == nil {
			t.Errorf("a folder was made in %s", name)
		}
	}
	deep, err := f.Folder("new/er/est", true)
	if err != nil {
		t.Fatal(err)
	}
	if info, err := os.Stat("in/new/er/est"); err != nil || info.Mode().Perm() != 0o700 ||
		deep.At("x") != "in/new/er/est/x" {
		t.Errorf("%v, %v, %s", info, err, deep.At("x"))
	}
	if get(t, "out/secret.txt") != "secret" || get(t, "in/a.txt") != "inside" {
		t.Error("something was changed")
	}
	if _, err := os.Lstat("out/nowhere"); err == nil {
		t.Error("something was made outside")
	}
}

// TestCommit: a file takes the place of the one that was looked at, and of no other.
func TestCommit(t *testing.T) {
	for name, exchange := range map[string]func(){
		"nothing happens":    nil,
		"it becomes a link":  func() { os.Remove("in/a.txt"); os.Symlink("../out/secret.txt", "in/a.txt") },
		"it becomes another": func() { os.Remove("in/a.txt"); os.Link("out/secret.txt", "in/a.txt") },
		"it goes":            func() { os.Remove("in/a.txt") },
	} {
		t.Run(name, func(t *testing.T) {
			f := world(t)
			file, was, err := f.Own("a.txt", os.O_RDONLY)
			if err != nil {
				t.Fatal(err)
			}
			defer file.Close()
			n, err := f.New("a.txt")
			if err != nil {
				t.Fatal(err)
			}
			defer n.Drop()
			if _, err := n.WriteString("new"); err != nil {
				t.Fatal(err)
			}
			if exchange != nil {
				exchange()
			}
			switch err := n.Commit(was); {
			case exchange == nil && (err != nil || get(t, "in/a.txt") != "new"):
				t.Errorf("%v", err)
			case exchange != nil && !errors.Is(err, ErrOther):
				t.Errorf("%v", err)
			}
			if err := f.Remove("a.txt", was); !errors.Is(err, ErrOther) { // by now it is another one in each case
				t.Errorf("Remove: %v", err)
			}
			n.Drop()
			if get(t, "out/secret.txt") != "secret" || len(f.Leftovers("a.txt")) > 0 {
				t.Errorf("secret %q, left over %q", get(t, "out/secret.txt"), f.Leftovers("a.txt"))
			}
		})
	}
}

// TestKeep: a file gets a second name, for which no other file loses its own.
func TestKeep(t *testing.T) {
	f := world(t)
	file, is, err := f.Own("a.txt", os.O_RDONLY)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	for _, second := range []string{"alias", "out.txt", "dangling_out", "empty"} {
		if err := f.Keep(file, "a.txt", second, nil); !errors.Is(err, ErrOther) {
			t.Errorf("%s: %v", second, err)
		}
	}
	if err := f.Keep(file, "a.txt", "a.backup", nil); err != nil {
		t.Fatal(err)
	}
	if linked, err := os.Lstat("in/a.backup"); err != nil || !os.SameFile(is, linked) {
		t.Errorf("%v", err)
	}
	// On a file system without hard links:
	if err := f.copy(file, "a.copy", nil); err != nil || get(t, "in/a.copy") != "inside" {
		t.Errorf("%v", err)
	}
	if entries, _ := filepath.Glob("in/.new-*"); len(entries) > 0 || get(t, "out/secret.txt") != "secret" {
		t.Errorf("left over %q", entries)
	}
}

// TestExchangedAllTheTime: somebody exchanges a file for links to the outside, as fast as they can. The file outside is
// never opened, and nothing is written to it.
func TestExchangedAllTheTime(t *testing.T) {
	f := world(t)
	var done atomic.Bool
	ended := make(chan bool)
	go func() {
		defer close(ended)
		for i := 0; !done.Load(); i++ {
			switch i % 3 {
			case 0:
				os.Symlink("../out/secret.txt", "in/next")
			case 1:
				os.WriteFile("in/next", []byte("ours"), 0o600)
			case 2:
				os.Symlink("a.txt", "in/next")
			}
			os.Rename("in/next", "in/state")
		}
	}()
	opened := 0
	for range 20_000 {
		if text, err := f.ReadFile("state", 100); err == nil && string(text) == "secret" {
			t.Fatal("what is outside was read")
		}
		file, was, err := f.Own("state", os.O_RDWR)
		if err != nil {
			continue
		}
		opened++
		if text, err := Read(file, 100); err != nil || string(text) != "ours" {
			t.Fatalf("%q was opened as our own, %v", text, err)
		}
		if _, err := file.WriteAt([]byte("OURS"), 0); err != nil {
			t.Fatal(err)
		}
		file.Close()
		_ = f.Remove("state", was) // it may have been exchanged already
	}
	done.Store(true)
	<-ended
	if opened == 0 || get(t, "out/secret.txt") != "secret" || get(t, "in/a.txt") != "inside" {
		t.Errorf("opened %d times; outside %q, inside %q", opened, get(t, "out/secret.txt"), get(t, "in/a.txt"))
	}
}

// TestFS: a pattern sees the names of links that lead out, and nothing behind them.
func TestFS(t *testing.T) {
	f := world(t)
	for name, folder := range map[string]bool{"down": true, "sub": true, "outer": false, "out.txt": false,
		"root": false, "alias": false} {
		if info, err := fs.Stat(f.FS(), name); err != nil || info.IsDir() != folder {
			t.Errorf("%s: %v, %v", name, info, err)
		}
	}
	entries, err := fs.ReadDir(f.FS(), ".")
	if err != nil || slices.ContainsFunc(entries, func(e fs.DirEntry) bool { return e.Name() == ".git" }) {
		t.Errorf("%v, %v", entries, err)
	}
	if _, err := fs.Stat(f.FS(), ".git/config"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("%v", err)
	}
	for _, name := range []string{"outer", "root", ".git"} {
		if entries, err := fs.ReadDir(f.FS(), name); err == nil {
			t.Errorf("%s has %v", name, entries)
		}
	}
}

// TestFind: the place of a file that will be replaced.
func TestFind(t *testing.T) {
	world(t)
	for path, want := range map[string]string{"in/a.txt": "in/a.txt", "in/down/up": "in/a.txt", "in/chain": "in/a.txt",
		"in/down/b.txt": "in/sub/b.txt"} {
		if f, name, err := Find("in", path); err != nil || f.At(name) != want {
			t.Errorf("%s: %v", path, err)
		}
	}
	for _, path := range []string{"in/out.txt", "in/outer/secret.txt", "out/secret.txt", "in/dangling"} {
		if _, _, err := Find("in", path); err == nil {
			t.Errorf("%s was found", path)
		}
	}
	if f, name, err := Find("", "in/out.txt"); err != nil || f.At(name) != "out/secret.txt" {
		t.Errorf("named: %v", err)
	}
}
