// Package world reads what a drive has now: the folders and files that a configuration and its state name, each once,
// or, for an export, all that a token may manage. There it also finds out what became of the writes of an interrupted
// run. It decides nothing about what is to be done, and writes nothing; a read that fails is an error, never an empty
// world.
package world

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"sync"
	"time"

	"countersign/reconcile/plans"
	"countersign/reconcile/write"
	"countersign/schema"
	"countersign/schema/addr"
	"countersign/state"
)

// Drive is what the reconciler needs of a drive.
type Drive interface {
	write.Drive
	Catalogue(ctx context.Context) (schema.Catalogue, map[int64]schema.Person, error)
	Children(ctx context.Context, folderID int64) ([]schema.Entry, error)
}

// Settings bound a refresh or an apply.
type Settings struct {
	Parallelism int               // calls to the drive at once; default 10
	Events      func(plans.Event) // gets progress, from one goroutine at a time; may be nil
	LandWait    time.Duration     // how long a write whose answer was lost may take to be carried out; default 35 s
}

// WithDefaults fills in what is not set, and makes Events safe to call from several goroutines.
func (s Settings) WithDefaults() Settings {
	if s.Parallelism <= 0 {
		s.Parallelism = 10
	}
	if s.LandWait <= 0 {
		s.LandWait = 35 * time.Second
	}
	events := s.Events
	var mu sync.Mutex
	s.Events = func(e plans.Event) {
		if events != nil {
			mu.Lock()
			defer mu.Unlock()
			events(e)
		}
	}
	return s
}

// Refresh reads the live world: the catalogue, and the list of each scope that is declared or that the state or a
// pending intent names, each once. Any read that fails is an error, and then nothing must be concluded from the world
// returned. The catalogue comes first and alone: any valid token may read it, so that a wrong token, or a drive that
// does not answer, is reported once and not for every scope.
func Refresh(ctx context.Context, d Drive, decl schema.Declaration, st state.State, pending []state.Intent,
	s Settings) (*World, schema.Diagnostics) {
	s = s.WithDefaults()
	w := newWorld()
	w.Recorded = recordedPeople(st)
	catalogue, people, err := d.Catalogue(ctx)
	if err != nil {
		return w, failed("Reading the drive's approval types failed",
			"%v\n\nNothing was changed. A plan needs every read to succeed: "+
				"what cannot be read is never taken for deleted.", err)
	}
	w.Catalogue = catalogue
	w.learn(people)
	var diags schema.Diagnostics
	walk := newWalk(d, s)
	if needPaths(decl.Scopes) {
		diags = append(diags, walk.scopes(ctx, decl.Scopes, w)...)
	}
	bound := map[int64]bool{}
	for _, b := range st.Bindings {
		bound[b.ScopeID] = true
	}
	diags = append(diags, walk.kinds(ctx, decl.Scopes, bound)...)

	reads := scopesToRead(decl, st, pending, w)
	s.Events(plans.Event{Kind: plans.ReadStart, Total: len(reads)})
	var kept listMemory
	listings, errs := readLists(ctx, d, reads, &kept, s)
	diags = append(diags, readErrors(reads, errs)...)
	if diags.HasErrors() {
		return w, diags
	}
	w.Warnings = diags
	teams := schema.Teams{}
	for i, r := range reads {
		w.learn(listings[i].People)
		w.Listings[r.id] = schema.Listing{Templates: listings[i].Templates} // w.People has the names
		for _, l := range listings[i].Templates {
			teams.Share(l.Template.Steps)
		}
	}
	if diags := w.await(ctx, d, st, pending, s); diags.HasErrors() {
		return w, diags
	}
	if diags := w.confirm(ctx, d, st, pending, s); diags.HasErrors() {
		return w, diags
	}
	if diags := w.learnNames(ctx, d, decl); diags.HasErrors() {
		return w, diags
	}
	w.learnStrangers(ctx, d, decl, st)
	return w, nil
}

// failed is an error about no object in particular.
func failed(summary, format string, args ...any) schema.Diagnostics {
	return schema.Diagnostics{schema.Problem(schema.Error, addr.Address{}, "", summary, format, args...)}
}

// await waits for each write of an earlier run that was sent, is not seen, and may still be under way on the drive: it
// reads the lists again until the write's time is over. To conclude at once that the write did not take place could
// make a template twice. The time counts from now, because the write was sent by the clock of another machine.
func (w *World) await(ctx context.Context, d Drive, st state.State, pending []state.Intent,
	s Settings) schema.Diagnostics {
	began := time.Now()
	for announced := false; ; {
		undone := map[int]bool{}
		for _, out := range Settle(st, pending, w).Outcomes {
			undone[out.Seq] = !out.Done
		}
		var left time.Duration
		again := map[int64]bool{}
		for _, in := range pending {
			if rest := in.Waiting() - time.Since(began); undone[in.Seq] && rest > 0 {
				left, again[in.ScopeID] = max(left, rest), true
			}
		}
		if len(again) == 0 {
			return nil
		}
		if !announced {
			announced = true
			s.Events(plans.Event{Kind: plans.Waiting, Wait: left, Total: len(again)})
		}
		select {
		case <-ctx.Done():
			return failed("Interrupted", "Interrupted while waiting for a write of an earlier run.")
		case <-time.After(min(left, time.Second)):
		}
		for _, scope := range slices.Sorted(maps.Keys(again)) {
			listing, err := d.Templates(ctx, scope)
			if err != nil {
				return failed(fmt.Sprintf("Reading the templates on %d failed", scope), "%v", err)
			}
			w.Listings[scope] = listing
		}
	}
}
