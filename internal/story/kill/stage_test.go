package kill

import (
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"countersign/providers/sandbox/sandboxtest"
)

// stageWorld is a world with nothing applied yet, which stages two files.
func stageWorld(t *testing.T) *world {
	t.Helper()
	w := newWorld(t)
	writeDocuments(t, w.dir)
	w.write(t, "provider \"yomicloud\" {\n  endpoint        = \"{drive}\"\n  lost_write_wait = \"300ms\"\n}\n"+staging)
	return w
}

// TestKilledWhileStaging kills an apply that stages attachments before and after each call it makes, and runs it
// again. Where the vendor can be asked nothing is staged twice: the files of a folder on the drive, files in DingTalk.
// No link is posted twice, for everybody would see two; one whose call was cut may be missing.
func TestKilledWhileStaging(t *testing.T) {
	t.Parallel()
	atEachCall(t, 1, 15, func(n int, after bool, what string) bool {
		w := stageWorld(t)
		defer w.end(t)
		w.hook.killAt(n, after)
		if out, err := w.run("apply", "-auto-approve"); (err == nil) == w.hook.killed() {
			t.Fatalf("%s: %v\n%s", what, err, out)
		}
		if !w.hook.killed() {
			return false
		}
		w.drain(t)
		w.must(t, what+", the next apply", "apply", "-auto-approve")
		w.must(t, what+", the plan after it", "plan", "-detailed-exitcode")
		w.drain(t)
		w.checkStaged(t, what, "a.txt", "b.txt")
		return true
	})
}

// TestFileChangedBetweenPlanAndApply changes a file after the plan was shown, at the first call that stages something:
// what was planned is staged or nothing, on both systems.
func TestFileChangedBetweenPlanAndApply(t *testing.T) {
	t.Parallel()
	w := stageWorld(t)
	var once sync.Once
	w.hook.set(func(next http.Handler, rw http.ResponseWriter, r *http.Request) {
		if strings.Contains(r.URL.Path, "/create-multifiles-attachment") {
			once.Do(func() {
				if err := os.WriteFile(filepath.Join(w.dir, "docs/sub/b.txt"), []byte("THE SECOND"),
					0o600); err != nil {
					t.Error(err)
				}
			})
		}
		next.ServeHTTP(rw, r)
	})
	out, err := w.run("apply", "-auto-approve")
	if err == nil || !strings.Contains(out, "b.txt has changed since the plan was made; plan again") {
		t.Fatalf("a file that changed was not refused: %v\n%s", err, out)
	}
	w.hook.set(nil)
	w.drain(t)
	record, err := sandboxtest.DingTalk(w.drive)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range record.Files {
		if f.Name != "a.txt" {
			t.Fatalf("%s is in DingTalk", f.Name)
		}
	}
	w.must(t, "the next apply", "apply", "-auto-approve")
	w.must(t, "the plan after it", "plan", "-detailed-exitcode")
}
