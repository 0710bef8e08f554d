// Package examples runs the examples.
package examples

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"countersign/internal/programtest"
	"countersign/providers/sandbox/sandboxtest"
)

func TestMain(m *testing.M) { programtest.Main(m) }

// Each example runs as it stands: it is in the canonical layout, it has something to apply, then the plan is empty,
// and a second apply changes nothing, not even the state file.
func TestExamples(t *testing.T) {
	examples, err := filepath.Glob("*.hcl")
	if err != nil || len(examples) < 4 {
		t.Fatalf("*.hcl: %q, %v", examples, err)
	}
	for _, example := range examples {
		if strings.HasSuffix(example, ".test.hcl") {
			continue // TestExampleTests has these
		}
		t.Run(example, func(t *testing.T) {
			t.Parallel()
			dir := copyExamples(t)
			programtest.Run(t, dir, 0, "fmt", "-check", example)
			programtest.Run(t, dir, 0, "validate", example)
			programtest.Run(t, dir, 2, "plan", "-detailed-exitcode", example)
			programtest.Run(t, dir, 0, "apply", "-auto-approve", example)
			programtest.Demand(t, programtest.Run(t, dir, 0, "plan", "-detailed-exitcode", example), "No changes.")

			state := filepath.Join(dir, strings.TrimSuffix(example, ".hcl")+".state.json")
			before := programtest.Read(t, state)
			programtest.Demand(t, programtest.Run(t, dir, 0, "apply", "-auto-approve", example),
				"Apply complete! Resources: 0 added, 0 changed, 0 destroyed.")
			if !bytes.Equal(programtest.Read(t, state), before) {
				t.Error("the second apply, which had nothing to do, wrote the state")
			}
		})
	}
}

// The same with a sandbox that is served, as docs/sandbox.md has it: another endpoint, and the keys in the environment.
func TestExamplesServed(t *testing.T) {
	examples, err := filepath.Glob("*.hcl")
	if err != nil {
		t.Fatal(err)
	}
	for _, example := range examples {
		if strings.HasSuffix(example, ".test.hcl") {
			continue
		}
		t.Run(example, func(t *testing.T) {
			box, dir := sandboxtest.Open(t, ""), copyExamples(t)
			keys := box.Credentials()
			for name, value := range map[string]string{
				"YOMICLOUD_TOKEN":  box.Tokens()[0].Token,
				"DINGTALK_APP_KEY": keys.DingTalk.AppKey, "DINGTALK_APP_SECRET": keys.DingTalk.AppSecret,
				"TENCENTCLOUD_SECRET_ID": keys.Tencent.SecretID, "TENCENTCLOUD_SECRET_KEY": keys.Tencent.SecretKey,
			} {
				t.Setenv(name, value)
			}
			endpoint := programtest.Serve(t, box.Handler(), nil)
			text := string(programtest.Read(t, filepath.Join(dir, example)))
			programtest.Write(t, filepath.Join(dir, example), strings.ReplaceAll(text, "sandbox:", endpoint))
			programtest.Run(t, dir, 0, "apply", "-auto-approve", example)
			programtest.Demand(t, programtest.Run(t, dir, 0, "plan", "-detailed-exitcode", example), "No changes.")
			if _, err := os.Stat(filepath.Join(dir, ".countersign")); !os.IsNotExist(err) {
				t.Errorf("an embedded sandbox was made: %v", err)
			}
		})
	}
}

// The tests of an example pass, and each step, rule and approver matters to some of them.
func TestExampleTests(t *testing.T) {
	tests, err := filepath.Glob("*.test.hcl")
	if err != nil || len(tests) == 0 {
		t.Fatalf("*.test.hcl: %q, %v", tests, err)
	}
	for _, file := range tests {
		programtest.Run(t, ".", 0, "fmt", "-check", file)
		out := programtest.Run(t, ".", 0, "test", "-coverage", strings.TrimSuffix(file, ".test.hcl")+".hcl")
		programtest.Demand(t, out, "0 failed.")
		if strings.Contains(out, "no test") {
			t.Error(out)
		}
	}
}

// What the comments in departments.hcl say of rows: one taken out takes its template away and touches no other.
func TestExampleDepartments(t *testing.T) {
	t.Parallel()
	const example = "departments.hcl"
	dir := copyExamples(t)
	programtest.Run(t, dir, 0, "apply", "-auto-approve", example)

	list := filepath.Join(dir, "departments.csv")
	var kept []string
	for line := range strings.Lines(string(programtest.Read(t, list))) {
		if !strings.HasPrefix(line, "finance,") {
			// The other departments' steps name people by the heads' usernames, so somebody else must head them.
			kept = append(kept, strings.ReplaceAll(line, ",li\n", ",wang\n"))
		}
	}
	programtest.Write(t, list, strings.Join(kept, ""))
	out := programtest.Run(t, dir, 0, "apply", "-auto-approve", example)
	programtest.Demand(t, out, `# template.upload["finance"] will be destroyed`)
	programtest.Demand(t, out, "Apply complete! Resources: 0 added, 1 changed, 1 destroyed.")
}

// What the comments in owned.hcl say: what somebody adds by hand goes, what is protected stays.
func TestExampleOwned(t *testing.T) {
	t.Parallel()
	const example = "owned.hcl"
	dir := copyExamples(t)
	programtest.Run(t, dir, 0, "apply", "-auto-approve", example)

	byHand := exec.Command("console", filepath.Join(dir, ".countersign/owned.db"), "admin", "add", "73", "手工", "1")
	if out, err := byHand.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	out := programtest.Run(t, dir, 0, "apply", "-auto-approve", example)
	programtest.Demand(t, out, "(because its scope is wholly owned and the configuration does not declare it)")
	programtest.Demand(t, out, "Apply complete! Resources: 0 added, 0 changed, 1 destroyed.")

	programtest.Demand(t, programtest.Run(t, dir, 1, "destroy", "-auto-approve", example), "prevent_destroy")
	programtest.Demand(t, programtest.Run(t, dir, 1, "plan", "-var", "quorum=1", example),
		"One person alone must not be able to pass the board.")
}

// What the comments in handbook.hcl say: what is staged is known by its content, so that a file that changed is staged
// anew, and one that was only touched is not.
func TestExampleHandbook(t *testing.T) {
	t.Parallel()
	const example = "handbook.hcl"
	dir := copyExamples(t)
	programtest.Run(t, dir, 0, "apply", "-auto-approve", example)

	file := filepath.Join(dir, "handbook/附录/休假.pdf")
	if err := os.Chtimes(file, time.Time{}, time.Now().Add(time.Hour)); err != nil {
		t.Fatal(err)
	}
	programtest.Run(t, dir, 0, "plan", "-detailed-exitcode", example)

	if err := os.WriteFile(file, append(programtest.Read(t, file), "% one line more\n"...), 0o600); err != nil {
		t.Fatal(err)
	}
	out := programtest.Run(t, dir, 2, "plan", "-detailed-exitcode", example)
	programtest.Demand(t, out, "stage on the drive: all 3 files")
	programtest.Demand(t, out, "stage in DingTalk:  附录/休假.pdf,")
	before := programtest.Run(t, dir, 0, "output", "-json", "dingtalk_ids", example)
	programtest.Run(t, dir, 0, "apply", "-auto-approve", example)
	if after := programtest.Run(t, dir, 0, "output", "-json", "dingtalk_ids", example); after != before {
		t.Errorf("files that are overwritten keep their ids in DingTalk, but these\n%s\nbecame\n%s", before, after)
	}

	// As its last comment says.
	programtest.Demand(t, programtest.Run(t, dir, 0, "approval", "raise", "template.publish", example,
		"-on", "公司文件/人事", "-attach", "attachment.handbook"), "it waits for 李四 (li), 陈晨 (chen)")

	// The vendors have no call that deletes what is staged, so it is only forgotten.
	programtest.Demand(t, programtest.Run(t, dir, 0, "destroy", "-auto-approve", example), "1 to destroy, 1 to forget.")
}

// What the finance example says: its tests cover all of it, it holds what the security team demands, and a change that
// weakens it is refused, whatever its own folder says of that.
func TestExampleFinance(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	if err := os.CopyFS(dir, os.DirFS("finance")); err != nil {
		t.Fatal(err)
	}
	programtest.Run(t, dir, 0, "fmt", "-check", "-recursive")
	out := programtest.Run(t, dir, 0, "test", "-coverage", "approvals")
	programtest.Demand(t, out, "0 failed.")
	if strings.Contains(out, "no test") {
		t.Error(out)
	}
	programtest.Run(t, dir, 0, "validate", "-policy", "security", "approvals")
	programtest.Run(t, dir, 2, "plan", "-detailed-exitcode", "-policy", "security", "approvals")
	out = programtest.Run(t, dir, 0, "apply", "-auto-approve", "-policy", "security", "approvals")
	programtest.Demand(t, out, "Policies: 7 hold.")
	out = programtest.Run(t, dir, 0, "plan", "-detailed-exitcode", "-policy", "security", "approvals")
	programtest.Demand(t, out, "No changes.")
	out = programtest.Run(t, dir, 0, "drift", "-policy", "security", "approvals")
	programtest.Demand(t, out, "Policies: 7 hold.")

	weaker := []string{"-policy", "security", "-var", "quorum=1", "approvals"}
	out = programtest.Run(t, dir, 1, append([]string{"validate"}, weaker...)...)
	programtest.Demand(t, out, "Policy board_quorum fails")
	out = programtest.Run(t, dir, 1, append([]string{"apply", "-auto-approve"}, weaker...)...)
	programtest.Demand(t, out, "付款审批 pays out without two of the board.")
	programtest.Demand(t, out, "Name the ticket: -policy-var ticket=")
	out = programtest.Run(t, dir, 1, append([]string{"plan", "-policy-var", "ticket=SEC-18"}, weaker...)...)
	if strings.Contains(out, "Name the ticket") {
		t.Error(out)
	}
	programtest.Write(t, filepath.Join(dir, "approvals/rules.hcl"), `policy "board_quorum" {
  condition     = self.title != ""
  error_message = "This is no rule of the security team's."
}
`)
	out = programtest.Run(t, dir, 1, append([]string{"plan"}, weaker...)...)
	programtest.Demand(t, out, "policy.board_quorum of security")
}

// What contracts.hcl stages: every signed document of its flows, and all or none.
func TestExampleContracts(t *testing.T) {
	t.Parallel()
	const example = "contracts.hcl"
	dir := copyExamples(t)
	out := programtest.Run(t, dir, 1, "apply", "-auto-approve",
		`-var=flows=["yDwi8UUckpo5fz9cUqI6nGwcuTvt9YSh", "yDwivUUckpor6wtoUuogwQHCAB0ES0p1"]`, example)
	programtest.Demand(t, out, "flow yDwivUUckpor6wtoUuogwQHCAB0ES0p1: 查询流程不存在") // in the vendor's words

	programtest.Run(t, dir, 0, "apply", "-auto-approve", example)
	for _, name := range []string{"合同,270481027143248.pdf", "合同,250151025185515.pdf",
		"补充协议,250151025185515.pdf"} {
		programtest.Demand(t, programtest.Run(t, dir, 0, "output", "-raw", "form_value", example),
			`"fileName":"`+name+`"`)
	}
	programtest.Demand(t, programtest.Run(t, dir, 0, "stage", "-config="+example, "-preview=attachment.signed",
		"-user=user456", "-instance=a17444d1-075b-4a4d-9a0e-d2f0b5c0a111"),
		"user456 may look at 合同,250151025185515.pdf")
}

// copyExamples copies this folder, without what running the examples by hand has left here, and returns the copy.
func copyExamples(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	if err := os.CopyFS(filepath.Join(dir, "handbook"), os.DirFS("handbook")); err != nil {
		t.Fatal(err)
	}
	for _, pattern := range []string{"*.hcl", "*.csv"} {
		files, err := filepath.Glob(pattern)
		if err != nil {
			t.Fatal(err)
		}
		for _, file := range files {
			programtest.Write(t, filepath.Join(dir, file), string(programtest.Read(t, file)))
		}
	}
	return dir
}
