package kill

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
)

const twinConfig = `provider "yomicloud" {
  endpoint        = "{drive}"
  lost_write_wait = "300ms"
}
folder "a" { id = 72 }
approver "admin" {
  id       = 1
  username = "admin"
  realname = "系统管理员"
}
template "new" {
  scope         = folder.a
  title         = "新"
  approval_type = "上传文件"
  step "初审" {
    approvers = [approver.admin]
    require   = "any"
  }
}
`

// creates reports whether a call makes a template. The body can be read again.
func creates(r *http.Request) bool {
	return strings.HasSuffix(r.URL.Path, "/set-templet") && form(r).Get("tid") == "0"
}

// A proxy sends a create twice: the apply binds the oldest, names the other with what to do, and fails. So does the run
// after one that was killed in between. The next plan warns.
func TestCreateSentTwice(t *testing.T) {
	t.Parallel()
	for _, kill := range []bool{false, true} {
		w := newWorld(t)
		w.write(t, twinConfig)
		w.hook.set(func(next http.Handler, rw http.ResponseWriter, r *http.Request) {
			if creates(r) {
				body, _ := io.ReadAll(r.Body)
				again := r.Clone(r.Context())
				again.Body = io.NopCloser(bytes.NewReader(body))
				r.Body = io.NopCloser(bytes.NewReader(body))
				next.ServeHTTP(httptest.NewRecorder(), again)
				if kill {
					next.ServeHTTP(httptest.NewRecorder(), r)
					_ = w.hook.process.Kill()
					panic(http.ErrAbortHandler)
				}
			}
			next.ServeHTTP(rw, r)
		})
		out, err := w.run("apply", "-auto-approve")
		if kill {
			w.hook.set(nil)
			w.drain(t)
			out, err = w.run("apply", "-auto-approve")
		}
		if err == nil || !strings.Contains(out, "Also there, of the same title: tid 7") {
			t.Errorf("killed: %v: %v\n%s", kill, err, out)
		}
		w.hook.set(nil)
		if out, err = w.run("plan", "-detailed-exitcode"); err != nil ||
			!strings.Contains(out, "Two templates of one title") {
			t.Errorf("killed: %v: %v\n%s", kill, err, out)
		}
		if out, err = w.run("state", "show", "template.new"); err != nil || !strings.Contains(out, "6") {
			t.Errorf("%v\n%s", err, out)
		}
	}
}

// Two configurations of the same template are applied at once. Neither can know of the other; both say that there are
// two, when both were made before either was looked for, and in any case the one that looks later.
func TestTwoConfigurationsAtOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	var both, made sync.WaitGroup
	both.Add(2)
	made.Add(2)
	w.hook.set(func(next http.Handler, rw http.ResponseWriter, r *http.Request) {
		create := creates(r)
		if create { // not before both have seen that there is none
			both.Done()
			both.Wait()
		}
		next.ServeHTTP(rw, r)
		if create {
			made.Done()
			made.Wait()
		}
	})
	var runs sync.WaitGroup
	outs := make([]string, 2)
	errs := make([]error, 2)
	for i := range 2 {
		other := *w
		other.dir = filepath.Join(w.dir, fmt.Sprint(i))
		if err := os.Mkdir(other.dir, 0o700); err != nil {
			t.Fatal(err)
		}
		other.write(t, twinConfig)
		runs.Go(func() {
			out, err := other.command("apply", "-auto-approve").CombinedOutput()
			outs[i], errs[i] = string(out), err
		})
	}
	runs.Wait()
	for i, out := range outs {
		if errs[i] == nil || !strings.Contains(out, "Also there, of the same title: tid 7") ||
			!strings.Contains(out, "there more than once") {
			t.Errorf("%v\n%s", errs[i], out)
		}
	}
}
