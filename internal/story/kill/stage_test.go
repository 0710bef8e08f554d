package kill

import (
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"countersign/internal/programtest"
	"countersign/providers/sandbox/sandboxtest"
)

// stageConfig stages a file by itself, and a folder on the drive and in DingTalk, with a link to each of its files. %s
// is the address of the drive and of DingTalk.
const stageConfig = `provider "yomicloud" {
  endpoint        = ""
  lost_write_wait = "300ms"
}
provider "dingtalk" { endpoint = %q }
attachment "one" {
  files = ["docs/a.txt"]
  drive {}
}
attachment "tree" {
  files = fileset("docs", "**")
  drive {}
  dingtalk {
    user_id  = "user123"
    union_id = "union123"
    link { conversation_id = "cidSandbox" }
  }
}
`

// stageWorld is a world with nothing applied yet, and two files of different sizes to stage.
func stageWorld(t *testing.T) *killed {
	t.Helper()
	w := (&killed{dir: t.TempDir()}).open(t)
	programtest.Write(t, filepath.Join(w.dir, "docs/a.txt"), "one")
	programtest.Write(t, filepath.Join(w.dir, "docs/sub/b.txt"), "the second")
	w.write(t, fmt.Sprintf(stageConfig, w.url))
	return w
}

// TestKilledWhileStaging kills an apply that stages attachments before and after each call it makes, and runs it
// again. Where the vendor can be asked nothing is staged twice: the files of a folder on the drive, files in DingTalk.
// No link is posted twice, for everybody would see two; one whose call was cut may be missing.
func TestKilledWhileStaging(t *testing.T) {
	t.Parallel()
	for n := 1; ; n++ {
		reached := false
		for _, answered := range []bool{false, true} {
			w := stageWorld(t)
			members := w.countMembers(n, answered)
			out, err := w.run("apply", "-auto-approve")
			what := fmt.Sprintf("killed at call %d, %s it was carried out", n,
				map[bool]string{false: "before", true: "after"}[answered])
			if !members.killed() {
				if err != nil {
					t.Fatalf("nothing was killed, and the apply failed: %v\n%s", err, out)
				}
				continue
			}
			reached = true
			w.drain(t)
			if out, err := w.run("apply", "-auto-approve"); err != nil {
				t.Fatalf("%s, the next apply failed: %v\n%s", what, err, out)
			}
			if out, err := w.run("plan", "-detailed-exitcode"); err != nil {
				t.Fatalf("%s, the plan after the next apply is not empty: %v\n%s", what, err, out)
			}
			w.drain(t)
			record, err := sandboxtest.DingTalk(w.drive)
			if err != nil {
				t.Fatal(err)
			}
			var names []string
			for _, f := range record.Files {
				names = append(names, f.Name)
			}
			slices.Sort(names)
			if !slices.Equal(names, []string{"a.txt", "b.txt"}) {
				t.Fatalf("%s, DingTalk holds %q", what, names)
			}
			links := map[string]int{}
			for _, l := range record.Links {
				if links[l.FileID]++; links[l.FileID] > 1 {
					t.Fatalf("%s, a link was posted twice", what)
				}
			}
			for key, times := range members.done {
				if times > 1 {
					t.Fatalf("%s, %s was put into the drive's attachment %d times", what, key, times)
				}
			}
		}
		if !reached {
			if n < 15 {
				t.Fatalf("staging made only %d calls", n-1)
			}
			t.Logf("killed before and after each of %d calls", n-1)
			return
		}
	}
}

// memberCount counts how often each file was put into an attachment of several, and knows whether the kill took place.
type memberCount struct {
	mu    sync.Mutex
	calls int
	done  map[string]int
	was   bool
}

func (m *memberCount) killed() bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.was
}

// countMembers kills the program at its nth call and counts uploads, of the runs after it too.
func (w *killed) countMembers(n int, answered bool) *memberCount {
	m := &memberCount{done: map[string]int{}}
	w.hook.set(func(next http.Handler, rw http.ResponseWriter, r *http.Request) {
		m.mu.Lock()
		m.calls++
		now := m.calls == n
		m.was = m.was || now
		m.mu.Unlock()
		answer := httptest.NewRecorder()
		if !now || answered {
			next.ServeHTTP(answer, r)
		}
		_, rest, upload := strings.Cut(r.URL.Path, "/upload-attachment/")
		parts := strings.SplitN(rest, "/", 3) // token, size, and of a member where it goes
		if upload && len(parts) == 3 && strings.Contains(strings.ReplaceAll(answer.Body.String(), " ", ""),
			`"code":0`) {
			m.mu.Lock()
			m.done[parts[1]+" bytes to "+parts[2]]++
			m.mu.Unlock()
		}
		if now {
			w.hook.mu.Lock()
			_ = w.hook.process.Kill()
			w.hook.mu.Unlock()
			panic(http.ErrAbortHandler)
		}
		maps.Copy(rw.Header(), answer.Header())
		rw.WriteHeader(answer.Code)
		_, _ = rw.Write(answer.Body.Bytes())
	})
	return m
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
	if out, err := w.run("apply", "-auto-approve"); err != nil {
		t.Fatalf("the next apply failed: %v\n%s", err, out)
	}
	if out, err := w.run("plan", "-detailed-exitcode"); err != nil {
		t.Fatalf("the plan after it is not empty: %v\n%s", err, out)
	}
}
