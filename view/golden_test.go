package view

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/diff"
)

var update = flag.Bool("update", false, "write what the tests got to testdata")

// The times in the goldens are those of a reader in China.
func TestMain(m *testing.M) {
	time.Local = time.FixedZone("CST", 8*60*60)
	flag.Parse()
	os.Exit(m.Run())
}

// golden compares got with the file testdata/NAME; `go test ./view -update` writes it.
func golden(t *testing.T, name string, got []byte) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, got, 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatalf("%v (run go test ./view -update once)", err)
	}
	if !bytes.Equal(want, got) {
		t.Errorf("%s", diff.Diff(path, want, "got", got))
	}
}

// readable is a JSON document laid out for a golden.
func readable(t *testing.T, doc []byte) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := json.Indent(&b, doc, "", "  "); err != nil {
		t.Fatal(err)
	}
	return append(b.Bytes(), '\n')
}
