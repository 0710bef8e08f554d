package main

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/gofrs/flock"

	"countersign/providers/sandbox"
)

// TestVendorsOwnClients points the vendors' own Node clients (testdata/node) at the sandbox: for them it must be the
// real thing, errors and limits included. It needs node, npm and, the first time, npm's registry.
func TestVendorsOwnClients(t *testing.T) {
	for _, program := range []string{"node", "npm"} {
		if _, err := exec.LookPath(program); err != nil {
			t.Fatalf("%v: the vendors' own clients run on Node; install Node 18 or later with npm (Debian: apt-get install nodejs npm)", err)
		}
	}
	modules := installClients(t)

	box, err := sandbox.Open(sandbox.Options{Path: filepath.Join(t.TempDir(), "drive.db")})
	if err != nil {
		t.Fatal(err)
	}
	listener, err := box.Listen("127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	served := make(chan error, 1)
	go func() { served <- box.Serve(ctx, listener) }()
	t.Cleanup(func() {
		stop()
		if err := <-served; err != nil {
			t.Error(err)
		}
		if err := box.Close(); err != nil {
			t.Error(err)
		}
	})

	credentials, err := json.Marshal(box.Credentials())
	if err != nil {
		t.Fatal(err)
	}
	run := exec.Command("node", filepath.Join("testdata", "node", "clients.js"), listener.Addr().String(), string(credentials))
	run.Env = append(withoutProxies(os.Environ()), "NODE_PATH="+modules)
	said, err := run.CombinedOutput()
	if err != nil {
		t.Fatalf("the vendors' clients: %v\n%s", err, said)
	}
}

// installClients installs the packages that testdata/node asks for where the user's caches are, once for each lock file.
func installClients(t *testing.T) (modules string) {
	t.Helper()
	wanted := map[string][]byte{}
	for _, name := range []string{"package.json", "package-lock.json"} {
		content, err := os.ReadFile(filepath.Join("testdata", "node", name))
		if err != nil {
			t.Fatal(err)
		}
		wanted[name] = content
	}
	cache, err := os.UserCacheDir()
	if err != nil {
		cache = t.TempDir()
	}
	sum := sha256.Sum256(wanted["package-lock.json"])
	dir := filepath.Join(cache, "countersign-test", fmt.Sprintf("node-%x", sum[:8]))
	if err := os.MkdirAll(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	lock := flock.New(filepath.Join(dir, "lock")) // tests of another checkout may be at it too
	if err := lock.Lock(); err != nil {
		t.Fatal(err)
	}
	defer lock.Unlock()
	modules = filepath.Join(dir, "node_modules")
	whole := filepath.Join(dir, "installed")
	if _, err := os.Stat(whole); err == nil {
		return modules
	}
	for name, content := range wanted {
		if err := os.WriteFile(filepath.Join(dir, name), content, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	install := exec.Command("npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund")
	install.Dir = dir
	if said, err := install.CombinedOutput(); err != nil {
		t.Fatalf("npm ci in %s: %v; is npm's registry within reach?\n%s", dir, err, said)
	}
	if err := os.WriteFile(whole, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	return modules
}

// withoutProxies is the environment for clients of this machine: Tencent's knows no exception from http_proxy.
func withoutProxies(environment []string) []string {
	var kept []string
	for _, v := range environment {
		name, _, _ := strings.Cut(v, "=")
		if !strings.HasSuffix(strings.ToLower(name), "_proxy") {
			kept = append(kept, v)
		}
	}
	return kept
}
