package ci

import (
	"encoding/xml"
	"fmt"

	"countersign/schema"
	"countersign/view"
	"countersign/view/text"
)

// The parts of JUnit's reports, as Jenkins, GitLab and others read them, that are used here.
type (
	junitSuites struct {
		XMLName  xml.Name      `xml:"testsuites"`
		Name     string        `xml:"name,attr"`
		Tests    int           `xml:"tests,attr"`
		Failures int           `xml:"failures,attr"`
		Errors   int           `xml:"errors,attr"`
		Suites   []*junitSuite `xml:"testsuite"`
	}
	junitSuite struct {
		XMLName  xml.Name    `xml:"testsuite"`
		Name     string      `xml:"name,attr"`
		Tests    int         `xml:"tests,attr"`
		Failures int         `xml:"failures,attr"`
		Errors   int         `xml:"errors,attr"`
		Cases    []junitCase `xml:"testcase"`
	}
	junitCase struct {
		Class    string       `xml:"classname,attr"`
		Name     string       `xml:"name,attr"`
		File     string       `xml:"file,attr,omitempty"`
		Line     int          `xml:"line,attr,omitempty"`
		Failures []junitWrong `xml:"failure"`
		Errors   []junitWrong `xml:"error"`
		Out      string       `xml:"system-out,omitempty"`
	}
	junitWrong struct {
		Message string `xml:"message,attr"`
		Text    string `xml:",chardata"`
	}
)

func junitWrongs(list schema.Diagnostics) []junitWrong {
	var out []junitWrong
	for _, d := range list {
		text := text.DiagnosticText(schema.Diagnostics{d}, text.ForReports)
		message := view.OneLine(d.Summary)
		if d.Range != nil {
			message += fmt.Sprintf(" (%s:%d:%d)", d.Range.Filename, d.Range.Start.Line, d.Range.Start.Column)
		}
		out = append(out, junitWrong{message, text})
	}
	return out
}

// JUnit is the results of tests, a suite for each file.
func JUnit(tested *view.Tested) ([]byte, error) {
	doc := junitSuites{Name: "countersign test", Tests: len(tested.Results), Failures: tested.Failed()}
	suites := map[string]*junitSuite{}
	for _, r := range tested.Results {
		at := r.Test.At
		s := suites[at.Filename]
		if s == nil {
			s = &junitSuite{Name: at.Filename}
			suites[at.Filename] = s
			doc.Suites = append(doc.Suites, s)
		}
		s.Tests++
		if len(r.Failures) > 0 {
			s.Failures++
		}
		s.Cases = append(s.Cases, junitCase{Class: r.Test.Template.String(), Name: view.OneLine(r.Test.Name),
			File: at.Filename, Line: at.Start.Line, Failures: junitWrongs(r.Failures)})
	}
	return junitDocument(doc)
}

// JUnitFailure stands for tests that could not be run: one case, with all that is wrong.
func JUnitFailure(d schema.Diagnostics) ([]byte, error) {
	suite := &junitSuite{Name: "configuration", Tests: 1, Errors: 1, Cases: []junitCase{{Class: "configuration",
		Name: "The tests can be run", Errors: junitWrongs(d)}}}
	return junitDocument(junitSuites{Name: "countersign test", Tests: 1, Errors: 1, Suites: []*junitSuite{suite}})
}

// JUnitOfFindings is diagnostics as a report of tests: an error is a test that fails; a warning and a notice are tests
// that pass and say what was found. Where nothing was found there is one test that passes.
func JUnitOfFindings(d schema.Diagnostics) ([]byte, error) {
	suite := junitSuite{Name: "countersign validate"}
	for i := range d {
		c := junitCase{Class: "countersign", Name: view.OneLine(d[i].Summary)}
		if d[i].Code != "" {
			c.Class = "countersign." + d[i].Code
		}
		if !d[i].Address.IsZero() {
			c.Name += ": " + view.OneLine(d[i].Address.String())
		}
		text := view.ManyLines(d[i].Detail)
		if r := d[i].Range; r != nil {
			c.File, c.Line = view.OneLine(r.Filename), r.Start.Line
			text = fmt.Sprintf("%s:%d:%d: %s", c.File, r.Start.Line, r.Start.Column, text)
		}
		text += ruleAt(&d[i])
		if d[i].Severity == schema.Error {
			c.Failures = []junitWrong{{view.OneLine(d[i].Summary), text}}
			suite.Failures++
		} else {
			c.Out = string(d[i].Severity) + ": " + text
		}
		suite.Cases = append(suite.Cases, c)
	}
	if len(d) == 0 {
		suite.Cases = []junitCase{{Class: "countersign", Name: "The configuration is valid"}}
	}
	suite.Tests = len(suite.Cases)
	return junitDocument(suite)
}

// junitDocument ends with a newline.
func junitDocument(doc any) ([]byte, error) {
	out, err := xml.MarshalIndent(doc, "", "  ")
	return append([]byte(xml.Header), append(out, '\n')...), err
}
