package state

import (
	"errors"
	"fmt"
	"slices"
	"time"

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
	Stage          *Stage           `json:"stage,omitempty"` // of stage
	Wait           int64            `json:"wait,omitempty"`  // milliseconds; see Sent. 0: it was never sent
}

// Outcome tells how an intent ended.
type Outcome struct {
	Seq    int     `json:"seq"`
	Done   bool    `json:"done"`             // false: certainly not done
	ID     int64   `json:"id,omitempty"`     // of a create that was done
	Staged *Staged `json:"staged,omitempty"` // of a stage that was done
}

// Sent marks an intent as being sent. A write whose answer never came may still be under way on the drive: for so long,
// that it is not seen there does not mean that it will not be. It is a length and no point in time, because the next
// run may be on a machine whose clock says something else.
type Sent struct {
	Seq  int   `json:"seq"`
	Wait int64 `json:"wait"` // milliseconds
}

// longestWait bounds what a journal can ask the next run to wait for.
const longestWait = 15 * time.Minute

// Waiting is how long the next run has to look for a write before it may conclude that it did not take place.
func (in Intent) Waiting() time.Duration {
	return min(max(time.Duration(in.Wait), 0), longestWait/time.Millisecond) * time.Millisecond
}

// Record is one line of a journal: an intent, the mark that it is being sent, or its outcome.
type Record struct {
	Intent  *Intent  `json:"intent,omitempty"`
	Sent    *Sent    `json:"sent,omitempty"`
	Outcome *Outcome `json:"outcome,omitempty"`
}

// check says what of an intent is missing, so that nothing is noted that the next run could not settle.
func (in Intent) check() error {
	var errs []error
	switch in.Op {
	case OpCreate, OpUpdate:
		if in.Wants == nil {
			errs = append(errs, errors.New("it does not say what the template is to be"))
		}
	case OpRemove:
	case OpStage:
		if err := in.Stage.check(); err != nil {
			errs = append(errs, err)
		}
	default:
		errs = append(errs, fmt.Errorf("its operation %q is none of create, update, remove and stage", in.Op))
	}
	if in.ID <= 0 && (in.Op == OpUpdate || in.Op == OpRemove) {
		errs = append(errs, fmt.Errorf("its tid %d is not that of a template", in.ID))
	}
	if err := in.checkPlace(); err != nil {
		errs = append(errs, err)
	}
	if len(errs) == 0 {
		return nil
	}
	return fmt.Errorf("intent %d to %s %s: %w", in.Seq, in.Op, quotedIfOdd(in.Address), errors.Join(errs...))
}

// check says why an outcome cannot be that of the intent.
func (out Outcome) check(in Intent) error {
	if out.Done && in.Op == OpCreate && out.ID <= 0 {
		return fmt.Errorf("outcome of intent %d to create %s: it is said to be done, but no tid is given", out.Seq,
			in.Address)
	}
	if out.Done && in.Op == OpStage && out.Staged != nil && (in.Stage.Part == StageDriveFile ||
		in.Stage.Part == StageDriveFolder) && out.Staged.ID <= 0 {
		return fmt.Errorf("outcome of intent %d to stage %s: id %d is not that of an attachment on the drive", out.Seq,
			in.Address, out.Staged.ID)
	}
	if out.Done && in.Op == OpStage && out.Staged == nil {
		return fmt.Errorf("outcome of intent %d to stage %s: it is said to be done, but not what was answered", out.Seq,
			in.Address)
	}
	return nil
}

// Fold applies a journal's settled records to a state and returns the intents whose outcome is not known, in
// their order. It is a pure function; the serial and lineage stay as they are. A create whose address is bound
// already deposes the template bound before; a removal takes the binding, or the deposed one, of that id away.
//
// Records count in their order, an outcome when it comes and once: so folding a part of a journal, and later
// what was left pending with the rest, ends where folding the whole does. To fold settled records again that a
// state holds already changes nothing.
func Fold(s State, records []Record) (State, []Intent) {
	if len(records) == 0 {
		return s, nil
	}
	at := make(map[string]int, len(s.Bindings))
	bindings := slices.Clone(s.Bindings)
	for i, b := range bindings {
		at[b.Address] = i
	}
	attached := attachments(s.Attachments)
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
		if !open || r.Outcome.check(intents[i]) != nil {
			continue // an outcome that says nothing leaves its intent pending: the next run asks the drive
		}
		in := intents[i]
		intents[i].Seq = -1
		delete(bySeq, in.Seq)
		if !r.Outcome.Done {
			continue
		}
		if in.Op == OpStage {
			attached = attached.stage(in, *r.Outcome.Staged)
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
	s.Bindings, s.Attachments = sorted(bindings), attached
	if len(pending) == 0 {
		pending = nil
	}
	return s, pending
}

// after returns what becomes of a binding by an intent that was carried out; created is the tid of what a create
// made. The lists of the binding given are left alone: another state may share them.
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
			ScopePath: in.ScopePath, Recorded: wants, Sets: in.Sets, PreventDestroy: in.PreventDestroy, Deposed: deposed}
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
		if in.Scope != "" { // the same folder or file may be declared under another name by now
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
