package config

import (
	"cmp"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"

	"countersign/schema/config/diagnostic"
	"countersign/schema/config/structure"
)

// reportHidden reports the hidden characters found in files, except where a warning about a value has reported them.
func (ev *evaluator) reportHidden(found []*hcl.Diagnostic, secret bool) {
	if len(found) == 0 {
		return
	}
	warned := map[string][]hcl.Range{} // by file, each of which has few that are found
	for _, f := range ev.Findings() {
		if strings.HasPrefix(f.Summary, structure.HiddenIn) {
			of := *cmp.Or(f.Context, f.Subject) // all of the text that the warning is about
			warned[of.Filename] = append(warned[of.Filename], of)
		}
	}
	for _, d := range found {
		at := *d.Subject
		if !slices.ContainsFunc(warned[at.Filename], func(r hcl.Range) bool {
			return r.Start.Byte <= at.Start.Byte && at.Start.Byte < r.End.Byte
		}) {
			ev.Report(diagnostic.Finding{Diagnostic: d, Secret: secret})
		}
	}
}
