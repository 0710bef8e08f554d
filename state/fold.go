package state

import (
	"slices"

	"countersign/schema"
	"countersign/schema/addr"
)

// Fold applies a journal's settled records to a state and returns the intents whose outcome is not known, in
// their order. It is a pure function; serial and lineage stay as they are. A create at an address that is bound already
// deposes the template bound before; a removal removes the binding, or the deposed template, of that id.
//
// Records count in their order, and an outcome counts once: folding a part of a journal, and later what was left
// pending with the rest, gives the same as folding the whole. Folding settled records again that a state holds already
// changes nothing.
func Fold(s State, records []Record) (State, []Intent) {
	if len(records) == 0 {
		return s, nil
	}
	at := make(map[addr.Address]int, len(s.Bindings))
	bindings := slices.Clone(s.Bindings)
	for i, b := range bindings {
		at[b.Address] = i
	}
	staged := foldAttachments(s.Attachments)
	var intents []Intent // a settled one is marked by Seq -1
	bySeq := make(map[int]int)
	for _, r := range records {
		if r.Intent != nil {
			bySeq[r.Intent.Seq] = len(intents)
			intents = append(intents, *r.Intent)
		}
		if r.Sent != nil {
			if i, open := bySeq[r.Sent.Seq]; open {
				intents[i].Wait = r.Sent.Wait
			}
		}
		if r.Outcome == nil {
			continue
		}
		i, open := bySeq[r.Outcome.Seq]
		if !open || r.Outcome.Check(intents[i]) != nil {
			continue // an outcome that says nothing leaves its intent pending: the next run asks the drive
		}
		in := intents[i]
		intents[i].Seq = -1
		delete(bySeq, in.Seq)
		if !r.Outcome.Done {
			continue
		}
		if in.Op == OpStage {
			staged.stage(in, *r.Outcome.Staged)
			continue
		}
		j, bound := at[in.Address]
		if !bound {
			if in.Op != OpCreate {
				continue
			}
			j = len(bindings)
			at[in.Address] = j
			bindings = append(bindings, Binding{Address: in.Address})
		}
		bindings[j] = bindings[j].after(in, r.Outcome.ID)
	}
	pending := slices.DeleteFunc(intents, func(in Intent) bool { return in.Seq == -1 })
	bindings = slices.DeleteFunc(bindings, func(b Binding) bool { return b.ID == 0 && len(b.Deposed) == 0 })
	s.Bindings, s.Attachments = sorted(bindings), staged.done()
	if len(pending) == 0 {
		pending = nil
	}
	return s, pending
}

// after is the binding after an intent that was carried out; created is the tid that a create made. The lists of the
// binding given are not changed: another state may share them.
func (b Binding) after(in Intent, created int64) Binding {
	without := func(id int64) []Deposed {
		return slices.DeleteFunc(slices.Clone(b.Deposed), func(d Deposed) bool { return d.ID == id })
	}
	var wants schema.Template
	if in.Wants != nil {
		wants = *in.Wants
	}
	switch in.Op {
	case OpCreate:
		deposed := without(created)
		if b.ID != 0 && b.ID != created {
			deposed = slices.DeleteFunc(deposed, func(d Deposed) bool { return d.ID == b.ID })
			deposed = append(deposed, Deposed{ID: b.ID, ScopeID: b.ScopeID, Recorded: b.Recorded})
		}
		return Binding{Address: in.Address, ID: created, ScopeID: in.ScopeID, Scope: in.Scope, ScopeKind: in.ScopeKind,
			ScopePath: in.ScopePath, Recorded: wants, Sets: in.Sets, PreventDestroy: in.PreventDestroy,
			Deposed: deposed}
	case OpUpdate:
		if b.ID != in.ID { // one that was replaced, and has another title until it is removed
			b.Deposed = slices.Clone(b.Deposed)
			for i := range b.Deposed {
				if b.Deposed[i].ID == in.ID {
					b.Deposed[i].Recorded = wants
				}
			}
			return b
		}
		b.Recorded, b.Sets, b.PreventDestroy = wants, in.Sets, in.PreventDestroy
		if !in.Scope.IsZero() { // the same folder or file may be declared under another name by now
			b.Scope, b.ScopeKind, b.ScopePath = in.Scope, in.ScopeKind, in.ScopePath
		}
	case OpRemove:
		b.Deposed = without(in.ID)
		if b.ID == in.ID {
			b.ID = 0
		}
	}
	return b
}
