package chaos

import (
	"bytes"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"sync"
	"syscall"
	"testing"
	"time"

	"countersign/internal/programtest"
)

// run is one run of the program.
type run struct {
	of      *configuration
	cmd     *exec.Cmd
	printed bytes.Buffer
	code    int // exit code; -1: killed
	took    time.Duration

	mu      sync.Mutex
	started bool
}

func (c *configuration) command(args ...string) *run {
	r := &run{of: c, cmd: programtest.OnDrive(c.dir, c.token, args...)}
	r.cmd.Stdout, r.cmd.Stderr = &r.printed, &r.printed
	if c.encrypted {
		r.cmd.Env = append(r.cmd.Env, "COUNTERSIGN_STATE_IDENTITY="+identity)
	}
	return r
}

// do runs it to its end.
func (r *run) do() *run {
	r.mu.Lock()
	begun := time.Now()
	err := r.cmd.Start()
	r.started = err == nil
	r.mu.Unlock()
	if err == nil {
		err = r.cmd.Wait()
	}
	r.took = time.Since(begun)
	if r.code = r.cmd.ProcessState.ExitCode(); err != nil && r.cmd.ProcessState == nil {
		panic(err) // it could not be started
	}
	return r
}

// kill ends it as SIGKILL does, if it is under way.
func (r *run) kill() {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.started {
		_ = r.cmd.Process.Kill()
	}
}

// showsRemoval reports whether the plan that the run printed shows the removal of a template.
func (r *run) showsRemoval(id int64) bool {
	return regexp.MustCompile(fmt.Sprintf(`(?m)^ *(-|\+/-|-/\+) .*\(tid %d\)`, id)).Match(r.printed.Bytes())
}

// readOnly makes the folder of a configuration, with all that is in it, one that the run can read and not write, until
// the result is called. The super user may write everywhere, so there the run is another user's.
func (r *run) readOnly(t *testing.T, program string) (undo func()) {
	t.Helper()
	const nobody = 65534
	super := os.Getuid() == 0
	if super {
		r.cmd.Path = program
		r.cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: nobody, Gid: nobody}}
		r.cmd.Env = append(r.cmd.Env, programtest.FormErrors+"="+programtest.Unchecked, "HOME="+r.of.dir)
	}
	change := func(user int, folder, file os.FileMode) {
		for _, path := range append(listed(t, r.of.dir), r.of.dir) {
			mode := file
			if path == r.of.dir {
				mode = folder
			}
			err := os.Chmod(path, mode)
			if super {
				err = errors.Join(err, os.Chown(path, user, user))
			}
			if err != nil {
				t.Error(err)
			}
		}
	}
	change(nobody, 0o555, 0o444)
	return func() { change(0, 0o755, 0o600) }
}

// fullDisk makes the run write to a disk on which there is little room, until the result is called: a small tmpfs where
// the test may mount one; elsewhere there is a limit for the size of each file.
func (r *run) fullDisk(t *testing.T, random *rand.Rand) (undo func()) {
	t.Helper()
	dir, room := r.of.dir, random.IntN(12)*4096
	r.cmd.Env = append(r.cmd.Env, programtest.FormErrors+"="+programtest.Unchecked)
	kept := dir + ".kept"
	if err := os.Rename(dir, kept); err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	if runtime.GOOS != "linux" || mountTmpfs(dir) != nil {
		os.Remove(dir)
		if err := os.Rename(kept, dir); err != nil {
			t.Fatal(err)
		}
		r.cmd.Path, r.cmd.Args = "/bin/sh", append([]string{"sh", "-c",
			fmt.Sprintf(`ulimit -f %d; exec countersign "$@"`, room/512), "sh"}, r.cmd.Args[1:]...)
		return func() {}
	}
	copyInto(t, dir, kept)
	fill(t, filepath.Join(dir, "filler"), room)
	return func() {
		os.Remove(filepath.Join(dir, "filler"))
		// What was there is now what the run has left, elsewhere.
		for _, old := range listed(t, kept) {
			os.Remove(old)
		}
		copyInto(t, kept, dir)
		if err := unmount(dir); err != nil {
			t.Error(err)
		}
		os.Remove(dir)
		if err := os.Rename(kept, dir); err != nil {
			t.Error(err)
		}
	}
}

func listed(t *testing.T, dir string) []string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(dir, "*"))
	hidden, err2 := filepath.Glob(filepath.Join(dir, ".c*"))
	if err := errors.Join(err, err2); err != nil {
		t.Fatal(err)
	}
	return append(files, hidden...)
}

func copyInto(t *testing.T, to, from string) {
	t.Helper()
	for _, file := range listed(t, from) {
		info, err := os.Lstat(file)
		if err != nil {
			t.Fatal(err)
		}
		err = os.WriteFile(filepath.Join(to, filepath.Base(file)), programtest.Read(t, file), info.Mode())
		if err != nil {
			t.Fatal(err)
		}
	}
}

// fill fills a disk up with a file, and leaves some room.
func fill(t *testing.T, path string, room int) {
	t.Helper()
	file, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	size := int64(0)
	for block := make([]byte, 4096); err == nil; {
		var n int
		n, err = file.Write(block)
		size += int64(n)
	}
	if err := file.Truncate(max(size-int64(room), 0)); err != nil {
		t.Fatal(err)
	}
}

// moveTimes moves the times of a configuration's files, as a clock does that was wrong when they were written.
func (c *configuration) moveTimes(t *testing.T, by time.Duration) {
	t.Helper()
	for _, file := range listed(t, c.dir) {
		at := time.Now().Add(by)
		if err := os.Chtimes(file, at, at); err != nil {
			t.Error(err)
		}
	}
}
