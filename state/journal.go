package state

import (
	"slices"

	"countersign/schema"
)

// Op is what an intent is about to do to the drive.
type Op string

const (
	OpCreate Op = "create"
	OpUpdate Op = "update"
	OpRemove Op = "remove"
)

// Intent is one write to the drive, noted before it is sent. It holds all that the next run needs to find out,
// by reading the drive, whether it took place.
type Intent struct {
	Seq            int              `json:"seq"` // unique within a journal, given by Begin
	Op             Op               `json:"op"`
	Address        string           `json:"address"`      // "" for the removal of an unmanaged template
	ID             int64            `json:"id,omitempty"` // of update and remove
	ScopeID        int64            `json:"scope_id"`
	Scope          string           `json:"scope,omitempty"`
	ScopeKind      schema.ScopeKind `json:"scope_kind,omitempty"`
	ScopePath      string           `json:"scope_path,omitempty"`
	Wants          *schema.Template `json:"wants,omitempty"` // of create and update
	Known          []int64          `json:"known,omitempty"` // of create: every template id the scope's list held before
	Sets           []string         `json:"sets,omitempty"`
	PreventDestroy bool             `json:"prevent_destroy,omitempty"`
}

// Outcome tells how an intent ended.
type Outcome struct {
	Seq  int   `json:"seq"`
	Done bool  `json:"done"`         // false: certainly not done
	ID   int64 `json:"id,omitempty"` // of a create that was done
}

// Record is one line of a journal: an intent or an outcome.
type Record struct {
	Intent  *Intent  `json:"intent,omitempty"`
	Outcome *Outcome `json:"outcome,omitempty"`
}

// Fold applies a journal's settled records to a state and returns the intents whose outcome is not known, in
// their order. It is a pure function; the serial and lineage stay as they are. A create whose address is bound
// already deposes the template bound before; a removal takes the binding, or the deposed one, of that id away.
func Fold(s State, records []Record) (State, []Intent) {
	outcomes := make(map[int]Outcome, len(records)/2)
	for _, r := range records {
		if r.Outcome != nil {
			outcomes[r.Outcome.Seq] = *r.Outcome
		}
	}
	at := make(map[string]int, len(s.Bindings))
	bindings := slices.Clone(s.Bindings)
	for i, b := range bindings {
		at[b.Address] = i
	}
	var pending []Intent
	for _, r := range records {
		if r.Intent == nil {
			continue
		}
		in := *r.Intent
		out, known := outcomes[in.Seq]
		if !known {
			pending = append(pending, in)
			continue
		}
		if !out.Done {
			continue
		}
		i, bound := at[in.Address]
		switch in.Op {
		case OpCreate:
			b := Binding{Address: in.Address, ID: out.ID, ScopeID: in.ScopeID, Scope: in.Scope, ScopeKind: in.ScopeKind,
				ScopePath: in.ScopePath, Recorded: *in.Wants, Sets: in.Sets, PreventDestroy: in.PreventDestroy}
			if !bound {
				at[in.Address] = len(bindings)
				bindings = append(bindings, b)
				continue
			}
			old := bindings[i]
			b.Deposed = slices.Clone(old.Deposed)
			if old.ID != 0 && old.ID != out.ID {
				b.Deposed = append(b.Deposed, Deposed{ID: old.ID, ScopeID: old.ScopeID, Recorded: old.Recorded})
			}
			bindings[i] = b
		case OpUpdate:
			if bound && bindings[i].ID == in.ID {
				bindings[i].Recorded, bindings[i].Sets, bindings[i].PreventDestroy = *in.Wants, in.Sets, in.PreventDestroy
			}
		case OpRemove:
			if !bound {
				continue
			}
			if bindings[i].ID == in.ID {
				bindings[i].ID = 0
			}
			bindings[i].Deposed = slices.DeleteFunc(slices.Clone(bindings[i].Deposed), func(d Deposed) bool { return d.ID == in.ID })
		}
	}
	bindings = slices.DeleteFunc(bindings, func(b Binding) bool { return b.ID == 0 && len(b.Deposed) == 0 })
	slices.SortStableFunc(bindings, func(a, b Binding) int { return schema.CompareAddresses(a.Address, b.Address) })
	s.Bindings = bindings
	return s, pending
}
