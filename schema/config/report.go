package config

import (
	"countersign/schema"
	"countersign/schema/config/diagnostic"
)

// diagnostics is everything that was reported, for readers.
func (ev *evaluator) diagnostics() schema.Diagnostics {
	t := ev.src.translator()
	t.Texts = ev.texts
	return t.All(ev.Findings())
}

// Diagnostics turns what was found outside an evaluation into diagnostics for readers.
func (s *Source) Diagnostics(findings []diagnostic.Finding) schema.Diagnostics {
	t := s.translator()
	return t.All(findings)
}

func (s *Source) translator() *diagnostic.Translator {
	return &diagnostic.Translator{Files: s.files, Linked: s.linked, Literals: s.document.secretLiterals(),
		Roots: s.roots().Objects()}
}
