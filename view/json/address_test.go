package json

import (
	"testing"

	"countersign/schema/addr"
)

func TestResourceOf(t *testing.T) {
	for address, want := range map[string]resource{
		"template.modify": {Resource: "template.modify", ResourceType: "template", ResourceName: "modify"},
		`template.upload["legal"]`: {Resource: `template.upload["legal"]`, ResourceType: "template",
			ResourceName: "upload", ResourceKey: []byte(`"legal"`)},
		`template.upload["a.b[\"c\"]"]`: {Resource: `template.upload["a.b[\"c\"]"]`, ResourceType: "template",
			ResourceName: "upload", ResourceKey: []byte(`"a.b[\"c\"]"`)},
		`unmanaged.template["9"]`: {Resource: `unmanaged.template["9"]`, ResourceType: "template",
			ResourceName: "template", ResourceKey: []byte(`"9"`)},
		`module.a.module.b["x"].template.modify`: {Module: `module.a.module.b["x"]`, Resource: "template.modify",
			ResourceType: "template", ResourceName: "modify"},
		"odd": {Resource: "odd", ResourceType: "template", ResourceName: "odd"},
		"":    {ResourceType: "template"},
	} {
		if want.ResourceKey == nil {
			want.ResourceKey = []byte("null")
		}
		got := resourceOf(addr.Of(address))
		if got.Module != want.Module || got.Resource != want.Resource || got.ResourceType != want.ResourceType ||
			got.ResourceName != want.ResourceName || string(got.ResourceKey) != string(want.ResourceKey) {
			t.Errorf("%s: got %+v, want %+v", address, got, want)
		}
	}
}
