package config

import (
	"fmt"
	"slices"

	"github.com/hashicorp/hcl/v2"

	"countersign/schema"
	"countersign/schema/addr"
	"countersign/schema/config/diagnostic"
)

// mistake is an error about a part of the files. A zero range is no place.
func mistake(at hcl.Range, summary, format string, values ...any) *hcl.Diagnostic {
	d := &hcl.Diagnostic{Severity: hcl.DiagError, Summary: summary, Detail: fmt.Sprintf(format, values...)}
	if at.Filename != "" {
		d.Subject = &at
	}
	return d
}

// warning is a mistake that does not keep a run from going on.
func warning(at hcl.Range, summary, format string, values ...any) *hcl.Diagnostic {
	d := mistake(at, summary, format, values...)
	d.Severity = hcl.DiagWarning
	return d
}

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
