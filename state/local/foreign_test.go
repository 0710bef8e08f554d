package local

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"countersign/confine/confinetest"
	"countersign/state"
	"countersign/state/store"
)

// victims are what somebody has put in the place of one of our files; outside is a file of somebody else's in another
// folder.
var victims = map[string]func(path, outside string) error{
	"a link to a file":               func(path, outside string) error { return os.Symlink(outside, path) },
	"a link to a file in the folder": func(path, outside string) error { return os.Symlink("notes.txt", path) },
	"a link to nothing":              func(path, outside string) error { return os.Symlink(outside+".new", path) },
	"a link to a device":             func(path, outside string) error { return os.Symlink("/dev/null", path) },
	"a link to a folder": func(path, outside string) error {
		return os.Symlink(filepath.Dir(outside), path)
	},
	"a link to a pipe":               func(path, outside string) error { return os.Symlink(outside+".pipe", path) },
	"a second name of a file":        func(path, outside string) error { return os.Link(outside, path) },
	"a second name of an empty file": func(path, outside string) error { return os.Link(outside+".empty", path) },
	"somebody's text": func(path, outside string) error {
		return os.WriteFile(path, []byte("export PATH\n"), 0o644)
	},
	"somebody's line without an end": func(path, outside string) error {
		return os.WriteFile(path, []byte("export PATH"), 0o644)
	},
	"somebody's JSON": func(path, outside string) error {
		return os.WriteFile(path, []byte(`{"version": 1, "ID": "x"}`), 0o644)
	},
	"an empty file": func(path, outside string) error { return os.WriteFile(path, nil, 0o644) },
	"a folder":      func(path, outside string) error { return os.Mkdir(path, 0o755) },
	"a pipe":        func(path, outside string) error { return syscall.Mkfifo(path, 0o644) },
}

// TestForeignFiles: whatever is in the place of one of our files and is not ours stays as it is, byte for byte,
// whatever a run does, and so does everything that it leads to. A run that would have to use or replace it is told so
// before it writes anything.
func TestForeignFiles(t *testing.T) {
	uses := []struct {
		name    string
		refused []string // the files that must be ours for it
		use     func(l *run) error
	}{
		{"Read", []string{"state", "journal"}, func(l *run) error { _, _, err := l.Read(ctx); return err }},
		{"Unfolded", []string{"journal"}, func(l *run) error { _, err := l.Unfolded(ctx); return err }},
		{"AwaitUnlocked", nil, func(l *run) error { return l.AwaitUnlocked(ctx, 0) }},
		{"ForceUnlock", []string{"lock"}, func(l *run) error { return l.ForceUnlock(ctx, "x") }},
		{
			"Lock",
			[]string{"state", "backup", "journal", "lock"},
			func(l *run) error { _, err := l.Lock(ctx, lockInfo("apply", "1", "x"), 0); return err },
		},
		{
			"Write",
			[]string{"state", "backup", "journal"},
			func(l *run) error { _, err := l.Write(ctx, state.State{Lineage: "l", Serial: 3}); return err },
		},
		{
			"Push",
			[]string{"state", "backup", "journal"},
			func(l *run) error { _, err := l.Push(ctx, sample(), true); return err },
		},
		{"Begin", []string{"state", "backup", "journal"}, func(l *run) error {
			_, err := l.Begin(ctx, []state.Intent{intent(state.OpRemove, "template.a", 5, "")})
			return err
		}},
	}
	for name, victim := range victims {
		for _, place := range []string{"state", "backup", "journal", "lock"} {
			for _, u := range uses {
				for _, chosen := range []bool{true, false} {
					if place == "state" && !chosen && name == "a link to nothing" {
						continue // see TestLinkToNothing
					}
					t.Run(fmt.Sprintf("%s/%s/%s/%t", name, place, u.name, chosen), func(t *testing.T) {
						folder, others := t.TempDir(), t.TempDir()
						path := filepath.Join(folder, "countersign.state.json")
						outside := filepath.Join(others, ".bashrc")
						put(t, outside, []byte("alias ll='ls -l'\n"))
						put(t, outside+".empty", nil)
						put(t, filepath.Join(folder, "notes.txt"), []byte("notes\n"))
						kept := pathsOf(open(path))
						if place != "state" {
							put(t, path, encoded(t, state.State{Lineage: "l", Serial: 3}))
						}
						in := map[string]string{"state": kept.state, "backup": kept.backup, "journal": kept.journal,
							"lock": kept.lock}[place]
						if err := errors.Join(
							os.Chmod(outside, 0o644),
							syscall.Mkfifo(outside+".pipe", 0o644),
							victim(in, outside),
						); err != nil {
							t.Fatal(err)
						}
						theirs := confinetest.Look(t, in) + confinetest.Look(t, others)
						all := confinetest.Look(t, folder)
						l := open(path)
						if chosen {
							l = openIn(folder, path)
						}
						err := u.use(l)
						if now := confinetest.Look(t, in) + confinetest.Look(t, others); now != theirs {
							t.Fatalf("%v; it is now\n%s\nand was\n%s", err, now, theirs)
						}
						if !slices.Contains(u.refused, place) {
							return
						}
						if err == nil {
							t.Error("it went on")
						} else if !chosen && place == "state" {
							// A person has named the link; what is kept beside a state may be made there.
							return
						}
						if now := confinetest.Look(t, folder); now != all {
							t.Errorf("%v; in the folder is now\n%s\nand was\n%s", err, now, all)
						}
					})
				}
			}
		}
	}
}

// TestLinkToNothing: a state that is a link to nothing is no new lineage, whoever has named it.
func TestLinkToNothing(t *testing.T) {
	folder, others := t.TempDir(), t.TempDir()
	path := filepath.Join(folder, "countersign.state.json")
	if err := os.Symlink(filepath.Join(others, "gone.json"), path); err != nil {
		t.Fatal(err)
	}
	for says, l := range map[string]*run{
		"is a symbolic link to " + filepath.Join(others, "gone.json") + ", which does not exist": open(path),
		"-state=FILE": openIn(folder, path),
	} {
		_, _, err := l.Read(ctx)
		mustFail(t, err, says)
		_, err = l.Write(ctx, state.State{})
		mustFail(t, err, says)
		_, err = l.Lock(ctx, store.LockInfo{ID: "x"}, 0)
		mustFail(t, err, says)
		_, err = l.Begin(ctx, []state.Intent{intent(state.OpRemove, "template.a", 5, "")})
		mustFail(t, err, says)
	}
	if got := confinetest.Look(t, others); strings.Count(got, "\n") != 1 ||
		names(t, open(path)) != "countersign.state.json" {
		t.Errorf("something was made: %s", got)
	}
}

// TestFoldersThatAreLinks: what a configuration has chosen is not reached through them, neither out of the folder nor
// within it.
func TestFoldersThatAreLinks(t *testing.T) {
	folder, others := t.TempDir(), t.TempDir()
	for name, target := range map[string]string{"out": others, "within": "real", "nowhere": "gone"} {
		if err := os.Symlink(target, filepath.Join(folder, name)); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Mkdir(filepath.Join(folder, "real"), 0o700); err != nil {
		t.Fatal(err)
	}
	before := confinetest.Look(t, folder) + confinetest.Look(t, others)
	for _, name := range []string{"out/x.json", "out/deep/x.json", "within/x.json", "nowhere/x.json"} {
		l := openIn(folder, filepath.Join(folder, name))
		_, _, err := l.Read(ctx)
		mustFail(t, err, "it is a symbolic link")
		_, err = l.Write(ctx, state.State{})
		mustFail(t, err, "it is a symbolic link")
		_, err = l.Lock(ctx, store.LockInfo{ID: "x"}, 0)
		mustFail(t, err, "it is a symbolic link")
	}
	if after := confinetest.Look(t, folder) + confinetest.Look(t, others); after != before {
		t.Errorf("it is now\n%s\nand was\n%s", after, before)
	}
}

// TestReadingMakesNothing: no folder, no lock, nothing.
func TestReadingMakesNothing(t *testing.T) {
	folder := t.TempDir()
	deep := filepath.Join(folder, "deep", "er", "x.json")
	for _, l := range []*run{open(deep), openIn(folder, deep), open(filepath.Join(folder, "x.json"))} {
		mustRead(t, l)
		if _, err := l.Unfolded(ctx); err != nil {
			t.Error(err)
		}
		if err := l.AwaitUnlocked(ctx, 0); err != nil {
			t.Error(err)
		}
	}
	mustFail(t, open(filepath.Join(folder, "deep", "x.json")).ForceUnlock(ctx, "x"), "it is not locked")
	if entries, err := os.ReadDir(folder); err != nil || len(entries) > 0 {
		t.Errorf("%v, %v", entries, err)
	}
}

// TestAwaitUnlocked: it waits for the one who holds the lock, says who that is, and is in nobody's way.
func TestAwaitUnlocked(t *testing.T) {
	l := newLocal(t)
	info, unlock := mustLock(t, l, "apply")
	other := open(l.Path())
	var locked *store.LockedError
	if err := other.AwaitUnlocked(ctx, 0); !errors.As(err, &locked) || locked.Holder.ID != info.ID {
		t.Errorf("%v", err)
	}
	waited := make(chan error)
	go func() { waited <- other.AwaitUnlocked(ctx, time.Minute) }()
	if err := unlock(); err != nil {
		t.Fatal(err)
	}
	if err := <-waited; err != nil {
		t.Error(err)
	}
	put(t, pathsOf(l).lock, left(t, "of a killed run"))
	text := string(get(t, pathsOf(l).lock))
	stop, asked := make(chan bool), atomic.Int32{}
	var wg sync.WaitGroup
	wg.Go(func() {
		for {
			select {
			case <-stop:
				return
			default:
				_ = other.AwaitUnlocked(ctx, 0) // which holds the lock for a moment
				asked.Add(1)
			}
		}
	})
	for taken := 0; taken < 20 || asked.Load() < 20; taken++ {
		_, unlock := mustLock(t, l, "apply")
		if err := unlock(); err != nil {
			t.Fatal(err)
		}
		put(t, pathsOf(l).lock, []byte(text))
	}
	close(stop)
	wg.Wait()
	if string(get(t, pathsOf(l).lock)) != text {
		t.Error("asking has changed the lock that was left")
	}
}

// TestCreateLock: a lock on a file system where a file has one name alone.
func TestCreateLock(t *testing.T) {
	l := newLocal(t)
	f, err := l.local.files(true)
	if err != nil {
		t.Fatal(err)
	}
	h, err := f.createLock(left(t, "mine"))
	if err != nil || h == nil || !h.here() {
		t.Fatalf("%v, %v", h, err)
	}
	defer h.release() // and so the lock is held until then
	if again, err := f.createLock(left(t, "another's")); again != nil || err != nil {
		t.Errorf("it was made twice: %v, %v", again, err)
	}
	var locked *store.LockedError
	_, err = open(l.Path()).Lock(ctx, lockInfo("plan", "1", "x"), 0)
	if !errors.As(err, &locked) || locked.Holder.ID != "mine" {
		t.Errorf("%v", err)
	}
}

// TestExchangedAllTheTime: somebody exchanges our files for links to theirs as fast as they can, while a run is at
// work. The run may fail; what is theirs stays as it is.
func TestExchangedAllTheTime(t *testing.T) {
	folder, others := t.TempDir(), t.TempDir()
	theirs := filepath.Join(others, ".bashrc")
	put(t, theirs, []byte("alias ll='ls -l'\n"))
	before := confinetest.Look(t, others)
	l := openIn(folder, filepath.Join(folder, "countersign.state.json"))
	kept := pathsOf(open(l.Path()))
	var done atomic.Bool
	ended := make(chan bool)
	go func() {
		defer close(ended)
		next := filepath.Join(folder, "next")
		for i := 0; !done.Load(); i++ {
			if i%2 == 0 {
				os.Symlink(theirs, next)
			} else {
				os.Link(theirs, next)
			}
			os.Rename(next, []string{kept.state, kept.backup, kept.journal, kept.lock}[i/2%4])
			os.Remove([]string{kept.state, kept.backup, kept.journal, kept.lock}[i/2%4])
			os.Remove(next)
		}
	}()
	went := 0
	for range 2000 {
		l := openIn(folder, l.Path())
		unlock, err := l.Lock(ctx, lockInfo("apply", "1", "x"), 0)
		if err != nil {
			continue
		}
		went++
		s, _, _ := l.Read(ctx)
		_, _ = l.Begin(ctx, []state.Intent{intent(state.OpRemove, "template.a", 5, "")})
		_, _ = l.Write(ctx, s)
		_ = unlock()
	}
	done.Store(true)
	<-ended
	if after := confinetest.Look(t, others); after != before || went == 0 {
		t.Errorf("after %d runs it is\n%s\nand was\n%s", went, after, before)
	}
}
