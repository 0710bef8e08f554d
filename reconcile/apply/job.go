package apply

import (
	"cmp"
	"fmt"
	"time"

	"countersign/reconcile/plans"
	"countersign/reconcile/write"
	"countersign/schema"
	"countersign/state"
)

// part is which of a change's writes a job is.
type part int

const (
	setAside     part = iota // its template gets its interim title
	makeOrUpdate             // of a replacement: the new one is made
	remove                   // of a replacement: the old one is removed
)

// job is one write of a change.
type job struct {
	write.Write
	at     int // place in plan.Changes
	change *plans.Change
	part   part
	scope  int64 // that it writes to
}

// writes are all writes but removals.
func (a *applier) writes() (jobs []*job) {
	for i := range a.plan.Changes {
		c := &a.plan.Changes[i]
		if key, gives := c.Gives(); gives && c.Interim != "" {
			jobs = append(jobs, &job{at: i, change: c, part: setAside, scope: key.Scope})
		}
		if c.Action == plans.Create || c.Action == plans.Update || c.Action == plans.Replace {
			jobs = append(jobs, &job{at: i, change: c, part: makeOrUpdate, scope: c.Place.ID})
		}
	}
	return jobs
}

// removals are the removals, and the second halves of the replacements whose first half took place. A template whose
// title another one is to get stays when that one did not get it.
func (a *applier) removals() (jobs []*job) {
	for i := range a.plan.Changes {
		c, e := &a.plan.Changes[i], &a.ends[i]
		scope := c.Place.ID
		switch {
		case c.Action == plans.Remove && e.err == nil: // otherwise it could not be set aside
		case c.Action == plans.Replace && e.done:
			*e = ending{id: e.id, spare: e.spare, removal: true}
			scope = c.OldPlace.ID
		default:
			continue
		}
		jb := &job{at: i, change: c, part: remove, scope: scope}
		if heir, inherited := a.order.Successor(i); inherited && !a.ends[heir].made() {
			a.end(jb, fmt.Errorf("tid %d stays until %s has taken its place", c.ID,
				a.plan.Changes[heir].Address), false)
			continue
		}
		jobs = append(jobs, jb)
	}
	return jobs
}

// waits reports whether a job must not be begun because of how another one before it ended.
func (a *applier) waits(jb *job) bool {
	if a.ends[jb.at].err != nil { // it could not be set aside
		return true
	}
	for _, giver := range a.order.Before(jb.at) {
		g := &a.plan.Changes[giver]
		given := false
		if g.Interim != "" {
			given = a.asides[giver].done
		} else { // an update on this scope; another goroutine may be writing the end of any other change
			given = a.ends[giver].done
		}
		if !given {
			a.end(jb, fmt.Errorf("%s (tid %d) still has the title %q", cmp.Or(g.Address.String(), "a template"), g.ID,
				g.Before.Title), false)
			return true
		}
	}
	return false
}

// prepare fills in what a job is to write, and what the journal notes of it. known are the templates on the scope.
func (a *applier) prepare(jb *job, known []int64) {
	c := jb.change
	jb.Intent = state.Intent{Op: state.OpUpdate, Address: c.Address, ID: c.ID, ScopeID: jb.scope}
	switch {
	case jb.part == remove:
		jb.Intent.Op = state.OpRemove
		return
	case jb.part == setAside:
		wants := jb.Live.Template
		wants.Title = c.Interim
		jb.Intent.Wants = &wants
		if b := a.known.Bindings[c.Address]; b != nil { // nothing else of it changes
			jb.Intent.Sets, jb.Intent.PreventDestroy = b.Sets, b.PreventDestroy
		}
		return
	}
	jb.Intent.Scope, jb.Intent.ScopeKind, jb.Intent.ScopePath = c.Place.Address, c.Place.Kind, c.Place.Path
	jb.Intent.Wants, jb.Intent.Sets, jb.Intent.PreventDestroy = c.After, c.Sets, c.PreventDestroy
	if c.Action != plans.Update {
		jb.Intent.Op, jb.Intent.ID, jb.Intent.Known, jb.Opaque = state.OpCreate, 0, known, c.Opaque
	}
	if c.Recreates() {
		jb.Gone = c.ID
	}
}

// check refuses a job whose template is no longer as the plan saw it, and one that would give its scope a second
// template of a title. taken are the titles that the jobs of this round get.
func (a *applier) check(jb *job, list write.List, taken map[schema.Title]bool) error {
	c := jb.change
	if c.ID != 0 && c.Action != plans.Create {
		jb.Live = list.ByID[c.ID]
	}
	switch {
	case jb.part == makeOrUpdate && c.Action != plans.Update:
		if b := a.known.Bindings[c.Address]; c.Action == plans.Create && !c.Recreates() && b != nil && b.ID != 0 {
			return fmt.Errorf("%s stands for tid %d since the plan was made; plan again", c.Address, b.ID)
		}
		if back := list.ByID[c.ID]; c.Recreates() && back != nil && back.ScopeID == c.Place.ID {
			return fmt.Errorf("tid %d was gone when the plan was made and is there again; plan again", c.ID)
		}
	case jb.Live == nil && jb.part == remove:
		return a.writer.Vanished(a.ctx, c.ID)
	case jb.Live == nil:
		return fmt.Errorf("tid %d is gone since the plan was made; plan again", c.ID)
	default: // this is the scope of the old one, so that no other goroutine writes its aside
		if err := a.same(jb.Live, cmp.Or(a.asides[jb.at].saw, c.Saw)); err != nil {
			return err
		}
		if jb.part == setAside {
			return a.free(schema.TitleIn(jb.Live.ScopeID, c.Interim), list, taken)
		}
		if jb.part == remove {
			return nil
		}
	}
	if key, takes := c.Takes(); takes {
		return a.free(key, list, taken)
	}
	return nil
}

// free refuses to give a title to a second template of its scope.
func (a *applier) free(key schema.Title, list write.List, taken map[schema.Title]bool) error {
	if have := list.ByTitle[key]; len(have) > 0 {
		l := have[0]
		if address := a.known.Owners[l.ID]; !address.IsZero() {
			return fmt.Errorf("%s (tid %d) has the title %q; plan again", address, l.ID, key.Text)
		}
		return fmt.Errorf("somebody made a template of that title since the plan (tid %d%s); plan again", l.ID,
			a.edited(l))
	}
	if taken[key] {
		return fmt.Errorf("another template is given the title %q; plan again", key.Text)
	}
	taken[key] = true
	return nil
}

// same refuses to write a template that is no longer as it was seen.
func (a *applier) same(l *schema.Live, saw string) error {
	if plans.Fingerprint(l) == saw {
		return nil
	}
	return fmt.Errorf("tid %d was edited since the plan was made%s; it was left as it is: plan again", l.ID,
		a.edited(l))
}

// edited says who edited a template last and when, as far as the drive does.
func (a *applier) edited(l *schema.Live) string {
	if l.Editor == 0 {
		return ""
	}
	a.mu.Lock()
	by, known := a.people[l.Editor]
	a.mu.Unlock()
	if !known {
		by = a.plan.People[l.Editor]
	}
	by.ID = l.Editor
	text := ", by " + plans.PersonText(by)
	if l.Edited != 0 {
		text += " at " + time.Unix(l.Edited, 0).Format("2006-01-02 15:04:05 -07:00")
	}
	return text
}
