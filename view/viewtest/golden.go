package viewtest

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/diff"

	"countersign/docs/forms"
)

var update = flag.Bool("update", false, "write what the tests got to testdata")

// InChina runs the tests of a package in the time zone of the goldens.
func InChina(m *testing.M) int {
	time.Local = time.FixedZone("CST", 8*60*60)
	return m.Run()
}

// formOf is the form in docs/forms that a JSON golden must follow, by its name.
var formOf = []struct{ pattern, form string }{
	{"plan/*.json", "plan"}, {"state*.json", "state"}, {"lines*.jsonl", "event"}, {"diagnostics/*.json", "validate"},
	{"approval/*.json", "approval"}, {"staged/*.json", "stage"}, {"explain/*.json", "explain"},
	{"outputs.json", "output"}, {"tests.json", "test"}, {"coverage.json", "coverage"}, {"replay.json", "replay"},
}

// checkForm demands that a document follows its form.
func checkForm(t *testing.T, name string, doc []byte) {
	t.Helper()
	for _, f := range formOf {
		if ok, _ := filepath.Match(f.pattern, name); !ok {
			continue
		}
		docs := [][]byte{doc}
		if f.form == "event" {
			docs = bytes.Split(bytes.TrimSuffix(doc, []byte("\n")), []byte("\n"))
		}
		for _, d := range docs {
			if err := forms.Check(f.form, d); err != nil {
				t.Errorf("%s: %v", name, err)
			}
		}
		return
	}
	t.Errorf("%s: which form in docs/forms does it follow?", name)
}

// Golden compares got with the file testdata/NAME; -update writes it.
func Golden(t *testing.T, name string, got []byte) {
	t.Helper()
	if strings.HasPrefix(filepath.Ext(name), ".json") {
		checkForm(t, name, got)
	}
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
		t.Fatalf("%v (run the test with -update once)", err)
	}
	if !bytes.Equal(want, got) {
		t.Errorf("%s", diff.Diff(path, want, "got", got))
	}
}

// Readable is a JSON document laid out for a golden.
func Readable(t *testing.T, doc []byte) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := json.Indent(&b, doc, "", "  "); err != nil {
		t.Fatal(err)
	}
	return append(b.Bytes(), '\n')
}
