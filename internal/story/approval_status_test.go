package story

import (
	"net/http"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"countersign/internal/programtest"
)

// A drive whose lists do not say how far an approval got: it is listed as unknown, a plan says that it does not know
// whether it is open, and replay asks for the approval itself. It counts neither as open nor as ended.
func TestListsWithoutStatuses(t *testing.T) {
	t.Parallel()
	d := programtest.NewTwisted(t, strings.ReplaceAll(twoTemplates, "上传文件", "不处理"))
	run := func(args ...string) string {
		t.Helper()
		out, err := d.Command(args...).CombinedOutput()
		if err != nil {
			t.Fatalf("%v: %v\n%s", args, err, out)
		}
		return strings.Join(strings.Fields(string(out)), " ")
	}
	run("apply", "-auto-approve")
	templates := regexp.MustCompile(`"id": *(\d+)`).FindStringSubmatch(d.State(t))
	for range 2 {
		run("approval", "raise", templates[1], "-on=7")
	}
	status := regexp.MustCompile(`"status": *0,`)
	untold := func(w http.ResponseWriter, r *http.Request, answer []byte) {
		if strings.HasSuffix(r.URL.Path, "-list") || strings.HasSuffix(r.URL.Path, "/get-file-approval-log") {
			answer = status.ReplaceAll(answer, nil)
		}
		w.Write(answer)
	}
	d.Twist.Store(&untold)
	for _, args := range [][]string{{"approval", "list"}, {"approval", "list", "-managed"},
		{"approval", "list", "-on=7"}} {
		if out := run(args...); strings.Count(out, " unknown") != 2 || strings.Contains(out, "pending") {
			t.Errorf("%v: %s", args, out)
		}
	}
	if out := run("approval", "list", "-json"); strings.Contains(out, `"status"`) {
		t.Error(out)
	}
	programtest.Demand(t, run("approval", "show", "1"), "pending")
	programtest.Demand(t, run("replay"), "0 past approvals replayed: 0 would have ended otherwise. 2 are still open.")
	config := string(programtest.Read(t, filepath.Join(d.Dir, "main.hcl")))
	programtest.Write(t, filepath.Join(d.Dir, "main.hcl"), strings.ReplaceAll(config, `= "any"`, `= "all"`))
	planned := run("plan")
	for _, says := range []string{"Not all open approvals could be counted", "whether they are open: ",
		`"countersign approval show `} {
		programtest.Demand(t, planned, says)
	}
	for _, guess := range []string{"Open approvals: none", "open approvals: 2"} {
		if strings.Contains(planned, guess) {
			t.Errorf("%q is said of what is not known in %s", guess, planned)
		}
	}
}
