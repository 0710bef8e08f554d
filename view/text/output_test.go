package text

import (
	"bytes"
	"encoding/json"
	"testing"

	"countersign/state"
	"countersign/view/viewtest"
)

func TestOutputValue(t *testing.T) {
	for _, c := range []struct {
		value, kind any
		want        string
	}{
		{"会签", "string", `"会签"`},
		{"a\n\x1b[31m", "string", `"a\n\x1b[31m"`},
		{json.Number("12345678901234567890"), "number", "12345678901234567890"},
		{5, "number", "5"},
		{true, "bool", "true"},
		{nil, "string", "tostring(null)"},
		{nil, "dynamic", "null"},
		{[]any{"a"}, []any{"list", "string"}, "tolist([\n  \"a\",\n])"},
		{[]any{}, []any{"set", "string"}, "toset([])"},
		{[]any{"a", nil}, []any{"tuple", []any{"string", "number"}}, "[\n  \"a\",\n  tonumber(null),\n]"},
		{map[string]any{"法务": json.Number("1"), "hr": json.Number("2")}, []any{"map", "number"},
			"tomap({\n  \"hr\"   = 2\n  \"法务\" = 1\n})"},
		{map[string]any{"a": []any{"x"}, "b c": nil}, []any{"object",
			map[string]any{"a": []any{"list", "string"}, "b c": "bool"}},
			"{\n  a     = tolist([\n    \"x\",\n  ])\n  \"b c\" = tobool(null)\n}"},
		{map[string]any{}, json.RawMessage(`["object",{}]`), "{}"},
	} {
		var b bytes.Buffer
		if err := OutputValue(&b, state.Output{Value: c.value, Type: c.kind}, Settings{}); err != nil {
			t.Fatal(err)
		}
		if b.String() != c.want+"\n" {
			t.Errorf("%v of %v: got %s, want %s", c.value, c.kind, b.String(), c.want)
		}
	}
}

func TestOutputs(t *testing.T) {
	outputs := map[string]state.Output{"b": viewtest.Number("2"), "a": {Value: "x<y", Type: "string"},
		"s": {Value: "hush", Type: "string", Sensitive: true}}
	var b bytes.Buffer
	if err := Outputs(&b, outputs, Settings{}); err != nil {
		t.Fatal(err)
	}
	if want := "a = \"x<y\"\nb = 2\ns = <sensitive>\n"; b.String() != want {
		t.Errorf("got %s, want %s", b.String(), want)
	}
}

func TestOutputRaw(t *testing.T) {
	for _, c := range []struct {
		value any
		want  string
		fails bool
	}{
		{"两\n行", "两\n行", false},
		{json.Number("7"), "7", false},
		{false, "false", false},
		{nil, "", true},
		{[]any{"a"}, "", true},
		{map[string]any{}, "", true},
	} {
		got, err := OutputRaw(state.Output{Value: c.value})
		if got != c.want || (err != nil) != c.fails {
			t.Errorf("%v: got %q, %v", c.value, got, err)
		}
	}
}
