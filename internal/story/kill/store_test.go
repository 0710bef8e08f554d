package kill

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"countersign/internal/programtest"
	"countersign/state/httpstate/httpstatetest"
)

// store is where the states of these stories are kept.
type store struct {
	name string
	// stride is how many calls lie between two at which a run is killed, unless it is killed at each.
	stride int
	// start starts the store for a test.
	start func(t *testing.T) place
}

// place makes a place for one state, which a world reaches through its hook. It returns the state block that leads
// there, and what the environment needs for it.
type place func(t *testing.T, w *world) (block string, env []string)

// stores are all kinds of stores. Those that need a server are added in server_test.go.
var stores = []store{
	{"local", 6, func(*testing.T) place {
		return func(*testing.T, *world) (string, []string) { return "", nil }
	}},
	{"http", 24, func(*testing.T) place {
		return func(t *testing.T, w *world) (string, []string) {
			return onServer(w.serve(t, httpstatetest.New()), ""), nil
		}
	}},
	{"http, encrypted", 32, func(*testing.T) place {
		return func(t *testing.T, w *world) (string, []string) {
			address := w.serve(t, neverInClear(t, httpstatetest.New()))
			return onServer(address, "  encryption {}\n"), []string{"COUNTERSIGN_STATE_IDENTITY=" + identity}
		}
	}},
}

// onServer is the block of a state on a server, with more in it.
func onServer(address, more string) string {
	return fmt.Sprintf("state \"http\" {\n  address      = %q\n  lock_address = %q\n%s}\n", address+"/state",
		address+"/state/lock", more)
}

const identity = "AGE-SECRET-KEY-16VHRKQFQ64L9ENA6ZTQYSLRDFFGFEQRYN4N26AWHPTE9J4XL5S3Q9KHTZH" // for tests alone

// neverInClear demands that what is to be kept of a state and its journal does not show the name of a template's step.
func neverInClear(t *testing.T, next http.Handler) http.Handler {
	return http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		r.Body = io.NopCloser(bytes.NewReader(body))
		var doc struct{ Journal [][]byte }
		_ = json.Unmarshal(body, &doc) // a lock's document and a state have no journal
		if bytes.Contains(append(bytes.Join(doc.Journal, nil), body...), []byte("初审")) {
			t.Errorf("%s %s is in clear:\n%s", r.Method, r.URL.Path, body)
		}
		next.ServeHTTP(rw, r)
	})
}

// inEachStore runs a test for each store, side by side, with its stride.
func inEachStore(t *testing.T, test func(t *testing.T, stride int, open place)) {
	for _, s := range stores {
		t.Run(s.name, func(t *testing.T) {
			t.Parallel()
			test(t, s.stride, s.start(t))
		})
	}
}

// keepIn moves the state of a world to a store, and writes a configuration that has it there.
func (w *world) keepIn(t *testing.T, open place, config string) {
	t.Helper()
	block, env := open(t, w)
	w.env = env
	w.write(t, config+block)
	if block != "" {
		w.must(t, "move the state", "state", "push", "countersign.state.json")
		if err := os.Remove(filepath.Join(w.dir, "countersign.state.json")); err != nil {
			t.Fatal(err)
		}
	}
}

// elsewhere is the same world as another machine has it: in another folder, with another home, and with nothing of the
// first but the configuration and the files that it stages. A state in local files moves with them.
func (w *world) elsewhere(t *testing.T) *world {
	t.Helper()
	o := *w
	o.dir, o.env = t.TempDir(), append(slices.Clone(w.env), "HOME="+t.TempDir())
	entries, err := os.ReadDir(w.dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if name := e.Name(); name == "main.hcl" || strings.Contains(name, ".state.") {
			programtest.Write(t, filepath.Join(o.dir, name), string(programtest.Read(t, filepath.Join(w.dir, name))))
		}
	}
	writeDocuments(t, o.dir)
	return &o
}

var forceUnlock = regexp.MustCompile(`force-unlock\s+([-0-9a-f]{36})`)

// goOn applies again, taking away first the lock of a run that was killed.
func (w *world) goOn(t *testing.T, what string) {
	t.Helper()
	if out, err := w.runUnlocked(t, what); err != nil {
		t.Fatalf("%s, the next apply failed: %v\n%s", what, err, out)
	}
}

// runUnlocked is goOn without a demand of what comes of it. A run that is to be killed is the one that gets the lock.
func (w *world) runUnlocked(t *testing.T, what string) (string, error) {
	t.Helper()
	apply := []string{"apply", "-auto-approve", "-max-removals=50"}
	n, after := w.hook.number, w.hook.after
	out, err := w.run(apply...)
	lock := forceUnlock.FindStringSubmatch(out)
	if err == nil || lock == nil {
		return out, err
	}
	w.hook.killAt(0, false)
	if out := w.must(t, what, "force-unlock", "-force", lock[1]); !strings.Contains(out, `running "apply" since`) {
		t.Fatalf("%s, force-unlock does not say whose lock it was:\n%s", what, out)
	}
	w.hook.killAt(n, after)
	return w.run(apply...)
}

// check demands that the drive has just the templates of these titles, that the state has the same ones, and that a
// plan finds nothing to do.
func (w *world) check(t *testing.T, what string, want []string) {
	t.Helper()
	live := w.live(t)
	if got := titles(live); !slices.Equal(got, want) {
		t.Fatalf("%s, the drive has\n%q\nnot\n%q", what, got, want)
	}
	ours := slices.DeleteFunc(live, func(one template) bool { return one.Title == foreign })
	if got := w.bound(t); !slices.Equal(got, ours) {
		t.Fatalf("%s, the state has\n%v\nand the drive\n%v", what, got, ours)
	}
	w.must(t, what+", the next plan", "plan", "-detailed-exitcode")
}
