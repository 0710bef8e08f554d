package state

import (
	"errors"
	"fmt"
	"time"

	"countersign/schema"
	"countersign/schema/addr"
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
	Address        addr.Address     `json:"address"`      // none for the removal of an unmanaged template
	ID             int64            `json:"id,omitempty"` // of update and remove
	ScopeID        int64            `json:"scope_id"`
	Scope          addr.Address     `json:"scope,omitzero"`
	ScopeKind      schema.ScopeKind `json:"scope_kind,omitempty"`
	ScopePath      string           `json:"scope_path,omitempty"`
	Wants          *schema.Template `json:"wants,omitempty"` // of create and update
	Known          []int64          `json:"known,omitempty"` // of create: the ids that the list held before, sorted
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

// Sent marks an intent as being sent. A write whose answer never came may still be under way to the drive: that it is
// not seen there counts only after the wait. The wait is a duration, not a point in time, because the next run may be
// on a machine with another clock.
type Sent struct {
	Seq  int   `json:"seq"`
	Wait int64 `json:"wait"` // milliseconds
}

// longestWait bounds the wait that a journal can ask for.
const longestWait = 15 * time.Minute

// Waiting is how long the next run must look for a write before it may conclude that it did not take place.
func (in Intent) Waiting() time.Duration {
	return min(max(time.Duration(in.Wait), 0), longestWait/time.Millisecond) * time.Millisecond
}

// Record is one line of a journal: an intent, the mark that it is being sent, or its outcome.
type Record struct {
	Intent  *Intent  `json:"intent,omitempty"`
	Sent    *Sent    `json:"sent,omitempty"`
	Outcome *Outcome `json:"outcome,omitempty"`
}

// Check says what is missing from an intent, so that nothing is noted that the next run could not settle.
func (in Intent) Check() error {
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

// Check says why an outcome cannot be that of the intent.
func (out Outcome) Check(in Intent) error {
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
