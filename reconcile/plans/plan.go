// Package plans has the plan as a value: its changes, why they are made, which of them wait for which, how a plan is
// saved, and the events and the result of an apply. It compares nothing and reads nothing: package reconcile makes
// plans, package apply carries them out, and view shows them.
package plans

import (
	"cmp"
	"fmt"

	"countersign/schema"
	"countersign/schema/addr"
)

// Action is what a change does to one template on the drive.
type Action string

const (
	NoOp    Action = "no-op" // live is as declared
	Create  Action = "create"
	Update  Action = "update"
	Replace Action = "replace" // create a new one, on the new scope if there is one, then remove the old one
	Remove  Action = "delete"
	Forget  Action = "forget" // gone on the drive and no longer declared: only the binding goes
)

// Mode is what a plan was asked to be.
type Mode string

const (
	Normal      Mode = "normal"
	Destroy     Mode = "destroy"      // remove everything bound
	RefreshOnly Mode = "refresh-only" // record what is live, change nothing on the drive
)

// Place is the folder or file that a template is attached to, as a reader knows it.
type Place struct {
	Address addr.Address     `json:"address,omitzero"` // none when no longer declared
	Kind    schema.ScopeKind `json:"kind,omitempty"`
	ID      int64            `json:"id"`
	Path    string           `json:"path,omitempty"`
}

// Edit is who wrote a live template last, and when.
type Edit struct {
	By schema.Person `json:"by"` // the names may be empty when the drive does not tell them
	At int64         `json:"at"` // Unix seconds, 0 when unknown
}

// Reason is why something is done that no line of the configuration asks for by itself. Diff decides it; view words it.
type Reason string

const (
	Gone       Reason = "gone"        // what the address stood for is gone from the drive
	Undeclared Reason = "undeclared"  // no block declares it
	KeyGone    Reason = "key_gone"    // its block is there, and its key is no longer in for_each
	LeftOver   Reason = "left_over"   // a replacement that did not finish has still to remove it
	Unowned    Reason = "unowned"     // its scope is wholly owned, and no address stands for it
	Elsewhere  Reason = "other_scope" // it is attached to another scope than is declared
	Asked      Reason = "asked"       // a new one is asked for by -replace
)

// Change is what the plan would do about one template.
type Change struct {
	Address   addr.Address `json:"address"` // none for the removal of an unmanaged one
	Action    Action       `json:"action"`
	Importing bool         `json:"importing,omitempty"` // the live template is bound to Address first
	ID        int64        `json:"id,omitempty"`        // the live template's tid; of a create 0, or the gone one's
	Place     Place        `json:"place"`               // where it is, or for create and replace will be
	OldPlace  *Place       `json:"old_place,omitempty"` // of a replace

	Before *schema.Template `json:"before,omitempty"` // live
	After  *schema.Template `json:"after,omitempty"`  // what it will be
	Steps  []StepChange     `json:"steps,omitempty"`  // of update and replace, in reading order

	Reason  Reason `json:"reason,omitempty"`  // "": the configuration says so, or everything is destroyed
	Deposed bool   `json:"deposed,omitempty"` // about a template that another one has replaced at the address
	Edited  *Edit  `json:"edited,omitempty"`  // who wrote the live template last

	InFlight *InFlight `json:"-"` // of a change that Unsettles approvals; nil: nobody has looked; in no saved plan

	// Of a replace: the old one's schema.Live.Opaque, for fields that nobody here knows.
	Opaque string `json:"opaque,omitempty"`
	Saw    string `json:"saw,omitempty"` // fingerprint of the live template that the plan looked at

	Interim string `json:"interim,omitempty"` // its title during the apply, until another one has its own
	// Of a refused change: what has the title. ID, Before and Edited are that one's.
	Holder *Holder `json:"holder,omitempty"`

	// What the state will say of it.
	Sets           []string `json:"sets,omitempty"`
	PreventDestroy bool     `json:"prevent_destroy,omitempty"`
}

// Recreates reports whether a template is made because the one that its address stood for is gone.
func (c *Change) Recreates() bool { return c.Action == Create && c.Reason == Gone }

// StepChange is one line of an aligned comparison of two lists of steps.
type StepChange struct {
	From   int          `json:"from"`            // its place before, from 0; -1: the step is added
	To     int          `json:"to"`              // its place after, from 0; -1: the step is removed
	Moved  bool         `json:"moved,omitempty"` // it changed its place among the steps that stay
	Before *schema.Step `json:"before,omitempty"`
	After  *schema.Step `json:"after,omitempty"`
}

// Same reports whether the step neither moved nor changed.
func (s StepChange) Same() bool {
	return s.Before != nil && s.After != nil && !s.Moved && s.Before.Equal(*s.After)
}

// Drift is a bound template whose live form differs from what was recorded: somebody edited by hand.
type Drift struct {
	Address  addr.Address     `json:"address"`
	ID       int64            `json:"id"`
	Place    Place            `json:"place"`
	Recorded *schema.Template `json:"recorded"`
	Live     *schema.Template `json:"live"` // nil: it is gone
	Steps    []StepChange     `json:"steps,omitempty"`
	Edited   *Edit            `json:"edited,omitempty"`

	// Of a normal plan: whether it undoes at least a part of the edit, and which attributes of it stay.
	Undone bool   `json:"undone,omitempty"`
	Stays  []Stay `json:"stays,omitempty"`
}

// StayReason is why an edit by hand stays.
type StayReason string

const (
	Unset   StayReason = "unset"   // the configuration does not set the attribute
	Ignored StayReason = "ignored" // its ignore_changes names it
	Agreed  StayReason = "agreed"  // the configuration says the same by now
)

// Stay is an attribute that was edited by hand and that the plan leaves as it is.
type Stay struct {
	Attribute string     `json:"attribute"`
	Why       StayReason `json:"why"`
}

// Found is a live template in a declared scope that no address stands for.
type Found struct {
	ID         int64           `json:"id"`
	Place      Place           `json:"place"`
	Live       schema.Template `json:"live"`
	Unreadable string          `json:"unreadable,omitempty"` // why Live holds nothing but the title
	Edited     *Edit           `json:"edited,omitempty"`
}

// OutputChange is an output whose value differs from the one the state holds.
type OutputChange struct {
	Name      string `json:"name"`
	Action    Action `json:"action"` // create, update, delete
	Before    any    `json:"before,omitempty"`
	After     any    `json:"after,omitempty"` // as encoding/json would decode it; nil while Unknown
	Unknown   bool   `json:"unknown,omitempty"`
	Sensitive bool   `json:"sensitive,omitempty"`
}

// Plan is what would be done, as a value: sorted, serialisable, the same every time.
type Plan struct {
	Mode        Mode                    `json:"mode"`
	Changes     []Change                `json:"changes"`               // one a template, NoOp too; by address, then id
	Attachments []AttachmentChange      `json:"attachments,omitempty"` // NoOp included; by address
	Drift       []Drift                 `json:"drift"`
	Unmanaged   []Found                 `json:"unmanaged"`
	HeldBack    []Change                `json:"held_back,omitempty"` // removals and replaces left out by -no-removals
	Refused     []Change                `json:"refused,omitempty"`   // what would make a second template of a title
	Outputs     []OutputChange          `json:"outputs"`
	Targets     []string                `json:"targets,omitempty"`
	Catalogue   schema.Catalogue        `json:"catalogue"`
	People      map[int64]schema.Person `json:"people,omitempty"` // every name that this run knows
	Bound       int                     `json:"bound"`            // templates bound before
	Warnings    schema.Diagnostics      `json:"warnings,omitempty"`
	Checks      []schema.Check          `json:"checks,omitempty"` // of policies; failures are in Warnings too
}

// Counts are the numbers of a plan's last line.
type Counts struct {
	Import, Add, Change, Destroy, Forget int
}

// Counts counts the changes; a replace is one to add and one to destroy, as in Terraform.
func (p *Plan) Counts() Counts {
	var n Counts
	for _, c := range p.Changes {
		if c.Importing {
			n.Import++
		}
		switch c.Action {
		case Create:
			n.Add++
		case Update:
			n.Change++
		case Replace:
			n.Add++
			n.Destroy++
		case Remove:
			n.Destroy++
		case Forget:
			n.Forget++
		}
	}
	for _, a := range p.Attachments {
		switch a.Action {
		case Create:
			n.Add++
		case Update:
			n.Change++
		case Forget:
			n.Forget++
		}
	}
	return n
}

// Empty reports whether applying the plan would leave the drive, the bindings and the outputs as they are.
// Drift alone does not make a normal plan non-empty; it makes a refresh-only plan non-empty.
func (p *Plan) Empty() bool {
	if p.Counts() != (Counts{}) || len(p.Outputs) > 0 || len(p.Refused) > 0 {
		return false
	}
	return p.Mode != RefreshOnly || len(p.Drift) == 0
}

// Text is a place in a message: its path and address, as far as they are known, and its id.
func (p Place) Text() string {
	switch address := p.Address.String(); {
	case p.Path == "" && address == "":
		return fmt.Sprint(p.ID)
	case p.Path == "" || address == "":
		return fmt.Sprintf("%s (id %d)", p.Path+address, p.ID)
	default:
		return fmt.Sprintf("%s, %s (id %d)", p.Path, address, p.ID)
	}
}

// PersonText is a person in a message.
func PersonText(p schema.Person) string {
	return cmp.Or(p.Realname, p.Username, fmt.Sprintf("user %d", p.ID))
}
