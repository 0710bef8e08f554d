//go:build !quick

package sandbox_test

import (
	"context"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"countersign/internal/npm"
	"countersign/providers/sandbox"
	"countersign/providers/sandbox/server"
)

// TestVendorsOwnClients points the vendors' own Node clients (testdata/node) at the sandbox: for them it must be the
// real thing, errors and limits included. It needs node, npm and, the first time, npm's registry.
func TestVendorsOwnClients(t *testing.T) {
	for _, program := range []string{"node", "npm"} {
		if _, err := exec.LookPath(program); err != nil {
			t.Fatalf("%v: the vendors' own clients run on Node; "+
				"install Node 18 or later with npm (Debian: apt-get install nodejs npm)",
				err)
		}
	}
	modules, err := npm.Install(filepath.Join("testdata", "node"))
	if err != nil {
		t.Fatal(err)
	}

	box, err := sandbox.Open(sandbox.Options{Path: filepath.Join(t.TempDir(), "drive.db")})
	if err != nil {
		t.Fatal(err)
	}
	listener, err := server.Listen("127.0.0.1:0")
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
	run := exec.Command("node", filepath.Join("testdata", "node", "clients.js"), listener.Addr().String(),
		string(credentials))
	run.Env = append(withoutProxies(os.Environ()), "NODE_PATH="+modules)
	said, err := run.CombinedOutput()
	if err != nil {
		t.Fatalf("the vendors' clients: %v\n%s", err, said)
	}
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
