package json

import (
	"fmt"

	"countersign/reconcile/plans"
	"countersign/schema"
	"countersign/schema/addr"
	"countersign/state"
	"countersign/view"
)

type stateDocument struct {
	FormatVersion string      `json:"format_version"`
	Writer        string      `json:"countersign_version,omitempty"`
	Values        stateValues `json:"values"`
}

type stateValues struct {
	Outputs    map[string]stateOutput `json:"outputs"`
	RootModule module                 `json:"root_module"`
}

type module struct {
	Resources []stored `json:"resources"`
}

type stateOutput struct {
	Sensitive bool `json:"sensitive"`
	Type      any  `json:"type,omitempty"`
	Value     any  `json:"value"`
}

// stored is a template or an attachment of a state.
type stored struct {
	head
	SchemaVersion   int    `json:"schema_version"`
	Values          any    `json:"values"` // *template or *attachment
	SensitiveValues none   `json:"sensitive_values"`
	DeposedKey      string `json:"deposed_key,omitempty"`
	PreventDestroy  bool   `json:"prevent_destroy,omitempty"`
}

// State is the state under the key names of `terraform show -json`: values.outputs and values.root_module.resources,
// templates first and then attachments. Values of sensitive outputs are null; `output -json` has them. staged is by
// address what is staged whole (stage.Facts). No newline ends it.
func State(st state.State, staged map[addr.Address]schema.Staged) ([]byte, error) {
	doc := stateDocument{FormatVersion: "1.1", Writer: st.Writer}
	doc.Values.Outputs = make(map[string]stateOutput, len(st.Outputs))
	for name, o := range st.Outputs {
		if o.Sensitive {
			o.Value = nil
		}
		doc.Values.Outputs[name] = stateOutput{o.Sensitive, o.Type, o.Value}
	}
	l := view.NewNames(nil, nil)
	for i := range st.Bindings {
		l.MeetBinding(&st.Bindings[i])
	}
	resources := make([]stored, 0, len(st.Bindings)+len(st.Attachments))
	for i := range st.Bindings {
		resources = append(resources, storedBinding(l, &st.Bindings[i])...)
	}
	for _, a := range st.Attachments {
		resources = append(resources, storedAttachment(a, staged[a.Address].FormValue))
	}
	doc.Values.RootModule.Resources = resources
	return view.CompactJSON(doc)
}

// storedBinding is the template of an address, and those that it replaced and that are still to be removed.
func storedBinding(l *view.Names, b *state.Binding) []stored {
	var out []stored
	if b.ID != 0 {
		out = append(out, stored{head: headOf(b.Address), Values: templateOf(l, &b.Recorded, b.ID, plans.PlaceOf(b)),
			PreventDestroy: b.PreventDestroy})
	}
	for _, d := range b.Deposed {
		out = append(out, stored{head: headOf(b.Address), DeposedKey: fmt.Sprint(d.ID),
			Values: templateOf(l, &d.Recorded, d.ID, plans.Place{ID: d.ScopeID})})
	}
	return out
}

func storedAttachment(a state.Attachment, formValue string) stored {
	out := stored{head: headOf(a.Address), Values: stagedAttachment(a, formValue)}
	if a.Drive == nil {
		out.ProviderName = dingtalkProvider
	}
	return out
}
