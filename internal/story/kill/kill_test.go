// Package kill ends a run of the program between any two of its calls, loses their answers, or sends them twice:
// nothing is lost, and nothing is made twice.
package kill

import (
	"bytes"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"countersign/internal/programtest"
	"countersign/providers/sandbox"
	"countersign/providers/sandbox/sandboxtest"
)

func TestMain(m *testing.M) { programtest.Main(m) }

// TestKilledAtEachCall kills an apply of twenty-two mixed changes, as SIGKILL does, before and after each call it makes
// to the drive, and runs it again: no template is lost, none is made twice, and a plan then finds nothing.
func TestKilledAtEachCall(t *testing.T) {
	t.Parallel()
	killAtEachCall(t, 1, nil, "apply", "-auto-approve", "-replace=template.stay0", "-replace=template.stay1")
}

// TestKilledApplyOfASavedPlan is the same, at one call of three, of a plan that was saved and reviewed: carried out
// again, it is refused if anything of it has been begun, because what the next plan finds out is not what was reviewed,
// and nothing is made twice.
func TestKilledApplyOfASavedPlan(t *testing.T) {
	t.Parallel()
	killAtEachCall(t, 3, func(t *testing.T, w *killed, what string) {
		titles := w.live(t)
		out, err := w.run("apply", "reviewed.plan")
		refused := err != nil && strings.Contains(out, "A run was cut off since the plan was saved")
		if err != nil && !refused {
			t.Fatalf("%s, applying the plan again failed: %v\n%s", what, err, out)
		}
		if refused && !slices.Equal(w.live(t), titles) {
			t.Fatalf("%s, a plan that was refused changed the drive", what)
		}
	}, "apply", "reviewed.plan")
}

// killAtEachCall kills a run over the second world at each of its calls, or one of every few; then is what happens
// before the next apply.
func killAtEachCall(t *testing.T, every int, then func(t *testing.T, w *killed, what string), args ...string) {
	first, second := killWorld(t)
	for n := 1; ; n += every {
		reached := false
		for _, answered := range []bool{false, true} {
			w := first.copy(t)
			w.write(t, second.config)
			if args[1] == "reviewed.plan" {
				if out, err := w.run("plan", "-out=reviewed.plan"); err != nil {
					t.Fatalf("%v\n%s", err, out)
				}
			}
			killed := w.killAt(n, answered)
			if out, err := w.run(args...); err == nil && killed() {
				t.Fatalf("killed at call %d, and still: %s", n, out)
			}
			if !killed() {
				continue
			}
			reached = true
			what := fmt.Sprintf("killed at call %d, %s it was carried out", n,
				map[bool]string{false: "before", true: "after"}[answered])
			w.hook.set(nil)
			w.drain(t)
			if then != nil {
				then(t, w, what)
			}
			if out, err := w.run("apply", "-auto-approve"); err != nil {
				t.Fatalf("%s, the next apply failed: %v\n%s", what, err, out)
			}
			if out, err := w.run("plan", "-detailed-exitcode"); err != nil {
				t.Fatalf("%s, the plan after the next apply is not empty: %v\n%s", what, err, out)
			}
			if got := w.live(t); !slices.Equal(got, second.titles) {
				t.Fatalf("%s, the drive holds\n%q\nwant\n%q", what, got, second.titles)
			}
		}
		if !reached {
			if n < 25 {
				t.Fatalf("an apply of 20 changes or more made only %d calls", n-every)
			}
			t.Logf("killed before and after one in %d of %d calls", every, n-every)
			return
		}
	}
}

// killed is a world in a folder: a configuration with its state, and a drive with its data.
type killed struct {
	dir    string
	drive  *sandbox.Sandbox
	url    string
	token  string
	hook   *hook
	env    []string // besides what all have
	config string
	titles []string // what the drive must hold, sorted
}

// hook stands between the program and the drive.
type hook struct {
	mu      sync.Mutex
	with    func(http.Handler, http.ResponseWriter, *http.Request)
	process *os.Process  // the run that makes the calls
	calls   sync.RWMutex // held by each call under way
	open    atomic.Int64 // connections, but for those of this process, which keeps none alive
}

// connected counts connections.
func (h *hook) connected(_ net.Conn, state http.ConnState) {
	switch state {
	case http.StateNew:
		h.open.Add(1)
	case http.StateClosed, http.StateHijacked:
		h.open.Add(-1)
	}
}

// drain waits until all connections are closed: a call that a killed process sent may still be to come. Connections are
// accepted in order, so once a new one has been, none of that process is left to be accepted.
func (w *killed) drain(t *testing.T) {
	t.Helper()
	w.live(t)
	for w.hook.open.Load() > 0 {
		time.Sleep(time.Millisecond)
	}
}

// set changes what is done with calls, once those under way have ended.
func (h *hook) set(with func(http.Handler, http.ResponseWriter, *http.Request)) {
	h.calls.Lock()
	defer h.calls.Unlock()
	h.mu.Lock()
	defer h.mu.Unlock()
	h.with = with
}

func (h *hook) around(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h.calls.RLock()
		defer h.calls.RUnlock()
		h.mu.Lock()
		with := h.with
		h.mu.Unlock()
		if with == nil {
			next.ServeHTTP(w, r)
			return
		}
		with(next, w, r)
	})
}

// killWorld applies a first configuration, and gives a second one that differs from it by twenty changes: six
// creates, six updates, four replaces and four removals. Two templates stay as they are, to be replaced by request.
func killWorld(t *testing.T) (first, second *killed) {
	var one, two strings.Builder
	titles := []string{"申请修改"} // of the example world, on a file that no scope here names
	template := func(b *strings.Builder, name, folder, title, rule string) {
		fmt.Fprintf(b, "template %q {\n  scope         = folder.%s\n  title         = %q\n  approval_type = \"上传文件\"\n  step \"初审\" {\n    approvers = [approver.admin, approver.test02]\n    require   = %q\n  }\n}\n",
			name, folder, title, rule)
	}
	for i := range 6 {
		template(&two, fmt.Sprint("new", i), []string{"a", "b"}[i%2], fmt.Sprint("新", i), "all")
		titles = append(titles, fmt.Sprint("新", i))
	}
	for i := range 6 {
		template(&one, fmt.Sprint("change", i), "a", fmt.Sprint("改", i), "any")
		template(&two, fmt.Sprint("change", i), "a", fmt.Sprint("改", i, "了"), "all")
		titles = append(titles, fmt.Sprint("改", i, "了"))
	}
	for i := range 4 {
		template(&one, fmt.Sprint("move", i), "a", fmt.Sprint("移", i), "any")
		template(&two, fmt.Sprint("move", i), "b", fmt.Sprint("移", i), "any")
		titles = append(titles, fmt.Sprint("移", i))
	}
	for i := range 2 {
		template(&one, fmt.Sprint("stay", i), "a", fmt.Sprint("留", i), "any")
		template(&two, fmt.Sprint("stay", i), "a", fmt.Sprint("留", i), "any")
		titles = append(titles, fmt.Sprint("留", i))
	}
	for i := range 4 {
		template(&one, fmt.Sprint("old", i), "c", fmt.Sprint("旧", i), "any")
	}
	slices.Sort(titles)

	first = (&killed{dir: t.TempDir()}).open(t)
	head := func(w *killed) string {
		return `provider "yomicloud" {
  endpoint        = "` + w.url + `"
  lost_write_wait = "300ms" # this drive carries out what it got at once
}
folder "a" { id = 72 }
folder "b" { id = 73 }
folder "c" { id = 74 }
approver "admin" {
  id       = 1
  username = "admin"
  realname = "系统管理员"
}
approver "test02" {
  id       = 3
  username = "test02"
  realname = "测试2"
}
`
	}
	first.write(t, head(first)+one.String())
	if out, err := first.run("apply", "-auto-approve"); err != nil {
		t.Fatalf("the first apply: %v\n%s", err, out)
	}
	if err := first.drive.Close(); err != nil {
		t.Fatal(err)
	}
	return first, &killed{config: head(first) + two.String(), titles: titles}
}

func (w *killed) open(t *testing.T) *killed {
	t.Helper()
	w.drive = sandboxtest.Open(t, filepath.Join(w.dir, "drive.db"))
	w.hook = &hook{}
	w.url = programtest.Serve(t, w.hook.around(w.drive.Handler()),
		func(s *http.Server) { s.ConnState = w.hook.connected })
	w.token = w.drive.Tokens()[0].Token
	return w
}

// copy is the same world in another folder, with a drive of its own.
func (w *killed) copy(t *testing.T) *killed {
	t.Helper()
	c := &killed{dir: t.TempDir()}
	if err := os.CopyFS(c.dir, os.DirFS(w.dir)); err != nil {
		t.Fatal(err)
	}
	return c.open(t)
}

// write keeps a configuration, pointed at this world's own drive.
func (w *killed) write(t *testing.T, config string) {
	t.Helper()
	lines := strings.Split(config, "\n")
	lines[1] = `  endpoint        = "` + w.url + `"`
	programtest.Write(t, filepath.Join(w.dir, "main.hcl"), strings.Join(lines, "\n"))
}

func (w *killed) command(args ...string) *exec.Cmd {
	cmd := programtest.OnDrive(w.dir, w.token, args...)
	cmd.Env = append(cmd.Env, "DINGTALK_APP_KEY=dingsandboxkey", "DINGTALK_APP_SECRET=sandbox-secret")
	cmd.Env = append(cmd.Env, w.env...)
	return cmd
}

func (w *killed) run(args ...string) (string, error) {
	cmd := w.command(args...)
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	err := cmd.Start()
	if err == nil {
		w.hook.mu.Lock()
		w.hook.process = cmd.Process
		w.hook.mu.Unlock()
		err = cmd.Wait()
	}
	return out.String(), err
}

// killAt kills the program at its nth call, before the drive has carried it out or after; killed tells whether
// that many calls were made. Calls that were under way beside it are carried out.
func (w *killed) killAt(n int, answered bool) (reached func() bool) {
	var mu sync.Mutex
	calls, done := 0, false
	w.hook.set(func(next http.Handler, rw http.ResponseWriter, r *http.Request) {
		mu.Lock()
		calls++
		now := calls == n
		mu.Unlock()
		if now && answered {
			next.ServeHTTP(httptest.NewRecorder(), r)
		}
		if now {
			w.hook.mu.Lock()
			_ = w.hook.process.Kill()
			w.hook.mu.Unlock()
			mu.Lock()
			done = true
			mu.Unlock()
			panic(http.ErrAbortHandler)
		}
		next.ServeHTTP(rw, r)
	})
	return func() bool {
		mu.Lock()
		defer mu.Unlock()
		return done
	}
}

// live lists the titles of all templates on the drive.
func (w *killed) live(t *testing.T) []string {
	t.Helper()
	client := http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	answer, err := client.PostForm(w.url+"/app/approval/templet-list2", url.Values{"token": {w.token}})
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	body, err := io.ReadAll(answer.Body)
	if err != nil {
		t.Fatal(err)
	}
	var titles []string
	for _, part := range strings.Split(string(body), `"title":"`)[1:] {
		titles = append(titles, part[:strings.IndexByte(part, '"')])
	}
	slices.Sort(titles)
	return titles
}
