// Package view shows plans, states, results and diagnostics to a person or a program. All printing of the
// program happens here: its functions write what they are given to the writer they are given and decide nothing.
package view

import (
	"io"

	"countersign/reconcile"
	"countersign/schema"
	"countersign/state"
)

// Settings are what is known of where the text goes.
type Settings struct {
	Color    bool
	Terminal bool // a person watches: progress bars
	Width    int  // columns; 0 is 80
}

// Plan writes a plan for a person. The lines that tools parse are Terraform's.
func Plan(w io.Writer, p *reconcile.Plan, s Settings) error { panic("not built") }

// PlanJSON is the plan under the key names of `terraform show -json`.
func PlanJSON(p *reconcile.Plan) ([]byte, error) { panic("not built") }

// State writes what a state says, templates in words and outputs, for `show`.
func State(w io.Writer, st state.State, s Settings) error { panic("not built") }

// Binding writes one binding, for `state show`.
func Binding(w io.Writer, b state.Binding, s Settings) error { panic("not built") }

// StateJSON is the state under the key names of `terraform show -json` (values.root_module.resources, values.outputs).
func StateJSON(st state.State) ([]byte, error) { panic("not built") }

// Diagnostics writes diagnostics with their source lines.
func Diagnostics(w io.Writer, d schema.Diagnostics, s Settings) error { panic("not built") }

// DiagnosticsJSON is the document of `terraform validate -json`.
func DiagnosticsJSON(d schema.Diagnostics) ([]byte, error) { panic("not built") }

// Outputs writes outputs as `terraform output` does; sensitive values are hidden.
func Outputs(w io.Writer, outputs map[string]state.Output, s Settings) error { panic("not built") }

// OutputsJSON is the document of `terraform output -json`.
func OutputsJSON(outputs map[string]state.Output) ([]byte, error) { panic("not built") }

// OutputRaw is a string, number or bool output without quotes or newline; other types are an error.
func OutputRaw(o state.Output) (string, error) { panic("not built") }

// OutputValue writes one output's value as an HCL-like literal.
func OutputValue(w io.Writer, o state.Output, s Settings) error { panic("not built") }

// Result writes the end of an apply: what failed, what was not tried, one line each, then "Apply complete! Resources: …"
// (or "Apply incomplete: …"), then the outputs. mode tells a destroy ("Destroy complete! …") and a refresh.
func Result(w io.Writer, r *reconcile.Result, outputs map[string]state.Output, mode reconcile.Mode, s Settings) error {
	panic("not built")
}

// Progress shows the events of a refresh and an apply to a person: a bar on a terminal, plain lines otherwise.
type Progress struct{}

// NewProgress writes to w, which is standard error.
func NewProgress(w io.Writer, s Settings) *Progress { panic("not built") }

// Event shows one event.
func (p *Progress) Event(e reconcile.Event) { panic("not built") }

// Close ends a bar that is still shown.
func (p *Progress) Close() { panic("not built") }

// Lines writes apply's and refresh's JSON, a line an event, under the names of Terraform's machine-readable UI.
type Lines struct{}

// NewLines writes to w; the first line is the version event.
func NewLines(w io.Writer, version string) *Lines { panic("not built") }

// Plan writes resource_drift, planned_change and change_summary (operation plan), and the warnings.
func (l *Lines) Plan(p *reconcile.Plan) {}

// Event writes apply_start, apply_complete, apply_errored.
func (l *Lines) Event(e reconcile.Event) {}

// Diagnostics writes a diagnostic line each.
func (l *Lines) Diagnostics(d schema.Diagnostics) {}

// Result writes change_summary (operation apply or destroy) and outputs.
func (l *Lines) Result(r *reconcile.Result, outputs map[string]state.Output, mode reconcile.Mode) {}
