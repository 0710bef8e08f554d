package story

import (
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync/atomic"
	"testing"

	"countersign/internal/programtest"
)

// lastLine is the last line of what a run said.
func lastLine(said []byte) string {
	lines := strings.Split(strings.TrimSpace(string(said)), "\n")
	return lines[len(lines)-1]
}

// A state that cannot be written, as on a full disk: the last line says so and not "Apply complete!", and the journal
// keeps what was done for the next apply.
func TestUnwrittenState(t *testing.T) {
	t.Parallel()
	d := programtest.NewTwisted(t, twoTemplates)
	path := filepath.Join(d.Dir, "countersign.state.json")
	block := func(w http.ResponseWriter, r *http.Request, answer []byte) {
		if strings.HasSuffix(r.URL.Path, "/set-templet") {
			if err := os.MkdirAll(filepath.Join(path, "in-the-way"), 0o700); err != nil {
				t.Error(err)
			}
		}
		w.Write(answer)
	}
	d.Twist.Store(&block)
	cmd := d.Command("apply", "-auto-approve")
	out, _ := cmd.CombinedOutput()
	if got := lastLine(out); cmd.ProcessState.ExitCode() != 1 || got != "Apply incomplete: the state could not be written. "+
		"Resources: 2 added, 0 changed, 0 destroyed." {
		t.Errorf("exit %d, the last line is %q of\n%s", cmd.ProcessState.ExitCode(), got, out)
	}
	programtest.Demand(t, string(out), "The state could not be written")
	if strings.Contains(string(out), "complete!") {
		t.Errorf("it says that all is well\n%s", out)
	}
	d.Twist.Store(nil)
	if err := os.RemoveAll(path); err != nil {
		t.Fatal(err)
	}
	out, err := d.Command("apply", "-auto-approve").CombinedOutput()
	if err != nil || !strings.Contains(string(out), "0 added, 0 changed, 0 destroyed") {
		t.Errorf("what the journal kept was done again: %v\n%s", err, out)
	}
}

// A write that the drive answers with a fault and does not carry out is reported once, in words that fit the write.
func TestWriteNotCarriedOut(t *testing.T) {
	t.Parallel()
	d := programtest.NewTwisted(t, "")
	config := string(programtest.Read(t, filepath.Join(d.Dir, "main.hcl")))
	config = strings.Replace(config, "retries  = 0", "retries  = 0\n  lost_write_wait = \"100ms\"", 1) + twoTemplates
	programtest.Write(t, filepath.Join(d.Dir, "main.hcl"), config)
	if out, err := d.Command("apply", "-auto-approve").CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	fail := func(w http.ResponseWriter, r *http.Request, answer []byte) {
		if strings.HasSuffix(r.URL.Path, "/set-templet") {
			w.WriteHeader(http.StatusBadGateway)
			return
		}
		w.Write(answer)
	}
	d.Twist.Store(&fail)
	d.ReadOnly.Store(true)
	programtest.Write(t, filepath.Join(d.Dir, "main.hcl"), strings.ReplaceAll(config, `= "any"`, `= "all"`))
	out, _ := d.Command("apply", "-auto-approve").CombinedOutput()
	said := strings.Join(strings.Fields(string(out)), " ")
	programtest.Demand(t, said, "does not show the change: it is safe to apply again")
	for _, not := range []string{"read the list again", "may have carried it out", "Done:", "complete!"} {
		if strings.Contains(said, not) {
			t.Errorf("%q is in\n%s", not, out)
		}
	}
	if got := lastLine(out); !strings.HasPrefix(got, "Apply incomplete: 2 failed.") {
		t.Errorf("the last line is %q of\n%s", got, out)
	}
}

// A drive that is asked too often: the wait is shown with its length, in a log and beside JSON too, and lasts no longer
// than longest_wait.
func TestWaitsAreShown(t *testing.T) {
	t.Parallel()
	d := programtest.NewTwisted(t, "")
	config := string(programtest.Read(t, filepath.Join(d.Dir, "main.hcl")))
	config = strings.Replace(config, "retries  = 0", "retries  = 1\n  longest_wait = \"1s\"", 1) + twoTemplates
	programtest.Write(t, filepath.Join(d.Dir, "main.hcl"), config)
	shown := regexp.MustCompile(`(?m)^Waiting 1s: the drive answered templet-list with HTTP 429 Too Many Requests, and is ` +
		`asked again then\. It asks for 10m0s, and longest_wait in the provider block allows less$`)
	for _, args := range [][]string{{"plan"}, {"plan", "-json"}, {"apply", "-auto-approve"}} {
		var once atomic.Bool
		busy := func(w http.ResponseWriter, r *http.Request, answer []byte) {
			if strings.HasSuffix(r.URL.Path, "/templet-list") && once.CompareAndSwap(false, true) {
				w.Header().Set("Retry-After", "600")
				w.WriteHeader(http.StatusTooManyRequests)
				return
			}
			w.Write(answer)
		}
		d.Twist.Store(&busy)
		cmd := d.Command(args...)
		var stderr strings.Builder
		cmd.Stderr = &stderr
		out, err := cmd.Output()
		if err != nil || !shown.MatchString(stderr.String()) {
			t.Errorf("%v: %v\n%s\n%s", args, err, out, stderr.String())
		}
	}
}
