package reconcile

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"sync"
	"time"

	"countersign/schema"
	"countersign/state"
)

// Journal is where Apply notes a write before it is sent, and how it ended.
type Journal interface {
	Begin(ctx context.Context, intents []state.Intent) ([]state.Intent, error)
	Sent(ctx context.Context, mark state.Sent) error
	Settle(ctx context.Context, outcomes []state.Outcome) error
}

// ErrInterrupted is why a change was not tried: the run was told to stop.
var ErrInterrupted = errors.New("interrupted before it was begun")

// Apply carries a plan out on the drive. Cancelling ctx lets the calls under way finish and starts no others.
// Creates and updates come before removals; within each, scopes are worked on side by side and each scope's
// writes too, begun in the plan's order. Each scope is read once right before its writes and, where a create or a
// failure must be looked at, once after.
//
// The state returned is what is to be written, outputs apart: what st said, changed by what was done. While
// Result.Unsettled, it must not be written: the journal then still holds what the next run has to find out.
func Apply(ctx context.Context, d Drive, j Journal, p *Plan, st state.State, s Settings) (*Result, state.State) {
	s = s.withDefaults()
	a := &applier{
		stop:     ctx,
		calls:    context.WithoutCancel(ctx), // a call under way is let finish: only its outcome can be recorded
		drive:    d,
		journal:  j,
		settings: s,
		slots:    make(chan struct{}, s.Parallelism),
		plan:     p,
		bound:    map[int64]bool{}, addresses: map[string]int64{},
		people: map[int64]schema.Person{},
		ends:   make([]end, len(p.Changes)),
	}
	for _, b := range st.Bindings {
		a.bound[b.ID], a.addresses[b.Address] = true, b.ID
		for _, dep := range b.Deposed {
			a.bound[dep.ID] = true
		}
	}
	for i := range p.Changes {
		if c := &p.Changes[i]; c.Importing || c.Unmanaged {
			a.bound[c.ID] = true
		}
	}
	if p.Mode != RefreshOnly {
		a.phase(func(c *Change) (int64, bool) {
			return c.Place.ID, c.Action == Create || c.Action == Update || c.Action == Replace
		}, a.write)
		a.phase(func(c *Change) (int64, bool) {
			if c.Action == Replace {
				return c.OldPlace.ID, true
			}
			return c.Place.ID, c.Action == Remove
		}, a.remove)
	}
	result := a.result()
	failed := map[string]bool{}
	if p.Mode != RefreshOnly {
		for _, r := range a.stage(p.Attachments, st, s.Stagers) {
			if r.Change.Action != NoOp {
				result.Staged = append(result.Staged, r)
			}
			failed[r.Change.Address] = r.Err != nil
		}
	}
	settled, _ := state.Fold(st, a.records)
	return result, recordAttachments(record(settled, p, result), p, failed)
}

// applier is one Apply under way.
type applier struct {
	stop      context.Context // done when no further call must be begun
	calls     context.Context
	drive     Drive
	journal   Journal
	settings  Settings
	slots     chan struct{} // one a call under way
	plan      *Plan
	addresses map[string]int64 // what each address stood for when the apply began
	bound     map[int64]bool   // ids that are somebody's: bound, deposed, being imported or to be removed
	ends      []end            // by place in plan.Changes; each written by the goroutine of its scope alone

	mu      sync.Mutex
	records []state.Record
	people  map[int64]schema.Person // whom the lists read before writing name: an editor since the plan may be new to it
}

// end is how one change ended.
type end struct {
	tried   bool
	done    bool
	unknown bool // the drive may have done it
	removal bool // the second half of a replace
	id      int64
	err     error
}

// job is one change of a scope with the intent that was noted for it.
type job struct {
	at     int // place in plan.Changes
	change *Change
	intent state.Intent
	gone   int          // of a create again: the Seq that notes the old one as removed
	live   *schema.Live // of an update: what was read right before
	began  time.Time
	err    error // of the call
	sent   bool
}

// phase works on the changes that pick takes, grouped by the scope it names, scopes side by side.
func (a *applier) phase(pick func(*Change) (int64, bool), work func(scope int64, jobs []*job)) {
	var order []int64
	groups := map[int64][]*job{}
	for i := range a.plan.Changes {
		c := &a.plan.Changes[i]
		scope, ok := pick(c)
		if !ok {
			continue
		}
		if _, seen := groups[scope]; !seen {
			order = append(order, scope)
		}
		groups[scope] = append(groups[scope], &job{at: i, change: c})
	}
	var wg sync.WaitGroup
	turn := make(chan struct{}, a.settings.Parallelism) // scopes under way: they begin in order
	for _, scope := range order {
		turn <- struct{}{}
		wg.Go(func() {
			defer func() { <-turn }()
			work(scope, groups[scope])
		})
	}
	wg.Wait()
}

// write makes one scope's creates, the first halves of its replaces, and its updates.
func (a *applier) write(scope int64, jobs []*job) {
	listing, err := a.list(scope)
	if err != nil {
		a.failAll(jobs, err)
		return
	}
	list := index(listing.Templates)
	jobs = a.keep(jobs, func(jb *job) error { return a.checkWrite(jb, list) })
	known := make([]int64, len(listing.Templates))
	for i, l := range listing.Templates {
		known[i] = l.ID
	}
	for _, jb := range jobs {
		c := jb.change
		jb.intent = state.Intent{Op: state.OpCreate, Address: c.Address, ScopeID: c.Place.ID, Scope: c.Place.Address, ScopeKind: c.Place.Kind,
			ScopePath: c.Place.Path, Wants: c.After, Known: known, Sets: c.Sets, PreventDestroy: c.PreventDestroy}
		if c.Action == Update {
			jb.intent.Op, jb.intent.ID, jb.intent.Known = state.OpUpdate, c.ID, nil
		}
	}
	if jobs = a.begin(jobs); len(jobs) == 0 {
		return
	}
	a.send(jobs, func(jb *job) error {
		if jb.change.Action == Update {
			return a.drive.Update(a.calls, *jb.live, *jb.change.After)
		}
		return a.drive.CreateLike(a.calls, scope, *jb.change.After, jb.change.Opaque)
	})
	a.settle(scope, jobs)
}

// remove takes one scope's templates away: removals, and the second halves of replaces whose first took place.
func (a *applier) remove(scope int64, jobs []*job) {
	jobs = slices.DeleteFunc(jobs, func(jb *job) bool {
		return jb.change.Action == Replace && !a.ends[jb.at].done
	})
	for _, jb := range jobs {
		if jb.change.Action == Replace {
			a.ends[jb.at] = end{id: a.ends[jb.at].id, removal: true}
		}
	}
	if len(jobs) == 0 {
		return
	}
	listing, err := a.list(scope)
	if err != nil {
		a.failAll(jobs, err)
		return
	}
	list := index(listing.Templates)
	jobs = a.keep(jobs, func(jb *job) error {
		jb.live = list.byID[jb.change.ID]
		if jb.live == nil {
			return nil // gone already: noted as removed below
		}
		return a.checkSame(jb.live, jb.change)
	})
	for _, jb := range jobs {
		jb.intent = state.Intent{Op: state.OpRemove, Address: jb.change.Address, ID: jb.change.ID, ScopeID: scope}
	}
	if jobs = a.begin(jobs); len(jobs) == 0 {
		return
	}
	a.send(jobs, func(jb *job) error {
		if jb.live == nil {
			return nil
		}
		return a.drive.Remove(a.calls, jb.change.ID)
	})
	a.settle(scope, jobs)
}

// list reads a scope's list right before it is written to. An error means that nothing of it was tried.
func (a *applier) list(scope int64) (schema.Listing, error) {
	a.slots <- struct{}{}
	defer func() { <-a.slots }()
	if a.stop.Err() != nil {
		return schema.Listing{}, ErrInterrupted
	}
	listing, err := a.drive.Templates(a.calls, scope)
	if err != nil {
		return schema.Listing{}, fmt.Errorf("reading the templates on %d again before writing: %w", scope, err)
	}
	a.mu.Lock()
	maps.Copy(a.people, listing.People)
	a.mu.Unlock()
	return listing, nil
}

// checkWrite refuses a change whose object is no longer what the plan saw.
func (a *applier) checkWrite(jb *job, list listed) error {
	c := jb.change
	if c.Action == Update {
		if jb.live = list.byID[c.ID]; jb.live == nil {
			return fmt.Errorf("tid %d is gone since the plan was made; plan again", c.ID)
		}
		return a.checkSame(jb.live, c)
	}
	if id := a.addresses[c.Address]; c.Action == Create && !c.Recreates && id != 0 {
		return fmt.Errorf("%s stands for tid %d since the plan was made; plan again", c.Address, id)
	}
	if back := list.byID[c.ID]; c.Recreates && back != nil && back.ScopeID == c.Place.ID {
		return fmt.Errorf("tid %d was gone when the plan was made and is there again; plan again", c.ID)
	}
	for _, l := range list.byTitle[titleInScope{c.Place.ID, c.After.Title}] {
		if !a.bound[l.ID] {
			return fmt.Errorf("somebody made a template of that title since the plan (tid %d%s); plan again", l.ID, a.edited(l))
		}
	}
	return nil
}

func (a *applier) checkSame(l *schema.Live, c *Change) error {
	if Fingerprint(l) == c.Saw {
		return nil
	}
	return fmt.Errorf("tid %d was edited since the plan was made%s; it was left as it is: plan again", c.ID, a.edited(l))
}

// edited tells who edited a template last and when, as far as the drive says.
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
	text := ", by " + personText(by)
	if l.Edited != 0 {
		text += " at " + time.Unix(l.Edited, 0).Format("2006-01-02 15:04:05 -07:00")
	}
	return text
}

// keep drops the jobs that check refuses and notes why.
func (a *applier) keep(jobs []*job, check func(*job) error) []*job {
	return slices.DeleteFunc(jobs, func(jb *job) bool {
		err := check(jb)
		if err != nil {
			a.fail(jb, err, false)
		}
		return err != nil
	})
}

// begin notes the intents of jobs, all in one, before any of them is sent.
func (a *applier) begin(jobs []*job) []*job {
	if len(jobs) == 0 {
		return nil
	}
	if a.stop.Err() != nil {
		a.failAll(jobs, ErrInterrupted)
		return nil
	}
	intents := make([]state.Intent, 0, len(jobs))
	for _, jb := range jobs {
		if jb.change.Recreates { // what is gone is noted as removed, so that the new one does not count as replacing it
			intents = append(intents, state.Intent{Op: state.OpRemove, Address: jb.change.Address, ID: jb.change.ID, ScopeID: jb.change.Place.ID})
		}
		intents = append(intents, jb.intent)
	}
	noted, err := a.journal.Begin(a.calls, intents)
	if err != nil {
		a.failAll(jobs, fmt.Errorf("nothing was sent, because the journal could not be written: %w", err))
		return nil
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	for i := range noted {
		a.records = append(a.records, state.Record{Intent: &noted[i]})
	}
	for _, jb := range jobs {
		if jb.change.Recreates {
			jb.gone, noted = noted[0].Seq, noted[1:]
		}
		jb.intent, noted = noted[0], noted[1:]
	}
	return jobs
}

// send makes the jobs' calls side by side, begun in order, and keeps each one's error.
func (a *applier) send(jobs []*job, call func(*job) error) {
	var wg sync.WaitGroup
	for _, jb := range jobs {
		a.slots <- struct{}{}
		if a.stop.Err() != nil {
			<-a.slots
			continue
		}
		jb.sent, jb.began = true, time.Now()
		a.settings.Events(Event{Kind: ApplyStart, Change: jb.change, Removal: a.ends[jb.at].removal, ID: jb.change.ID})
		wg.Go(func() {
			defer func() { <-a.slots }()
			if jb.err = a.mark(jb, time.Now().Add(a.settings.LandWait)); jb.err == nil {
				jb.err = call(jb)
			}
		})
	}
	wg.Wait()
}

// mark notes that a job's call is under way, and until when it may still take place unseen.
func (a *applier) mark(jb *job, until time.Time) error {
	if err := a.journal.Sent(a.calls, state.Sent{Seq: jb.intent.Seq, Until: until.UnixMilli()}); err != nil {
		return notSent{err}
	}
	return nil
}

// notSent is why a call was not made at all.
type notSent struct{ error }

func (notSent) OutcomeUnknown() bool { return false }

// settle finds out how the jobs ended, by reading the scope's list where the answers do not tell, and notes it in
// the journal. An answer that says no is not believed blindly either: what the list shows is what happened.
func (a *applier) settle(scope int64, jobs []*job) {
	var outcomes []state.Outcome
	for _, jb := range jobs {
		if jb.change.Recreates {
			outcomes = append(outcomes, state.Outcome{Seq: jb.gone, Done: true})
		}
	}
	open := slices.DeleteFunc(slices.Clone(jobs), func(jb *job) bool {
		plain := !jb.sent || jb.err == nil && jb.intent.Op != state.OpCreate
		if plain {
			outcomes = append(outcomes, state.Outcome{Seq: jb.intent.Seq, Done: jb.sent})
		}
		return plain
	})
	var readErr error
	for wait := a.settings.LandWait / 50; len(open) > 0; wait = min(wait*2, time.Second) {
		var listing schema.Listing
		a.slots <- struct{}{}
		listing, readErr = a.drive.Templates(a.calls, scope)
		<-a.slots
		if readErr != nil {
			break
		}
		now := time.Now()
		list := index(listing.Templates)
		open = slices.DeleteFunc(open, func(jb *job) bool {
			out, _ := settle(&jb.intent, list, a.bound)
			refused := jb.err != nil && !outcomeUnknown(jb.err)
			if !out.Done && !refused && (jb.err == nil || timedOut(jb.err) || now.Before(jb.began.Add(a.settings.LandWait))) {
				return false // it may still come
			}
			outcomes = append(outcomes, out)
			return true
		})
		late := func(jb *job) bool { return !now.Before(jb.began.Add(a.settings.LandWait)) }
		if !slices.ContainsFunc(open, func(jb *job) bool { return !late(jb) }) {
			break
		}
		time.Sleep(wait)
	}
	for _, jb := range open {
		if timedOut(jb.err) { // the drive is slow: give what was sent far longer before another is sent
			_ = a.mark(jb, jb.began.Add(max(time.Minute, 2*time.Since(jb.began))))
		}
	}
	for _, jb := range open {
		if jb.err != nil && !outcomeUnknown(jb.err) { // refused, and reading it back failed too: the refusal stands
			outcomes = append(outcomes, state.Outcome{Seq: jb.intent.Seq})
		}
	}
	if len(outcomes) > 0 {
		// A failure here loses nothing: an intent without an outcome is read for by the next run.
		_ = a.journal.Settle(a.calls, outcomes)
	}
	byseq := make(map[int]state.Outcome, len(outcomes))
	a.mu.Lock()
	for i := range outcomes {
		byseq[outcomes[i].Seq] = outcomes[i]
		a.records = append(a.records, state.Record{Outcome: &outcomes[i]})
	}
	a.mu.Unlock()
	for _, jb := range jobs {
		out, known := byseq[jb.intent.Seq]
		switch {
		case known && out.Done:
			a.complete(jb, out.ID)
		case known && !jb.sent:
			a.fail(jb, ErrInterrupted, false)
		case known && outcomeUnknown(jb.err):
			a.fail(jb, fmt.Errorf("%w. The list was read until %s and does not show it: it is safe to apply again", jb.err, time.Now().Format("15:04:05")), false)
		case known:
			a.fail(jb, jb.err, false)
		default:
			a.fail(jb, unsettled(jb, scope, readErr), true)
		}
	}
}

// unsettled says that a write's outcome is not known, and why reading could not tell.
func unsettled(jb *job, scope int64, readErr error) error {
	err := jb.err
	if err == nil {
		err = errors.New("the drive said it was done, but its list does not show it")
	}
	if readErr != nil {
		return fmt.Errorf("%w; reading the templates on %d to find out failed too: %w", err, scope, readErr)
	}
	return fmt.Errorf("%w. It may still be carried out; the next run looks again before it sends anything", err)
}

// timedOut reports whether a call was given up waiting for, so that the drive may still be at it.
func timedOut(err error) bool {
	var t interface{ Timeout() bool }
	return err != nil && outcomeUnknown(err) && (errors.Is(err, context.DeadlineExceeded) || errors.As(err, &t) && t.Timeout())
}

// outcomeUnknown reports whether a failed write may have taken place. Errors that do not say count as unknown.
func outcomeUnknown(err error) bool {
	var u interface{ OutcomeUnknown() bool }
	return !errors.As(err, &u) || u.OutcomeUnknown()
}

func (a *applier) complete(jb *job, id int64) {
	e := &a.ends[jb.at]
	e.tried, e.done = true, true
	if !e.removal {
		e.id = cmp.Or(id, jb.change.ID)
	}
	shown := e.id
	if e.removal {
		shown = jb.change.ID
	}
	a.settings.Events(Event{Kind: ApplyComplete, Change: jb.change, Removal: e.removal, ID: shown, Elapsed: time.Since(jb.began)})
}

func (a *applier) fail(jb *job, err error, unknown bool) {
	e := &a.ends[jb.at]
	e.err, e.unknown, e.tried = err, unknown, !errors.Is(err, ErrInterrupted)
	kind := ApplyErrored
	if !e.tried {
		kind = NotTried
	}
	var elapsed time.Duration
	if jb.sent {
		elapsed = time.Since(jb.began)
	}
	a.settings.Events(Event{Kind: kind, Change: jb.change, Removal: e.removal, ID: jb.change.ID, Err: err, Elapsed: elapsed})
}

func (a *applier) failAll(jobs []*job, err error) {
	for _, jb := range jobs {
		a.fail(jb, err, false)
	}
}

// result tells the ends in the plan's order.
func (a *applier) result() *Result {
	r := &Result{}
	for _, d := range a.plan.Drift {
		if !d.Undone {
			r.Recorded++
		}
	}
	for i, c := range a.plan.Changes {
		e := a.ends[i]
		switch {
		case c.Action == NoOp && !c.Importing:
		case c.Action == NoOp, c.Action == Forget, e.done:
			r.Done = append(r.Done, Done{Change: c, ID: cmp.Or(e.id, c.ID)})
		case a.plan.Mode == RefreshOnly:
		case e.tried:
			r.Failed = append(r.Failed, Failure{Change: c, Unknown: e.unknown, Removal: e.removal, Err: e.err})
		default:
			r.NotTried = append(r.NotTried, Failure{Change: c, Removal: e.removal, Err: cmp.Or(e.err, ErrInterrupted)})
		}
	}
	return r
}
