package kill

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"countersign/internal/programtest"
	"countersign/providers/sandbox"
	"countersign/providers/sandbox/sandboxtest"
)

// world is a configuration in a folder with its state, and a drive with its data. All services that the program calls
// stand behind the hook.
type world struct {
	dir   string
	drive *sandbox.Sandbox
	url   string
	token string
	hook  *hook
	env   []string // besides what all have

	servers []*httptest.Server
}

func newWorld(t *testing.T) *world {
	t.Helper()
	return (&world{dir: t.TempDir()}).open(t)
}

func (w *world) open(t *testing.T) *world {
	t.Helper()
	w.drive = sandboxtest.Open(t, filepath.Join(w.dir, "drive.db"))
	w.hook = &hook{uploads: map[string]int{}}
	w.url = w.serve(t, w.drive.Handler())
	w.token = w.drive.Tokens()[0].Token
	return w
}

// serve serves calls behind the hook.
func (w *world) serve(t *testing.T, h http.Handler) (address string) {
	server := httptest.NewUnstartedServer(w.hook.around(h))
	server.Config.ConnState = w.hook.open.Count
	server.Start()
	t.Cleanup(server.Close)
	w.servers = append(w.servers, server)
	return server.URL
}

// drain waits until no call is left of processes that have ended.
func (w *world) drain(t *testing.T) {
	t.Helper()
	var addresses []string
	for _, server := range w.servers {
		addresses = append(addresses, server.URL)
	}
	w.hook.open.Drain(t, addresses...)
}

// end frees what a world takes, before its test has ended.
func (w *world) end(t *testing.T) {
	t.Helper()
	for _, server := range w.servers {
		server.Close()
	}
	if err := w.drive.Close(); err != nil {
		t.Error(err)
	}
	if err := os.RemoveAll(w.dir); err != nil {
		t.Error(err)
	}
}

// copy is the same world in another folder, with a drive of its own.
func (w *world) copy(t *testing.T) *world {
	t.Helper()
	c := &world{dir: t.TempDir()}
	if err := os.CopyFS(c.dir, os.DirFS(w.dir)); err != nil {
		t.Fatal(err)
	}
	return c.open(t)
}

// write keeps a configuration, in which {drive} stands for the address of this world's drive.
func (w *world) write(t *testing.T, config string) {
	t.Helper()
	programtest.Write(t, filepath.Join(w.dir, "main.hcl"), strings.ReplaceAll(config, "{drive}", w.url))
}

func (w *world) command(args ...string) *exec.Cmd {
	cmd := programtest.OnDrive(w.dir, w.token, args...)
	cmd.Env = append(cmd.Env, "DINGTALK_APP_KEY=dingsandboxkey", "DINGTALK_APP_SECRET=sandbox-secret")
	cmd.Env = append(cmd.Env, w.env...)
	return cmd
}

// run runs the program, which the hook may kill, and returns what it printed.
func (w *world) run(args ...string) (string, error) {
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

// must runs the program and demands success.
func (w *world) must(t *testing.T, what string, args ...string) string {
	t.Helper()
	out, err := w.run(args...)
	if err != nil {
		t.Fatalf("%s: countersign %s: %v\n%s", what, strings.Join(args, " "), err, out)
	}
	return out
}

// template is a template as the drive lists it, or as a state binds it.
type template struct {
	ID    int64
	Title string
}

// live lists all templates on the drive by id.
func (w *world) live(t *testing.T) (list []template) {
	t.Helper()
	answer, err := programtest.Unkept.PostForm(w.url+"/app/approval/templet-list2", url.Values{"token": {w.token}})
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	body, err := io.ReadAll(answer.Body)
	var of struct{ Data []template }
	if err == nil {
		err = json.Unmarshal(body, &of)
	}
	if err != nil {
		t.Fatal(err)
	}
	slices.SortFunc(of.Data, func(a, b template) int { return int(a.ID - b.ID) })
	return of.Data
}

func titles(list []template) []string {
	var all []string
	for _, one := range list {
		all = append(all, one.Title)
	}
	slices.Sort(all)
	return all
}

// bound lists all templates that the state has, by id.
func (w *world) bound(t *testing.T) (list []template) {
	t.Helper()
	out, err := w.command("state", "pull").Output()
	var of struct {
		Templates []struct {
			ID       int64
			Recorded struct{ Title string }
			Deposed  []struct{ ID int64 }
		}
	}
	if err == nil {
		err = json.Unmarshal(out, &of)
	}
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	for _, b := range of.Templates {
		list = append(list, template{b.ID, b.Recorded.Title})
		for _, d := range b.Deposed {
			list = append(list, template{d.ID, "to be removed"})
		}
	}
	slices.SortFunc(list, func(a, b template) int { return int(a.ID - b.ID) })
	return list
}

// hook stands between the program and the services that it calls. It counts the calls of a run, and can kill it at one.
type hook struct {
	mu      sync.Mutex
	with    func(http.Handler, http.ResponseWriter, *http.Request) // nil: calls are carried out
	process *os.Process                                            // the run that makes the calls
	number  int                                                    // of the call that the run is killed at; 0: of none
	after   bool                                                   // once that call has been carried out
	count   int                                                    // of calls so far
	was     bool                                                   // it has been killed
	uploads map[string]int                                         // how often each file was put into an attachment of several

	calls sync.RWMutex // held by each call under way
	open  programtest.Connections
}

// set changes what is done with calls, once those under way have ended.
func (h *hook) set(with func(http.Handler, http.ResponseWriter, *http.Request)) {
	h.calls.Lock()
	defer h.calls.Unlock()
	h.mu.Lock()
	defer h.mu.Unlock()
	h.with = with
}

// killAt kills the run at its nth call from now, before that has been carried out or after. Calls that are under way
// beside it are carried out.
func (h *hook) killAt(n int, after bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.number, h.after, h.count, h.was = n, after, 0, false
}

// killed reports whether the run made so many calls that it has been killed.
func (h *hook) killed() bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.was
}

// counted counts a call. When it is the one that the run is killed at, last carries it out if it is to be carried out,
// and the process is killed.
func (h *hook) counted(last func()) (killed bool) {
	h.mu.Lock()
	h.count++
	now, after := h.count == h.number, h.after
	h.mu.Unlock()
	if !now {
		return false
	}
	if after {
		last()
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	_ = h.process.Kill()
	h.was = true
	return true
}

func (h *hook) around(next http.Handler) http.Handler {
	next = h.countingUploads(next)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h.calls.RLock()
		defer h.calls.RUnlock()
		h.mu.Lock()
		with := h.with
		h.mu.Unlock()
		switch {
		case h.counted(func() { next.ServeHTTP(httptest.NewRecorder(), r) }):
			panic(http.ErrAbortHandler)
		case with != nil:
			with(next, w, r)
		default:
			next.ServeHTTP(w, r)
		}
	})
}

// countingUploads counts the files that are put into attachments of several.
func (h *hook) countingUploads(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, rest, upload := strings.Cut(r.URL.Path, "/upload-attachment/")
		parts := strings.SplitN(rest, "/", 3) // token, size, and of a file among several where it goes
		if !upload || len(parts) < 3 {
			next.ServeHTTP(w, r)
			return
		}
		answer := httptest.NewRecorder()
		next.ServeHTTP(answer, r)
		if strings.Contains(strings.ReplaceAll(answer.Body.String(), " ", ""), `"code":0`) {
			h.mu.Lock()
			h.uploads[parts[1]+" bytes to "+parts[2]]++
			h.mu.Unlock()
		}
		w.WriteHeader(answer.Code)
		_, _ = w.Write(answer.Body.Bytes())
	})
}

// checkStaged demands that DingTalk has just these files, that no link to one was posted twice, and that no file was
// put twice into one of the drive's attachments.
func (w *world) checkStaged(t *testing.T, what string, want ...string) {
	t.Helper()
	record, err := sandboxtest.DingTalk(w.drive)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, f := range record.Files {
		names = append(names, f.Name)
	}
	if slices.Sort(names); !slices.Equal(names, want) {
		t.Fatalf("%s, DingTalk has %q", what, names)
	}
	links := map[string]int{}
	for _, l := range record.Links {
		if links[l.FileID]++; links[l.FileID] > 1 {
			t.Fatalf("%s, a link was posted twice", what)
		}
	}
	w.hook.mu.Lock()
	defer w.hook.mu.Unlock()
	for file, times := range w.hook.uploads {
		if times > 1 {
			t.Fatalf("%s, %s were uploaded %d times", what, file, times)
		}
	}
}

// changes is a first configuration that has been applied, and a second one that differs from it by fifty changes.
type changes struct {
	world  *world   // with the first configuration and its state; its drive is closed
	config string   // the second configuration
	titles []string // what the drive must have once that is applied, sorted
}

// applying are the arguments that apply a second configuration, and make two templates anew that stay as they are.
var applying = []string{"apply", "-auto-approve", "-max-removals=50", "-replace=template.stay0",
	"-replace=template.stay1"}

// fiftyChanges are 15 creates, 14 updates, 8 templates that move to another scope, 9 removals, 2 templates that are to
// be made anew, and 2 attachments.
func fiftyChanges(t *testing.T) changes {
	t.Helper()
	var one, two strings.Builder
	c := changes{world: newWorld(t), titles: []string{foreign}}
	template := func(b *strings.Builder, name, folder, title, rule string) {
		fmt.Fprintf(b, `template %q {
  scope         = folder.%s
  title         = %q
  approval_type = "上传文件"
  step "初审" {
    approvers = [approver.admin, approver.test02]
    require   = %q
  }
}
`, name, folder, title, rule)
		if b == &two {
			c.titles = append(c.titles, title)
		}
	}
	for i := range 15 {
		template(&two, fmt.Sprint("new", i), []string{"a", "b"}[i%2], fmt.Sprint("新", i), "all")
	}
	for i := range 14 {
		template(&one, fmt.Sprint("change", i), "a", fmt.Sprint("改", i), "any")
		template(&two, fmt.Sprint("change", i), "a", fmt.Sprint("改", i, "了"), "all")
	}
	for i := range 8 {
		template(&one, fmt.Sprint("move", i), "a", fmt.Sprint("移", i), "any")
		template(&two, fmt.Sprint("move", i), "b", fmt.Sprint("移", i), "any")
	}
	for i := range 2 {
		template(&one, fmt.Sprint("stay", i), "a", fmt.Sprint("留", i), "any")
		template(&two, fmt.Sprint("stay", i), "a", fmt.Sprint("留", i), "any")
	}
	for i := range 9 {
		template(&one, fmt.Sprint("old", i), "c", fmt.Sprint("旧", i), "any")
	}
	slices.Sort(c.titles)
	c.world.write(t, head+one.String())
	c.world.must(t, "the first apply", "apply", "-auto-approve")
	writeDocuments(t, c.world.dir)
	if err := c.world.drive.Close(); err != nil {
		t.Fatal(err)
	}
	c.config = head + two.String() + staging
	return c
}

// foreign is the title of a template of the example world, on a file that no scope here names.
const foreign = "申请修改"

// head is what both configurations have: a drive that carries out at once what it is sent, folders and people.
const head = `provider "yomicloud" {
  endpoint        = "{drive}"
  lost_write_wait = "300ms"
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

// staging stages a file by itself, and a folder on the drive and in DingTalk, with a link to each of its files.
const staging = `provider "dingtalk" { endpoint = "{drive}" }
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

// writeDocuments writes two files of different sizes, which are staged.
func writeDocuments(t *testing.T, dir string) {
	t.Helper()
	programtest.Write(t, filepath.Join(dir, "docs/a.txt"), "one")
	programtest.Write(t, filepath.Join(dir, "docs/sub/b.txt"), "the second")
}
