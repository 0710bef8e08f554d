package plans

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// EventKind is what an event is about.
type EventKind string

const (
	ReadStart EventKind = "read_start" // Total reads are to be made
	ReadDone  EventKind = "read_done"  // one of them ended
	// Waiting is a pause of Wait for the reason Why; when Why is "", of at most Wait for writes on Total scopes whose
	// answer was lost and that may still be carried out.
	Waiting       EventKind = "waiting"
	SetAside      EventKind = "set_aside"      // a template is given its interim title
	ApplyStart    EventKind = "apply_start"    // a change is begun
	ApplyComplete EventKind = "apply_complete" // it is done; ID holds the tid
	ApplyErrored  EventKind = "apply_errored"  // it failed; Err says why
	StageProgress EventKind = "stage_progress" // Bytes more of Attachment are sent; negative: to be sent again
	NotTried      EventKind = "not_tried"      // it was not begun; Err says why
)

// Event is one moment of a refresh or an apply, for progress and for apply's JSON lines.
type Event struct {
	Kind       EventKind
	Change     *Change           // of the apply kinds, unless it is about an attachment
	Attachment *AttachmentChange // then this is set instead
	Bytes      int64             // of StageProgress
	Removal    bool              // the second half of a replace: the old one is being removed
	ID         int64
	Elapsed    time.Duration
	Total      int           // of ReadStart and Waiting
	Wait       time.Duration // of Waiting
	Why        string        // of Waiting
	Err        error
}

// Result is what an apply did, change by change, in the plan's order.
type Result struct {
	Done     []Done
	Failed   []Failure
	NotTried []Failure
	Staged   []StageResult // of the attachments that had something to do
	Refused  int           // changes that the plan refused
	Recorded int           // edits by hand that the plan did not undo: the state takes them in

	Unwritten bool // the state could not be written: what was done is in the journal alone
	NoOutputs bool // the outputs could not be evaluated
}

// Done is a change that took place.
type Done struct {
	Change Change
	ID     int64   // the tid, of the new one for a create or replace
	Spare  []int64 // more templates that fit a create: it was carried out twice, or somebody else made them
}

// SpareText says which templates fit a create besides the bound one, and what to do about them.
func (d Done) SpareText() string { return SpareText(d.Spare) }

// Spare are the changes with spare templates.
func (r *Result) Spare() []Done {
	var spare []Done
	for _, d := range r.Done {
		if len(d.Spare) > 0 {
			spare = append(spare, d)
		}
	}
	return spare
}

// StageResult is how the staging of one attachment ended.
type StageResult struct {
	Change   AttachmentChange
	Err      error // nil: done
	Unknown  bool  // something may have been done; Err says what to check
	NotTried bool
}

// Failure is a change that did not take place, or whose outcome is unknown.
type Failure struct {
	Change  Change
	Unknown bool // the drive may have done it; the next run finds out by reading
	Removal bool // of a replace: the new one was made, removing the old one failed
	Err     error
}

// Counts counts what was done, for "Apply complete! Resources: …".
func (r *Result) Counts() Counts {
	done := Plan{}
	for _, d := range r.Done {
		done.Changes = append(done.Changes, d.Change)
	}
	for _, s := range r.Staged {
		if s.Err == nil {
			done.Attachments = append(done.Attachments, s.Change)
		}
	}
	n := done.Counts()
	for _, f := range slices.Concat(r.Failed, r.NotTried) {
		if f.Removal {
			n.Add++ // its first half took place
		}
	}
	return n
}

// SpareText says which templates fit a create besides the bound one, and what to do about them.
func SpareText(spare []int64) string {
	ids := make([]string, len(spare))
	for i, id := range spare {
		ids[i] = fmt.Sprint(id)
	}
	return fmt.Sprintf("Also there, of the same title: tid %s. Either the drive was sent the write twice, "+
		"or somebody else made it at the same time, perhaps another configuration, which may have bound the "+
		"same one. Remove what is spare in the drive's console; or, where it belongs to another configuration, "+
		"give it another title there, `countersign state rm` what that one has bound, and import the spare one.",
		strings.Join(ids, ", "))
}
