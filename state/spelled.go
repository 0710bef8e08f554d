package state

import (
	"maps"
	"slices"

	"countersign/schema/spelling"
)

// respelled is a state and its journal with every address in the one form of package spelling, as configurations have
// them now; older programs kept whatever form the name of a block was written in. Where two addresses would become one,
// the other form stays: it stands for another template, which must not be taken for the first.
func respelled(s State, records []Record) (State, []Record) {
	var addresses []string
	for _, b := range s.Bindings {
		addresses = append(addresses, b.Address)
	}
	for _, a := range s.Attachments {
		addresses = append(addresses, a.Address)
	}
	for _, r := range records {
		if r.Intent != nil {
			addresses = append(addresses, r.Intent.Address)
		}
	}
	names := respelling(addresses)
	outputs := respelling(slices.Sorted(maps.Keys(s.Outputs)))
	if len(names)+len(outputs) == 0 && !slices.ContainsFunc(s.Bindings,
		func(b Binding) bool { return spelling.Form(b.Scope) != b.Scope }) {
		return s, records
	}
	called := func(address string) string {
		if now, ok := names[address]; ok {
			return now
		}
		return address
	}
	s.Bindings, s.Attachments = slices.Clone(s.Bindings), slices.Clone(s.Attachments)
	s.Outputs, records = maps.Clone(s.Outputs), slices.Clone(records)
	for i := range s.Bindings {
		b := &s.Bindings[i]
		b.Address, b.Scope = called(b.Address), spelling.Form(b.Scope)
	}
	for i := range s.Attachments {
		s.Attachments[i].Address = called(s.Attachments[i].Address)
	}
	for was, now := range outputs {
		s.Outputs[now] = s.Outputs[was]
		delete(s.Outputs, was)
	}
	for i, r := range records {
		if r.Intent != nil {
			in := *r.Intent
			in.Address, in.Scope = called(in.Address), spelling.Form(in.Scope)
			records[i].Intent = &in
		}
	}
	s.Bindings, s.Attachments = sorted(s.Bindings), sortedAttachments(s.Attachments)
	return s, records
}

// respelling says of each address that is in another form what it is called now. Of those that one address would be
// given to, the one that has it keeps it, or else the first of them gets it.
func respelling(addresses []string) map[string]string {
	owner := map[string]string{} // by the address that it is called now
	for _, a := range addresses {
		if spelling.Form(a) == a {
			owner[a] = a
		}
	}
	names := map[string]string{}
	for _, a := range addresses {
		form := spelling.Form(a)
		if form == a {
			continue
		}
		if owner[form] == "" {
			owner[form] = a
		}
		if owner[form] == a {
			names[a] = form
		}
	}
	return names
}
