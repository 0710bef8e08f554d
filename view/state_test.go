package view

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"

	"countersign/schema"
	"countersign/schema/addr"
	"countersign/state"
)

func someState() state.State {
	return state.State{Version: 1, Writer: "1.2.3", Lineage: "l", Serial: 4,
		Bindings: []state.Binding{
			{Address: addr.Of("template.modify"), ID: 5, Scope: addr.Of("folder.contracts"),
				ScopeKind: schema.ScopeFolder, ScopeID: 71, ScopePath: "公司文件/合同", Recorded: *modify(),
				PreventDestroy: true,
				Deposed:        []state.Deposed{{ID: 3, ScopeID: 80, Recorded: *upload(li)}}},
			{Address: addr.Of(`template.upload["legal"]`), ID: 6, Scope: addr.Of("file.charter"),
				ScopeKind: schema.ScopeFile, ScopeID: 98, Recorded: *upload(zhang, other)},
		},
		Outputs: map[string]state.Output{
			"ids":   {Value: map[string]any{"legal": json.Number("6")}, Type: []any{"map", "number"}},
			"token": {Value: "hush", Type: "string", Sensitive: true},
		}}
}

func TestState(t *testing.T) {
	var b bytes.Buffer
	if err := State(&b, someState(), Settings{}); err != nil {
		t.Fatal(err)
	}
	golden(t, "state.txt", b.Bytes())
	doc, err := StateJSON(someState())
	if err != nil {
		t.Fatal(err)
	}
	golden(t, "state.json", readable(t, doc))
	if strings.Contains(b.String()+string(doc), "hush") {
		t.Error("a sensitive output is told")
	}

	b.Reset()
	if err := State(&b, state.State{}, Settings{}); err != nil ||
		b.String() != "The state is empty: nothing has been applied yet.\n" {
		t.Errorf("%v: %q", err, b.String())
	}
	doc, err = StateJSON(state.State{})
	if err != nil {
		t.Fatal(err)
	}
	golden(t, "state-empty.json", readable(t, doc))
}

func TestBinding(t *testing.T) {
	var b bytes.Buffer
	if err := Binding(&b, someState().Bindings[1], Settings{}); err != nil {
		t.Fatal(err)
	}
	golden(t, "binding.txt", b.Bytes())
}
