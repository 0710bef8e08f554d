package server_test

import (
	"encoding/json"
	"errors"
	"slices"
	"testing"

	"countersign/providers/sandbox/server"

	"github.com/google/go-cmp/cmp"
)

type inner struct {
	ID int `json:"id"`
}

type outer struct {
	Title string `json:"title"`
	Plain string
	Steps []struct {
		ID   int     `json:"id"`
		Name *string `json:"name,omitempty"`
	} `json:"steps"`
	Agent *inner `json:"agent"`
}

func TestReadJSON(t *testing.T) {
	name := "a<b"
	for text, want := range map[string]struct {
		title   string
		steps   int
		unknown []string
		field   string // with a value of another type
	}{
		`{"title":"x","Plain":"y","steps":[{"id":1,"name":"a<b"}],"agent":{"id":2}}`: {"x", 1, nil, ""},
		`{"TITLE":"x","Title":"x","plain":"y"}`: {"", 0,
			[]string{"TITLE", "Title", "plain"}, ""},
		`{"title":"x","TITLE":"y"}`: {"x", 0, []string{"TITLE"}, ""},
		`{"steps":[{"ID":1},{"id":1,"more":[]}],"agent":{"x":{}}}`: {"", 2,
			[]string{"agent.x", "steps.ID", "steps.more"}, ""},
		`{"steps":null,"agent":null}`: {},
		`{"steps":{"id":1}}`:          {"", 0, nil, "steps"},
		`{"steps":[{"id":"1"}]}`:      {"", 1, nil, "steps.id"},
		`{"agent":[]}`:                {"", 0, nil, "agent"},
	} {
		var got outer
		unknown, err := server.ReadJSON([]byte(text), &got)
		slices.Sort(unknown)
		wrong, _ := errors.AsType[*json.UnmarshalTypeError](err)
		if wrong == nil {
			wrong = &json.UnmarshalTypeError{}
		}
		if diff := cmp.Diff(want.unknown, unknown); diff != "" || got.Title != want.title ||
			len(got.Steps) != want.steps || wrong.Field != want.field || (err != nil) != (want.field != "") {
			t.Errorf("%s: %+v, %v, %s", text, got, err, diff)
		}
		if len(got.Steps) == 1 && got.Steps[0].Name != nil && *got.Steps[0].Name != name {
			t.Errorf("%s: name %q", text, *got.Steps[0].Name)
		}
	}
	for _, text := range []string{"", "{", `{"title":"x"} y`, `{"steps":[}`} {
		if _, err := server.ReadJSON([]byte(text), &outer{}); err == nil {
			t.Errorf("%q is no JSON", text)
		}
	}
}
