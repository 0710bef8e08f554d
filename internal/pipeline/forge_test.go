package pipeline

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"net/http/cgi"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"countersign/internal/programtest"
	"countersign/providers/sandbox/sandboxtest"
)

// forge is a place that keeps a git repository, acme/policies, and runs pipelines on it: GitHub, GitLab, or a plain git
// server with a CI beside it. Git is served over HTTP by git itself, and api is the product's interface.
type forge struct {
	t     *testing.T
	dir   string // everything is in here
	url   string // of the forge
	repo  string // the repository, bare
	desk  string // somebody's clone, from which branches are pushed
	path  string // PATH of a pipeline's job
	offer string // where pipelines download the program from; "": they find it in PATH

	rules    string // the repository of the security team, such as acme/rules; "" without one
	refuse   string // verdicts that need a second reviewer
	restrict string // "off": what is proposed may read the environment and name the drive's address
	endpoint string // the drive's address that pipelines are given; "": none
	fork     bool   // proposals come from a fork: their pipelines get no secrets and no variables
	agreed   bool   // a second reviewer has agreed
	api      http.Handler
	sum      string // SHA-256 of the program that the forge hands out

	driveURL string
	users    map[string]string // the drive's tokens by username

	calls sync.Mutex // held by each call of the interface: what that knows is read and changed between jobs alone

	mu      sync.Mutex                   // guards what follows
	grants  map[string]map[string]string // what each token may: what → read or write
	secrets []string                     // what must be found nowhere
	clock   time.Time
	logs    []string                 // of all jobs
	pushes  int                      // how many pushes are let through before git is out of order; 0: all
	before  func(*http.Request) bool // of each call to the drive; true: it gets the answer 500
}

func newForge(t *testing.T) *forge {
	t.Helper()
	for _, tool := range []string{"bash", "curl", "git", "jq"} {
		if _, err := exec.LookPath(tool); err != nil {
			t.Fatalf("%v: the recipes in docs/ci need it (Debian: apt-get install %s)", err, tool)
		}
	}
	f := &forge{t: t, dir: t.TempDir(), users: map[string]string{}, grants: map[string]map[string]string{},
		clock: time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC)}
	drive := sandboxtest.Open(t, filepath.Join(f.dir, "drive.db"))
	for _, u := range drive.Tokens() {
		f.users[u.Username] = u.Token
		f.secrets = append(f.secrets, u.Token)
	}
	f.driveURL = programtest.Serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		f.mu.Lock()
		before := f.before
		f.mu.Unlock()
		if before != nil && before(r) {
			http.Error(w, "out of order", http.StatusInternalServerError)
			return
		}
		drive.Handler().ServeHTTP(w, r)
	}), nil)
	f.endpoint = f.driveURL

	program, err := exec.LookPath("countersign")
	if err != nil {
		t.Fatal(err)
	}
	sum := sha256.Sum256(programtest.Read(t, program))
	f.sum = hex.EncodeToString(sum[:])
	f.path = f.spies(filepath.Dir(program)) + string(filepath.ListSeparator) + filepath.Dir(program)

	mux := http.NewServeMux()
	mux.HandleFunc("/downloads/countersign", func(w http.ResponseWriter,
		r *http.Request) {
		http.ServeFile(w, r, program)
	})
	mux.Handle("/acme/policies.git/", f.gitServer("contents"))
	mux.Handle("/acme/rules.git/", f.gitServer("rules"))
	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		f.calls.Lock()
		defer f.calls.Unlock()
		f.api.ServeHTTP(w, r)
	})
	f.url = programtest.Serve(t, mux, nil)

	f.repo, f.desk = filepath.Join(f.dir, "git/acme/policies.git"), filepath.Join(f.dir, "desk")
	f.git(f.dir, "init", "--quiet", "--bare", "--initial-branch=main", f.repo)
	f.git(f.repo, "config", "uploadpack.allowAnySHA1InWant", "true")
	f.git(f.dir, "clone", "--quiet", f.repo, f.desk)
	// What docs/ci/README.md says to do once.
	f.git(f.desk, "switch", "--quiet", "--orphan", "countersign-state")
	f.write(".gitignore", "*.lock\n*.backup\n")
	f.git(f.desk, "add", ".gitignore")
	f.git(f.desk, "commit", "--quiet", "--message", "The state of the approval policy")
	f.git(f.desk, "push", "--quiet", "origin", "countersign-state")
	f.git(f.desk, "switch", "--quiet", "--orphan", "main")
	f.write("README.md", "Our approval policy\n")
	f.write(".gitignore", "/state/\n/countersign-ci/\n")
	f.git(f.desk, "add", "--all")
	f.git(f.desk, "commit", "--quiet", "--message", "Begin")
	f.git(f.desk, "push", "--quiet", "origin", "main")
	return f
}

// download makes pipelines download the program, as if it were not on their machines.
func (f *forge) download() {
	f.path, f.offer = f.path[:strings.LastIndexByte(f.path, filepath.ListSeparator)], f.url+"/downloads/countersign"
}

// spies is a PATH without the program, with a curl and a git that note what they are called with, for others on the
// machine can read that, and a sleep that does not.
func (f *forge) spies(without string) string {
	dir := filepath.Join(f.dir, "spies")
	if err := os.Mkdir(dir, 0o700); err != nil {
		f.t.Fatal(err)
	}
	for _, name := range []string{"curl", "git"} {
		real, err := exec.LookPath(name)
		if err != nil {
			f.t.Fatal(err)
		}
		script := fmt.Sprintf("#!/bin/sh\nprintf '%%s\\n' \"%s $*\" >> %s\nexec %s \"$@\"\n", name,
			filepath.Join(f.dir, "calls.txt"), real)
		if err := os.WriteFile(filepath.Join(dir, name), []byte(script), 0o700); err != nil {
			f.t.Fatal(err)
		}
	}
	if err := os.WriteFile(filepath.Join(dir, "sleep"), []byte("#!/bin/sh\n"), 0o700); err != nil {
		f.t.Fatal(err)
	}
	path := []string{dir}
	for _, d := range filepath.SplitList(os.Getenv("PATH")) {
		if d != without {
			path = append(path, d)
		}
	}
	return strings.Join(path, string(filepath.ListSeparator))
}

// gitServer is git over HTTP, for those whose token may do that with what is named.
func (f *forge) gitServer(what string) http.Handler {
	where, err := exec.Command("git", "--exec-path").Output()
	if err != nil {
		f.t.Fatal(err)
	}
	backend := &cgi.Handler{Path: filepath.Join(strings.TrimSpace(string(where)), "git-http-backend"), Root: "/",
		Env: []string{"GIT_PROJECT_ROOT=" + filepath.Join(f.dir, "git"), "GIT_HTTP_EXPORT_ALL=1",
			"REMOTE_USER=somebody"}, Stderr: io.Discard}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		need := "read"
		if r.URL.Query().Get("service") == "git-receive-pack" || strings.HasSuffix(r.URL.Path, "/git-receive-pack") {
			need = "write"
		}
		f.mu.Lock()
		refused := f.pushes == 1 && r.Method == http.MethodPost && need == "write"
		if f.pushes > 1 && r.Method == http.MethodPost && need == "write" {
			f.pushes--
		}
		f.mu.Unlock()
		if refused {
			http.Error(w, "out of order", http.StatusInternalServerError)
			return
		}
		_, token, _ := r.BasicAuth()
		if known, may := f.may(token, what, need); !known {
			w.Header().Set("WWW-Authenticate", `Basic realm="git"`)
			http.Error(w, "who are you?", http.StatusUnauthorized)
		} else if !may {
			http.Error(w, "not with this token", http.StatusForbidden)
		} else {
			backend.ServeHTTP(w, r)
		}
	})
}

// token makes a token that may do what is named: "contents", "write", "issues", "read", …
func (f *forge) token(kind string, may map[string]string) string {
	f.mu.Lock()
	defer f.mu.Unlock()
	token := fmt.Sprintf("%s-secret-%d-%s", kind, len(f.grants), f.sum[:8])
	f.grants[token] = may
	f.secrets = append(f.secrets, token)
	return token
}

func (f *forge) may(token, what, need string) (known, may bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	grants, known := f.grants[token]
	return known, known && (grants[what] == "write" || grants[what] == need)
}

// now is a minute later each time that it is asked for.
func (f *forge) now() time.Time {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.clock = f.clock.Add(time.Minute)
	return f.clock
}

func (f *forge) git(dir string, args ...string) string {
	f.t.Helper()
	cmd := exec.Command("git", args...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "GIT_TERMINAL_PROMPT=0", "GIT_CONFIG_GLOBAL=/dev/null", "GIT_CONFIG_NOSYSTEM=1",
		"GIT_AUTHOR_NAME=zhang", "GIT_AUTHOR_EMAIL=zhang@example.com",
		"GIT_COMMITTER_NAME=zhang", "GIT_COMMITTER_EMAIL=zhang@example.com")
	out, err := cmd.CombinedOutput()
	if err != nil {
		f.t.Fatalf("git %s: %v\n%s", strings.Join(args, " "), err, out)
	}
	return strings.TrimSpace(string(out))
}

func (f *forge) write(name, text string) {
	f.t.Helper()
	path := filepath.Join(f.desk, name)
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		f.t.Fatal(err)
	}
	programtest.Write(f.t, path, text)
}

// commit puts files on a branch, which begins at main when it is new, and pushes it. Without files the commit is empty.
func (f *forge) commit(branch string, files ...string) {
	f.t.Helper()
	f.git(f.desk, "fetch", "--quiet", "origin")
	if exec.Command("git", "-C", f.desk, "rev-parse", "--quiet", "--verify", "origin/"+branch).Run() == nil {
		f.git(f.desk, "switch", "--quiet", "--force-create", branch, "origin/"+branch)
	} else {
		f.git(f.desk, "switch", "--quiet", "--force-create", branch, "origin/main")
	}
	for i := 0; i < len(files); i += 2 {
		f.write(files[i], files[i+1])
	}
	f.git(f.desk, "add", "--all", "--force") // what .gitignore names, too
	f.git(f.desk, "commit", "--quiet", "--allow-empty", "--message", "Change "+branch)
	f.git(f.desk, "push", "--quiet", "origin", branch)
}

// rule makes a policy the security team's only one, in a repository of its own.
func (f *forge) rule(text string) {
	f.t.Helper()
	repo, desk := filepath.Join(f.dir, "git/acme/rules.git"), filepath.Join(f.dir, "security")
	if f.rules == "" {
		f.rules = "acme/rules"
		f.git(f.dir, "init", "--quiet", "--bare", "--initial-branch=main", repo)
		f.git(f.dir, "clone", "--quiet", repo, desk)
		f.git(desk, "switch", "--quiet", "--orphan", "main")
	}
	programtest.Write(f.t, filepath.Join(desk, "main.hcl"), text)
	f.git(desk, "add", "--all")
	f.git(desk, "commit", "--quiet", "--message", "Rules")
	f.git(desk, "push", "--quiet", "origin", "main")
}

// unlock takes the lock from the state's branch, as docs/ci/README.md says, and puts files there.
func (f *forge) unlock(files ...string) {
	f.t.Helper()
	f.git(f.desk, "fetch", "--quiet", "origin")
	f.git(f.desk, "switch", "--quiet", "--force-create", "countersign-state", "origin/countersign-state")
	f.git(f.desk, "rm", "--quiet", "LOCK")
	f.commit("countersign-state", files...)
}

// merge merges a branch into main and returns the commit that main then is.
func (f *forge) merge(branch, how string) string {
	f.t.Helper()
	f.git(f.desk, "fetch", "--quiet", "origin")
	f.git(f.desk, "switch", "--quiet", "--force-create", "main", "origin/main")
	switch how {
	case "merge":
		f.git(f.desk, "merge", "--quiet", "--no-ff", "--no-edit", "origin/"+branch)
	case "squash":
		f.git(f.desk, "merge", "--quiet", "--squash", "origin/"+branch)
		f.git(f.desk, "commit", "--quiet", "--allow-empty", "--message", "Squashed "+branch)
	case "fast-forward":
		f.git(f.desk, "merge", "--quiet", "--ff-only", "origin/"+branch)
	}
	f.git(f.desk, "push", "--quiet", "origin", "main")
	return f.git(f.desk, "rev-parse", "HEAD")
}

// job is what a job's shell is started with.
func (f *forge) job(dir string, env map[string]string, args ...string) (string, int) {
	f.t.Helper()
	cmd := exec.Command(args[0], args[1:]...)
	cmd.Dir = dir
	for name, value := range env {
		cmd.Env = append(cmd.Env, name+"="+value)
	}
	for _, name := range []string{"GORACE", programtest.FormErrors} { // settings of the tests for the programs
		if value := os.Getenv(name); value != "" {
			cmd.Env = append(cmd.Env, name+"="+value)
		}
	}
	f.settle()
	out, err := cmd.CombinedOutput()
	f.settle()
	if cmd.ProcessState == nil {
		f.t.Fatal(err)
	}
	return string(out), cmd.ProcessState.ExitCode()
}

// settle waits for calls that are still at work.
func (f *forge) settle() {
	f.calls.Lock()
	defer f.calls.Unlock()
	f.mu.Lock()
	defer f.mu.Unlock()
}

// log keeps what a job printed.
func (f *forge) log(text string) { f.logs = append(f.logs, text) }

func (f *forge) home() *forge { return f }

// last is the log of the last job.
func (f *forge) last() string { return f.logs[len(f.logs)-1] }

// onDrive lists the templates on a folder of the drive, with their contents.
func (f *forge) onDrive(folder string) string {
	f.t.Helper()
	return f.console("list", folder)
}

func (f *forge) console(args ...string) string {
	f.t.Helper()
	cmd := exec.Command("console", append([]string{f.driveURL, "admin"}, args...)...)
	cmd.Env = append(os.Environ(), "TOKEN_admin="+f.users["admin"])
	out, err := cmd.CombinedOutput()
	if err != nil {
		f.t.Fatalf("console %q: %v\n%s", args, err, out)
	}
	return string(out)
}

// edit edits by hand the description of the template of a title.
func (f *forge) edit(title, description string) {
	f.t.Helper()
	for line := range strings.Lines(f.onDrive("7")) {
		if id, rest, _ := strings.Cut(line, " "); strings.HasPrefix(rest, title+" ") {
			f.console("edit", "7", id, fmt.Sprintf("desc=%q", description))
			return
		}
	}
	f.t.Fatalf("%s is not on the drive", title)
}

// failWrites makes the drive fail calls that write, or no longer.
func (f *forge) failWrites(fail bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.before = nil
	if fail {
		f.before = func(r *http.Request) bool { return strings.HasSuffix(r.URL.Path, "/set-templet") }
	}
}

// nowhere demands that no secret is in what people can read: texts and, unpacked, saved plans.
func (f *forge) nowhere(texts map[string][]byte) {
	f.t.Helper()
	for i, log := range f.logs {
		texts[fmt.Sprint("log ", i)] = []byte(log)
	}
	calls, err := os.ReadFile(filepath.Join(f.dir, "calls.txt"))
	if err != nil && !errors.Is(err, fs.ErrNotExist) { // no job has called any
		f.t.Fatal(err)
	}
	texts["the command lines of curl and git"] = calls
	texts["the repository"] = []byte(f.git(f.repo, "log", "--all", "--patch"))
	for what, text := range texts {
		if _, body, ok := bytes.Cut(text, []byte("\n")); ok && bytes.HasPrefix(text, []byte("countersign plan ")) {
			z, err := gzip.NewReader(bytes.NewReader(body))
			if err != nil {
				f.t.Fatal(err)
			}
			if text, err = io.ReadAll(z); err != nil {
				f.t.Fatal(err)
			}
		}
		for _, secret := range f.secrets {
			if bytes.Contains(text, []byte(secret)) || bytes.Contains(text, []byte(url.QueryEscape(secret))) {
				f.t.Errorf("a secret is in %s:\n%s", what, text)
			}
		}
	}
}
