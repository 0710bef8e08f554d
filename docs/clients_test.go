//go:build !quick

package docs

import (
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"countersign/internal/npm"
	"countersign/providers/sandbox"
)

// The program that sandbox.md shows for the vendors' own Node clients prints what the page says.
func TestSandboxClients(t *testing.T) {
	modules, err := npm.Install(filepath.Join(root, "providers", "sandbox", "testdata", "node"))
	if err != nil {
		t.Fatal(err)
	}
	box, err := sandbox.Open(sandbox.Options{Path: filepath.Join(t.TempDir(), "drive.db")})
	if err != nil {
		t.Fatal(err)
	}
	defer box.Close()
	server := httptest.NewServer(box.Handler())
	defer server.Close()
	_, port, _ := strings.Cut(strings.TrimPrefix(server.URL, "http://"), ":")

	blocks := fence.FindAllStringSubmatch(read(t, filepath.Join(root, "docs", "sandbox.md")), -1)
	at := slices.IndexFunc(blocks, func(b []string) bool { return b[1] == "js" })
	program := filepath.Join(t.TempDir(), "clients.js")
	if err := os.WriteFile(program, []byte(strings.ReplaceAll(blocks[at][2], "8088", port)), 0o644); err != nil {
		t.Fatal(err)
	}
	node := exec.Command("node", program)
	node.Env = append(slices.DeleteFunc(os.Environ(), func(v string) bool { // Tencent's knows no exception from http_proxy
		name, _, _ := strings.Cut(v, "=")
		return strings.HasSuffix(strings.ToLower(name), "_proxy")
	}), "NODE_PATH="+modules)
	printed, err := node.CombinedOutput()
	if want := blocks[at+1][2]; err != nil || string(printed) != want {
		t.Errorf("%v: it prints\n%s\nnot\n%s", err, printed, want)
	}
}
