package state

import (
	"strings"
	"testing"
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
		bound(`template.a`, 1, "a"), bound(`template.ab`, 2, "ab"), bound(`template.x["9"]`, 3,
			"9"), bound(`template.x["10"]`, 4, "10")}}
}

func TestFind(t *testing.T) {
	s := four()
	if b, ok := s.Find("template.a"); !ok || b.ID != 1 {
		t.Errorf("Find(template.a) = %v, %v", b, ok)
	}
	if _, ok := s.Find("template.x"); ok {
		t.Error("Find takes an address as it is, and the block template.x is none")
	}
}
