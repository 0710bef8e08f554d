package json

import (
	"countersign/policy/simulate"
	"countersign/schema"
	"countersign/schema/addr"
	"countersign/view"
)

// testVersion is the version of the document of tests.
const testVersion = "1.0"

type tests struct {
	FormatVersion string        `json:"format_version"`
	Passed        int           `json:"passed"`
	Failed        int           `json:"failed"`
	Tests         []test        `json:"tests"`
	Coverage      *testCoverage `json:"coverage,omitempty"`
}

type test struct {
	Name        string             `json:"name"`
	Template    addr.Address       `json:"template"`
	Range       schema.Range       `json:"range"`
	Passed      bool               `json:"passed"`
	Outcome     schema.Outcome     `json:"outcome,omitempty"`
	Trace       []testEvent        `json:"trace"`
	Diagnostics schema.Diagnostics `json:"diagnostics"`
}

// testEvent is one decision and its result.
type testEvent struct {
	User     int64          `json:"user"`
	Agrees   bool           `json:"agrees"`
	Step     int            `json:"step,omitempty"` // from 1; none after all steps are decided
	Taken    bool           `json:"taken"`
	Why      string         `json:"why,omitempty"` // why it was not taken
	StepThen schema.Outcome `json:"step_outcome"`
}

type testCoverage struct {
	Steps     covered   `json:"steps"`
	Rules     covered   `json:"rules"`
	People    covered   `json:"people"`
	Undecided int       `json:"undecided"`
	Gaps      []testGap `json:"gaps"`
}

type covered struct {
	Covered int `json:"covered"`
	All     int `json:"all"`
}

type testGap struct {
	Template addr.Address  `json:"template"`
	Step     int           `json:"step,omitempty"` // from 1; none where no test is about the template
	Edit     simulate.Edit `json:"edit,omitempty"`
	User     int64         `json:"user,omitempty"`
	Message  string        `json:"message"`
}

// Tests is the results of tests.
func Tests(t *view.Tested) ([]byte, error) {
	failed := t.Failed()
	doc := tests{FormatVersion: testVersion, Passed: len(t.Results) - failed, Failed: failed, Tests: []test{}}
	for _, r := range t.Results {
		one := test{Name: r.Test.Name, Template: r.Test.Template, Range: r.Test.At, Passed: len(r.Failures) == 0,
			Trace: []testEvent{}, Diagnostics: diagnosticsOf(r.Failures)}
		if r.Approval != nil {
			one.Outcome = r.Approval.Outcome
			for _, e := range r.Approval.Trace {
				event := testEvent{User: e.Person.ID, Agrees: e.Agrees, Step: e.Step + 1,
					Taken: e.Ignored == simulate.Counts, Why: string(e.Ignored), StepThen: e.Decided}
				if e.Step == len(t.Templates[r.Test.Template].Steps) {
					event.Step = 0
				}
				one.Trace = append(one.Trace, event)
			}
		}
		doc.Tests = append(doc.Tests, one)
	}
	if c := t.Coverage; c != nil {
		of := func(k simulate.Kind) covered { return covered{c.Covered[k], c.All[k]} }
		doc.Coverage = &testCoverage{of(simulate.Steps), of(simulate.Rules), of(simulate.People), c.Undecided,
			[]testGap{}}
		for _, g := range c.Gaps {
			gap := testGap{Template: g.Template, Edit: g.Edit, User: g.Person.ID, Message: t.Gap(&g)}
			if !g.Untested {
				gap.Step = g.Step + 1
			}
			doc.Coverage.Gaps = append(doc.Coverage.Gaps, gap)
		}
	}
	return view.CompactJSON(doc)
}
