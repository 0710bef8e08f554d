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

func TestIndex(t *testing.T) {
	s := State{Bindings: []Binding{bound(`template.a`, 1, "a"), bound(`template.x["9"]`, 0, "9")}, Attachments: []Attachment{{Address: "attachment.a"}}}
	s.Bindings[1].Deposed = []Deposed{{ID: 3}}
	in := s.Index()
	if b := in.Bindings["template.a"]; b == nil || b.ID != 1 || in.Bindings["template.x"] != nil {
		t.Errorf("%+v", in.Bindings)
	}
	if len(in.Owners) != 2 || in.Owners[1] != "template.a" || in.Owners[3] != `template.x["9"]` {
		t.Errorf("%+v", in.Owners)
	}
	if _, ok := in.Attachment("attachment.a"); !ok {
		t.Error("the attachment is not found")
	}
	if _, ok := in.Attachment("attachment.b"); ok {
		t.Error("an attachment is found that is not there")
	}
}
