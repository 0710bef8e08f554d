package config

import (
	"slices"

	"github.com/hashicorp/hcl/v2"

	"countersign/schema"
	"countersign/schema/addr"
	"countersign/schema/config/diagnostic"
)

// reportOn reports what is wrong with the object of an address.
func (ev *evaluator) reportOn(address addr.Address, d *hcl.Diagnostic) {
	ev.Report(diagnostic.Finding{Address: address, Diagnostic: d})
}

// diagnostics is everything that was reported, for readers.
func (ev *evaluator) diagnostics() schema.Diagnostics {
	t := ev.src.translator()
	t.Texts = ev.texts
	return t.All(ev.Findings())
}

// errors is diagnostics without the warnings, which Evaluate has reported.
func (ev *evaluator) errors() schema.Diagnostics {
	return slices.DeleteFunc(ev.diagnostics(), func(d schema.Diagnostic) bool { return d.Severity != schema.Error })
}

// Diagnostics turns what was found outside an evaluation into diagnostics for readers.
func (s *Source) Diagnostics(findings []diagnostic.Finding) schema.Diagnostics {
	return s.translator().All(findings)
}

func (s *Source) translator() *diagnostic.Translator {
	return &diagnostic.Translator{Files: s.files, Linked: s.linked, Literals: s.document.secretLiterals(),
		Roots: s.roots().Objects()}
}
