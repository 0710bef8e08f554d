package addr

import (
	"encoding/json"
	"slices"
	"strconv"
	"strings"
	"testing"
)

func TestParse(t *testing.T) {
	const deep = `module.a["x"].template.t["k.[\"]"]`
	for _, tt := range []struct {
		text string
		want Address
	}{
		{"template.modify", New("template", "modify")},
		{"folder.contracts", New("folder", "contracts")},
		{`template.t["k"]`, New("template", "t").Instance("k")},
		{`template.t[""]`, New("template", "t").Instance("")},
		{`template.合同-1["法务.["]`, New("template", "合同-1").Instance("法务.[")},
		{deep, Address{`module.a["x"]`, "template", "t", KeyOf(`k.["]`)}},
		{"module.a", Address{Module: "module.a"}},
		{`module.a.module.b["."].folder.f`, Address{Module: `module.a.module.b["."]`, Kind: "folder", Name: "f"}},
		{`template.module`, New("template", "module")},
	} {
		got, err := Parse(tt.text)
		if err != nil || got != tt.want || got.String() != tt.text {
			t.Errorf("%s: %+v, %v", tt.text, got, err)
		}
	}
	for text, says := range map[string]string{
		"": "not of the form KIND.NAME", "template": "not of the form", `template["k"].t`: "not of the form",
		`module`:                "not of the form",
		`module.a["x"]template`: "where a dot and a name belong", "module.a.": "where a dot and a name belong",
		"module..template.a": "no name of a module",
		"module.a.b":         "not of the form", `module.a['x'].template.t`: "its key does not stand in",
		"template.t[\"a\"].title": "its key does not stand in",
	} {
		if got, err := Parse(text); err == nil || !strings.Contains(err.Error(), says) || got != (Address{}) {
			t.Errorf("%q: %+v, %v", text, got, err)
		}
	}
	if odd := Of("not an address"); odd.String() != "not an address" || odd.Kind != "" ||
		odd.Contains(New("template", "a")) {
		t.Errorf("%+v", odd)
	}
}

func TestContains(t *testing.T) {
	in := func(text string) Address { return Of(text) }
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
	if (Address{}).Contains(New("template", "a")) {
		t.Error("nothing contains something")
	}
}

func TestCompare(t *testing.T) {
	want := []string{`attachment.z`, `folder.a`, `module.a.template.a`, `module.a["x"].folder.a`, `template.a`,
		`template.a2`, `template.a10`, `template.a["2"]`, `template.a["10"]`, `template.b`}
	var got []Address
	for _, text := range want {
		got = append(got, Of(text))
	}
	slices.Reverse(got)
	slices.SortFunc(got, Address.Compare)
	for i, a := range got {
		if a.String() != want[i] {
			t.Errorf("%d: %s, not %s", i, a, want[i])
		}
	}
}

// Addresses are in the order of their texts.
func FuzzCompare(f *testing.F) {
	f.Add("template.a", `template.a["x"]`)
	f.Add(`template.a2["10"]`, `template.a2["9"]`)
	f.Add("module.a.template.t", `module.a["x"].template.t`)
	f.Add("folder.a-1", `folder.a["\"]`)
	f.Fuzz(func(t *testing.T, a, b string) {
		x, y := Of(a), Of(b)
		if got, want := x.Compare(y), CompareText(x.String(), y.String()); got != want || got != -y.Compare(x) ||
			(got == 0) != (x == y) {
			t.Errorf("%s and %s: %d, not %d", x, y, got, want)
		}
	})
}

// What somebody types need not be an address to be taken for one.
func TestMeant(t *testing.T) {
	for want, list := range map[bool][]string{
		true:  {"template.a", "template.a b", "template.", `module.m["x"].template.a`},
		false: {"template", "templates.a", "folder.a", "module.m.folder.a", "", "a/template.b"},
	} {
		for _, text := range list {
			if Meant(text, "template") != want {
				t.Errorf("%q: %v", text, !want)
			}
		}
	}
}

func TestCompletes(t *testing.T) {
	a := New("template", "upload_all").Instance("legal")
	for want, list := range map[bool][]string{
		true:  {"", "template", "template.", "template.up", "template.upload_all", `template.upload_all["legal"]`},
		false: {`template.upload_all["le`, "template.upload_all_", "folder"},
	} {
		for _, text := range list {
			if a.Completes(text) != want {
				t.Errorf("%q: %v", text, !want)
			}
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
	if err := json.Unmarshal([]byte(text), &d); err != nil || d.Address != New("template", "t").Instance("k") ||
		d.By[New("folder", "x")] != "1" {
		t.Fatalf("%+v, %v", d, err)
	}
	if got, err := json.Marshal(d); err != nil || string(got) != text {
		t.Errorf("%s, %v", got, err)
	}
	if got, err := json.Marshal(doc{}); err != nil || string(got) != "{}" {
		t.Errorf("%s, %v", got, err)
	}
	if err := json.Unmarshal([]byte(`{"address":"template.t[0]","by":null}`), &d); err != nil ||
		d.Address != (Address{Name: "template.t[0]"}) {
		t.Errorf("what is no address: %+v, %v", d, err)
	}
}

// What is parsed and printed is the same address again, and printed once more the same text.
func FuzzParse(f *testing.F) {
	for _, text := range []string{"template.a", `module.a["x"].template.t["k.[\"]"]`, `template.t["\u200b\x00é"]`,
		"module.a.module.b", `a.b["\\"]`, "模板.合同"} {
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

func TestRead(t *testing.T) {
	for _, a := range []string{
		"template.a", "template._a-1", "template.审批", "template.e\u0301te", `template.t["a"]`, `template.t[""]`,
		`template.t["a\"]\\[b.c"]`, `template.t["\n\x00\u200b"]`, `attachment.x["财务"]`,
	} {
		if got, err := Read(a, "template", "attachment"); err != nil || got.String() != a {
			t.Errorf("%s: %s, %v", a, got, err)
		}
	}
	// As a program that knows another version of Unicode may have written it.
	if got, err := Read(`template.t["\u8d22\u52a1"]`, "template"); err != nil || got.String() != `template.t["财务"]` {
		t.Error(got, err)
	}
	for a, says := range map[string]string{
		"": "does not begin with template.", "template": "does not begin with",
		"folder.a": "does not begin with template.", "Template.a": "does not begin with",
		" template.a": "does not begin with",
		"template.":   `"" is no name`, "template.1a": `"1a" is no name`, "template.a b": "is no name",
		"template.a.b": "is no name", "template.a\n": "is no name", "template.a\x00": "is no name",
		"template.-a":      "is no name",
		"template.a\u200b": "is no name", "template.a\u202eb": "is no name", "template.a\xff": "not UTF-8",
		"template.a]": "is no name", `template."a"`: "is no name",
		"template.t[": "its key does not stand in", "template.t[]": "its key does not stand in",
		"template.t[0]": "its key does not stand in", `template.t["a"`: "its key does not stand in",
		`template.t["a"]x`: "its key does not stand in", `template.t['a']`: "its key does not stand in",
		"template.t[`a`]": "its key does not stand in", `template.t["a"]["b"]`: "its key does not stand in",
		"template.t[\"a\nb\"]": "its key does not stand in", `template.t["\xff"]`: "its key is not UTF-8",
		`template.t["\x61"]`: `its key is written "a"`, `template.t["\u0061"]`: `its key is written "a"`,
		"template.t[\"\u200b\"]": "", "template.t[\"\x7f\"]": "its key is written",
	} {
		got, err := Read(a, "template")
		if says == "" {
			if err != nil || got != New("template", "t").Instance("\u200b") {
				t.Errorf("%q: %q, %v", a, got, err)
			}
			continue
		}
		if err == nil || !strings.Contains(err.Error(), says) ||
			!strings.Contains(err.Error(), `write it template.NAME or template.NAME["KEY"]`) ||
			strings.ContainsAny(err.Error(), "\n\x00\u200b\u202e") {
			t.Errorf("%q: %q, %v\nshould say %s", a, got, err, says)
		}
	}
}

// Every key has one address, and it is read as it is written.
func FuzzRead(f *testing.F) {
	f.Add("a", "b")
	f.Add("e\u0301", "\x00\"]\\")
	f.Fuzz(func(t *testing.T, name, key string) {
		for _, a := range []string{"template." + name, name, New("template", name).Instance(key).String()} {
			got, err := Read(a, "template")
			if again, err2 := Read(got.String(), "template"); err == nil && (again != got || err2 != nil) {
				t.Errorf("%q: %q, then %q, %v", a, got, again, err2)
			}
		}
		if IsName(name) && strconv.Quote(key) == strconv.Quote(strings.ToValidUTF8(key, "")) {
			if got, err := Read(New("template", name).Instance(key).String(), "template"); err != nil ||
				got.String() != New("template", name).Instance(key).String() {
				t.Errorf("%q %q: %q, %v", name, key, got, err)
			}
		}
	})
}
