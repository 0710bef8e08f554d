package story

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"countersign/internal/programtest"
	"countersign/internal/respell"
	"countersign/providers/sandbox/sandboxtest"
)

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
	d := programtest.NewTwisted(t, twoTemplates)
	if out, err := d.Command("apply", "-auto-approve").CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	state, calls := d.State(t), sandboxtest.Calls(d.Drive)
	for _, beside := range []string{`"total":3`, `"total":"2"`, `"totalCount":2.0`, `"has_more":true`, `"hasNext":1`,
		`"next_cursor":"eyJpZCI6NX0="`, `"page":{"current":1,"pages":2}`, `"pageSize":1`, `"isLastPage":false`} {
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
		d.Twist.Store(&cut)
		for _, args := range [][]string{{"plan"}, {"plan", "-detailed-exitcode"}, {"drift"}, {"apply", "-auto-approve"},
			{"destroy", "-auto-approve"}} {
			cmd := d.Command(args...)
			out, _ := cmd.CombinedOutput()
			text := strings.Join(strings.Fields(string(out)), " ")
			if cmd.ProcessState.ExitCode() != 1 || !strings.Contains(text,
				"the list is not whole, and nothing is concluded from it: ") ||
				strings.Contains(text, "will be created") || strings.Contains(text, "has been deleted") {
				t.Errorf("%s, %v: exit %d\n%s", beside, args, cmd.ProcessState.ExitCode(), out)
			}
		}
	}
	d.Twist.Store(nil)
	for _, write := range []string{"/app/approval/set-templet", "/app/approval/remove-templet"} {
		if now := sandboxtest.Calls(d.Drive)[write]; now != calls[write] {
			t.Errorf("%s was called %d times because of a part of a list", write, now-calls[write])
		}
	}
	if d.State(t) != state {
		t.Error("the state was changed")
	}
	if out, err := d.Command("plan", "-detailed-exitcode").CombinedOutput(); err != nil {
		t.Errorf("%v\n%s", err, out)
	}
}

// A drive that does not list approvals, or lists a part of them: the plan is the same, and warns that they are not
// counted.
func TestApprovalsThatCannotBeListed(t *testing.T) {
	t.Parallel()
	d := programtest.NewTwisted(t, twoTemplates)
	if out, err := d.Command("apply", "-auto-approve").CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	for _, answer := range []string{`{"code":1103,"msg":"没有权限"}`, `<html>`, `{"code":0,"data":[],"total":3}`,
		`{"code":0,"data":[{"id":"x"}]}`} {
		twist := func(w http.ResponseWriter, r *http.Request, said []byte) {
			if strings.HasSuffix(r.URL.Path, "/get-handler-list") {
				said = []byte(answer)
			}
			w.Write(said)
		}
		d.Twist.Store(&twist)
		out, err := d.Command("plan", "-destroy").CombinedOutput()
		if err != nil || !strings.Contains(string(out), "Plan: 0 to add, 0 to change, 2 to destroy.") ||
			!strings.Contains(string(out), "Open approvals could not be counted") ||
			strings.Contains(string(out), "Open approvals: none") {
			t.Errorf("%s: %v\n%s", answer, err, out)
		}
	}
}

// A drive whose catalogue has two types of one name: the name says nothing then, and the id is asked for. An id goes
// before a name that looks like it.
func TestTypesOfOneName(t *testing.T) {
	t.Parallel()
	d := programtest.NewTwisted(t, strings.Replace(twoTemplates, `"上传文件"`, "var.kind", 1)+"variable \"kind\" {}\n")
	more := func(w http.ResponseWriter, r *http.Request, answer []byte) {
		if strings.HasSuffix(r.URL.Path, "/templet-content") {
			answer = bytes.Replace(answer, []byte(`"data":[`),
				[]byte(`"data":[["9","上传文件","0","0","0"],["10","e\u0301","0","0","0"],["11","\u00e9","0","0","0"],["12","2","0","0","0"],["12","2","0","0","0"],`), 1)
		}
		w.Write(answer)
	}
	d.Twist.Store(&more)
	for kind, wants := range map[string][]string{
		"上传文件": {`more than one type "上传文件"`, `(id 9, for folders and files)`, `(id 2, for folders only)`,
			`approval_type = "9"`},
		"é": {"more than one type", "(id 10,", "(id 11,"},
		"无": {"The drive has no such approval type"},
	} {
		out, err := d.Command("plan", "-no-color", "-var", "kind="+kind).CombinedOutput()
		if err == nil {
			t.Errorf("%s: a plan\n%s", kind, out)
		}
		for _, want := range wants {
			if !strings.Contains(string(out), want) {
				t.Errorf("%s: %q is not shown:\n%s", kind, want, out)
			}
		}
	}
	if n := sandboxtest.Calls(d.Drive); strings.Contains(fmt.Sprint(n), "set-templet") {
		t.Errorf("something was written: %v", n)
	}
	if out, err := d.Command("apply", "-auto-approve", "-var", "kind=2").CombinedOutput(); err != nil ||
		!strings.Contains(string(out), "2 added") {
		t.Errorf("by its id: %v\n%s", err, out)
	}
	out, err := d.Command("export").CombinedOutput()
	if err != nil || !regexp.MustCompile(`approval_type += "2"`).Match(out) {
		t.Errorf("an export names a type whose name is another's, too: %v\n%s", err, out)
	}
	clash := func(w http.ResponseWriter, r *http.Request, answer []byte) {
		if strings.HasSuffix(r.URL.Path, "/templet-content") {
			answer = bytes.Replace(answer, []byte(`"data":[`), []byte(`"data":[["2","上传文件","0","0","0"],`), 1)
		}
		w.Write(answer)
	}
	d.Twist.Store(&clash)
	if out, err := d.Command("plan", "-var", "kind=2").CombinedOutput(); err == nil ||
		!strings.Contains(string(out), "type 2 stands twice") {
		t.Errorf("one id for two types: %v\n%s", err, out)
	}
}

// A drive that repeats the token in its answers, to reads or to the writes of an apply, wherever it has room and
// however it spells it: no output of any command has eight characters of it, and neither has a file that it leaves.
func TestEchoedToken(t *testing.T) {
	d := programtest.NewTwisted(t, twoTemplates)
	n, echoed := 0, map[bool]int{}
	for echo, ways := range respell.Each(d.Token) {
		words, _ := json.Marshal(echo)
		answers := []func(w http.ResponseWriter){
			func(w http.ResponseWriter) { fmt.Fprintf(w, `{"code":1001,"msg":%s}`, words) },
			func(w http.ResponseWriter) {
				w.WriteHeader(500)
				fmt.Fprintf(w, `<html><title>%s</title></html>`, echo)
			},
			func(w http.ResponseWriter) { w.WriteHeader(403); fmt.Fprintf(w, "no: %s", echo) },
			func(w http.ResponseWriter) { fmt.Fprintf(w, `{"code":0,"data":%s}`, words) },
			func(w http.ResponseWriter) { fmt.Fprintf(w, `{"code":%s}`, words) },
			func(w http.ResponseWriter) {
				w.Header().Set("Location", "/login/"+echo+"?back="+echo)
				w.WriteHeader(302)
			},
		}
		answer, writes := answers[n%len(answers)], n%2 == 0
		n++
		twist := func(w http.ResponseWriter, r *http.Request, usual []byte) {
			if writes && !strings.HasSuffix(r.URL.Path, "/set-templet") {
				w.Write(usual)
				return
			}
			answer(w)
		}
		d.Twist.Store(&twist)
		d.ReadOnly.Store(writes)
		commands := [][]string{{"plan", "-no-color"}, {"plan", "-json"}, {"approval", "list"}}
		if writes {
			commands = nil
		}
		for _, args := range append(commands, []string{"apply", "-auto-approve"},
			[]string{"apply", "-auto-approve", "-json"}) {
			out, err := d.Command(args...).CombinedOutput()
			if err == nil {
				t.Errorf("%v succeeds", args)
			}
			if bytes.Contains(out, []byte("***")) {
				echoed[writes]++
			}
			files, _ := filepath.Glob(filepath.Join(d.Dir, "*"))
			for _, file := range files {
				out = append(append(out, '\n'), programtest.Read(t, file)...)
			}
			for _, undo := range [][]respell.Way{ways, append(slices.Clone(ways), respell.JSON)} {
				if said := respell.Leak(string(out), d.Token, 8, undo...); said != "" {
					t.Errorf("%v, %s: %q is read in\n%s", args, ways[0].Name, said, out)
				}
			}
		}
	}
	if echoed[false] < n || echoed[true] < n/2 {
		t.Errorf("too few outputs have anything hidden in them: %v of %d", echoed, n)
	}
}
