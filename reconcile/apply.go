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

	"countersign/internal/crash"
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
// writes too, begun in the plan's order, but for those that wait for a title (see order). Each scope is read once right
// before its writes and, where a create or a failure must be looked at, once after.
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
		order:    orderOf(p.Changes),
		bound:    map[int64]string{}, bindings: map[string]*state.Binding{},
		people: map[int64]schema.Person{},
		ends:   make([]end, len(p.Changes)),
		asides: make([]aside, len(p.Changes)),
	}
	for i := range st.Bindings {
		b := &st.Bindings[i]
		a.bound[b.ID], a.bindings[b.Address] = b.Address, b
		for _, dep := range b.Deposed {
			a.bound[dep.ID] = b.Address
		}
	}
	for i := range p.Changes {
		if c := &p.Changes[i]; c.Importing || c.Unmanaged {
			a.bound[c.ID] = c.Address
		}
	}
	if p.Mode != RefreshOnly {
		a.phase(a.writes(), a.write)
		a.phase(a.removals(), a.round)
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
	stop     context.Context // done when no further call must be begun
	calls    context.Context
	drive    Drive
	journal  Journal
	settings Settings
	slots    chan struct{} // one a call under way
	plan     *Plan
	order    *order
	bindings map[string]*state.Binding // as they were when the apply began
	bound    map[int64]string          // addresses of ids that are somebody's: bound, deposed, being imported or to be removed
	ends     []end                     // by place in plan.Changes; each written by the goroutine of its scope alone
	asides   []aside                   // likewise

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
	spare   []int64 // of a create: what else on the drive fits it
	err     error
}

// aside is how giving a change's template its interim title ended.
type aside struct {
	done    bool
	unknown bool   // the drive may have done it
	saw     string // fingerprint of the template under that title
}

// part is which of a change's writes a job is.
type part int

const (
	setAside part = iota // its template gets its interim title
	write                // it is made or updated
	remove               // it, or the old one of a replace, is removed
)

// job is one write with the intent that was noted for it.
type job struct {
	at     int // place in plan.Changes
	part   part
	change *Change
	intent state.Intent
	gone   int          // of a create again: the Seq that notes the old one as removed
	live   *schema.Live // what was read right before, nil for a create
	began  time.Time
	err    error // of the call
	sent   bool
	spare  []int64
}

// writes are all writes but the removals, by scope.
func (a *applier) writes() *groups {
	g := &groups{}
	for i := range a.plan.Changes {
		c := &a.plan.Changes[i]
		if key, gives := c.gives(); gives && c.Interim != "" {
			g.add(key.scope, &job{at: i, part: setAside, change: c})
		}
		if c.Action == Create || c.Action == Update || c.Action == Replace {
			g.add(c.Place.ID, &job{at: i, part: write, change: c})
		}
	}
	return g
}

// removals are the removals, and the second halves of the replaces whose first took place, by scope. What was not to go
// before another template had its title stays when that one does not have it.
func (a *applier) removals() *groups {
	g := &groups{}
	for i := range a.plan.Changes {
		c := &a.plan.Changes[i]
		scope := c.Place.ID
		switch {
		case c.Action == Remove && a.ends[i].err != nil: // it was to be set aside first
			continue
		case c.Action == Remove:
		case c.Action == Replace && a.ends[i].done:
			a.ends[i] = end{id: a.ends[i].id, spare: a.ends[i].spare, removal: true}
			scope = c.OldPlace.ID
		default:
			continue
		}
		jb := &job{at: i, part: remove, change: c}
		if heir, inherited := a.order.heir(i); inherited && !a.ends[heir].made() {
			a.skip(jb, fmt.Errorf("tid %d stays until %s has taken its place", c.ID, a.plan.Changes[heir].Address))
			continue
		}
		g.add(scope, jb)
	}
	return g
}

// made reports whether a change's create or update took place.
func (e end) made() bool { return e.done || e.removal }

// groups are jobs by the scope that they write to, in the plan's order.
type groups struct {
	scopes []int64
	jobs   map[int64][]*job
}

func (g *groups) add(scope int64, jb *job) {
	if g.jobs == nil {
		g.jobs = map[int64][]*job{}
	}
	if g.jobs[scope] == nil {
		g.scopes = append(g.scopes, scope)
	}
	g.jobs[scope] = append(g.jobs[scope], jb)
}

// phase works on scopes side by side.
func (a *applier) phase(g *groups, work func(scope int64, jobs []*job)) {
	var wg crash.Group
	turn := make(chan struct{}, a.settings.Parallelism) // scopes under way: they begin in order
	for _, scope := range g.scopes {
		turn <- struct{}{}
		wg.Go(func() {
			defer func() { <-turn }()
			work(scope, g.jobs[scope])
		})
	}
	wg.Wait()
}

// write makes one scope's creates, the first halves of its replaces, and its updates, in rounds: first come the templates that
// are set aside, then those that wait for nothing else, then those that wait for these.
func (a *applier) write(scope int64, jobs []*job) {
	var rounds [][]*job
	for _, jb := range jobs {
		n := 0
		if jb.part != setAside {
			n = 1 + a.order.wave(jb.at)
		}
		for len(rounds) <= n {
			rounds = append(rounds, nil)
		}
		rounds[n] = append(rounds[n], jb)
	}
	for _, jobs := range rounds {
		a.round(scope, jobs)
	}
}

// round makes writes that do not wait for each other.
func (a *applier) round(scope int64, jobs []*job) {
	jobs = slices.DeleteFunc(jobs, func(jb *job) bool { return jb.part == write && a.waits(jb) })
	if len(jobs) == 0 {
		return
	}
	listing, err := a.list(scope)
	if err != nil {
		a.failAll(jobs, err)
		return
	}
	list := index(listing.Templates)
	taken := map[titleInScope]bool{}
	jobs = a.keep(jobs, func(jb *job) error { return a.check(jb, list, taken) })
	known := make([]int64, len(listing.Templates))
	for i, l := range listing.Templates {
		known[i] = l.ID
	}
	for _, jb := range jobs {
		jb.intent = a.intent(jb, scope, known)
	}
	if jobs = a.begin(jobs); len(jobs) == 0 {
		return
	}
	a.send(jobs, func(jb *job) error { return a.call(jb, scope) })
	a.settle(scope, jobs)
}

// waits reports whether a job must not be begun, because of what became of another one before it.
func (a *applier) waits(jb *job) bool {
	if a.ends[jb.at].err != nil { // it was to be set aside first
		return true
	}
	for _, giver := range a.order.before(jb.at) {
		g := &a.plan.Changes[giver]
		given := a.ends[giver].done
		if g.Interim != "" {
			given = a.asides[giver].done
		}
		if !given {
			a.skip(jb, fmt.Errorf("%s (tid %d) still has the title %q", cmp.Or(g.Address, "a template"), g.ID, g.Before.Title))
			return true
		}
	}
	return false
}

// intent is what the journal notes of a job.
func (a *applier) intent(jb *job, scope int64, known []int64) state.Intent {
	c := jb.change
	switch {
	case jb.part == remove:
		return state.Intent{Op: state.OpRemove, Address: c.Address, ID: c.ID, ScopeID: scope}
	case jb.part == setAside:
		wants := withTitle(jb.live.Template, c.Interim)
		in := state.Intent{Op: state.OpUpdate, Address: c.Address, ID: c.ID, ScopeID: scope, Wants: &wants}
		if b := a.bindings[c.Address]; b != nil { // nothing else of it changes
			in.Sets, in.PreventDestroy = b.Sets, b.PreventDestroy
		}
		return in
	}
	in := state.Intent{Op: state.OpUpdate, Address: c.Address, ID: c.ID, ScopeID: c.Place.ID, Scope: c.Place.Address, ScopeKind: c.Place.Kind,
		ScopePath: c.Place.Path, Wants: c.After, Sets: c.Sets, PreventDestroy: c.PreventDestroy}
	if c.Action != Update {
		in.Op, in.ID, in.Known = state.OpCreate, 0, known
	}
	return in
}

// call sends a job's write.
func (a *applier) call(jb *job, scope int64) error {
	c := jb.change
	switch {
	case jb.part == remove && jb.live == nil:
		return nil // gone already
	case jb.part == remove:
		return a.drive.Remove(a.calls, c.ID)
	case jb.part == setAside:
		return a.drive.Update(a.calls, *jb.live, *jb.intent.Wants)
	case c.Action == Update:
		return a.drive.Update(a.calls, *jb.live, *c.After)
	}
	return a.drive.CreateLike(a.calls, scope, *c.After, c.Opaque)
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

// check refuses a job whose object is no longer what the plan saw, and one that would give a title to a second template of
// its scope. taken are the titles that jobs of this round are given.
func (a *applier) check(jb *job, list listed, taken map[titleInScope]bool) error {
	c := jb.change
	if c.ID != 0 && c.Action != Create {
		jb.live = list.byID[c.ID]
	}
	saw := cmp.Or(a.asides[jb.at].saw, c.Saw)
	switch {
	case jb.part == setAside:
		if jb.live == nil {
			return fmt.Errorf("tid %d is gone since the plan was made; plan again", c.ID)
		}
		if err := a.same(jb.live, saw); err != nil {
			return err
		}
		return a.free(titled(jb.live.ScopeID, c.Interim), list, taken)
	case jb.part == remove:
		if jb.live == nil {
			return a.vanished(c.ID)
		}
		return a.same(jb.live, saw)
	case c.Action == Update:
		if jb.live == nil {
			return fmt.Errorf("tid %d is gone since the plan was made; plan again", c.ID)
		}
		if err := a.same(jb.live, saw); err != nil {
			return err
		}
	default:
		if b := a.bindings[c.Address]; c.Action == Create && !c.Recreates && b != nil && b.ID != 0 {
			return fmt.Errorf("%s stands for tid %d since the plan was made; plan again", c.Address, b.ID)
		}
		if back := list.byID[c.ID]; c.Recreates && back != nil && back.ScopeID == c.Place.ID {
			return fmt.Errorf("tid %d was gone when the plan was made and is there again; plan again", c.ID)
		}
	}
	if key, takes := c.takes(); takes {
		return a.free(key, list, taken)
	}
	return nil
}

// free refuses to give a title to a second template of its scope, whoever has it and for whatever reason.
func (a *applier) free(key titleInScope, list listed, taken map[titleInScope]bool) error {
	if have := list.byTitle[key]; len(have) > 0 {
		l := have[0]
		if address := a.bound[l.ID]; address != "" {
			return fmt.Errorf("%s (tid %d) has the title %q; plan again", address, l.ID, key.title)
		}
		return fmt.Errorf("somebody made a template of that title since the plan (tid %d%s); plan again", l.ID, a.edited(l))
	}
	if taken[key] {
		return fmt.Errorf("another template is given the title %q; plan again", key.title)
	}
	taken[key] = true
	return nil
}

// same refuses to write what is no longer what was seen.
func (a *applier) same(l *schema.Live, saw string) error {
	if Fingerprint(l) == saw {
		return nil
	}
	return fmt.Errorf("tid %d was edited since the plan was made%s; it was left as it is: plan again", l.ID, a.edited(l))
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
	var wg crash.Group
	for _, jb := range jobs {
		a.slots <- struct{}{}
		if a.stop.Err() != nil {
			<-a.slots
			continue
		}
		jb.sent, jb.began = true, time.Now()
		a.settings.Events(Event{Kind: startOf(jb), Change: jb.change, Removal: a.ends[jb.at].removal, ID: jb.change.ID})
		wg.Go(func() {
			defer func() { <-a.slots }()
			defer crash.Caught(&jb.err)
			if jb.err = a.mark(jb, a.settings.LandWait); jb.err == nil {
				jb.err = call(jb)
			}
		})
	}
	wg.Wait()
}

func startOf(jb *job) EventKind {
	if jb.part == setAside {
		return SetAside
	}
	return ApplyStart
}

// mark notes that a job's call is under way, and for how long it may still take place unseen.
func (a *applier) mark(jb *job, wait time.Duration) error {
	if err := a.journal.Sent(a.calls, state.Sent{Seq: jb.intent.Seq, Wait: wait.Milliseconds()}); err != nil {
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
	settled, readErr := a.look(scope, &open)
	outcomes = append(outcomes, settled...)
	for _, jb := range open {
		if timedOut(jb.err) { // the drive is slow: give what was sent far longer before another is sent
			_ = a.mark(jb, max(time.Minute, a.settings.LandWait))
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

// silence is how long an apply waits for a lost write before it says so.
const silence = 2 * time.Second

// look reads a scope's list until it tells of all the open jobs how they ended, or those that it does not show have had their
// time. It returns what it found out, and leaves in open what it did not.
func (a *applier) look(scope int64, open *[]*job) (outcomes []state.Outcome, readErr error) {
	began, told := time.Now(), false
	for wait := a.settings.LandWait / 50; len(*open) > 0; wait = min(wait*2, time.Second) {
		var listing schema.Listing
		a.slots <- struct{}{}
		listing, readErr = a.drive.Templates(a.calls, scope)
		<-a.slots
		if readErr != nil {
			return outcomes, readErr
		}
		now := time.Now()
		list := index(listing.Templates)
		*open = slices.DeleteFunc(*open, func(jb *job) bool {
			out, spare, _ := settle(&jb.intent, list, func(id int64) bool { _, bound := a.bound[id]; return bound })
			if out.Done && jb.intent.Op == state.OpRemove {
				if readErr = a.vanished(jb.intent.ID); readErr != nil {
					return false
				}
			}
			refused := jb.err != nil && !outcomeUnknown(jb.err)
			if !out.Done && !refused && (jb.err == nil || timedOut(jb.err) || now.Before(jb.began.Add(a.settings.LandWait))) {
				return false // it may still come
			}
			jb.spare = spare
			outcomes = append(outcomes, out)
			return true
		})
		if !slices.ContainsFunc(*open, func(jb *job) bool { return now.Before(jb.began.Add(a.settings.LandWait)) }) {
			return outcomes, readErr
		}
		if !told && now.Sub(began) > silence {
			told = true
			a.settings.Events(Event{Kind: Waiting, Wait: a.settings.LandWait - now.Sub(began), Total: 1})
		}
		time.Sleep(wait)
	}
	return outcomes, nil
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
	if jb.part == setAside {
		l := *jb.live
		l.Template = *jb.intent.Wants
		a.asides[jb.at] = aside{done: true, saw: Fingerprint(&l)}
		return
	}
	e := &a.ends[jb.at]
	e.tried, e.done = true, true
	if !e.removal {
		e.id, e.spare = cmp.Or(id, jb.change.ID), jb.spare
	}
	shown := e.id
	if e.removal {
		shown = jb.change.ID
	}
	a.settings.Events(Event{Kind: ApplyComplete, Change: jb.change, Removal: e.removal, ID: shown, Elapsed: time.Since(jb.began)})
}

func (a *applier) fail(jb *job, err error, unknown bool) {
	if jb.part == setAside {
		a.asides[jb.at].unknown = unknown
		if jb.change.Action == Replace { // which goes on without it: only the change that waits for the title does not
			return
		}
		if !errors.Is(err, ErrInterrupted) {
			err = fmt.Errorf("giving it the title %q until another template has its own: %w", jb.change.Interim, err)
		}
	}
	a.end(jb, err, unknown, !errors.Is(err, ErrInterrupted))
}

// skip ends a job that must not be begun.
func (a *applier) skip(jb *job, why error) { a.end(jb, why, false, false) }

func (a *applier) end(jb *job, err error, unknown, tried bool) {
	e := &a.ends[jb.at]
	e.err, e.unknown, e.tried = err, unknown, tried
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
	r := &Result{Refused: len(a.plan.Refused), aside: slices.ContainsFunc(a.asides, func(x aside) bool { return x.unknown })}
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
			r.Done = append(r.Done, Done{Change: c, ID: cmp.Or(e.id, c.ID), Spare: e.spare})
		case a.plan.Mode == RefreshOnly:
		case e.tried:
			r.Failed = append(r.Failed, Failure{Change: c, Unknown: e.unknown, Removal: e.removal, Err: e.err})
		default:
			r.NotTried = append(r.NotTried, Failure{Change: c, Removal: e.removal, Err: cmp.Or(e.err, ErrInterrupted)})
		}
	}
	return r
}
