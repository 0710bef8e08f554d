package store_test

import (
	"fmt"
	"testing"

	"countersign/schema"
	"countersign/schema/addr"
	"countersign/state"
	"countersign/state/statetest"
	"countersign/state/store"
)

// A state and a journal that an older program wrote, with names in another form of Unicode, are read as a configuration
// has the names now. Where two would become one, the other stays what it was.
func TestRespelled(t *testing.T) {
	const apart, whole = "template.e\u0301te\u0301", "template.\u00e9t\u00e9"
	binding := func(address string, id int64) state.Binding {
		return state.Binding{
			Address:  addr.Of(address),
			ID:       id,
			ScopeID:  71,
			Scope:    addr.Of("folder.e\u0301"),
			Recorded: schema.Template{Title: "e\u0301"},
		}
	}
	create := func(seq int, address string) state.Record {
		return state.Record{
			Intent: &state.Intent{
				Seq:     seq,
				Op:      state.OpCreate,
				Address: addr.Of(address),
				ScopeID: 71,
				Scope:   addr.Of("folder.e\u0301"),
				Wants:   &schema.Template{Title: "x"},
			},
		}
	}
	for _, tt := range []struct {
		name     string
		bindings []state.Binding
		records  []state.Record
		want     string // addresses and tids, then those of pending intents
	}{
		{"taken apart", []state.Binding{binding(apart, 5)}, nil, whole + " 5"},
		{"an instance", []state.Binding{binding(apart+`["a"]`, 5)}, nil, whole + `["a"] 5`},
		{"as it is now", []state.Binding{binding(whole, 5)}, nil, whole + " 5"},
		{"both", []state.Binding{binding(apart, 5), binding(whole, 6)}, nil, apart + " 5, " + whole + " 6"},
		{"settled since", []state.Binding{binding(apart, 5)}, []state.Record{
			{Intent: &state.Intent{Seq: 1, Op: state.OpRemove, Address: addr.Of(apart), ID: 5, ScopeID: 71}},
			{Outcome: &state.Outcome{Seq: 1, Done: true}}}, ""},
		{"made since", nil, []state.Record{create(1, apart), {Outcome: &state.Outcome{Seq: 1, Done: true, ID: 7}}},
			whole + " 7"},
		{"open", []state.Binding{binding(apart, 5)}, []state.Record{create(1, apart)}, whole + " 5; " + whole},
		{"made beside the other", []state.Binding{binding(whole, 5)},
			[]state.Record{create(1, apart), {Outcome: &state.Outcome{Seq: 1, Done: true, ID: 7}}},
			apart + " 7, " + whole + " 5"},
		{"both open", nil, []state.Record{create(1, apart), create(2, whole)}, "; " + apart + "; " + whole},
	} {
		s := state.State{
			Version:     state.FormatVersion,
			Lineage:     "l",
			Bindings:    tt.bindings,
			Outputs:     map[string]state.Output{"e\u0301": {Value: "x", Type: "string"}},
			Attachments: []state.Attachment{{Address: addr.Of("attachment.e\u0301")}},
		}
		text, err := state.Encode(s)
		if err != nil {
			t.Fatal(err)
		}
		ctx, m := t.Context(), statetest.NewMemory()
		if _, err := m.Replace(ctx, state.Identity{}, text, ""); err != nil {
			t.Fatal(err)
		}
		run := store.New(m, nil)
		for _, r := range tt.records {
			if r.Intent != nil {
				_, err = run.Begin(ctx, []state.Intent{*r.Intent})
			} else {
				err = run.Settle(ctx, []state.Outcome{*r.Outcome})
			}
			if err != nil {
				t.Fatal(err)
			}
		}
		got, pending, err := store.New(m, nil).Read(ctx)
		if err != nil {
			t.Fatal(err)
		}
		said := ""
		for i, b := range got.Bindings {
			if i > 0 {
				said += ", "
			}
			said += fmt.Sprintf("%s %d", b.Address, b.ID)
			if b.Scope.String() != "folder.\u00e9" {
				t.Errorf("%s: %+q", tt.name, b.Scope)
			}
		}
		for _, in := range pending {
			said += "; " + in.Address.String()
		}
		if said != tt.want {
			t.Errorf("%s: %+q, not %+q", tt.name, said, tt.want)
		}
		if _, ok := got.Outputs["\u00e9"]; !ok || len(got.Outputs) != 1 ||
			got.Attachments[0].Address.String() != "attachment.\u00e9" {
			t.Errorf("%s: %v %v", tt.name, got.Outputs, got.Attachments)
		}
	}
}
