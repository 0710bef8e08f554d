package view

import (
	"fmt"
	"time"

	"countersign/reconcile"
)

// deed is what an event's change does at that moment, in the words of Terraform's apply.
type deed struct {
	action   string // of the JSON lines: create, update, delete
	doing    string
	done     string
	errored  string
	past     string // of the summary at the end
	identity bool   // the id is known while it is being done
}

// deedOf tells what a change does; removal is the second half of a replace.
func deedOf(c *reconcile.Change, removal bool) deed {
	switch {
	case c.Action == reconcile.Remove || removal:
		return deed{"delete", "Destroying...", "Destruction complete", "Destruction errored", "destroyed", true}
	case c.Action == reconcile.Update:
		return deed{"update", "Modifying...", "Modifications complete", "Modifications errored", "changed", true}
	case c.Action == reconcile.Forget:
		return deed{"remove", "Forgetting...", "Removal from the state complete", "Removal from the state errored", "forgotten", true}
	case c.Action == reconcile.NoOp:
		return deed{"import", "Importing...", "Import complete", "Import errored", "imported", true}
	}
	return deed{"create", "Creating...", "Creation complete", "Creation errored", "created", false}
}

// stagingOf is deedOf for an attachment.
func stagingOf(c *reconcile.AttachmentChange) deed {
	d := deed{"create", "Staging...", "Staging complete", "Staging errored", "staged", false}
	switch c.Action {
	case reconcile.Update:
		d.action = "update"
	case reconcile.Forget:
		return deedOf(&reconcile.Change{Action: reconcile.Forget}, false)
	}
	return d
}

// subject is the address that a line about a change begins with.
func subject(c *reconcile.Change) string {
	s := oneLine(address(c))
	if c.Deposed {
		s += fmt.Sprintf(" (deposed object %d)", c.ID)
	}
	return s
}

// affair is what an apply event is about.
type affair struct {
	subject  string
	resource jsonResource
	deed
}

// affairOf is false for an event that is not about a change.
func affairOf(e reconcile.Event) (affair, bool) {
	switch {
	case e.Change != nil:
		return affair{subject(e.Change), resourceOf(address(e.Change)), deedOf(e.Change, e.Removal)}, true
	case e.Attachment != nil:
		r := resourceOf(e.Attachment.Address)
		r.ImpliedProvider = systemOf(e.Attachment)
		return affair{oneLine(e.Attachment.Address), r, stagingOf(e.Attachment)}, true
	}
	return affair{}, false
}

// sentence is an apply event as Terraform's apply writes it, or "" for one that it does not tell.
func sentence(e reconcile.Event) string {
	a, ok := affairOf(e)
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
