package story

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"countersign/internal/programtest"
)

// On a disk that takes so much of each file and no more (a limit of the system, which needs no rights), whatever the
// run could not write it says, and ends with 1; what it did on the drive is in the journal, and the next run, with
// room, ends as declared: no lock is left in its way, nothing is lost and nothing is made twice.
func TestFullDisk(t *testing.T) {
	t.Parallel()
	if runtime.GOOS == "windows" {
		return // it has no such limit
	}
	var unwritten, nothing bool
	for _, blocks := range []int{0, 1, 2, 4, 6, 32} { // of 512 bytes
		d := programtest.NewTwisted(t, "")
		head := strings.Replace(string(programtest.Read(t, filepath.Join(d.Dir, "main.hcl"))), "retries  = 0",
			"retries  = 0\n  lost_write_wait = \"100ms\"", 1)
		description := strings.Repeat("长", 1000) // the state has it, the journal not
		long := strings.Replace(strings.Replace(twoTemplates, `["甲", "乙"]`, `["长"]`, 1), "approval_type",
			fmt.Sprintf("description = %q\n  approval_type", description), 1)
		programtest.Write(t, filepath.Join(d.Dir, "main.hcl"), head+long)
		if out, err := d.Command("apply", "-auto-approve").CombinedOutput(); err != nil {
			t.Fatalf("%v\n%s", err, out)
		}
		more := strings.Replace(long[strings.Index(long, "template"):], `"t"`, `"more"`, 1)
		more = strings.Replace(strings.Replace(more, `"长"`, `"甲", "乙"`, 1), description, "短", 1)
		programtest.Write(t, filepath.Join(d.Dir, "main.hcl"), head+long+more)
		full := func(args string) (string, int) {
			cmd := d.Command()
			shell := exec.Command("sh", "-c", fmt.Sprintf("ulimit -f %d; exec countersign %s", blocks, args))
			shell.Dir, shell.Env = cmd.Dir, append(cmd.Env, programtest.FormErrors+"="+programtest.Unchecked)
			out, _ := shell.CombinedOutput()
			return string(out), shell.ProcessState.ExitCode()
		}
		fits := func(file string) bool {
			info, err := os.Stat(filepath.Join(d.Dir, file))
			return err == nil && info.Size() > 0 && info.Size() < int64(blocks)*512
		}
		for _, report := range []string{"-out=it.plan", "-json-into=it.json", "-report=html=it.html"} {
			_, file, _ := strings.Cut(report, "it.")
			if out, code := full("plan " + report); code == 0 && !fits("it."+file) || code != 0 &&
				!strings.Contains(out, "file too large") {
				t.Errorf("%d blocks, plan %s ends with %d:\n%s", blocks, report, code, out)
			}
		}
		out, code := full("apply -auto-approve")
		last := lastLine([]byte(out))
		switch {
		case code == 0 && fits("countersign.state.json") && strings.HasPrefix(last, "Apply complete! Resources: 2 added"):
		case code != 1 || !strings.Contains(out, "file too large") || strings.Contains(out, "complete!"):
			t.Errorf("%d blocks, apply ends with %d:\n%s", blocks, code, out)
		case strings.HasPrefix(last, "Apply incomplete: the state could not be written."):
			unwritten = true
		default:
			nothing = true
		}
		if out, err := d.Command("apply", "-auto-approve").CombinedOutput(); err != nil {
			t.Errorf("%d blocks, the next apply: %v\n%s", blocks, err, out)
		}
		if out, err := d.Command("plan", "-detailed-exitcode").CombinedOutput(); err != nil {
			t.Errorf("%d blocks, the plan after it: %v\n%s", blocks, err, out)
		}
	}
	if !unwritten || !nothing {
		t.Errorf("a state that could not be written was seen: %v; a run that could do nothing: %v", unwritten, nothing)
	}
}
