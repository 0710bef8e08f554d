package json

import "testing"

func TestParseAddress(t *testing.T) {
	legal, odd, nine := "legal", `a.b["c"]`, "9"
	for address, want := range map[string]parts{
		"template.modify": {local: "template.modify", kind: "template", name: "modify"},
		`template.upload["legal"]`: {local: `template.upload["legal"]`, kind: "template", name: "upload",
			key: &legal},
		`template.upload["a.b[\"c\"]"]`: {local: `template.upload["a.b[\"c\"]"]`, kind: "template",
			name: "upload", key: &odd},
		`unmanaged.template["9"]`: {local: `unmanaged.template["9"]`, kind: "template", name: "template",
			key: &nine},
		`module.a.module.b["x"].template.modify`: {module: `module.a.module.b["x"]`, local: "template.modify",
			kind: "template", name: "modify"},
		"odd": {local: "odd", kind: "template", name: "odd"},
		"":    {kind: "template"},
	} {
		got := parseAddress(address)
		if got.module != want.module || got.local != want.local || got.kind != want.kind || got.name != want.name ||
			(got.key == nil) != (want.key == nil) || got.key != nil && *got.key != *want.key {
			t.Errorf("%s: got %+v, want %+v", address, got, want)
		}
	}
}
