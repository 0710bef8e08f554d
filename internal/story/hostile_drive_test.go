package story

import (
	"bytes"
	"compress/gzip"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"countersign/internal/programtest"
	"countersign/providers/sandbox"
)

// twisted is a sandbox behind somebody who may change what its calls are answered with.
type twisted struct {
	dir, token, url string
	drive           *sandbox.Sandbox
	twist           atomic.Pointer[func(w http.ResponseWriter, r *http.Request, answer []byte)] // nil: nothing is changed
}

func newTwisted(t *testing.T, config string) *twisted {
	t.Helper()
	d := &twisted{dir: t.TempDir()}
	d.drive = programtest.Sandbox(t, "")
	d.url = programtest.Serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		r.Body = io.NopCloser(bytes.NewReader(body))
		rec := httptest.NewRecorder()
		d.drive.Handler().ServeHTTP(rec, r)
		if twist := d.twist.Load(); twist != nil {
			(*twist)(w, r, rec.Body.Bytes())
			return
		}
		maps.Copy(w.Header(), rec.Header())
		w.WriteHeader(rec.Code)
		w.Write(rec.Body.Bytes())
	}), nil)
	d.token = d.drive.Tokens()[0].Token
	config = fmt.Sprintf("provider \"yomicloud\" {\n  endpoint = %q\n  retries  = 0\n}\n%s", d.url, config)
	programtest.Write(t, filepath.Join(d.dir, "main.hcl"), config)
	return d
}

func (d *twisted) command(args ...string) *exec.Cmd {
	return programtest.OnDrive(d.dir, d.token, args...)
}

func (d *twisted) state(t *testing.T) string {
	t.Helper()
	return string(programtest.Read(t, filepath.Join(d.dir, "countersign.state.json")))
}

const twoTemplates = `folder "quality" { id = 7 }
approver "admin" {
  id       = 1
  username = "admin"
  realname = "系统管理员"
}
template "t" {
  for_each      = toset(["甲", "乙"])
  scope         = folder.quality
  title         = each.key
  approval_type = "上传文件"
  step "审批" {
    approvers = [approver.admin]
    require   = "any"
  }
}
`

// A drive that begins to give its lists page by page, in whatever words: no command takes what is on the next page for
// deleted, nothing is written, and the state stays as it was.
func TestShortLists(t *testing.T) {
	t.Parallel()
	d := newTwisted(t, twoTemplates)
	if out, err := d.command("apply", "-auto-approve").CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	state, calls := d.state(t), d.drive.Calls()
	for _, beside := range []string{`"total":3`, `"total":"2"`, `"totalCount":2.0`, `"has_more":true`, `"hasNext":1`, `"next_cursor":"eyJpZCI6NX0="`, `"page":{"current":1,"pages":2}`, `"pageSize":1`, `"isLastPage":false`} {
		cut := func(w http.ResponseWriter, r *http.Request, answer []byte) {
			if strings.HasSuffix(r.URL.Path, "/templet-list") {
				var list struct{ Data []json.RawMessage }
				if err := json.Unmarshal(answer, &list); err != nil || len(list.Data) != 2 {
					t.Errorf("%v: %s", err, answer)
				}
				answer = fmt.Appendf(nil, `{"code":0,"data":[%s],%s}`, list.Data[1], beside)
			}
			w.Write(answer)
		}
		d.twist.Store(&cut)
		for _, args := range [][]string{{"plan"}, {"plan", "-detailed-exitcode"}, {"drift"}, {"apply", "-auto-approve"}, {"destroy", "-auto-approve"}} {
			cmd := d.command(args...)
			out, _ := cmd.CombinedOutput()
			text := strings.Join(strings.Fields(string(out)), " ")
			if cmd.ProcessState.ExitCode() != 1 || !strings.Contains(text, "the list is not whole, and nothing is concluded from it: ") ||
				strings.Contains(text, "will be created") || strings.Contains(text, "has been deleted") {
				t.Errorf("%s, %v: exit %d\n%s", beside, args, cmd.ProcessState.ExitCode(), out)
			}
		}
	}
	d.twist.Store(nil)
	for _, write := range []string{"/app/approval/set-templet", "/app/approval/remove-templet"} {
		if now := d.drive.Calls()[write]; now != calls[write] {
			t.Errorf("%s was called %d times on what a part of a list told", write, now-calls[write])
		}
	}
	if d.state(t) != state {
		t.Error("the state was changed")
	}
	if out, err := d.command("plan", "-detailed-exitcode").CombinedOutput(); err != nil {
		t.Errorf("%v\n%s", err, out)
	}
}

// A drive that answers with as much as it can, packed or not, for twenty folders at ten calls at once: the program
// ends with an error, and its memory stays bounded.
func TestPackedBombs(t *testing.T) {
	t.Parallel()
	const mostMemory = 700 << 20
	var folders strings.Builder
	for id := range 20 {
		fmt.Fprintf(&folders, "folder \"f%d\" { id = %d }\n", id, 1000+id)
	}
	var bomb bytes.Buffer
	z := gzip.NewWriter(&bomb)
	io.WriteString(z, `{"code":0,"data":[`)
	for range 249 {
		io.WriteString(z, strings.Repeat(" ", 1<<20))
	}
	io.WriteString(z, `]}`)
	z.Close()
	ids := strings.Repeat("1,", 40_000) + "1"
	d := newTwisted(t, folders.String())
	for name, flood := range map[string]func(w http.ResponseWriter){
		"packed": func(w http.ResponseWriter) {
			w.Header().Set("Content-Encoding", "gzip")
			w.Write(bomb.Bytes())
		},
		"without an end": func(w http.ResponseWriter) {
			io.WriteString(w, `{"code":0,"data":"`)
			for text := bytes.Repeat([]byte("x"), 64<<10); ; {
				if _, err := w.Write(text); err != nil {
					return
				}
			}
		},
		"many approvers": func(w http.ResponseWriter) {
			io.WriteString(w, `{"code":0,"data":[`)
			for id := 1; ; id++ {
				if _, err := fmt.Fprintf(w, `{"content":"{\"step\":[{\"type\":2,\"ids\":[%s]}]}","fileId":1000,"id":%d},`, ids, id); err != nil {
					return
				}
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			answer := func(w http.ResponseWriter, r *http.Request, answer []byte) {
				if !strings.HasSuffix(r.URL.Path, "/templet-list") {
					w.Write(answer)
					return
				}
				flood(w)
			}
			d.twist.Store(&answer)
			cmd := d.command("plan")
			var out bytes.Buffer
			cmd.Stdout, cmd.Stderr = &out, &out
			if err := cmd.Start(); err != nil {
				t.Fatal(err)
			}
			over, peak := make(chan int64, 1), int64(0)
			go func() {
				for {
					now := resident(cmd.Process.Pid)
					if peak = max(peak, now); now < 0 {
						over <- peak
						return
					}
					time.Sleep(5 * time.Millisecond)
				}
			}()
			cmd.Wait()
			peak = <-over
			if cmd.ProcessState.ExitCode() != 1 || !strings.Contains(strings.Join(strings.Fields(out.String()), " "), "the answer is too large: ") {
				t.Errorf("exit %d\n%s", cmd.ProcessState.ExitCode(), out.Bytes()[:min(out.Len(), 4000)])
			}
			if peak > mostMemory {
				t.Errorf("%d MB of memory", peak>>20)
			}
			t.Logf("%d MB of memory at the worst moment", peak>>20)
		})
	}
}

var highWater = regexp.MustCompile(`VmHWM:\s+(\d+) kB`)

// resident is how much memory a process has had at the worst moment so far; -1 when it has ended, or where the system
// does not tell.
func resident(pid int) int64 {
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return -1
	}
	m := highWater.FindSubmatch(status)
	if m == nil {
		return map[bool]int64{true: -1}[bytes.Contains(status, []byte("State:\tZ"))]
	}
	kilobytes, _ := strconv.ParseInt(string(m[1]), 10, 64)
	return kilobytes << 10
}

// A drive whose catalogue has two types of one name: the name says nothing then, and the id is asked for. An id goes before a name
// that looks like it.
func TestTypesOfOneName(t *testing.T) {
	t.Parallel()
	d := newTwisted(t, strings.Replace(twoTemplates, `"上传文件"`, "var.kind", 1)+"variable \"kind\" {}\n")
	more := func(w http.ResponseWriter, r *http.Request, answer []byte) {
		if strings.HasSuffix(r.URL.Path, "/templet-content") {
			answer = bytes.Replace(answer, []byte(`"data":[`), []byte(`"data":[["9","上传文件","0","0","0"],["10","e\u0301","0","0","0"],["11","\u00e9","0","0","0"],["12","2","0","0","0"],["12","2","0","0","0"],`), 1)
		}
		w.Write(answer)
	}
	d.twist.Store(&more)
	for kind, wants := range map[string][]string{
		"上传文件": {`more than one type "上传文件"`, `(id 9, for folders and files)`, `(id 2, for folders only)`, `approval_type = "9"`},
		"é":    {"more than one type", "(id 10,", "(id 11,"},
		"无":    {"The drive has no such approval type"},
	} {
		out, err := d.command("plan", "-no-color", "-var", "kind="+kind).CombinedOutput()
		if err == nil {
			t.Errorf("%s: a plan\n%s", kind, out)
		}
		for _, want := range wants {
			if !strings.Contains(string(out), want) {
				t.Errorf("%s: %q is not told:\n%s", kind, want, out)
			}
		}
	}
	if n := d.drive.Calls(); strings.Contains(fmt.Sprint(n), "set-templet") {
		t.Errorf("something was written: %v", n)
	}
	if out, err := d.command("apply", "-auto-approve", "-var", "kind=2").CombinedOutput(); err != nil || !strings.Contains(string(out), "2 added") {
		t.Errorf("by its id: %v\n%s", err, out)
	}
	out, err := d.command("export").CombinedOutput()
	if err != nil || !regexp.MustCompile(`approval_type += "2"`).Match(out) {
		t.Errorf("an export names a type whose name is another's, too: %v\n%s", err, out)
	}
	clash := func(w http.ResponseWriter, r *http.Request, answer []byte) {
		if strings.HasSuffix(r.URL.Path, "/templet-content") {
			answer = bytes.Replace(answer, []byte(`"data":[`), []byte(`"data":[["2","上传文件","0","0","0"],`), 1)
		}
		w.Write(answer)
	}
	d.twist.Store(&clash)
	if out, err := d.command("plan", "-var", "kind=2").CombinedOutput(); err == nil || !strings.Contains(string(out), "type 2 stands twice") {
		t.Errorf("one id for two types: %v\n%s", err, out)
	}
}

// A drive that repeats the token in its answers, in whatever spelling: no output of any command has it.
func TestEchoedToken(t *testing.T) {
	d := newTwisted(t, twoTemplates)
	token := d.token
	for i, echo := range []string{
		token, strings.ToUpper(token), url.QueryEscape(token), fmt.Sprintf("%x", token), base64.StdEncoding.EncodeToString([]byte(token)),
		base64.RawURLEncoding.EncodeToString([]byte("x" + token)), base64.StdEncoding.EncodeToString([]byte("xy" + token)),
		regexp.MustCompile(`.`).ReplaceAllStringFunc(token, func(c string) string { return fmt.Sprintf("%%%02X", c) }),
		regexp.MustCompile(`.`).ReplaceAllStringFunc(token, func(c string) string { return fmt.Sprintf(`\\u%04x`, c[0]) }),
		url.QueryEscape(base64.StdEncoding.EncodeToString([]byte(url.QueryEscape(token)))), token[:len(token)-2],
	} {
		answers := []func(w http.ResponseWriter){
			func(w http.ResponseWriter) { fmt.Fprintf(w, `{"code":1001,"msg":"no such token %s"}`, echo) },
			func(w http.ResponseWriter) {
				w.WriteHeader(500)
				fmt.Fprintf(w, `<html><title>%s</title></html>`, echo)
			},
			func(w http.ResponseWriter) { w.WriteHeader(403); fmt.Fprintf(w, "no: %s", echo) },
			func(w http.ResponseWriter) { fmt.Fprintf(w, `{"code":0,"data":"%s"}`, echo) },
			func(w http.ResponseWriter) {
				w.Header().Set("Location", "/login?back="+strings.ReplaceAll(echo, `\\`, `%5C`))
				w.WriteHeader(302)
			},
		}
		answer := answers[i%len(answers)]
		twist := func(w http.ResponseWriter, _ *http.Request, _ []byte) { answer(w) }
		d.twist.Store(&twist)
		for _, args := range [][]string{{"plan", "-no-color"}, {"plan", "-json"}, {"apply", "-auto-approve", "-json"}, {"approval", "list"}, {"export"}} {
			out, err := d.command(args...).CombinedOutput()
			if err == nil {
				t.Errorf("%v succeeds", args)
			}
			shown := strings.ReplaceAll(string(out), `\\`, `\`)
			for _, form := range []string{echo, strings.ReplaceAll(echo, `\\`, `\`), token, token[4:16]} {
				if strings.Contains(strings.ToLower(shown), strings.ToLower(form)) {
					t.Errorf("%v prints %q:\n%s", args, form, out)
				}
			}
		}
	}
}
