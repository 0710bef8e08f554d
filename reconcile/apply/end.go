package apply

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"time"

	"countersign/reconcile/plans"
	"countersign/reconcile/write"
)

// ending is how one change ended.
type ending struct {
	tried   bool
	done    bool
	unknown bool // the drive may have done it
	removal bool // it is about the second half of a replacement
	id      int64
	spare   []int64 // of a create: what else on the drive fits it
	err     error
}

// made reports whether a change's create or update took place.
func (e ending) made() bool { return e.done || e.removal }

// aside is how giving a change's template its interim title ended.
type aside struct {
	done bool
	saw  string // fingerprint of the template under that title
}

// sending reports that a job's call is made.
func (a *applier) sending(jb *job) {
	kind := plans.ApplyStart
	if jb.part == setAside {
		kind = plans.SetAside
	}
	a.settings.Events(plans.Event{Kind: kind, Change: jb.change, ID: jb.change.ID,
		Removal: jb.part == remove && jb.change.Action == plans.Replace})
}

func (a *applier) complete(jb *job) {
	if jb.part == setAside {
		l := *jb.Live
		l.Template = *jb.Intent.Wants
		a.asides[jb.at] = aside{done: true, saw: plans.Fingerprint(&l)}
		return
	}
	e := &a.ends[jb.at]
	e.tried, e.done = true, true
	shown := jb.change.ID
	if !e.removal {
		e.id, e.spare = cmp.Or(jb.ID, jb.change.ID), jb.Spare
		shown = e.id
	}
	a.settings.Events(plans.Event{Kind: plans.ApplyComplete, Change: jb.change, Removal: e.removal, ID: shown,
		Elapsed: time.Since(jb.Began)})
}

func (a *applier) fail(jb *job, err error) {
	interrupted := errors.Is(err, write.ErrInterrupted)
	if jb.part == setAside {
		if jb.change.Action == plans.Replace && !slices.Contains(a.order.Before(jb.at), jb.at) {
			return // the replacement goes on; only the change that waits for the title does not
		}
		if !interrupted {
			err = fmt.Errorf("giving it the title %q until another template has its own: %w", jb.change.Interim, err)
		}
	}
	a.end(jb, err, !interrupted)
}

// end notes why a job was not done, and whether it was tried.
func (a *applier) end(jb *job, err error, tried bool) {
	e := &a.ends[jb.at]
	e.err, e.unknown, e.tried = err, jb.Unknown, tried
	event := plans.Event{Kind: plans.ApplyErrored, Change: jb.change, Removal: e.removal, ID: jb.change.ID, Err: err}
	if !tried {
		event.Kind = plans.NotTried
	}
	if jb.Sent {
		event.Elapsed = time.Since(jb.Began)
	}
	a.settings.Events(event)
}

// result gathers how the changes ended, in the plan's order.
func (a *applier) result() *plans.Result {
	r := &plans.Result{Refused: len(a.plan.Refused)}
	for _, d := range a.plan.Drift {
		if !d.Undone {
			r.Recorded++
		}
	}
	for i, c := range a.plan.Changes {
		e := a.ends[i]
		switch {
		case c.Action == plans.NoOp && !c.Importing:
		case c.Action == plans.NoOp, c.Action == plans.Forget, e.done:
			r.Done = append(r.Done, plans.Done{Change: c, ID: cmp.Or(e.id, c.ID), Spare: e.spare})
		case a.plan.Mode == plans.RefreshOnly:
		case e.tried:
			r.Failed = append(r.Failed, plans.Failure{Change: c, Unknown: e.unknown, Removal: e.removal, Err: e.err})
		default:
			r.NotTried = append(r.NotTried, plans.Failure{Change: c, Removal: e.removal,
				Err: cmp.Or(e.err, write.ErrInterrupted)})
		}
	}
	return r
}
