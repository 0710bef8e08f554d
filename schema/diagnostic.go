package schema

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"countersign/schema/addr"
)

// Severity of a diagnostic.
type Severity string

const (
	Error   Severity = "error"
	Warning Severity = "warning"
	Notice  Severity = "notice" // of lints: it may be intended
)

// Pos is a place in a file. Line and Column count from 1, Column in characters; Byte counts from 0.
type Pos struct {
	Line   int `json:"line"`
	Column int `json:"column"`
	Byte   int `json:"byte"`
}

// Range is a part of a file.
type Range struct {
	Filename string `json:"filename"`
	Start    Pos    `json:"start"`
	End      Pos    `json:"end"`
}

// Snippet is the source text that a diagnostic is about, under the key names of `terraform validate -json`.
type Snippet struct {
	Context              *string `json:"context"` // the block it is in, such as `template "modify"`
	Code                 string  `json:"code"`    // whole source lines
	StartLine            int     `json:"start_line"`
	HighlightStartOffset int     `json:"highlight_start_offset"` // in Code, bytes
	HighlightEndOffset   int     `json:"highlight_end_offset"`
	Values               []Value `json:"values"`
}

// Value is what a reference in the snippet stood for.
type Value struct {
	Traversal string `json:"traversal"`
	Statement string `json:"statement"`
}

// Diagnostic says what is wrong, where, and how to mend it.
type Diagnostic struct {
	Severity Severity     `json:"severity"`
	Summary  string       `json:"summary"`
	Detail   string       `json:"detail"`
	Address  addr.Address `json:"address,omitzero"` // the object it is about, where there is one
	Range    *Range       `json:"range,omitempty"`
	Snippet  *Snippet     `json:"snippet,omitempty"`

	// Attribute is the attribute of Address that it is about. Packages that know no files set the two;
	// schema/config turns them into Range and Snippet.
	Attribute string `json:"-"`

	// Code is that of the lint which found it, or the address of the policy that fails; "" for all else.
	Code string `json:"code,omitempty"`
	// Rule is where the condition of a failing policy stands; Range is then the place that makes it fail.
	Rule *Rule `json:"rule,omitempty"`
}

// Rule is where a policy's condition stands.
type Rule struct {
	Range   *Range   `json:"range,omitempty"`
	Snippet *Snippet `json:"snippet,omitempty"`
}

// Diagnostics is a list of diagnostics; nil is a fine empty one.
type Diagnostics []Diagnostic

// HasErrors reports whether any of them is an error.
func (d Diagnostics) HasErrors() bool {
	return slices.ContainsFunc(d, func(x Diagnostic) bool { return x.Severity == Error })
}

// Problem is a diagnostic about an attribute of an object; both may be missing. The detail is format, as fmt.Sprintf
// writes it.
func Problem(severity Severity, address addr.Address, attribute, summary, format string, args ...any) Diagnostic {
	return Diagnostic{Severity: severity, Address: address, Attribute: attribute, Summary: summary,
		Detail: fmt.Sprintf(format, args...)}
}

// Sort orders diagnostics by file and place, those without a place last by address, errors before warnings
// at one place.
func (d Diagnostics) Sort() {
	slices.SortStableFunc(d, func(a, b Diagnostic) int {
		switch {
		case a.Range == nil && b.Range == nil:
			return cmp.Or(a.Address.Compare(b.Address), strings.Compare(string(a.Severity), string(b.Severity)),
				strings.Compare(a.Summary, b.Summary))
		case a.Range == nil:
			return 1
		case b.Range == nil:
			return -1
		}
		return cmp.Or(strings.Compare(a.Range.Filename, b.Range.Filename),
			cmp.Compare(a.Range.Start.Byte, b.Range.Start.Byte),
			strings.Compare(string(a.Severity), string(b.Severity)), strings.Compare(a.Summary, b.Summary))
	})
}
