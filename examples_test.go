package main

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
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

// copyExamples copies the repository's examples, without what running them by hand has left there, and returns the
// folder that holds the copy.
func copyExamples(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	if err := os.Mkdir(filepath.Join(dir, "examples"), 0o700); err != nil {
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
