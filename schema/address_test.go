package schema

import (
	"strconv"
	"strings"
	"testing"
)

func TestReadAddress(t *testing.T) {
	for _, a := range []string{
		"template.a", "template._a-1", "template.审批", "template.e\u0301te", `template.t["a"]`, `template.t[""]`, `template.t["a\"]\\[b.c"]`, `template.t["\n\x00\u200b"]`, `attachment.x["财务"]`,
	} {
		if got, err := ReadAddress(a, "template", "attachment"); err != nil || got != a {
			t.Errorf("%s: %s, %v", a, got, err)
		}
	}
	// As a program that knows another version of Unicode may have written it.
	if got, err := ReadAddress(`template.t["\u8d22\u52a1"]`, "template"); err != nil || got != `template.t["财务"]` {
		t.Error(got, err)
	}
	for a, says := range map[string]string{
		"": "does not begin with template.", "template": "does not begin with", "folder.a": "does not begin with template.", "Template.a": "does not begin with", " template.a": "does not begin with",
		"template.": `"" is no name`, "template.1a": `"1a" is no name`, "template.a b": "is no name", "template.a.b": "is no name", "template.a\n": "is no name", "template.a\x00": "is no name", "template.-a": "is no name",
		"template.a\u200b": "is no name", "template.a\u202eb": "is no name", "template.a\xff": "not UTF-8", "template.a]": "is no name", `template."a"`: "is no name",
		"template.t[": "its key does not stand in", "template.t[]": "its key does not stand in", "template.t[0]": "its key does not stand in", `template.t["a"`: "its key does not stand in", `template.t["a"]x`: "its key does not stand in", `template.t['a']`: "its key does not stand in",
		"template.t[`a`]": "its key does not stand in", `template.t["a"]["b"]`: "its key does not stand in", "template.t[\"a\nb\"]": "its key does not stand in", `template.t["\xff"]`: "its key is not UTF-8",
		`template.t["\x61"]`: `its key is written "a"`, `template.t["\u0061"]`: `its key is written "a"`, "template.t[\"\u200b\"]": "", "template.t[\"\x7f\"]": "its key is written",
	} {
		got, err := ReadAddress(a, "template")
		if says == "" {
			if err != nil || got != InstanceAddress("template.t", "\u200b") {
				t.Errorf("%q: %q, %v", a, got, err)
			}
			continue
		}
		if err == nil || !strings.Contains(err.Error(), says) || !strings.Contains(err.Error(), `write it template.NAME or template.NAME["KEY"]`) || strings.ContainsAny(err.Error(), "\n\x00\u200b\u202e") {
			t.Errorf("%q: %q, %v\nshould say %s", a, got, err, says)
		}
	}
}

// Every key has one address, and it is read as it is written.
func FuzzReadAddress(f *testing.F) {
	f.Add("a", "b")
	f.Add("e\u0301", "\x00\"]\\")
	f.Fuzz(func(t *testing.T, name, key string) {
		for _, a := range []string{"template." + name, name, InstanceAddress("template."+name, key)} {
			got, err := ReadAddress(a, "template")
			if again, err2 := ReadAddress(got, "template"); err == nil && (again != got || err2 != nil) {
				t.Errorf("%q: %q, then %q, %v", a, got, again, err2)
			}
		}
		if IsName(name) && strconv.Quote(key) == strconv.Quote(strings.ToValidUTF8(key, "")) {
			if got, err := ReadAddress(InstanceAddress("template."+name, key), "template"); err != nil || got != InstanceAddress("template."+name, key) {
				t.Errorf("%q %q: %q, %v", name, key, got, err)
			}
		}
	})
}
