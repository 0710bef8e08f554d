package state

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

func addresses(bindings []Binding) string {
	var list []string
	for _, b := range bindings {
		list = append(list, b.Address)
	}
	return strings.Join(list, " ")
}

// four has a template, one of a longer name, and two instances of a third.
func four() State {
	return State{Lineage: "l", Serial: 1, Bindings: []Binding{
		bound(`template.a`, 1, "a"), bound(`template.ab`, 2, "ab"), bound(`template.x["9"]`, 3, "9"), bound(`template.x["10"]`, 4, "10")}}
}

func TestFindAndSelect(t *testing.T) {
	s := four()
	if b, ok := s.Find("template.a"); !ok || b.ID != 1 {
		t.Errorf("Find(template.a) = %v, %v", b, ok)
	}
	if _, ok := s.Find("template.x"); ok {
		t.Error("Find takes an address as it is, and the block template.x is none")
	}
	for address, want := range map[string]string{
		"template.a":      "template.a",
		"template.x":      `template.x["9"] template.x["10"]`,
		`template.x["9"]`: `template.x["9"]`,
		"template.none":   "",
	} {
		if got := addresses(s.Select(address)); got != want {
			t.Errorf("Select(%s) = %s, want %s", address, got, want)
		}
	}
}

func TestMove(t *testing.T) {
	tests := []struct{ from, to, want, err string }{
		{"template.a", "template.z", `template.ab template.x["9"] template.x["10"] template.z`, ""},
		{"template.a", `template.审批["法务"]`, `template.ab template.x["9"] template.x["10"] template.审批["法务"]`, ""},
		{"template.x", "template.0", "", "is not the address of a template"},
		{"template.x", "template.y", `template.a template.ab template.y["9"] template.y["10"]`, ""},
		{`template.x["9"]`, `template.x["11"]`, `template.a template.ab template.x["10"] template.x["11"]`, ""},
		{`template.x`, `template.y["1"]`, "", "has a key already"},
		{"template.a", "template.ab", "", "stands for tid 2 already"},
		{"template.a", "template.a", "", "the same"},
		{"template.none", "template.b", "", "has no such address"},
		{"template.a", "folder.b", "", "is not the address of a template"},
		{"template.a", "", "", "is not the address of a template"},
	}
	for _, tt := range tests {
		s := four()
		got, renames, err := s.Move(tt.from, tt.to)
		if diff := cmp.Diff(four(), s); diff != "" {
			t.Errorf("Move(%s, %s) changed the state it was given:\n%s", tt.from, tt.to, diff)
		}
		if tt.err != "" {
			if err == nil || !strings.Contains(err.Error(), tt.err) {
				t.Errorf("Move(%s, %s): error %v, want one with %q", tt.from, tt.to, err, tt.err)
			}
			continue
		}
		if err != nil || addresses(got.Bindings) != tt.want || len(renames) == 0 {
			t.Errorf("Move(%s, %s) = %s, %v, %v, want %s", tt.from, tt.to, addresses(got.Bindings), renames, err, tt.want)
		}
	}
}

func TestRemove(t *testing.T) {
	s, removed, err := four().Remove("template.x", "template.a", `template.x["9"]`)
	if err != nil || addresses(s.Bindings) != "template.ab" || len(removed) != 3 {
		t.Errorf("left %s, removed %s, %v", addresses(s.Bindings), addresses(removed), err)
	}
	s, _, err = four().Remove("template.none", "template.a", "template.neither")
	if err == nil || !strings.Contains(err.Error(), "template.none") || !strings.Contains(err.Error(), "template.neither") {
		t.Errorf("both unknown addresses must be named: %v", err)
	}
	if diff := cmp.Diff(four(), s, cmpopts.EquateEmpty()); diff != "" {
		t.Errorf("a removal that fails removes nothing:\n%s", diff)
	}
}
