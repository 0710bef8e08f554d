package ci

import (
	"encoding/xml"
	"fmt"

	"countersign/schema"
	"countersign/view"
	"countersign/view/text"
)

// junitSuites is the document of JUnit's reports as Jenkins, GitLab and others read it: a suite a file, a case a test.
type junitSuites struct {
	XMLName  xml.Name      `xml:"testsuites"`
	Name     string        `xml:"name,attr"`
	Tests    int           `xml:"tests,attr"`
	Failures int           `xml:"failures,attr"`
	Errors   int           `xml:"errors,attr"`
	Suites   []*junitSuite `xml:"testsuite"`
}

type junitSuite struct {
	Name     string      `xml:"name,attr"`
	Tests    int         `xml:"tests,attr"`
	Failures int         `xml:"failures,attr"`
	Errors   int         `xml:"errors,attr"`
	Cases    []junitCase `xml:"testcase"`
}

type junitCase struct {
	Class    string       `xml:"classname,attr"`
	Name     string       `xml:"name,attr"`
	File     string       `xml:"file,attr,omitempty"`
	Line     int          `xml:"line,attr,omitempty"`
	Failures []junitWrong `xml:"failure"`
	Errors   []junitWrong `xml:"error"`
}

type junitWrong struct {
	Message string `xml:"message,attr"`
	Text    string `xml:",chardata"`
}

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

// JUnit is what came of tests.
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
		s.Cases = append(
			s.Cases,
			junitCase{Class: r.Test.Template.String(), Name: view.OneLine(r.Test.Name), File: at.Filename,
				Line: at.Start.Line, Failures: junitWrongs(r.Failures)},
		)
	}
	return junitDocument(doc)
}

// JUnitFailure stands for tests that could not be run: one case, with all that is wrong.
func JUnitFailure(d schema.Diagnostics) ([]byte, error) {
	suite := &junitSuite{Name: "configuration", Tests: 1, Errors: 1, Cases: []junitCase{{Class: "configuration",
		Name: "The tests can be run", Errors: junitWrongs(d)}}}
	return junitDocument(junitSuites{Name: "countersign test", Tests: 1, Errors: 1, Suites: []*junitSuite{suite}})
}

func junitDocument(doc junitSuites) ([]byte, error) {
	out, err := xml.MarshalIndent(doc, "", "  ")
	return append([]byte(xml.Header), append(out, '\n')...), err
}
