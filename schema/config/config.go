// Package config is the language: HCL files in, a schema.Declaration out. It reads files and variables and
// evaluates expressions; it never calls a drive. What only the drive knows comes in as schema.Facts.
package config

import (
	"time"

	"countersign/schema"
)

// Source is a configuration's files, read and parsed but not evaluated.
type Source struct {
	Dir    string   // the folder that relative paths start from
	Name   string   // "countersign" for a folder; for a single file NAME.hcl or NAME.hcl.json its NAME
	Single bool     // a single file
	Files  []string // as given to diagnostics, sorted
}

// Load reads a configuration: one file, or all *.hcl and *.hcl.json of a folder (*.test.hcl and
// *.vars.hcl apart). Files are parsed side by side. The Source is not nil even with errors.
func Load(path string) (*Source, schema.Diagnostics) { panic("not built") }

// Inputs are the values that a run is given from outside.
type Inputs struct {
	Vars    []Assignment                                                   // -var and -var-file in the order of the command line; later ones win
	Environ []string                                                       // os.Environ(); COUNTERSIGN_VAR_name, and what env() reads
	Ask     func(name, description string, sensitive bool) (string, error) // asks for a variable without a value; nil: an error instead
}

// Assignment is one -var name=value, or one -var-file.
type Assignment struct {
	Name, Value string // of -var
	File        string // of -var-file
}

// Provider is the provider "yomicloud" block. The token is secret: it is printed nowhere.
type Provider struct {
	Endpoint          string // "sandbox:" is the embedded drive
	Token             string // "" when neither the block nor YOMICLOUD_TOKEN gives one
	Timeout           time.Duration
	CAFile            string // absolute
	Proxy             string
	Retries           *int
	RequestsPerSecond float64
}

// StateBackend is the state block.
type StateBackend struct {
	Type string // "local"
	Path string // absolute, or relative to the working directory: ready to open
}

// Config is an evaluated configuration.
type Config struct {
	Provider    Provider
	State       StateBackend
	Declaration schema.Declaration
	// NeedsFacts reports that something could not be evaluated, or names are missing, before Facts are known:
	// an approver without names, a scope without an id, an expression that refers to either.
	NeedsFacts bool
}

// Evaluate gives every expression its value. Without facts (nil) values that only the drive knows are unknown
// and are left empty in the declaration; with facts an unknown value is an error. All mistakes are reported, not
// the first alone.
func (s *Source) Evaluate(in Inputs, facts *schema.Facts) (*Config, schema.Diagnostics) {
	panic("not built")
}

// Outputs evaluates the output blocks, sorted by name. Template ids that facts do not hold are unknown.
func (s *Source) Outputs(in Inputs, facts *schema.Facts) ([]schema.Output, schema.Diagnostics) {
	panic("not built")
}

// Place gives diagnostics that name an Address and an Attribute the file, line and source text of that
// attribute, or of the block when it does not write the attribute; others are left as they are.
func (s *Source) Place(d schema.Diagnostics) schema.Diagnostics { panic("not built") }

// Format rewrites HCL text in the canonical layout; the text must parse.
func Format(src []byte, filename string) ([]byte, schema.Diagnostics) { panic("not built") }
