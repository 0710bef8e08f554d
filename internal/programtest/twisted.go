package programtest

import (
	"bytes"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"os/exec"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"

	"countersign/providers/sandbox"
	"countersign/providers/sandbox/sandboxtest"
)

// Twisted is a sandbox behind a proxy that can change answers, and a configuration for it in Dir.
type Twisted struct {
	Dir, Token, URL string
	Drive           *sandbox.Sandbox

	// Twist answers in the place of the sandbox, and is given the sandbox's answer; nil: the answer stays as it is.
	Twist    atomic.Pointer[func(w http.ResponseWriter, r *http.Request, answer []byte)]
	ReadOnly atomic.Bool // calls that write templates do not reach the sandbox
}

// NewTwisted starts one, and writes the configuration into a new folder.
func NewTwisted(t *testing.T, config string) *Twisted {
	t.Helper()
	d := &Twisted{Dir: t.TempDir()}
	d.Drive = sandboxtest.Open(t, "")
	d.URL = Serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		r.Body = io.NopCloser(bytes.NewReader(body))
		rec := httptest.NewRecorder()
		if !d.ReadOnly.Load() || !strings.HasSuffix(r.URL.Path, "/set-templet") {
			d.Drive.Handler().ServeHTTP(rec, r)
		}
		if twist := d.Twist.Load(); twist != nil {
			(*twist)(w, r, rec.Body.Bytes())
			return
		}
		maps.Copy(w.Header(), rec.Header())
		w.WriteHeader(rec.Code)
		w.Write(rec.Body.Bytes())
	}), nil)
	d.Token = d.Drive.Tokens()[0].Token
	config = fmt.Sprintf("provider \"yomicloud\" {\n  endpoint = %q\n  retries  = 0\n}\n%s", d.URL, config)
	Write(t, filepath.Join(d.Dir, "main.hcl"), config)
	return d
}

// Command is a run of the program in Dir.
func (d *Twisted) Command(args ...string) *exec.Cmd {
	return OnDrive(d.Dir, d.Token, args...)
}

// State is the text of the state.
func (d *Twisted) State(t *testing.T) string {
	t.Helper()
	return string(Read(t, filepath.Join(d.Dir, "countersign.state.json")))
}
