// Package apply carries a plan out on a drive: in which order, side by side or one after the other, and what the state
// says afterwards. Each single write is package write's; what is to be written has been decided by the plan.
package apply

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"sync"
	"time"

	"countersign/internal/parallel"
	"countersign/reconcile/plans"
	"countersign/reconcile/world"
	"countersign/reconcile/write"
	"countersign/schema"
	"countersign/state"
)

// Run carries a plan out on the drive. Cancelling ctx lets the calls under way finish and starts no others.
// Creates and updates come before removals; within each, scopes are worked on side by side and each scope's
// writes too, begun in the plan's order, but for those that wait for a title (see order). Each scope is read once right
// before its writes and, where a create or a failure must be looked at, once after.
//
// The state returned is what is to be written, outputs apart: what st said, changed by what was done. Writing it
// empties the journal, but for the writes whose outcome is not known: these the next run finds out.
func Run(ctx context.Context, d write.Drive, j write.Journal, p *plans.Plan, st state.State, s world.Settings) (*plans.Result, state.State) {
	s = s.WithDefaults()
	a := &applier{
		ctx:      ctx,
		journal:  &recorder{Journal: j},
		settings: s,
		plan:     p,
		order:    plans.OrderOf(p.Changes),
		known:    st.Index(),
		people:   map[int64]schema.Person{},
		ends:     make([]end, len(p.Changes)),
		asides:   make([]interimOutcome, len(p.Changes)),
	}
	for i := range p.Changes {
		if c := &p.Changes[i]; c.Importing || c.Reason == plans.Unowned {
			a.known.Owners[c.ID] = c.Address
		}
	}
	a.writer = &write.Writer{
		Drive: d, Journal: a.journal, LandWait: s.LandWait, Slots: make(chan struct{}, s.Parallelism),
		Taken:   func(id int64) bool { _, owned := a.known.Owners[id]; return owned },
		Waiting: func(left time.Duration) { s.Events(plans.Event{Kind: plans.Waiting, Wait: left, Total: 1}) },
	}
	if p.Mode != plans.RefreshOnly {
		a.phase(a.writes(), a.write)
		a.phase(a.removals(), a.round)
	}
	result := a.result()
	folded, _ := state.Fold(st, a.journal.records)
	return result, record(folded, p, result)
}

// applier is one Apply under way.
type applier struct {
	ctx      context.Context // done when nothing further must be begun
	writer   *write.Writer
	journal  *recorder
	settings world.Settings
	plan     *plans.Plan
	order    *plans.Order
	known    state.Index      // as it was when the apply began; owners too of what is being imported or to be removed
	ends     []end            // by place in plan.Changes; each written by the goroutine of its scope alone
	asides   []interimOutcome // likewise

	mu     sync.Mutex
	people map[int64]schema.Person // whom the lists read before writing name: an editor since the plan may be new to it
}

// recorder is a journal that keeps what was noted, for the state to be folded from. What could not be noted took place
// all the same.
type recorder struct {
	write.Journal
	mu      sync.Mutex
	records []state.Record
}

func (r *recorder) Begin(ctx context.Context, intents []state.Intent) ([]state.Intent, error) {
	noted, err := r.Journal.Begin(ctx, intents)
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, in := range noted {
		r.records = append(r.records, state.Record{Intent: &in})
	}
	return noted, err
}

func (r *recorder) Settle(ctx context.Context, outcomes []state.Outcome) error {
	r.mu.Lock()
	for _, out := range outcomes {
		r.records = append(r.records, state.Record{Outcome: &out})
	}
	r.mu.Unlock()
	return r.Journal.Settle(ctx, outcomes)
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

// interimOutcome is how giving a change's template its interim title ended.
type interimOutcome struct {
	done bool
	saw  string // fingerprint of the template under that title
}

// part is which of a change's writes a job is.
type part int

const (
	setAside part = iota // its template gets its interim title
	makeOrUpdate
	remove // it, or the old one of a replace, is removed
)

// job is one write of a change.
type job struct {
	write.Write
	at     int // place in plan.Changes
	part   part
	change *plans.Change
}

// writes are all writes but the removals, by scope.
func (a *applier) writes() *groups {
	g := &groups{}
	for i := range a.plan.Changes {
		c := &a.plan.Changes[i]
		if key, gives := c.Gives(); gives && c.Interim != "" {
			g.add(key.Scope, &job{at: i, part: setAside, change: c})
		}
		if c.Action == plans.Create || c.Action == plans.Update || c.Action == plans.Replace {
			g.add(c.Place.ID, &job{at: i, part: makeOrUpdate, change: c})
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
		case c.Action == plans.Remove && a.ends[i].err != nil: // it was to be set aside first
			continue
		case c.Action == plans.Remove:
		case c.Action == plans.Replace && a.ends[i].done:
			a.ends[i] = end{id: a.ends[i].id, spare: a.ends[i].spare, removal: true}
			scope = c.OldPlace.ID
		default:
			continue
		}
		jb := &job{at: i, part: remove, change: c}
		if heir, inherited := a.order.Successor(i); inherited && !a.ends[heir].made() {
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
	parallel.Do(len(g.scopes), a.settings.Parallelism, func(i int) { work(g.scopes[i], g.jobs[g.scopes[i]]) })
}

// write makes one scope's creates, the first halves of its replaces, and its updates, in rounds: first come the
// templates that are set aside, then those that wait for nothing else, then those that wait for these.
func (a *applier) write(scope int64, jobs []*job) {
	var rounds [][]*job
	for _, jb := range jobs {
		n := 0
		if jb.part != setAside {
			n = 1 + a.order.Wave(jb.at)
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
	jobs = slices.DeleteFunc(jobs, func(jb *job) bool { return jb.part == makeOrUpdate && a.waits(jb) })
	if len(jobs) == 0 {
		return
	}
	listing, err := a.writer.List(a.ctx, scope)
	if err != nil {
		if !errors.Is(err, write.ErrInterrupted) {
			err = fmt.Errorf("reading the templates on %d again before writing: %w", scope, err)
		}
		for _, jb := range jobs {
			a.fail(jb, err)
		}
		return
	}
	a.mu.Lock()
	maps.Copy(a.people, listing.People)
	a.mu.Unlock()
	list := write.Index(listing.Templates)
	taken := map[schema.Title]bool{}
	jobs = a.keep(jobs, func(jb *job) error { return a.check(jb, list, taken) })
	if len(jobs) == 0 {
		return
	}
	known := make([]int64, len(listing.Templates))
	for i, l := range listing.Templates {
		known[i] = l.ID
	}
	slices.Sort(known)
	writes, of := make([]*write.Write, len(jobs)), make(map[*write.Write]*job, len(jobs))
	for i, jb := range jobs {
		a.prepare(jb, scope, known)
		writes[i], of[&jb.Write] = &jb.Write, jb
	}
	w := *a.writer
	w.Sending = func(one *write.Write) { a.sending(of[one]) }
	w.Do(a.ctx, scope, writes)
	for _, jb := range jobs {
		if jb.Done {
			a.complete(jb)
		} else {
			a.fail(jb, jb.Err)
		}
	}
}

// waits reports whether a job must not be begun, because of what became of another one before it.
func (a *applier) waits(jb *job) bool {
	if a.ends[jb.at].err != nil { // it was to be set aside first
		return true
	}
	for _, giver := range a.order.Before(jb.at) {
		g := &a.plan.Changes[giver]
		var given bool
		if g.Interim != "" {
			given = a.asides[giver].done
		} else { // an update on this very scope: the end of another change may be somebody else's to write
			given = a.ends[giver].done
		}
		if !given {
			a.skip(jb, fmt.Errorf("%s (tid %d) still has the title %q", cmp.Or(g.Address.String(), "a template"), g.ID,
				g.Before.Title))
			return true
		}
	}
	return false
}

// prepare says what a job is to write, and what the journal notes of it.
func (a *applier) prepare(jb *job, scope int64, known []int64) {
	c := jb.change
	switch {
	case jb.part == remove:
		jb.Intent = state.Intent{Op: state.OpRemove, Address: c.Address, ID: c.ID, ScopeID: scope}
		return
	case jb.part == setAside:
		wants := withTitle(jb.Live.Template, c.Interim)
		jb.Intent = state.Intent{Op: state.OpUpdate, Address: c.Address, ID: c.ID, ScopeID: scope, Wants: &wants}
		if b := a.known.Bindings[c.Address]; b != nil { // nothing else of it changes
			jb.Intent.Sets, jb.Intent.PreventDestroy = b.Sets, b.PreventDestroy
		}
		return
	}
	jb.Intent = state.Intent{Op: state.OpUpdate, Address: c.Address, ID: c.ID, ScopeID: c.Place.ID,
		Scope: c.Place.Address, ScopeKind: c.Place.Kind,
		ScopePath: c.Place.Path, Wants: c.After, Sets: c.Sets, PreventDestroy: c.PreventDestroy}
	if c.Action != plans.Update {
		jb.Intent.Op, jb.Intent.ID, jb.Intent.Known, jb.Opaque = state.OpCreate, 0, known, c.Opaque
	}
	if c.Recreates() {
		jb.Gone = c.ID
	}
}

// sending tells that a job's call is made.
func (a *applier) sending(jb *job) {
	kind := plans.ApplyStart
	if jb.part == setAside {
		kind = plans.SetAside
	}
	a.settings.Events(plans.Event{Kind: kind, Change: jb.change, Removal: jb.part == remove && jb.change.Action == plans.Replace,
		ID: jb.change.ID})
}

// check refuses a job whose object is no longer what the plan saw, and one that would give a title to a second template
// of its scope. taken are the titles that jobs of this round are given.
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
	default: // on the scope of the old one, so that nobody else is at its aside
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

// free refuses to give a title to a second template of its scope, whoever has it and for whatever reason.
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

// same refuses to write what is no longer what was seen.
func (a *applier) same(l *schema.Live, saw string) error {
	if plans.Fingerprint(l) == saw {
		return nil
	}
	return fmt.Errorf("tid %d was edited since the plan was made%s; it was left as it is: plan again", l.ID,
		a.edited(l))
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
	text := ", by " + plans.PersonText(by)
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
			a.fail(jb, err)
		}
		return err != nil
	})
}

func (a *applier) complete(jb *job) {
	if jb.part == setAside {
		l := *jb.Live
		l.Template = *jb.Intent.Wants
		a.asides[jb.at] = interimOutcome{done: true, saw: plans.Fingerprint(&l)}
		return
	}
	e := &a.ends[jb.at]
	e.tried, e.done = true, true
	if !e.removal {
		e.id, e.spare = cmp.Or(jb.ID, jb.change.ID), jb.Spare
	}
	shown := e.id
	if e.removal {
		shown = jb.change.ID
	}
	a.settings.Events(plans.Event{Kind: plans.ApplyComplete, Change: jb.change, Removal: e.removal, ID: shown,
		Elapsed: time.Since(jb.Began)})
}

func (a *applier) fail(jb *job, err error) {
	if jb.part == setAside {
		if jb.change.Action == plans.Replace && !slices.Contains(a.order.Before(jb.at), jb.at) {
			return // it goes on without it: only the change that waits for the title does not
		}
		if !errors.Is(err, write.ErrInterrupted) {
			err = fmt.Errorf("giving it the title %q until another template has its own: %w", jb.change.Interim, err)
		}
	}
	a.end(jb, err, !errors.Is(err, write.ErrInterrupted))
}

// skip ends a job that must not be begun.
func (a *applier) skip(jb *job, why error) { a.end(jb, why, false) }

func (a *applier) end(jb *job, err error, tried bool) {
	e := &a.ends[jb.at]
	e.err, e.unknown, e.tried = err, jb.Unknown, tried
	kind := plans.ApplyErrored
	if !e.tried {
		kind = plans.NotTried
	}
	var elapsed time.Duration
	if jb.Sent {
		elapsed = time.Since(jb.Began)
	}
	a.settings.Events(plans.Event{Kind: kind, Change: jb.change, Removal: e.removal, ID: jb.change.ID, Err: err,
		Elapsed: elapsed})
}

// result tells the ends in the plan's order.
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

// withTitle is a template under another title.
func withTitle(t schema.Template, title string) schema.Template {
	t.Title = title
	return t
}
