package ci

import (
	"encoding/xml"
	"fmt"

	"countersign/schema"
	"countersign/view"
)

// The parts of JUnit's report, as pipelines read it, that diagnostics have something to say in.
type (
	findingSuite struct {
		XMLName  xml.Name      `xml:"testsuite"`
		Name     string        `xml:"name,attr"`
		Tests    int           `xml:"tests,attr"`
		Failures int           `xml:"failures,attr"`
		Cases    []findingCase `xml:"testcase"`
	}
	findingCase struct {
		Class   string          `xml:"classname,attr"`
		Name    string          `xml:"name,attr"`
		File    string          `xml:"file,attr,omitempty"`
		Line    int             `xml:"line,attr,omitempty"`
		Failure *findingFailure `xml:"failure"`
		Out     string          `xml:"system-out,omitempty"`
	}
	findingFailure struct {
		Message string `xml:"message,attr"`
		Text    string `xml:",chardata"`
	}
)

// JUnitOfFindings is diagnostics as a report of tests: each is one, an error one that fails, and what asks for no more than
// attention one that passes and says so. Where nothing was found there is one test, that passes.
func JUnitOfFindings(d schema.Diagnostics) ([]byte, error) {
	suite := findingSuite{Name: "countersign validate"}
	for i := range d {
		c := findingCase{Class: "countersign", Name: view.OneLine(d[i].Summary)}
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
			c.Failure = &findingFailure{view.OneLine(d[i].Summary), text}
			suite.Failures++
		} else {
			c.Out = string(d[i].Severity) + ": " + text
		}
		suite.Cases = append(suite.Cases, c)
	}
	if len(d) == 0 {
		suite.Cases = []findingCase{{Class: "countersign", Name: "The configuration is valid"}}
	}
	suite.Tests = len(suite.Cases)
	doc, err := xml.MarshalIndent(suite, "", "  ")
	return append([]byte(xml.Header), doc...), err
}
