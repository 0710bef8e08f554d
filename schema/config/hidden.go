package config

import (
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"

	"countersign/schema/config/diagnostic"
	"countersign/schema/config/structure"
)

// tellUnseen reports what files have that nobody sees, but for what is told of a value already.
func (ev *evaluator) tellUnseen(found []*hcl.Diagnostic, secret bool) {
	if len(found) == 0 {
		return
	}
	told := map[string][]hcl.Range{} // by file, each of which has few that are found
	for _, r := range ev.Revealed() {
		told[r.Filename] = append(told[r.Filename], r)
	}
	for _, d := range ev.src.structure {
		if strings.HasPrefix(d.Summary, structure.HiddenIn) {
			told[d.Subject.Filename] = append(told[d.Subject.Filename], *d.Subject)
		}
	}
	for _, d := range found {
		at := *d.Subject
		if !slices.ContainsFunc(told[at.Filename], func(r hcl.Range) bool { return r.Start.Byte <= at.Start.Byte && at.Start.Byte < r.End.Byte }) {
			ev.Report(diagnostic.Finding{Diagnostic: d, Secret: secret})
		}
	}
}
