package story

import (
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"countersign/internal/programtest"
)

// With -json, standard output holds JSON alone, of the command's form, whatever goes wrong: the command line, the
// files, the drive, the state, the variables. And a failure is never an empty output.
func TestFailuresUnderJSON(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	good := "provider \"yomicloud\" {\n  endpoint = \"sandbox:\"\n}\n" + programtest.Policy("申请修改")
	nobody := strings.Replace(good, `"sandbox:"`, "\"http://127.0.0.1:9\"\n  token    = \"t\"\n  retries  = 0", 1)
	for path, text := range map[string]string{
		"good/main.hcl": good, "unreachable/main.hcl": nobody, "mistaken/main.hcl": good +
			"template {", "damaged/main.hcl": good,
		"damaged/countersign.state.json": `{"version": 1, "lin`, "report.txt": "a text", "empty.plan": "",
	} {
		path = filepath.Join(dir, path)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		programtest.Write(t, path, text)
	}
	commandLine := []string{"-nosuch", "-var=hunter2", "a b c d", "-config=nowhere", "-config=mistaken"}
	live := slices.Concat(commandLine, []string{"-config=unreachable"})
	stored := slices.Concat(commandLine, []string{"-config=damaged"})
	both := slices.Concat(live, []string{"-config=damaged"})
	and := func(some []string, more ...string) []string { return slices.Concat(some, more) }
	for name, wrong := range map[string][]string{
		"plan": and(both, "-json-into=nowhere/x", "-report=github", "-out=nowhere/x",
			"-target=template.x good", "-var-file=nowhere.hcl good"),
		"drift": and(both, "-target=template.x good", "-report=x good"),
		"apply": and(both, "good", "report.txt", "empty.plan",
			"-auto-approve -json-into=nowhere/x good"),
		"destroy":                     and(both, "good -input=false"),
		"show":                        and(stored, "report.txt", "empty.plan"),
		"validate":                    commandLine,
		"output":                      and(stored, "none good"),
		"explain 7":                   both,
		"stage good/main.hcl":         {"-to=moon", "-nosuch"},
		"stage -to=drive nowhere.pdf": {"", "-user=x"},
		"stage -to=drive report.txt":  {"-config=unreachable"},
		"approval list":               and(live, "-mine -waiting"),
		"approval show 2":             live,
		"approval raise 5 -on=7":      live,
		"approval handle 2 -agree":    and(live, "-refuse"),
		"approval remove 2":           and(live, "-auto-approve -nosuch"),
		"approval download 2":         live,
		"state show template.modify":  and(stored, "-config=good"),
		"version":                     {"-nosuch", "x"},
		"import template.modify 5":    {""},
		"no such command":             {""},
	} {
		for _, w := range wrong {
			args := append(append(strings.Fields(name), "-json"), strings.Fields(w)...)
			cmd := exec.Command("countersign", args...)
			cmd.Dir = dir
			out, err := cmd.Output()
			if err == nil || cmd.ProcessState.ExitCode() != 1 {
				t.Errorf("countersign %s: %v, not exit code 1", strings.Join(args, " "), err)
			}
			if len(out) == 0 {
				t.Errorf("countersign %s says nothing on standard output", strings.Join(args, " "))
			}
			if err := programtest.CheckForm(args, out); err != nil {
				t.Errorf("countersign %s: %v\n%s", strings.Join(args, " "), err, out)
			}
		}
	}
}
