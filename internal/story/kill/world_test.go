package kill

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
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
