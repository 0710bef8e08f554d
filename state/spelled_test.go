package state

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"countersign/schema"
)

// A state and a journal that an older program wrote, with names in another form of Unicode, are read as a configuration
// has the names now. Where two would become one, the other stays what it was.
func TestRespelled(t *testing.T) {
	const apart, whole = "template.e\u0301te\u0301", "template.\u00e9t\u00e9"
	binding := func(address string, id int64) Binding {
		return Binding{Address: address, ID: id, ScopeID: 71, Scope: "folder.e\u0301",
			Recorded: schema.Template{Title: "e\u0301"}}
	}
	create := func(seq int, address string) Record {
		return Record{Intent: &Intent{Seq: seq, Op: OpCreate, Address: address, ScopeID: 71, Scope: "folder.e\u0301",
			Wants: &schema.Template{Title: "x"}}}
	}
	for _, tt := range []struct {
		name     string
		bindings []Binding
		records  []Record
		want     string // addresses and tids, then those of pending intents
	}{
		{"taken apart", []Binding{binding(apart, 5)}, nil, whole + " 5"},
		{"an instance", []Binding{binding(apart+`["a"]`, 5)}, nil, whole + `["a"] 5`},
		{"as it is now", []Binding{binding(whole, 5)}, nil, whole + " 5"},
		{"both", []Binding{binding(apart, 5), binding(whole, 6)}, nil, apart + " 5, " + whole + " 6"},
		{"settled since", []Binding{binding(apart, 5)}, []Record{
			{Intent: &Intent{Seq: 1, Op: OpRemove, Address: apart, ID: 5, ScopeID: 71}}, {Outcome: &Outcome{Seq: 1,
				Done: true}}}, ""},
		{"made since", nil, []Record{create(1, apart), {Outcome: &Outcome{Seq: 1, Done: true, ID: 7}}}, whole + " 7"},
		{"open", []Binding{binding(apart, 5)}, []Record{create(1, apart)}, whole + " 5; " + whole},
		{"made beside the other", []Binding{binding(whole, 5)},
			[]Record{create(1, apart), {Outcome: &Outcome{Seq: 1, Done: true, ID: 7}}}, apart + " 7, " + whole + " 5"},
		{"both open", nil, []Record{create(1, apart), create(2, whole)}, "; " + apart + "; " + whole},
	} {
		s := State{Version: FormatVersion, Lineage: "l", Bindings: tt.bindings,
			Outputs:     map[string]Output{"e\u0301": {Value: "x", Type: "string"}},
			Attachments: []Attachment{{Address: "attachment.e\u0301"}}}
		text, err := Encode(s)
		if err != nil {
			t.Fatal(err)
		}
		local := NewLocal(filepath.Join(t.TempDir(), "x.state.json"))
		if err := os.WriteFile(local.Path(), text, 0o600); err != nil {
			t.Fatal(err)
		}
		ctx := context.Background()
		for _, r := range tt.records {
			if r.Intent != nil {
				_, err = local.Begin(ctx, []Intent{*r.Intent})
			} else {
				err = local.Settle(ctx, []Outcome{*r.Outcome})
			}
			if err != nil {
				t.Fatal(err)
			}
		}
		got, pending, err := NewLocal(local.Path()).Read(ctx)
		if err != nil {
			t.Fatal(err)
		}
		said := ""
		for i, b := range got.Bindings {
			if i > 0 {
				said += ", "
			}
			said += fmt.Sprintf("%s %d", b.Address, b.ID)
			if b.Scope != "folder.\u00e9" {
				t.Errorf("%s: %+q", tt.name, b.Scope)
			}
		}
		for _, in := range pending {
			said += "; " + in.Address
		}
		if said != tt.want {
			t.Errorf("%s: %+q, not %+q", tt.name, said, tt.want)
		}
		if _, ok := got.Outputs["\u00e9"]; !ok || len(got.Outputs) != 1 ||
			got.Attachments[0].Address != "attachment.\u00e9" {
			t.Errorf("%s: %v %v", tt.name, got.Outputs, got.Attachments)
		}
	}
}
