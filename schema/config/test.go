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
	"countersign/schema/config/words"
)

// testBlock is a test block of a *.test.hcl file.
type testBlock struct {
	structure.Object
	attributes map[string]hcl.Expression // nil where one is not written
}

var (
	testRootSchema = &hcl.BodySchema{Blocks: []hcl.BlockHeaderSchema{{Type: "test", LabelNames: []string{"name"}}}}
	testSchema     = &hcl.BodySchema{
		Attributes: []hcl.AttributeSchema{{Name: "for_each"}, {Name: "template", Required: true},
			{Name: "designate"}, {Name: "agree"}, {Name: "refuse"}, {Name: "decisions"}, {Name: schema.AssertOutcome},
			{Name: schema.AssertCanPass}, {Name: schema.AssertCannotPass}, {Name: schema.AssertWhoCanPass},
			{Name: schema.AssertNeeds}},
	}
)

// ReadTests reads the *.test.hcl files beside the configuration, so that Evaluate evaluates their test blocks too: all of a
// folder, or NAME.test.hcl of a configuration NAME.hcl. What is wrong with the blocks Evaluate reports.
func (s *Source) ReadTests() schema.Diagnostics {
	names, err := s.testFiles()
	if err != nil {
		return schema.Diagnostics{
			*fileError("Cannot read the tests", fmt.Sprintf("Listing the folder %q: %v.", s.Dir, err)),
		}
	}
	var diags hcl.Diagnostics
	first := map[string]*testBlock{}
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
			t := decodeTest(b, &s.structure)
			if before := first[t.Name]; before != nil {
				s.structure = append(
					s.structure,
					&hcl.Diagnostic{Severity: hcl.DiagError, Summary: "Duplicate test", Subject: &t.At,
						Detail: fmt.Sprintf(
							"There is a test %q already, at %s. Give one of the two another name.",
							t.Name,
							words.Place(before.At),
						)},
				)
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

func decodeTest(b *hcl.Block, diags *hcl.Diagnostics) *testBlock {
	c := structure.Content(b.Body, testSchema, diags)
	h := structure.Header{
		Address: addr.New("test", b.Labels[0]),
		Kind:    b.Type,
		Name:    b.Labels[0],
		At:      b.DefRange,
		Body:    b.Body,
	}
	if len(b.LabelRanges) > 0 && h.At.Start.Byte > b.LabelRanges[0].Start.Byte {
		h.At = b.LabelRanges[0] // JSON: the block begins with its name
	}
	if strings.TrimSpace(h.Name) == "" {
		*diags = append(*diags, &hcl.Diagnostic{Severity: hcl.DiagError, Summary: "Test without a name", Subject: &h.At,
			Detail: "Say in a few words what is tested: test \"one of the board is not enough\" { … }."})
	}
	t := &testBlock{Object: structure.Object{Header: h, ForEach: structure.Expression(c, "for_each")},
		attributes: map[string]hcl.Expression{}}
	for _, a := range testSchema.Attributes {
		if e := structure.Expression(c, a.Name); e != nil && a.Name != "for_each" {
			t.attributes[a.Name] = e
		}
	}
	return t
}

// tests evaluates the test blocks, in the order in which they are written.
func (ev *evaluator) tests() []schema.Test {
	var tests []schema.Test
	declared := map[addr.Address]*declaredTemplate{}
	if len(ev.src.tests) > 0 {
		for i := range ev.templates {
			declared[ev.templates[i].Address] = &ev.templates[i]
		}
	}
	for _, block := range ev.src.tests {
		var expressions []hcl.Expression
		for _, a := range testSchema.Attributes { // in a fixed order
			expressions = append(expressions, block.attributes[a.Name])
		}
		b := ev.Bind(&block.Object, expressions...)
		_, frames, _ := b.Instances(&block.Object)
		for f := range frames {
			f.Early = true
			t := &testInstance{ev: ev, f: f, at: block.At, attributes: written(f, block.attributes)}
			t.test = schema.Test{Name: block.Name + string(f.Address.Key), At: *diagnostic.RangeOf(block.At)}
			if t.evaluate(declared) {
				tests = append(tests, t.test)
			}
		}
	}
	return tests
}
