package state

import (
	"encoding/json"
	"strings"
	"testing"

	"countersign/schema"
	"countersign/schema/addr"
)

func mustSay(t testing.TB, err error, parts ...string) {
	t.Helper()
	for _, part := range parts {
		if err == nil || !strings.Contains(err.Error(), part) {
			t.Fatalf("error %v\nmust say %q", err, part)
		}
	}
}

// The key of an address as a program with another version of Unicode wrote it is the same key.
func TestKeysOfOtherVersions(t *testing.T) {
	written := bound(`template.a["财务"]`, 5, "a")
	text := string(encoded(t, State{Lineage: "l", Serial: 3, Bindings: []Binding{written}}))
	text = strings.Replace(text, "财务", `\\u8d22\\u52a1`, 1)
	s, err := Decode([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	var update Record
	if err := json.Unmarshal([]byte(`{"intent": {"seq": 1, "op": "update", "address": "template.a[\"\\u8d22\\u52a1\"]",
		"id": 5, "scope_id": 71, "wants": {"title": "b"}}}`), &update); err != nil {
		t.Fatal(err)
	}
	got, _ := Fold(s, []Record{update, done(1, 0)})
	if addresses(got.Bindings) != `template.a["财务"]` || got.Bindings[0].Recorded.Title != "b" {
		t.Errorf("%+v", got.Bindings)
	}
	mustSay(t, func() error {
		second := one(t, bound(`template.a["财务"]`, 6, "c"))
		_, err := Decode([]byte(strings.Replace(text, `"templates": [`, `"templates": [`+second+`,`, 1)))
		return err
	}(), "this address is there twice")
}

func one(t *testing.T, b Binding) string {
	t.Helper()
	text, err := json.Marshal(b.withoutNulls())
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// What every version has written is read: a binding that does not know its scope's address, one of which only what it
// replaced is left, names in any script.
func TestOlderStatesAreRead(t *testing.T) {
	for _, b := range []Binding{
		{Address: addr.Of("template.a"), ID: 5, ScopeID: 71, Recorded: titled("a")},
		{Address: addr.Of(`template.审批-1["a\"]\\\n\u200b"]`), ID: 5, ScopeID: 71, Scope: addr.Of(`folder.f["x"]`),
			ScopeKind: schema.ScopeFolder, Recorded: titled("a")},
		{Address: addr.Of("template.e\u0301"), ID: 5, ScopeID: 71, Scope: addr.Of("file.e\u0301"),
			ScopeKind: schema.ScopeFile, Recorded: titled("a")},
		{Address: addr.Of("template.left"), Deposed: []Deposed{{ID: 3, ScopeID: 7, Recorded: titled("b")}}},
	} {
		got, err := Decode(encoded(t, State{Lineage: "l", Bindings: []Binding{b}}))
		if err != nil || len(got.Bindings) != 1 || got.Bindings[0].Address != b.Address {
			t.Errorf("%+v: %v", b, err)
		}
	}
}
