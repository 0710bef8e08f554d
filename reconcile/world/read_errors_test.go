package world

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"countersign/schema/addr"
)

// TestReadErrorsOfOneReason holds that reads that fail for one reason are told once, with their number, whether they
// were declared or only the state knows them.
func TestReadErrorsOfOneReason(t *testing.T) {
	var reads []scopeRead
	var errs []error
	for i := range 100 {
		for _, bound := range []bool{false, true} {
			reads = append(reads, scopeRead{int64(i + 1), addr.Of(fmt.Sprintf("template.t%d", i)), bound})
			errs = append(errs, errors.New("403: no right"))
		}
	}
	errs[3] = errors.New("no route to host")
	diags := readErrors(reads, errs)
	if len(diags) != 3 {
		t.Fatalf("%d diagnostics, want 3: %v", len(diags), diags)
	}
	for i, rest := range []string{"and 89 more.", "and 88 more.", ""} {
		if detail := diags[i].Detail; !strings.Contains(detail, rest) ||
			(rest == "") == strings.Contains(detail, "The same for") {
			t.Errorf("%d: %s", i, detail)
		}
	}
}
