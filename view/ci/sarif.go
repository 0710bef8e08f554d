package ci

import (
	"net/url"
	"path/filepath"
	"strings"
	"unicode"

	"countersign/schema"
	"countersign/view"
)

// The parts of SARIF 2.1.0 (OASIS, section 3) that diagnostics need.
type (
	sarifLog struct {
		Schema  string     `json:"$schema"`
		Version string     `json:"version"`
		Runs    []sarifRun `json:"runs"`
	}
	sarifRun struct {
		Tool struct {
			Driver sarifDriver `json:"driver"`
		} `json:"tool"`
		ColumnKind string        `json:"columnKind"`
		Results    []sarifResult `json:"results"`
	}
	sarifDriver struct {
		Name    string      `json:"name"`
		Version string      `json:"version"`
		Rules   []sarifRule `json:"rules"`
	}
	sarifRule struct {
		ID               string       `json:"id"`
		ShortDescription sarifMessage `json:"shortDescription"`
	}
	sarifMessage struct {
		Text string `json:"text"`
	}
	sarifResult struct {
		RuleID    string          `json:"ruleId"`
		RuleIndex int             `json:"ruleIndex"`
		Level     string          `json:"level"`
		Message   sarifMessage    `json:"message"`
		Locations []sarifLocation `json:"locations"`
		Related   []sarifLocation `json:"relatedLocations,omitempty"`
	}
	sarifLocation struct {
		Physical *sarifPhysical `json:"physicalLocation,omitempty"`
		Logical  []sarifLogical `json:"logicalLocations,omitempty"`
	}
	sarifPhysical struct {
		Artifact struct {
			URI string `json:"uri"`
		} `json:"artifactLocation"`
		Region sarifRegion `json:"region"`
	}
	sarifRegion struct {
		StartLine   int `json:"startLine"`
		StartColumn int `json:"startColumn"`
		EndLine     int `json:"endLine"`
		EndColumn   int `json:"endColumn"` // behind the last character
	}
	sarifLogical struct {
		Name string `json:"fullyQualifiedName"`
	}
)

// SARIF is diagnostics as a log of the Static Analysis Results Interchange Format, version 2.1.0, which code hosts and
// editors read. version is this program's. Paths of files stay relative when they are.
func SARIF(d schema.Diagnostics, version string) ([]byte, error) {
	run := sarifRun{ColumnKind: "unicodeCodePoints", Results: make([]sarifResult, len(d))}
	run.Tool.Driver = sarifDriver{Name: "Countersign", Version: version, Rules: []sarifRule{}}
	rules := map[string]int{}
	for i := range d {
		rule := sarifRuleOf(&d[i])
		at, known := rules[rule.ID]
		if !known {
			at = len(run.Tool.Driver.Rules)
			rules[rule.ID] = at
			run.Tool.Driver.Rules = append(run.Tool.Driver.Rules, rule)
		}
		run.Results[i] = sarifResult{rule.ID, at, sarifLevel(d[i].Severity), sarifMessage{sarifText(&d[i])},
			sarifLocations(&d[i]), nil}
		if d[i].Rule != nil {
			run.Results[i].Related = sarifLocations(&schema.Diagnostic{Range: d[i].Rule.Range})
		}
	}
	return view.IndentedJSON(sarifLog{"https://json.schemastore.org/sarif-2.1.0.json", "2.1.0", []sarifRun{run}})
}

func sarifLevel(s schema.Severity) string {
	switch s {
	case schema.Warning:
		return "warning"
	case schema.Notice:
		return "note"
	}
	return "error"
}

// sarifRuleOf is the kind of mistake that a diagnostic is about: its summary, which all of a kind share. A diagnostic
// without a detail is an error of the drive or the system, and has no kind.
func sarifRuleOf(d *schema.Diagnostic) sarifRule {
	kind := view.OneLine(d.Summary)
	if d.Code != "" {
		return sarifRule{d.Code, sarifMessage{kind}}
	}
	if d.Detail == "" || kind == "" {
		kind = "Other " + sarifLevel(d.Severity)
	}
	id := strings.Join(strings.FieldsFunc(strings.ToLower(kind),
		func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) }), "-")
	if id == "" {
		id = "other"
	}
	return sarifRule{id, sarifMessage{kind}}
}

func sarifText(d *schema.Diagnostic) string {
	text := view.OneLine(d.Summary)
	if d.Detail != "" {
		text += "\n\n" + view.ManyLines(d.Detail)
	}
	return text
}

// sarifLocations is the place of a diagnostic: in a file, or only an address, or none.
func sarifLocations(d *schema.Diagnostic) []sarifLocation {
	var at sarifLocation
	if !d.Address.IsZero() {
		at.Logical = []sarifLogical{{view.OneLine(d.Address.String())}}
	}
	if r := d.Range; r != nil {
		at.Physical = &sarifPhysical{}
		at.Physical.Artifact.URI = fileURI(r.Filename)
		// SARIF counts from 1, and no region ends before it begins.
		line, column := max(r.Start.Line, 1), max(r.Start.Column, 1)
		at.Physical.Region = sarifRegion{line, column, max(r.End.Line, line), max(r.End.Column, 1)}
		if r.End.Line <= line {
			at.Physical.Region.EndColumn = max(r.End.Column, column)
		}
	}
	if at.Physical == nil && at.Logical == nil {
		return []sarifLocation{}
	}
	return []sarifLocation{at}
}

// fileURI is a path as a relative reference, or as a file's URI when it is absolute.
func fileURI(path string) string {
	u := url.URL{Path: filepath.ToSlash(path)}
	if filepath.IsAbs(path) {
		u.Scheme = "file"
	}
	return u.String()
}
