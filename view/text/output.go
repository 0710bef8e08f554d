package text

import (
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"countersign/reconcile/plans"
	"countersign/state"
	"countersign/view"
)

// OutputChanges is the section of a plan about outputs. Below actions it is indented: tools that find its heading at
// the beginning of a line assume that nothing else changes.
func OutputChanges(list []plans.OutputChange, below bool, s Settings) string {
	if len(list) == 0 {
		return ""
	}
	paint := s.paint()
	margin := ""
	if below {
		margin = "  "
	}
	var out strings.Builder
	out.WriteString(margin + "Changes to Outputs:\n")
	widest := 0
	for _, c := range list {
		widest = max(widest, view.Width(c.Name))
	}
	for _, c := range list {
		m := view.Changes
		value := view.OutputBefore(c, margin) + " -> " + view.OutputAfter(c, margin)
		switch c.Action {
		case plans.Create:
			m, value = view.Adds, view.OutputAfter(c, margin)
		case plans.Remove:
			m, value = view.Removes, view.OutputBefore(c, margin)+" -> null"
		}
		fmt.Fprintf(&out, "%s  %s %s = %s\n", margin, paint.in(styleOf(m), string(m)),
			view.Pad(view.OneLine(c.Name), widest), value)
	}
	return out.String() + "\n"
}

// Outputs writes outputs as `terraform output` does; sensitive values are hidden.
func Outputs(w io.Writer, outputs map[string]state.Output, s Settings) error {
	return write(w, outputLines(outputs))
}

func outputLines(outputs map[string]state.Output) string {
	var out strings.Builder
	for _, name := range slices.Sorted(maps.Keys(outputs)) {
		o := outputs[name]
		value := "<sensitive>"
		if !o.Sensitive {
			value = view.Literal(view.Decoded(o.Value), view.Decoded(o.Type), "")
		}
		out.WriteString(view.OneLine(name) + " = " + value + "\n")
	}
	return out.String()
}

// OutputRaw is an output of a string, number or bool without quotes or newline; other types are an error.
func OutputRaw(o state.Output) (string, error) {
	switch v := view.Decoded(o.Value).(type) {
	case string:
		return v, nil
	case bool:
		return fmt.Sprint(v), nil
	case json.Number:
		return v.String(), nil
	case nil:
		return "", fmt.Errorf("-raw writes a string, number or bool, and this output is null; use -json")
	}
	return "", fmt.Errorf("-raw writes a string, number or bool, and this output is a list or an object; use -json")
}

// OutputValue writes one output's value in HCL, sensitive or not: whoever asks for one output by name wants to see it.
func OutputValue(w io.Writer, o state.Output, s Settings) error {
	return write(w, view.Literal(view.Decoded(o.Value), view.Decoded(o.Type), "")+"\n")
}
