package view

import (
	"fmt"
	"time"

	"countersign/reconcile/plans"
)

// Verbs are the words for what an event's change does, as Terraform's apply has them.
type Verbs struct {
	Action string // in JSON lines: create, update, delete
	doing  string // "Creating"
	noun   string // "Creation"
	HasID  bool   // the template's id is known from the start
}

// verbsOf are the words for a change; removal is the second half of a replacement.
func verbsOf(c *plans.Change, removal bool) Verbs {
	switch {
	case c.Action == plans.Remove || removal:
		return Verbs{"delete", "Destroying", "Destruction", true}
	case c.Action == plans.Update:
		return Verbs{"update", "Modifying", "Modifications", true}
	case c.Action == plans.Forget:
		return Verbs{"remove", "Forgetting", "Removal from the state", true}
	case c.Action == plans.NoOp:
		return Verbs{"import", "Importing", "Import", true}
	}
	return Verbs{"create", "Creating", "Creation", false}
}

// stagingVerbs are verbsOf for an attachment.
func stagingVerbs(c *plans.AttachmentChange) Verbs {
	switch c.Action {
	case plans.Update:
		return Verbs{"update", "Staging", "Staging", false}
	case plans.Forget:
		return verbsOf(&plans.Change{Action: plans.Forget}, false)
	}
	return Verbs{"create", "Staging", "Staging", false}
}

// SubjectOf is the address that a line about a change begins with.
func SubjectOf(c *plans.Change) string {
	s := OneLine(Address(c).String())
	if c.Deposed {
		s += fmt.Sprintf(" (deposed object %d)", c.ID)
	}
	return s
}

// EventVerbs is what an apply event is about, and the words for it.
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
		return EventVerbs{OneLine(e.Attachment.Address.String()), stagingVerbs(e.Attachment)}, true
	}
	return EventVerbs{}, false
}

// Sentence is an apply event as Terraform's apply writes it; "" for one that it writes nothing about.
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
		if !a.HasID {
			id = ""
		}
		return a.Subject + ": " + a.doing + "..." + id
	case plans.ApplyComplete:
		if a.Action == "delete" {
			id = ""
		}
		return fmt.Sprintf("%s: %s complete after %s%s", a.Subject, a.noun, elapsed(e.Elapsed), id)
	case plans.ApplyErrored:
		return fmt.Sprintf("%s: %s errored after %s", a.Subject, a.noun, elapsed(e.Elapsed))
	}
	return ""
}

// elapsed is a duration in whole seconds: "0s", "1m5s".
func elapsed(d time.Duration) string { return d.Round(time.Second).String() }
