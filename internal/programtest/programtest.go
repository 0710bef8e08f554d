// Package programtest runs the whole program in tests, as processes of its own. A test binary whose TestMain calls Main
// is also the program, and the other programs that tests need: they find "countersign", "console", "clerk" and "unpack"
// in PATH.
package programtest

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
)

// Main is a package's TestMain. It ends the process.
func Main(m *testing.M) {
	testscript.Main(suite{m}, map[string]func(){"countersign": checked, "console": console, "clerk": clerk,
		"unpack": unpack})
}

// suite runs all tests, and fails when any run of the program printed JSON that does not have its form, even if no test
// looks at it.
type suite struct{ *testing.M }

func (s suite) Run() int {
	dir, err := os.MkdirTemp("", "countersign-forms")
	if err != nil {
		panic(err)
	}
	defer os.RemoveAll(dir)
	os.Setenv(FormErrors, dir)
	code := s.M.Run()
	found, err := filepath.Glob(filepath.Join(dir, "wrong-*"))
	if err != nil {
		panic(err)
	}
	for _, path := range found {
		text, _ := os.ReadFile(path)
		fmt.Printf("--- FAIL: JSON that does not have its form in docs/forms\n    %s\n", text)
		code = 1
	}
	return code
}

// Run runs the program in a folder, demands an exit code, and returns what it printed on both streams.
func Run(t *testing.T, dir string, code int, args ...string) string {
	t.Helper()
	cmd := exec.Command("countersign", args...)
	cmd.Dir = dir
	out, err := cmd.CombinedOutput()
	if cmd.ProcessState == nil || cmd.ProcessState.ExitCode() != code {
		t.Fatalf("countersign %s: %v, not exit code %d\n%s", strings.Join(args, " "), err, code, out)
	}
	return string(out)
}

// OnDrive is a run of the program in a folder, with a drive's token and without colours.
func OnDrive(dir, token string, args ...string) *exec.Cmd {
	cmd := exec.Command("countersign", args...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "YOMICLOUD_TOKEN="+token, "NO_COLOR=1")
	return cmd
}

// Demand demands that a text is in what was printed.
func Demand(t *testing.T, printed, text string) {
	t.Helper()
	if !strings.Contains(printed, text) {
		t.Fatalf("%q is not in:\n%s", text, printed)
	}
}

// Read reads a file.
func Read(t *testing.T, path string) []byte {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// Write writes a file, and the folders that it is in.
func Write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

// Serve serves calls over loopback until the test has ended, and returns the address. config may change the server
// first.
func Serve(t *testing.T, h http.Handler, config func(*http.Server)) string {
	t.Helper()
	server := httptest.NewUnstartedServer(h)
	if config != nil {
		config(server.Config)
	}
	server.Start()
	t.Cleanup(server.Close)
	return server.URL
}
