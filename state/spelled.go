package state

import (
	"maps"
	"slices"

	"countersign/schema/addr"
	"countersign/schema/spelling"
)

// Respelled is a state and its journal with every address in the one form of package spelling, as configurations have
// them now; older programs kept whatever form the name of a block was written in. Where two addresses would become one,
// the other form stays: it stands for another template, which must not be taken for the first.
func Respelled(s State, records []Record) (State, []Record) {
	var addresses []addr.Address
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
	names := respelling(addresses, Form)
	outputs := respelling(slices.Sorted(maps.Keys(s.Outputs)), spelling.Form)
	if len(names)+len(outputs) == 0 && !slices.ContainsFunc(s.Bindings,
		func(b Binding) bool { return Form(b.Scope) != b.Scope }) {
		return s, records
	}
	called := func(address addr.Address) addr.Address {
		if now, ok := names[address]; ok {
			return now
		}
		return address
	}
	s.Bindings, s.Attachments = slices.Clone(s.Bindings), slices.Clone(s.Attachments)
	s.Outputs, records = maps.Clone(s.Outputs), slices.Clone(records)
	for i := range s.Bindings {
		b := &s.Bindings[i]
		b.Address, b.Scope = called(b.Address), Form(b.Scope)
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
			in.Address, in.Scope = called(in.Address), Form(in.Scope)
			records[i].Intent = &in
		}
	}
	s.Bindings, s.Attachments = sorted(s.Bindings), sortedAttachments(s.Attachments)
	return s, records
}

// Form is an address in the one form of package spelling.
func Form(a addr.Address) addr.Address {
	text := a.String()
	if now := spelling.Form(text); now != text {
		return addr.Of(now)
	}
	return a
}

// respelling maps each name that is in another form to its present name. When several would get one name, the one that
// has it already keeps it; otherwise the first gets it.
func respelling[N comparable](all []N, form func(N) N) map[N]N {
	if !slices.ContainsFunc(all, func(n N) bool { return form(n) != n }) {
		return nil
	}
	owner := map[N]N{} // by the present name
	for _, n := range all {
		if form(n) == n {
			owner[n] = n
		}
	}
	names := map[N]N{}
	for _, n := range all {
		now := form(n)
		if now == n {
			continue
		}
		if _, taken := owner[now]; !taken {
			owner[now] = n
		}
		if owner[now] == n {
			names[n] = now
		}
	}
	return names
}
