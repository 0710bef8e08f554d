package crash_test

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"countersign/internal/crash"
)

func TestGroupRaisesPanics(t *testing.T) {
	done := false
	defer func() {
		p, is := recover().(*crash.Panic)
		if !is || p.Value != "one" || !strings.Contains(string(p.Stack), "crash_test.explode") || !done {
			t.Errorf("%v, all done: %v", p, done)
		}
	}()
	var g crash.Group
	g.Go(func() { explode("one") })
	g.Go(func() { done = true })
	g.Wait()
	t.Error("Wait returned")
}

func TestCaughtIsAnError(t *testing.T) {
	err := func() (err error) {
		defer crash.Caught(&err)
		explode("two")
		return nil
	}()
	if err == nil || err.Error() != "a bug in this program: two" {
		t.Errorf("%v", err)
	}
	defer func() {
		if p := recover(); p != err {
			t.Errorf("raised %v", p)
		}
	}()
	if other := errors.New("other"); crash.Raise(other) != other || crash.Raise(nil) != nil {
		t.Error("an error that is no panic is changed")
	}
	_ = crash.Raise(err) // panics
	t.Error("Raise returned")
}

func explode(what string) { panic(what) }

// TestEveryGoroutineIsCaught reads the program: a group's goroutines, which work on what came from outside, all say what becomes of
// a panic.
func TestEveryGoroutineIsCaught(t *testing.T) {
	found := 0
	err := filepath.WalkDir("../..", func(path string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") || strings.Contains(path, "internal/crash") {
			return err
		}
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		if bytes.Contains(text, []byte("sync.WaitGroup")) {
			t.Errorf("%s: use crash.Group", path)
		}
		lines := strings.Split(string(text), "\n")
		for i, line := range lines {
			if !strings.Contains(line, ".Go(func(") || strings.Contains(line, "wg.Go(") { // wg is a crash.Group
				continue
			}
			found++
			if !strings.Contains(strings.Join(lines[i:min(i+4, len(lines))], "\n"), "crash.Caught(") {
				t.Errorf("%s:%d: a panic here ends the program with Go's exit code: begin with defer crash.Caught(&…)", path, i+1)
			}
		}
		return nil
	})
	if err != nil || found < 8 {
		t.Errorf("%d goroutines, %v", found, err)
	}
}
