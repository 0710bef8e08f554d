// Package apply carries a plan out on a drive: in which order, what side by side, and what the state says afterwards.
// Package write does each single write; the plan has decided what is to be written.
package apply

import (
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
//
// Creates and updates come before removals. Within each, scopes are worked on side by side, and so are the writes of
// one scope, begun in the plan's order; some wait for a title, see plans.Order. Each scope is read once right before
// its writes and, when a create or a failure must be looked at, once after them.
//
// The state returned is what is to be written, except outputs: st, changed by what was done. Writing it empties the
// journal, except of writes whose outcome is not known: the next run finds these out.
func Run(ctx context.Context, d write.Drive, j write.Journal, p *plans.Plan, st state.State,
	s world.Settings) (*plans.Result, state.State) {
	s = s.WithDefaults()
	a := &applier{
		ctx:      ctx,
		journal:  write.Record(j, nil),
		settings: s,
		plan:     p,
		order:    plans.OrderOf(p.Changes),
		known:    st.Index(),
		people:   map[int64]schema.Person{},
		ends:     make([]ending, len(p.Changes)),
		asides:   make([]aside, len(p.Changes)),
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
	return result, record(a.journal.Fold(st), p, result)
}

// applier is one Run.
type applier struct {
	ctx      context.Context // done when nothing further must be begun
	writer   *write.Writer
	journal  *write.Recorder
	settings world.Settings
	plan     *plans.Plan
	order    *plans.Order
	known    state.Index // when the run began; its owners include what is imported or removed as unmanaged
	ends     []ending    // by place in plan.Changes; only the goroutine of its scope writes each
	asides   []aside     // likewise

	mu     sync.Mutex
	people map[int64]schema.Person // from the lists that were read: the plan may not know who edited since
}

// phase works on scopes side by side; scopes and their jobs are begun in the order of jobs.
func (a *applier) phase(jobs []*job, work func(scope int64, jobs []*job)) {
	var scopes []int64
	byScope := map[int64][]*job{}
	for _, jb := range jobs {
		if byScope[jb.scope] == nil {
			scopes = append(scopes, jb.scope)
		}
		byScope[jb.scope] = append(byScope[jb.scope], jb)
	}
	parallel.Do(len(scopes), a.settings.Parallelism, func(i int) { work(scopes[i], byScope[scopes[i]]) })
}

// write makes one scope's creates, updates and first halves of replacements, in rounds: first the templates that are
// set aside, then what waits for nothing else, then what waits for that.
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
	list, taken := write.Index(listing.Templates), map[schema.Title]bool{}
	jobs = slices.DeleteFunc(jobs, func(jb *job) bool {
		err := a.check(jb, list, taken)
		if err != nil {
			a.fail(jb, err)
		}
		return err != nil
	})
	if len(jobs) == 0 {
		return
	}
	known := slices.Sorted(maps.Keys(list.ByID))
	writes, of := make([]*write.Write, len(jobs)), make(map[*write.Write]*job, len(jobs))
	for i, jb := range jobs {
		a.prepare(jb, known)
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
