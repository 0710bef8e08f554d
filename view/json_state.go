package view

import (
	"encoding/json"
	"fmt"

	"countersign/reconcile"
	"countersign/state"
)

// StateJSON is the state under the key names of `terraform show -json`: values.outputs and
// values.root_module.resources. Values of sensitive outputs are null; `output -json` tells them. No newline ends it.
func StateJSON(st state.State) ([]byte, error) {
	type resource struct {
		Address         string          `json:"address"`
		ModuleAddress   string          `json:"module_address,omitempty"`
		Mode            string          `json:"mode"`
		Type            string          `json:"type"`
		Name            string          `json:"name"`
		Index           json.RawMessage `json:"index,omitempty"`
		ProviderName    string          `json:"provider_name"`
		SchemaVersion   int             `json:"schema_version"`
		Values          *jsonTemplate   `json:"values"`
		SensitiveValues none            `json:"sensitive_values"`
		DeposedKey      string          `json:"deposed_key,omitempty"`
		PreventDestroy  bool            `json:"prevent_destroy,omitempty"`
	}
	type output struct {
		Sensitive bool `json:"sensitive"`
		Type      any  `json:"type,omitempty"`
		Value     any  `json:"value"`
	}
	var doc struct {
		FormatVersion string `json:"format_version"`
		Writer        string `json:"countersign_version,omitempty"`
		Values        struct {
			Outputs    map[string]output `json:"outputs"`
			RootModule struct {
				Resources []resource `json:"resources"`
			} `json:"root_module"`
		} `json:"values"`
	}
	doc.FormatVersion, doc.Writer = "1.0", st.Writer
	doc.Values.Outputs = make(map[string]output, len(st.Outputs))
	for name, o := range st.Outputs {
		if o.Sensitive {
			o.Value = nil
		}
		doc.Values.Outputs[name] = output{o.Sensitive, o.Type, o.Value}
	}
	l := newLexicon(nil, nil)
	for i := range st.Bindings {
		l.meetBinding(&st.Bindings[i])
	}
	resources := make([]resource, 0, len(st.Bindings))
	for i := range st.Bindings {
		b := &st.Bindings[i]
		p := parseAddress(b.Address)
		r := resource{Address: b.Address, ModuleAddress: p.module, Mode: "managed", Type: p.kind, Name: p.name, Index: jsonIndex(p), ProviderName: providerName}
		if b.ID != 0 {
			whole := r
			whole.Values = l.template(&b.Recorded, b.ID, reconcile.Place{Address: b.Scope, Kind: b.ScopeKind, ID: b.ScopeID, Path: b.ScopePath})
			whole.PreventDestroy = b.PreventDestroy
			resources = append(resources, whole)
		}
		for _, d := range b.Deposed {
			old := r
			old.Values, old.DeposedKey = l.template(&d.Recorded, d.ID, reconcile.Place{ID: d.ScopeID}), fmt.Sprint(d.ID)
			resources = append(resources, old)
		}
	}
	doc.Values.RootModule.Resources = resources
	return compact(doc)
}
