package view

import (
	"fmt"
	"time"

	"countersign/reconcile/plans"
)

// Verbs is what an event's change does at that moment, in the words of Terraform's apply.
type Verbs struct {
	Action   string // of the JSON lines: create, update, delete
	doing    string
	done     string
	errored  string
	Identity bool // the id is known while it is being done
}

// verbsOf tells what a change does; removal is the second half of a replace.
func verbsOf(c *plans.Change, removal bool) Verbs {
	switch {
	case c.Action == plans.Remove || removal:
		return Verbs{"delete", "Destroying...", "Destruction complete", "Destruction errored", true}
	case c.Action == plans.Update:
		return Verbs{"update", "Modifying...", "Modifications complete", "Modifications errored", true}
	case c.Action == plans.Forget:
		return Verbs{"remove", "Forgetting...", "Removal from the state complete", "Removal from the state errored", true}
	case c.Action == plans.NoOp:
		return Verbs{"import", "Importing...", "Import complete", "Import errored", true}
	}
	return Verbs{"create", "Creating...", "Creation complete", "Creation errored", false}
}

// stagingOf is verbsOf for an attachment.
func stagingOf(c *plans.AttachmentChange) Verbs {
	d := Verbs{"create", "Staging...", "Staging complete", "Staging errored", false}
	switch c.Action {
	case plans.Update:
		d.Action = "update"
	case plans.Forget:
		return verbsOf(&plans.Change{Action: plans.Forget}, false)
	}
	return d
}

// SubjectOf is the address that a line about a change begins with.
func SubjectOf(c *plans.Change) string {
	s := OneLine(Address(c).String())
	if c.Deposed {
		s += fmt.Sprintf(" (deposed object %d)", c.ID)
	}
	return s
}

// EventVerbs is what an apply event is about.
type EventVerbs struct {
	Subject string
	Verbs
}

// EventVerbsOf is false for an event that is not about a change.
func EventVerbsOf(e plans.Event) (EventVerbs, bool) {
	switch {
	case e.Change != nil:
		return EventVerbs{SubjectOf(e.Change), verbsOf(e.Change, e.Removal)}, true
	case e.Attachment != nil:
		return EventVerbs{OneLine(e.Attachment.Address.String()), stagingOf(e.Attachment)}, true
	}
	return EventVerbs{}, false
}

// Sentence is an apply event as Terraform's apply writes it, or "" for one that it does not tell.
func Sentence(e plans.Event) string {
	a, ok := EventVerbsOf(e)
	if !ok {
		return ""
	}
	id := ""
	if e.ID != 0 {
		id = fmt.Sprintf(" [id=%d]", e.ID)
	}
	switch e.Kind {
	case plans.SetAside:
		return fmt.Sprintf("%s: Setting aside as %s...%s", a.Subject, Quote(e.Change.Interim), id)
	case plans.ApplyStart:
		if !a.Identity {
			id = ""
		}
		return a.Subject + ": " + a.doing + id
	case plans.ApplyComplete:
		if a.Action == "delete" {
			id = ""
		}
		return fmt.Sprintf("%s: %s after %s%s", a.Subject, a.done, elapsed(e.Elapsed), id)
	case plans.ApplyErrored:
		return fmt.Sprintf("%s: %s after %s", a.Subject, a.errored, elapsed(e.Elapsed))
	}
	return ""
}

// elapsed is a duration in whole seconds: "0s", "1m5s".
func elapsed(d time.Duration) string { return d.Round(time.Second).String() }
