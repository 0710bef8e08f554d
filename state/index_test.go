package state

import (
	"strings"
	"testing"

	"countersign/schema/addr"
)

func addresses(bindings []Binding) string {
	var list []string
	for _, b := range bindings {
		list = append(list, b.Address.String())
	}
	return strings.Join(list, " ")
}

func TestIndex(t *testing.T) {
	s := State{
		Bindings:    []Binding{bound(`template.a`, 1, "a"), bound(`template.x["9"]`, 0, "9")},
		Attachments: []Attachment{{Address: addr.Of("attachment.a")}},
	}
	s.Bindings[1].Deposed = []Deposed{{ID: 3}}
	in := s.Index()
	if b := in.Bindings[addr.Of("template.a")]; b == nil || b.ID != 1 || in.Bindings[addr.Of("template.x")] != nil {
		t.Errorf("%+v", in.Bindings)
	}
	if len(in.Owners) != 2 || in.Owners[1].String() != "template.a" || in.Owners[3].String() != `template.x["9"]` {
		t.Errorf("%+v", in.Owners)
	}
	if _, ok := in.Attachment(addr.Of("attachment.a")); !ok {
		t.Error("the attachment is not found")
	}
	if _, ok := in.Attachment(addr.Of("attachment.b")); ok {
		t.Error("an attachment is found that is not there")
	}
}
