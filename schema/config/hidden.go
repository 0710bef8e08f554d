package config

import (
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
	for _, r := range ev.Revealed() {
		warned[r.Filename] = append(warned[r.Filename], r)
	}
	for _, d := range ev.src.structure {
		if strings.HasPrefix(d.Summary, structure.HiddenIn) {
			warned[d.Subject.Filename] = append(warned[d.Subject.Filename], *d.Subject)
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
