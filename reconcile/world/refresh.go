// Package world reads what a drive has now: the folders and files that a configuration and its state name, each once,
// or, for an export, all that a token may manage. It finds out there what became of the writes of an interrupted run.
// It decides nothing about what is to be done, and writes nothing; a read that fails is an error, never an empty world.
package world

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"countersign/internal/parallel"
	"countersign/reconcile/plans"
	"countersign/schema"
	"countersign/schema/addr"
	"countersign/state"
)

// Drive is what the reconciler needs of a drive. Errors of CreateLike, Update and Remove may have a method
// OutcomeUnknown() bool that tells a write that may have taken place from one that was refused.
type Drive interface {
	Catalogue(ctx context.Context) (schema.Catalogue, map[int64]schema.Person, error)
	Template(ctx context.Context, id, fileID int64) (schema.Live, map[int64]schema.Person, error)
	Templates(ctx context.Context, fileID int64) (schema.Listing, error)
	Managed(ctx context.Context) ([]schema.Managed, error)
	Children(ctx context.Context, folderID int64) ([]schema.Entry, error)
	CreateLike(ctx context.Context, scopeID int64, t schema.Template, opaque string) error
	Update(ctx context.Context, live schema.Live, t schema.Template) error
	Remove(ctx context.Context, id int64) error
}

// Settings bound a refresh or an apply.
type Settings struct {
	Parallelism int               // calls to the drive at once; default 10
	Events      func(plans.Event) // told of progress; called from one goroutine at a time; may be nil
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
	tell := s.Events
	var mu sync.Mutex
	s.Events = func(e plans.Event) {
		if tell != nil {
			mu.Lock()
			defer mu.Unlock()
			tell(e)
		}
	}
	return s
}

// World is the live world as one refresh read it.
type World struct {
	Catalogue schema.Catalogue
	Listings  map[int64]schema.Listing // by scope id
	People    map[int64]schema.Person  // every name the drive told
	Recorded  map[int64]schema.Person  // names that the drive told an earlier run, as the state has them
	ScopeIDs  map[addr.Address]int64   // by address, those declared by path alone
	Strays    []schema.Live            // bound templates that are attached elsewhere than the state says
	Paths     map[int64]string         // paths that were walked, by scope id
	Warnings  schema.Diagnostics       // what could not be checked but does not matter for the plan
}

// nameReads bounds the single templates that are read only to learn the names of approvers declared by id alone.
const nameReads = 20

// Refresh reads the live world: the catalogue once, the list of each declared scope and of each scope that the
// state or a pending intent names once. Any read that fails is an error, and then nothing must be concluded from
// the world returned. The catalogue comes first and alone: any valid token may read it, so that a wrong token, or a
// drive that is not there, is told once and not for every scope.
func Refresh(ctx context.Context, d Drive, decl schema.Declaration, st state.State, pending []state.Intent,
	s Settings) (*World, schema.Diagnostics) {
	s = s.WithDefaults()
	w := &World{Listings: map[int64]schema.Listing{}, People: map[int64]schema.Person{}, Recorded: recordedPeople(st),
		ScopeIDs: map[addr.Address]int64{}, Paths: map[int64]string{}}

	var err error
	if w.Catalogue, w.People, err = d.Catalogue(ctx); err != nil {
		return w, schema.Diagnostics{schema.Problem(schema.Error, addr.Address{}, "",
			"Reading the drive's approval types failed",
			"%v\n\nNothing was changed. A plan needs every read to succeed: "+
				"what cannot be read is never taken for deleted.", err)}
	}
	if w.People == nil {
		w.People = map[int64]schema.Person{}
	}
	var diags schema.Diagnostics
	walk := &walk{drive: d, parallel: s.Parallelism, folders: map[int64][]schema.Entry{}, failed: map[int64]error{}}
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
	for i, r := range reads {
		w.Listings[r.id] = listings[i]
		for id, p := range listings[i].People {
			w.learn(id, p)
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

// await looks again, until its time is over, for each write of an earlier run that was sent, is not seen, and may still
// be under way on the drive. To conclude at once that it did not take place could make a template twice. The time
// counts from now: when the write was sent, only the clock of another machine knows.
func (w *World) await(ctx context.Context, d Drive, st state.State, pending []state.Intent,
	s Settings) schema.Diagnostics {
	began := time.Now()
	for told := false; ; {
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
		if !told {
			told = true
			s.Events(plans.Event{Kind: plans.Waiting, Wait: left, Total: len(again)})
		}
		select {
		case <-ctx.Done():
			return schema.Diagnostics{schema.Problem(schema.Error, addr.Address{}, "", "Interrupted",
				"Interrupted while waiting for a write of an earlier run.")}
		case <-time.After(min(left, time.Second)):
		}
		for _, scope := range slices.Sorted(maps.Keys(again)) {
			listing, err := d.Templates(ctx, scope)
			if err != nil {
				return schema.Diagnostics{schema.Problem(schema.Error, addr.Address{}, "",
					fmt.Sprintf("Reading the templates on %d failed", scope), "%v", err)}
			}
			w.Listings[scope] = listing
		}
	}
}

// recordedPeople are the people in the templates that a state has recorded.
func recordedPeople(st state.State) map[int64]schema.Person {
	people := map[int64]schema.Person{}
	put := func(list []schema.Person) {
		for _, p := range list {
			if p.Username != "" && p.Realname != "" {
				people[p.ID] = p
			}
		}
	}
	for _, b := range st.Bindings {
		put(b.Recorded.CC)
		for _, s := range b.Recorded.Steps {
			put(s.Approvers)
		}
	}
	return people
}

// learn keeps a name unless a better known one is there.
func (w *World) learn(id int64, p schema.Person) {
	p.ID = id
	if have, ok := w.People[id]; !ok || have.Username == "" || have.Realname == "" {
		w.People[id] = p
	}
}

// scopeRead is one list to be read, and the addresses that ask for it.
type scopeRead struct {
	id      int64
	address addr.Address // the declared scope, or the template bound there
	bound   bool         // only the state knows the scope
}

// scopesToRead names each scope once: declared ones first, then those that only the state or the journal knows.
func scopesToRead(decl schema.Declaration, st state.State, pending []state.Intent, w *World) []scopeRead {
	var reads []scopeRead
	seen := map[int64]bool{}
	add := func(id int64, address addr.Address, bound bool) {
		if id != 0 && !seen[id] {
			seen[id] = true
			reads = append(reads, scopeRead{id, address, bound})
		}
	}
	for _, sc := range decl.Scopes {
		add(cmp.Or(sc.ID, w.ScopeIDs[sc.Address]), sc.Address, false)
	}
	for _, b := range st.Bindings {
		if b.ID != 0 {
			add(b.ScopeID, b.Address, true)
		}
		for _, dep := range b.Deposed {
			add(dep.ScopeID, b.Address, true)
		}
	}
	for _, in := range pending {
		add(in.ScopeID, in.Address, true)
	}
	return reads
}

// readLists reads a list for each scope, side by side, and keeps each one's error.
func readLists(ctx context.Context, d Drive, reads []scopeRead, kept *listMemory, s Settings) ([]schema.Listing,
	[]error) {
	listings := make([]schema.Listing, len(reads))
	return listings, parallel.Each(len(reads), s.Parallelism, func(i int) (err error) {
		defer s.Events(plans.Event{Kind: plans.ReadDone})
		if err = cmp.Or(ctx.Err(), kept.full()); err == nil {
			listings[i], err = kept.keep(d.Templates(ctx, reads[i].id))
		}
		return err
	})
}

// readErrors tells the failed reads. Those that failed for one reason (a token without rights fails each of them) are
// told once, with their number and the addresses of the first.
func readErrors(reads []scopeRead, errs []error) schema.Diagnostics {
	var t alike
	for i, err := range errs {
		if err == nil {
			continue
		}
		r := reads[i]
		d := schema.Problem(schema.Error, r.address, "id", fmt.Sprintf("Reading the templates of %s failed", r.address),
			"%v\n\nNothing was changed. Check the id %d, and that the token may manage this folder or file. "+
				"What cannot be read is never taken for deleted.", err, r.id)
		if r.bound {
			d = schema.Problem(schema.Error, r.address, "", fmt.Sprintf("Reading the templates on %d failed", r.id),
				"%v\n\nOnly the state knows this folder or file: %s is bound there. If it was deleted on the drive, "+
					"its templates are gone with it; forget them with `countersign state rm`.", err, r.address)
		}
		t.add(fmt.Sprint(r.bound, plans.CauseOf(err)), r.address, d)
	}
	return t.diagnostics()
}

// alike are diagnostics of which those of one kind are told once.
type alike struct {
	list   schema.Diagnostics
	at     map[string]int // place in list, by kind
	others map[string][]string
}

func (a *alike) add(kind string, address addr.Address, d schema.Diagnostic) {
	if a.at == nil {
		a.at, a.others = map[string]int{}, map[string][]string{}
	}
	if _, told := a.at[kind]; told {
		a.others[kind] = append(a.others[kind], address.String())
		return
	}
	a.at[kind] = len(a.list)
	a.list = append(a.list, d)
}

// firstNames is how many others of a kind are named.
const firstNames = 10

func (a *alike) diagnostics() schema.Diagnostics {
	for kind, others := range a.others {
		text := strings.Join(others[:min(len(others), firstNames)], ", ")
		if n := len(others) - firstNames; n > 0 {
			text += fmt.Sprintf(" and %d more", n)
		}
		a.list[a.at[kind]].Detail += "\n\nThe same for " + text + "."
	}
	return a.list
}

// learnNames looks for the names of approvers declared by id alone: first in all that was read, then in single
// templates, those that hold them first; last in templates on other folders that the token may manage.
func (w *World) learnNames(ctx context.Context, d Drive, decl schema.Declaration) schema.Diagnostics {
	missing := map[int64]bool{}
	for _, a := range decl.Approvers {
		known := w.People[a.Person.ID]
		if a.Person.Username == "" && known.Username == "" || a.Person.Realname == "" && known.Realname == "" {
			missing[a.Person.ID] = true
		}
	}
	if len(missing) == 0 {
		return nil
	}
	live := w.LiveByID()
	likely := func(l *schema.Live) bool {
		return missing[l.Editor] || missing[l.Creator] || slices.ContainsFunc(l.Template.CC,
			func(p schema.Person) bool { return missing[p.ID] })
	}
	ids := slices.Sorted(maps.Keys(live))
	slices.SortStableFunc(ids, func(a, b int64) int {
		switch x, y := likely(live[a]), likely(live[b]); {
		case x && !y:
			return -1
		case y && !x:
			return 1
		}
		return 0
	})
	reads, asked := 0, false
	for i := 0; len(missing) > 0 && reads < nameReads; i++ {
		if i == len(ids) {
			if asked {
				return nil
			}
			asked = true
			others, err := d.Managed(ctx)
			if err != nil {
				return nil // a nicety: what stays unknown is told with the template that needs it
			}
			for _, m := range others {
				if live[m.ID] == nil {
					ids = append(ids, m.ID)
				}
			}
			if i == len(ids) {
				return nil
			}
		}
		reads++
		scope := int64(0)
		if l := live[ids[i]]; l != nil {
			scope = l.ScopeID
		}
		_, people, err := d.Template(ctx, ids[i], scope)
		if err != nil {
			return schema.Diagnostics{schema.Problem(schema.Error, addr.Address{}, "",
				"Reading the names of approvers failed", "%v", err)}
		}
		for id, p := range people {
			w.learn(id, p)
			if p.Username != "" && p.Realname != "" {
				delete(missing, id)
			}
		}
	}
	return nil
}

// learnStrangers looks for the names of those who edited bound templates by hand, and of those whom they put in. Lists
// need not tell them; the single template may. Who stays unknown is shown by id, so a failure here is none.
func (w *World) learnStrangers(ctx context.Context, d Drive, decl schema.Declaration, st state.State) {
	known := map[int64]bool{0: true}
	for id, p := range w.People {
		known[id] = p.Realname != "" || p.Username != ""
	}
	for _, a := range decl.Approvers {
		known[a.Person.ID] = known[a.Person.ID] || a.Person.Realname != "" || a.Person.Username != ""
	}
	live := w.LiveByID()
	reads := 0
	for _, b := range st.Bindings {
		l := live[b.ID]
		if l == nil || l.Template.Equal(b.Recorded) || reads == nameReads {
			continue
		}
		strangers := slices.DeleteFunc(Involved(l), func(id int64) bool { return known[id] })
		if len(strangers) == 0 {
			continue
		}
		reads++
		for _, id := range strangers {
			known[id] = true // asked for once, whatever the answer
		}
		if _, people, err := d.Template(ctx, l.ID, l.ScopeID); err == nil {
			for id, p := range people {
				w.learn(id, p)
			}
		}
	}
}

// Involved is who wrote a template last, and whom it names by id alone.
func Involved(l *schema.Live) []int64 {
	ids := []int64{l.Editor}
	for _, p := range l.Template.CC {
		ids = append(ids, p.ID)
	}
	for _, s := range l.Template.Steps {
		for _, p := range s.Approvers {
			if p.Username == "" || p.Realname == "" {
				ids = append(ids, p.ID)
			}
		}
	}
	return ids
}

// Facts are what expressions may refer to, from the world and the state; attachments apart, which package stage tells.
func (w *World) Facts(st state.State) *schema.Facts {
	f := &schema.Facts{People: w.People, ScopeIDs: w.ScopeIDs,
		Templates: make(map[addr.Address]int64, len(st.Bindings))}
	for _, b := range st.Bindings {
		if b.ID != 0 {
			f.Templates[b.Address] = b.ID
		}
	}
	return f
}

// LiveByID finds each live template wherever it was seen.
func (w *World) LiveByID() map[int64]*schema.Live {
	n := 0
	for _, l := range w.Listings {
		n += len(l.Templates)
	}
	live := make(map[int64]*schema.Live, n)
	for _, scope := range slices.Sorted(maps.Keys(w.Listings)) {
		list := w.Listings[scope].Templates
		for i := range list {
			if have := live[list[i].ID]; have == nil || list[i].ScopeID == scope {
				live[list[i].ID] = &list[i]
			}
		}
	}
	for i := range w.Strays {
		live[w.Strays[i].ID] = &w.Strays[i]
	}
	return live
}

// Own are the templates that are attached to a scope itself, each once.
func (w *World) Own(scope int64) []*schema.Live {
	var own []*schema.Live
	seen := map[int64]bool{}
	list := w.Listings[scope].Templates
	for i := range list {
		if l := &list[i]; l.ScopeID == scope && !seen[l.ID] {
			seen[l.ID] = true
			own = append(own, l)
		}
	}
	return own
}
