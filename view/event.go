package view

import (
	"fmt"
	"time"

	"countersign/reconcile"
)

// verbs is what an event's change does at that moment, in the words of Terraform's apply.
type verbs struct {
	action   string // of the JSON lines: create, update, delete
	doing    string
	done     string
	errored  string
	past     string // of the summary at the end
	identity bool   // the id is known while it is being done
}

// verbsOf tells what a change does; removal is the second half of a replace.
func verbsOf(c *reconcile.Change, removal bool) verbs {
	switch {
	case c.Action == reconcile.Remove || removal:
		return verbs{"delete", "Destroying...", "Destruction complete", "Destruction errored", "destroyed", true}
	case c.Action == reconcile.Update:
		return verbs{"update", "Modifying...", "Modifications complete", "Modifications errored", "changed", true}
	case c.Action == reconcile.Forget:
		return verbs{"remove", "Forgetting...", "Removal from the state complete", "Removal from the state errored",
			"forgotten", true}
	case c.Action == reconcile.NoOp:
		return verbs{"import", "Importing...", "Import complete", "Import errored", "imported", true}
	}
	return verbs{"create", "Creating...", "Creation complete", "Creation errored", "created", false}
}

// stagingOf is deedOf for an attachment.
func stagingOf(c *reconcile.AttachmentChange) verbs {
	d := verbs{"create", "Staging...", "Staging complete", "Staging errored", "staged", false}
	switch c.Action {
	case reconcile.Update:
		d.action = "update"
	case reconcile.Forget:
		return verbsOf(&reconcile.Change{Action: reconcile.Forget}, false)
	}
	return d
}

// subject is the address that a line about a change begins with.
func subject(c *reconcile.Change) string {
	s := oneLine(address(c).String())
	if c.Deposed {
		s += fmt.Sprintf(" (deposed object %d)", c.ID)
	}
	return s
}

// subjectVerbs is what an apply event is about.
type subjectVerbs struct {
	subject  string
	resource jsonResource
	verbs
}

// subjectVerbsOf is false for an event that is not about a change.
func subjectVerbsOf(e reconcile.Event) (subjectVerbs, bool) {
	switch {
	case e.Change != nil:
		return subjectVerbs{subject(e.Change), resourceOf(address(e.Change)), verbsOf(e.Change, e.Removal)}, true
	case e.Attachment != nil:
		r := resourceOf(e.Attachment.Address)
		r.ImpliedProvider = systemOf(e.Attachment)
		return subjectVerbs{oneLine(e.Attachment.Address.String()), r, stagingOf(e.Attachment)}, true
	}
	return subjectVerbs{}, false
}

// sentence is an apply event as Terraform's apply writes it, or "" for one that it does not tell.
func sentence(e reconcile.Event) string {
	a, ok := subjectVerbsOf(e)
	if !ok {
		return ""
	}
	id := ""
	if e.ID != 0 {
		id = fmt.Sprintf(" [id=%d]", e.ID)
	}
	switch e.Kind {
	case reconcile.SetAside:
		return fmt.Sprintf("%s: Setting aside as %s...%s", a.subject, quote(e.Change.Interim), id)
	case reconcile.ApplyStart:
		if !a.identity {
			id = ""
		}
		return a.subject + ": " + a.doing + id
	case reconcile.ApplyComplete:
		if a.action == "delete" {
			id = ""
		}
		return fmt.Sprintf("%s: %s after %s%s", a.subject, a.done, elapsed(e.Elapsed), id)
	case reconcile.ApplyErrored:
		return fmt.Sprintf("%s: %s after %s", a.subject, a.errored, elapsed(e.Elapsed))
	}
	return ""
}

// elapsed is a duration in whole seconds: "0s", "1m5s".
func elapsed(d time.Duration) string { return d.Round(time.Second).String() }
