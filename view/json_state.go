package view

import (
	"encoding/json"
	"fmt"

	"countersign/reconcile"
	"countersign/schema/addr"
	"countersign/state"
)

type jsonState struct {
	FormatVersion string          `json:"format_version"`
	Writer        string          `json:"countersign_version,omitempty"`
	Values        jsonStateValues `json:"values"`
}

type jsonStateValues struct {
	Outputs    map[string]jsonStateOutput `json:"outputs"`
	RootModule jsonModule                 `json:"root_module"`
}

type jsonModule struct {
	Resources []jsonStored `json:"resources"`
}

type jsonStateOutput struct {
	Sensitive bool `json:"sensitive"`
	Type      any  `json:"type,omitempty"`
	Value     any  `json:"value"`
}

// jsonStored is a template or an attachment that a state holds.
type jsonStored struct {
	Address         addr.Address    `json:"address"`
	ModuleAddress   string          `json:"module_address,omitempty"`
	Mode            string          `json:"mode"`
	Type            string          `json:"type"`
	Name            string          `json:"name"`
	Index           json.RawMessage `json:"index,omitempty"`
	ProviderName    string          `json:"provider_name"`
	SchemaVersion   int             `json:"schema_version"`
	Values          any             `json:"values"` // *jsonTemplate or *jsonAttachment
	SensitiveValues none            `json:"sensitive_values"`
	DeposedKey      string          `json:"deposed_key,omitempty"`
	PreventDestroy  bool            `json:"prevent_destroy,omitempty"`
}

// StateJSON is the state under the key names of `terraform show -json`: values.outputs and
// values.root_module.resources, templates first and then attachments. Values of sensitive outputs are null; `output
// -json` tells them. No newline ends it.
func StateJSON(st state.State) ([]byte, error) {
	doc := jsonState{FormatVersion: "1.0", Writer: st.Writer}
	doc.Values.Outputs = make(map[string]jsonStateOutput, len(st.Outputs))
	for name, o := range st.Outputs {
		if o.Sensitive {
			o.Value = nil
		}
		doc.Values.Outputs[name] = jsonStateOutput{o.Sensitive, o.Type, o.Value}
	}
	l := newNaming(nil, nil)
	for i := range st.Bindings {
		l.meetBinding(&st.Bindings[i])
	}
	resources := make([]jsonStored, 0, len(st.Bindings)+len(st.Attachments))
	for i := range st.Bindings {
		resources = append(resources, l.storedBinding(&st.Bindings[i])...)
	}
	for _, a := range st.Attachments {
		resources = append(resources, storedAttachment(a))
	}
	doc.Values.RootModule.Resources = resources
	return compact(doc)
}

func storedHead(a addr.Address) jsonStored {
	return jsonStored{Address: a, ModuleAddress: a.Module, Mode: "managed", Type: typeOf(a), Name: a.Name,
		Index: jsonIndex(a.Key), ProviderName: providerName}
}

// storedBinding is the template that an address stands for, and those it stood for that are still to be removed.
func (l *naming) storedBinding(b *state.Binding) []jsonStored {
	var out []jsonStored
	if b.ID != 0 {
		whole := storedHead(b.Address)
		whole.Values = l.template(&b.Recorded, b.ID, reconcile.Place{Address: b.Scope, Kind: b.ScopeKind, ID: b.ScopeID,
			Path: b.ScopePath})
		whole.PreventDestroy = b.PreventDestroy
		out = append(out, whole)
	}
	for _, d := range b.Deposed {
		old := storedHead(b.Address)
		old.Values, old.DeposedKey = l.template(&d.Recorded, d.ID, reconcile.Place{ID: d.ScopeID}), fmt.Sprint(d.ID)
		out = append(out, old)
	}
	return out
}

func storedAttachment(a state.Attachment) jsonStored {
	out := storedHead(a.Address)
	out.Values = stagedAttachment(a)
	if a.Drive == nil {
		out.ProviderName = dingtalkProvider
	}
	return out
}
