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

// subject is the address that a line about a change begins with.
func subject(c *reconcile.Change) string {
	s := oneLine(address(c))
	if c.Deposed {
		s += fmt.Sprintf(" (deposed object %d)", c.ID)
	}
	return s
}

// sentence is an apply event as Terraform's apply writes it, or "" for one that it does not tell.
func sentence(e reconcile.Event) string {
	if e.Change == nil {
		return ""
	}
	d := deedOf(e.Change, e.Removal)
	id := ""
	if e.ID != 0 {
		id = fmt.Sprintf(" [id=%d]", e.ID)
	}
	switch e.Kind {
	case reconcile.ApplyStart:
		if !d.identity {
			id = ""
		}
		return subject(e.Change) + ": " + d.doing + id
	case reconcile.ApplyComplete:
		if d.action == "delete" {
			id = ""
		}
		return fmt.Sprintf("%s: %s after %s%s", subject(e.Change), d.done, elapsed(e.Elapsed), id)
	case reconcile.ApplyErrored:
		return fmt.Sprintf("%s: %s after %s", subject(e.Change), d.errored, elapsed(e.Elapsed))
	}
	return ""
}

// elapsed is a duration in whole seconds: "0s", "1m5s".
func elapsed(d time.Duration) string { return d.Round(time.Second).String() }
