package config

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"

	"countersign/schema"
	"countersign/schema/addr"
	"countersign/schema/config/diagnostic"
	"countersign/schema/config/structure"
	"countersign/schema/config/syntax"
	"countersign/schema/config/testcase"
	"countersign/schema/config/words"
)

var testRootSchema = &hcl.BodySchema{Blocks: []hcl.BlockHeaderSchema{{Type: "test", LabelNames: []string{"name"}}}}

// ReadTests reads the *.test.hcl files beside the configuration, all of a folder or NAME.test.hcl of a configuration
// NAME.hcl, so that Evaluate evaluates their test blocks too and reports what is wrong with them.
func (s *Source) ReadTests() schema.Diagnostics {
	names, err := s.testFiles()
	if err != nil {
		return schema.Diagnostics{
			*fileError("Cannot read the tests", fmt.Sprintf("Listing the folder %q: %v.", s.Dir, err))}
	}
	var diags hcl.Diagnostics
	first := map[string]*testcase.Block{}
	for _, name := range names {
		src, linked, problem := s.readText(name)
		if problem != nil {
			diags = append(diags, problem)
			continue
		}
		file, found := syntax.Parse(src, name)
		diags = append(diags, found...)
		s.files[name] = file
		if linked {
			s.linked[name] = true
		}
		if found.HasErrors() {
			continue
		}
		s.unseen = append(s.unseen, syntax.HiddenCharacters(file.Bytes, name)...)
		for _, b := range structure.Content(file.Body, testRootSchema, &s.structure).Blocks {
			t := testcase.Decode(b, &s.structure)
			if before := first[t.Name]; before != nil {
				s.structure = append(s.structure, diagnostic.Error(t.At, "Duplicate test",
					"There is a test %q already, at %s. Give one of the two another name.",
					t.Name, words.Place(before.At)))
				continue
			}
			first[t.Name] = t
			s.tests = append(s.tests, t)
		}
	}
	return s.Diagnostics(diagnostic.Findings(diags))
}

// testFiles are the files beside the configuration that hold its tests, sorted.
func (s *Source) testFiles() (names []string, err error) {
	entries, err := os.ReadDir(s.Dir)
	for _, e := range entries {
		base, ok := strings.CutSuffix(strings.TrimSuffix(e.Name(), ".json"), ".test.hcl")
		if !ok || base == "" || strings.HasPrefix(base, ".") || strings.HasPrefix(base, "#") ||
			s.Single && base != s.Name {
			continue
		}
		name := filepath.Join(s.Dir, e.Name())
		if info, err := os.Stat(name); err == nil && info.IsDir() {
			continue
		}
		names = append(names, name)
	}
	slices.Sort(names)
	return names, err
}

// tests evaluates the test blocks, in the order in which they are written.
func (ev *evaluator) tests() []schema.Test {
	if len(ev.src.tests) == 0 {
		return nil
	}
	templates := make(map[addr.Address]schema.Declared, len(ev.declared.Templates))
	for _, t := range ev.declared.Templates {
		templates[t.Address] = t
	}
	return testcase.Evaluate(ev.src.tests, ev.approvers, templates)
}
