package config

import (
	"os"
	"path/filepath"
	"runtime"
	"syscall"
	"testing"

	"countersign/schema/config/configtest"
)

// TestSourceUnfit: files that a story cannot hold.
func TestSourceUnfit(t *testing.T) {
	tests := []struct {
		name string
		make func() error
		want string
	}{
		{"unreadable", func() error { return os.WriteFile("file.pdf", []byte("x"), 0o000) },
			`Cannot read a file: Opening "file.pdf": permission denied. ` +
				`Give the user who runs this the right to read it.`},
		{"in a closed folder", func() error {
			if err := os.Mkdir("closed", 0o000); err != nil {
				return err
			}
			return os.Symlink("closed/file.pdf", "file.pdf")
		}, `Cannot read a file: Looking for "file.pdf": permission denied.`},
		{"a pipe", func() error { return syscall.Mkfifo("file.pdf", 0o644) },
			`Not a file: "file.pdf" is no ordinary file, but a device, a pipe or a socket.`},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			dir := t.TempDir()
			t.Chdir(dir)
			configtest.Write(t, "main.hcl", "attachment \"a\" {\n  files = \"file.pdf\"\n  drive {}\n}\n")
			if err := test.make(); err != nil {
				t.Fatal(err)
			}
			for _, open := range []string{"main.hcl", dir, filepath.Dir(dir)} {
				if err := os.Chmod(open, 0o755); err != nil {
					t.Fatal(err)
				}
			}
			source, diags := Load("main.hcl")
			if len(diags) > 0 {
				t.Fatal(diags)
			}
			unprivileged(t)
			_, diags = source.evaluator(Inputs{}, nil).evaluate() // in this thread
			if len(diags) != 1 || diags[0].Summary+": "+diags[0].Detail != test.want {
				t.Errorf("got %v, want %s", diags, test.want)
			}
		})
	}
}

// unprivileged takes from a test the superuser's right to read every file.
func unprivileged(t *testing.T) {
	t.Helper()
	if os.Geteuid() != 0 {
		return
	}
	const nobody = 65534
	runtime.LockOSThread() // the right is the thread's
	if err := syscall.Setfsuid(nobody); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := syscall.Setfsuid(0); err != nil {
			t.Error(err)
		}
		runtime.UnlockOSThread()
	})
}
