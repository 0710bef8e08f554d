package addr

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"
)

func TestParse(t *testing.T) {
	const deep = `module.a["x"].template.t["k.[\"]"]`
	for _, tt := range []struct {
		text string
		want Address
	}{
		{"template.modify", Template("modify")},
		{" folder.contracts ", Block("folder", "contracts")},
		{`template.t["k"]`, Template("t").Instance("k")},
		{`template.t[""]`, Template("t").Instance("")},
		{`template.合同-1["法务.["]`, Template("合同-1").Instance("法务.[")},
		{deep, Address{`module.a["x"]`, "template", "t", KeyOf(`k.["]`)}},
		{"module.a", Address{Module: "module.a"}},
		{`module.a.module.b["."].folder.f`, Address{Module: `module.a.module.b["."]`, Kind: "folder", Name: "f"}},
		{`template.module`, Template("module")},
	} {
		got, err := Parse(tt.text)
		if err != nil || got != tt.want || got.String() != strings.TrimSpace(tt.text) {
			t.Errorf("%s: %+v, %v", tt.text, got, err)
		}
	}
	for text, says := range map[string]string{
		"":                       "ends where a name belongs",
		"template":               "not of the form KIND.NAME",
		"template.":              "ends where a name belongs",
		"template.1":             `"1" stands where a name belongs`,
		"template.t[0]":          "belongs in quotes",
		`template.t['k']`:        "belongs in quotes",
		`template.t["k"`:         "bracket",
		`template.t["k"].title`:  "follows where it should end",
		"template.a.b":           "follows where it should end",
		`template["k"].t`:        "not of the form",
		"module":                 "module's name is missing",
		`module.a["x"]template`:  "where a dot belongs",
		"module.a.":              "ends where a name belongs",
		"template.t\x00":         "follows where it should end",
		"template.\xff":          "stands where a name belongs",
		`template.t["` + "\n\"]": "belongs in quotes",
	} {
		if got, err := Parse(text); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%q: %+v, %v", text, got, err)
		}
	}
}

func TestContains(t *testing.T) {
	in := func(text string) Address { return Must(text) }
	for _, tt := range []struct {
		a, b string
		want bool
	}{
		{"template.a", "template.a", true},
		{"template.a", `template.a["x"]`, true},
		{`template.a["x"]`, "template.a", false},
		{`template.a["x"]`, `template.a["y"]`, false},
		{"template.a", "template.ab", false},
		{"template.a", "folder.a", false},
		{"module.a", "module.a.template.t", true},
		{"module.a", `module.a["x"].template.t`, true},
		{"module.a", "module.ab.template.t", false},
		{`module.a["x"]`, `module.a["x"].module.b.template.t["k"]`, true},
		{`module.a["x"]`, `module.a["xy"].template.t`, false},
		{"template.t", "module.a.template.t", false},
	} {
		if got := in(tt.a).Contains(in(tt.b)); got != tt.want {
			t.Errorf("%s contains %s: %v", tt.a, tt.b, got)
		}
	}
	if (Address{}).Contains(Template("a")) {
		t.Error("nothing contains something")
	}
}

func TestCompare(t *testing.T) {
	want := []string{`attachment.z`, `folder.a`, `template.a`, `template.a["2"]`, `template.a["10"]`, `template.a2`, `template.a10`, `template.b`, `module.a.template.a`, `module.a["x"].folder.a`}
	var got []Address
	for _, text := range want {
		got = append(got, Must(text))
	}
	slices.Reverse(got)
	slices.SortFunc(got, Address.Compare)
	for i, a := range got {
		if a.String() != want[i] {
			t.Errorf("%d: %s, not %s", i, a, want[i])
		}
	}
}

func TestJSON(t *testing.T) {
	type doc struct {
		Address Address            `json:"address,omitzero"`
		By      map[Address]string `json:"by,omitempty"`
	}
	const text = `{"address":"template.t[\"k\"]","by":{"folder.x":"1"}}`
	var d doc
	if err := json.Unmarshal([]byte(text), &d); err != nil || d.Address != Template("t").Instance("k") || d.By[Block("folder", "x")] != "1" {
		t.Fatalf("%+v, %v", d, err)
	}
	if got, err := json.Marshal(d); err != nil || string(got) != text {
		t.Errorf("%s, %v", got, err)
	}
	if got, err := json.Marshal(doc{}); err != nil || string(got) != "{}" {
		t.Errorf("%s, %v", got, err)
	}
	if err := json.Unmarshal([]byte(`{"address":"template.t[0]"}`), &d); err == nil {
		t.Error("an address that is none was taken")
	}
}

// What is parsed and printed is the same address again, and printed once more the same text.
func FuzzParse(f *testing.F) {
	for _, text := range []string{"template.a", `module.a["x"].template.t["k.[\"]"]`, `template.t["\u200b\x00é"]`, "module.a.module.b", `a.b["\\"]`, "模板.合同"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		a, err := Parse(text)
		if err != nil {
			return
		}
		again, err := Parse(a.String())
		if err != nil || again != a || again.Compare(a) != 0 || !a.Contains(again) || !a.Block().Contains(a) {
			t.Fatalf("%q: %+v, printed %s: %+v, %v", text, a, a, again, err)
		}
	})
}
