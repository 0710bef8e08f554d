package viewtest

import (
	"encoding/json"

	"countersign/schema"
	"countersign/schema/addr"
	"countersign/state"
)

// State has templates, one with a deposed object, and outputs.
func State() state.State {
	return state.State{Version: 1, Writer: "1.2.3", Lineage: "l", Serial: 4,
		Bindings: []state.Binding{
			{Address: addr.Of("template.modify"), ID: 5, Scope: addr.Of("folder.contracts"),
				ScopeKind: schema.ScopeFolder, ScopeID: 71, ScopePath: "公司文件/合同", Recorded: *Modify(),
				PreventDestroy: true,
				Deposed:        []state.Deposed{{ID: 3, ScopeID: 80, Recorded: *Upload(Li)}}},
			{Address: addr.Of(`template.upload["legal"]`), ID: 6, Scope: addr.Of("file.charter"),
				ScopeKind: schema.ScopeFile, ScopeID: 98, Recorded: *Upload(Zhang, Other)},
		},
		Outputs: map[string]state.Output{
			"ids":   {Value: map[string]any{"legal": json.Number("6")}, Type: []any{"map", "number"}},
			"token": {Value: "hush", Type: "string", Sensitive: true},
		}}
}
