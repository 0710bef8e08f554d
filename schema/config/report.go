package config

import (
	"github.com/hashicorp/hcl/v2"

	"countersign/schema"
	"countersign/schema/config/diagnostic"
)

// report notes a finding; that the budget is spent once, though everything that is evaluated afterwards fails of it.
func (ev *evaluator) report(f diagnostic.Finding) {
	if ev.budget != nil && f.Diagnostic == ev.budget.Spent() {
		if ev.told {
			return
		}
		ev.told = true
	}
	ev.findings = append(ev.findings, f)
}

// problem reports an error that is about no object in particular. A zero range is no place.
func (ev *evaluator) problem(at hcl.Range, summary, detail string) {
	d := &hcl.Diagnostic{Severity: hcl.DiagError, Summary: summary, Detail: detail}
	if at.Filename != "" {
		d.Subject = &at
	}
	ev.report(diagnostic.Finding{Diagnostic: d})
}

// diagnostics is everything that was reported, for readers.
func (ev *evaluator) diagnostics() schema.Diagnostics {
	t := ev.src.translator()
	t.Texts = ev.texts
	return t.All(ev.findings)
}

// Diagnostics turns what was found outside an evaluation into diagnostics for readers.
func (s *Source) Diagnostics(findings []diagnostic.Finding) schema.Diagnostics {
	t := s.translator()
	return t.All(findings)
}

func (s *Source) translator() *diagnostic.Translator {
	return &diagnostic.Translator{Files: s.files, Linked: s.linked, Literals: s.document.secretLiterals(), Roots: roots}
}
