package programtest

import (
	"strings"
	"testing"
)

// The check of every run's JSON finds wrong output.
func TestFormsAreChecked(t *testing.T) {
	failure := `{"format_version":"1.5","errored":true,"diagnostics":[{"severity":"error","summary":"s","detail":""}]}`
	line := `{"@level":"info","@message":"m","@module":"countersign.ui","@timestamp":"2026-11-22T05:52:03.000000Z",` +
		`"type":"version","countersign":"1","ui":"1.3"}`
	for _, good := range []struct{ args, doc string }{
		{"plan -json", failure}, {"show -json", failure}, {"-chdir=plan explain 7", failure}, {"approval show 7",
			failure}, {"approval list", `[]`}, {"apply", line + "\n" + line + "\n"},
	} {
		if err := CheckForm(strings.Fields(good.args), []byte(good.doc)); err != nil {
			t.Errorf("%s: %v", good.args, err)
		}
	}
	for _, bad := range []struct{ args, doc string }{
		{"plan -json", strings.Replace(failure, "errored", "failed", 1)}, {"drift", "No drift.\n" + failure}, {"plan",
			failure + "\n" + failure},
		{"show -json", strings.Replace(failure, `"1.5"`, `"1.3"`, 1)}, {"explain 7",
			strings.Replace(failure, `"severity":"error"`, `"severity":"fatal"`, 1)},
		{"approval list", "No approvals.\n"}, {"apply", line + "\nApply complete!\n"}, {"destroy",
			failure}, {"validate", failure},
		{"apply", strings.Replace(line, `"ui":"1.3"`, `"ui":"1.3","new":1`, 1)},
	} {
		if err := CheckForm(strings.Fields(bad.args), []byte(bad.doc)); err == nil {
			t.Errorf("countersign %s may print %s", bad.args, bad.doc)
		}
	}
}
