package main

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// Each example runs as it stands: it is in the canonical layout, it has something to apply, then the plan is empty,
// and a second apply changes nothing, not even the state file.
func TestExamples(t *testing.T) {
	examples, err := filepath.Glob("examples/*.hcl")
	if err != nil || len(examples) < 4 {
		t.Fatalf("examples/*.hcl: %q, %v", examples, err)
	}
	for _, example := range examples {
		t.Run(filepath.Base(example), func(t *testing.T) {
			t.Parallel()
			dir := copyExamples(t)
			run(t, dir, 0, "fmt", "-check", example)
			run(t, dir, 0, "validate", example)
			run(t, dir, 2, "plan", "-detailed-exitcode", example)
			run(t, dir, 0, "apply", "-auto-approve", example)
			demand(t, run(t, dir, 0, "plan", "-detailed-exitcode", example), "No changes.")

			state := filepath.Join(dir, strings.TrimSuffix(example, ".hcl")+".state.json")
			before := read(t, state)
			demand(t, run(t, dir, 0, "apply", "-auto-approve", example), "Apply complete! Resources: 0 added, 0 changed, 0 destroyed.")
			if !bytes.Equal(read(t, state), before) {
				t.Error("the second apply, which had nothing to do, wrote the state")
			}
		})
	}
}

// What the comments in departments.hcl say of rows: one taken out takes its template away and touches no other.
func TestExampleDepartments(t *testing.T) {
	t.Parallel()
	const example = "examples/departments.hcl"
	dir := copyExamples(t)
	run(t, dir, 0, "apply", "-auto-approve", example)

	list := filepath.Join(dir, "examples/departments.csv")
	var kept []string
	for line := range strings.Lines(string(read(t, list))) {
		if !strings.HasPrefix(line, "finance,") {
			// The other departments' steps name people by the heads' usernames, so somebody else must head them.
			kept = append(kept, strings.ReplaceAll(line, ",li\n", ",wang\n"))
		}
	}
	if err := os.WriteFile(list, []byte(strings.Join(kept, "")), 0o600); err != nil {
		t.Fatal(err)
	}
	out := run(t, dir, 0, "apply", "-auto-approve", example)
	demand(t, out, `# template.upload["finance"] will be destroyed`)
	demand(t, out, "Apply complete! Resources: 0 added, 1 changed, 1 destroyed.")
}

// What the comments in owned.hcl say: what somebody adds by hand goes, what is protected stays.
func TestExampleOwned(t *testing.T) {
	t.Parallel()
	const example = "examples/owned.hcl"
	dir := copyExamples(t)
	run(t, dir, 0, "apply", "-auto-approve", example)

	byHand := exec.Command("console", filepath.Join(dir, "examples/.countersign/owned.db"), "admin", "add", "73", "手工", "1")
	if out, err := byHand.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	out := run(t, dir, 0, "apply", "-auto-approve", example)
	demand(t, out, "(because its scope is wholly owned and no template stands for it)")
	demand(t, out, "Apply complete! Resources: 0 added, 0 changed, 1 destroyed.")

	demand(t, run(t, dir, 1, "destroy", "-auto-approve", example), "prevent_destroy")
	demand(t, run(t, dir, 1, "plan", "-var", "quorum=1", example), "One person alone must not be able to pass the board.")
}

// What the comments in handbook.hcl say: what is staged is known by its content, so that a file that changed is staged
// anew, and one that was only touched is not.
func TestExampleHandbook(t *testing.T) {
	t.Parallel()
	const example = "examples/handbook.hcl"
	dir := copyExamples(t)
	run(t, dir, 0, "apply", "-auto-approve", example)

	file := filepath.Join(dir, "examples/handbook/附录/休假.pdf")
	if err := os.Chtimes(file, time.Time{}, time.Now().Add(time.Hour)); err != nil {
		t.Fatal(err)
	}
	run(t, dir, 0, "plan", "-detailed-exitcode", example)

	if err := os.WriteFile(file, append(read(t, file), "% one line more\n"...), 0o600); err != nil {
		t.Fatal(err)
	}
	out := run(t, dir, 2, "plan", "-detailed-exitcode", example)
	demand(t, out, "stage on the drive: all 3 files")
	demand(t, out, "stage in DingTalk:  附录/休假.pdf,")
	before := run(t, dir, 0, "output", "-json", "dingtalk_ids", example)
	run(t, dir, 0, "apply", "-auto-approve", example)
	if after := run(t, dir, 0, "output", "-json", "dingtalk_ids", example); after != before {
		t.Errorf("files that are overwritten keep their ids in DingTalk, but these\n%s\nbecame\n%s", before, after)
	}

	// The vendors have no call that deletes what is staged, so it is only forgotten.
	demand(t, run(t, dir, 0, "destroy", "-auto-approve", example), "1 to destroy, 1 to forget.")
}

// What contracts.hcl stages: every signed document of its flows, and all or none.
func TestExampleContracts(t *testing.T) {
	t.Parallel()
	const example = "examples/contracts.hcl"
	dir := copyExamples(t)
	out := run(t, dir, 1, "apply", "-auto-approve", `-var=flows=["yDwi8UUckpo5fz9cUqI6nGwcuTvt9YSh", "yDwivUUckpor6wtoUuogwQHCAB0ES0p1"]`, example)
	demand(t, out, "flow yDwivUUckpor6wtoUuogwQHCAB0ES0p1: 查询流程不存在") // in the vendor's words

	run(t, dir, 0, "apply", "-auto-approve", example)
	for _, name := range []string{"合同,270481027143248.pdf", "合同,250151025185515.pdf", "补充协议,250151025185515.pdf"} {
		demand(t, run(t, dir, 0, "output", "-raw", "form_value", example), `"fileName":"`+name+`"`)
	}
}

// copyExamples copies the repository's examples, without what running them by hand has left there, and returns the
// folder that holds the copy.
func copyExamples(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	if err := os.Mkdir(filepath.Join(dir, "examples"), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.CopyFS(filepath.Join(dir, "examples/handbook"), os.DirFS("examples/handbook")); err != nil {
		t.Fatal(err)
	}
	for _, pattern := range []string{"examples/*.hcl", "examples/*.csv"} {
		files, err := filepath.Glob(pattern)
		if err != nil {
			t.Fatal(err)
		}
		for _, file := range files {
			if err := os.WriteFile(filepath.Join(dir, file), read(t, file), 0o600); err != nil {
				t.Fatal(err)
			}
		}
	}
	return dir
}

// run runs the program in dir, demands the exit code, and returns what it said on both streams.
func run(t *testing.T, dir string, code int, args ...string) string {
	t.Helper()
	cmd := exec.Command("countersign", args...)
	cmd.Dir = dir
	out, err := cmd.CombinedOutput()
	if cmd.ProcessState == nil || cmd.ProcessState.ExitCode() != code {
		t.Fatalf("countersign %s: %v, not exit code %d\n%s", strings.Join(args, " "), err, code, out)
	}
	return string(out)
}

func demand(t *testing.T, out, text string) {
	t.Helper()
	if !strings.Contains(out, text) {
		t.Fatalf("%q is not in:\n%s", text, out)
	}
}

func read(t *testing.T, path string) []byte {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return text
}
