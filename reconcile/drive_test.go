package reconcile_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"sync"

	"countersign/docs/forms"
	"countersign/reconcile"
	"countersign/reconcile/apply"
	"countersign/reconcile/plans"
	"countersign/reconcile/world"
	"countersign/schema"
	"countersign/schema/spelling"
	"countersign/state"
	"countersign/state/statetest"
	viewjson "countersign/view/json"
)

// drive is a drive in memory that can fail at a given call, before or after carrying it out.
type drive struct {
	mu        sync.Mutex
	next      int64
	templates map[int64]schema.Live
	parents   map[int64]int64 // folder above a folder
	people    map[int64]schema.Person
	entries   map[int64][]schema.Entry
	calls     []string
	reformed  int // updates that wrote a text in another form and changed nothing else of it
	editor    int64
	hidden    map[int64]bool // templates that lists leave out
	template  error          // what each single template is answered with

	fail  func(n int, call string) fault                  // asked at each call, n counts from 1
	form  func(string) string                             // how the drive writes texts; nil: as they come
	watch func(call string, before map[int64]schema.Live) // told of each call that was carried out
}

// fault is what goes wrong with a call.
type fault int

const (
	fine    fault = iota
	refused       // the drive says no
	lost          // carried out, but no answer comes
	unsent        // not carried out, and no answer comes
	crashed       // carried out, and what reads the answer panics
)

var errRefused = refusal{errors.New("code 1002: no permission")}
var errLost = errors.New("connection reset by peer")

type refusal struct{ error }

func (refusal) OutcomeUnknown() bool { return false }

// absent is how the drive says that there is no such template.
type absent struct{ error }

func (absent) NotFound() bool { return true }

var catalogue = schema.Catalogue{
	{ID: "1", Name: "不处理", AppliesTo: schema.AppliesToAny},
	{ID: "2", Name: "上传文件", AppliesTo: schema.AppliesToFolders},
	{ID: "3", Name: "申请预览权限", AppliesTo: schema.AppliesToAny},
	{ID: "4", Name: "修改文件", AppliesTo: schema.AppliesToFiles},
}

func newDrive() *drive {
	return &drive{next: 5, editor: 1, templates: map[int64]schema.Live{}, parents: map[int64]int64{},
		entries: map[int64][]schema.Entry{},
		people:  map[int64]schema.Person{1: person(1), 3: person(3), 4: person(4)}}
}

func person(id int64) schema.Person {
	return schema.Person{ID: id, Username: fmt.Sprintf("u%d", id), Realname: fmt.Sprintf("人%d", id)}
}

func people(ids ...int64) []schema.Person {
	out := make([]schema.Person, len(ids))
	for i, id := range ids {
		out[i] = person(id)
	}
	return schema.People(out)
}

// call counts a call and runs do unless the call is to fail before it.
func (d *drive) call(name string, do func() error) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.calls = append(d.calls, name)
	what := fine
	if d.fail != nil {
		what = d.fail(len(d.calls), name)
	}
	switch what {
	case refused:
		return errRefused
	case unsent:
		return errLost
	}
	var before map[int64]schema.Live
	if d.watch != nil {
		before = maps.Clone(d.templates)
	}
	err := do()
	if d.watch != nil {
		d.watch(name, before)
	}
	switch what {
	case lost:
		return errLost
	case crashed:
		panic(errLost)
	}
	return err
}

func (d *drive) Catalogue(context.Context) (c schema.Catalogue, p map[int64]schema.Person, err error) {
	err = d.call("catalogue", func() error { c = catalogue; return nil })
	return
}

func (d *drive) Template(_ context.Context, id, _ int64) (l schema.Live, p map[int64]schema.Person, err error) {
	err = d.call("template", func() error {
		l, p = d.templates[id], map[int64]schema.Person{}
		if d.template != nil {
			return d.template
		}
		if l.ID == 0 {
			return absent{fmt.Errorf("no template %d", id)}
		}
		for _, q := range l.Template.CC {
			p[q.ID] = d.people[q.ID]
		}
		return nil
	})
	return
}

func (d *drive) Templates(_ context.Context, scope int64) (list schema.Listing, err error) {
	err = d.call(fmt.Sprintf("list %d", scope), func() error {
		for at, ok := scope, true; ok; at, ok = d.parents[at] {
			for _, id := range slices.Sorted(maps.Keys(d.templates)) {
				if l := d.templates[id]; l.ScopeID == at && !d.hidden[id] {
					list.Templates = append(list.Templates, l)
				}
			}
		}
		list.People = map[int64]schema.Person{}
		for _, l := range list.Templates {
			for _, s := range l.Template.Steps {
				for _, p := range s.Approvers {
					list.People[p.ID] = p
				}
			}
		}
		return nil
	})
	return
}

func (d *drive) Managed(context.Context) (list []schema.Managed, err error) {
	err = d.call("managed", func() error {
		for _, id := range slices.Sorted(maps.Keys(d.templates)) {
			list = append(list, schema.Managed{ID: id, Title: d.templates[id].Template.Title})
		}
		return nil
	})
	return
}

func (d *drive) Children(_ context.Context, folder int64) (e []schema.Entry, err error) {
	err = d.call(fmt.Sprintf("children %d", folder), func() error { e = d.entries[folder]; return nil })
	return
}

func (d *drive) CreateLike(_ context.Context, scope int64, t schema.Template, opaque string) error {
	return d.call("create "+t.Title, func() error {
		id := d.put(scope, t)
		l := d.templates[id]
		l.Opaque = opaque
		d.templates[id] = l
		return nil
	})
}

func (d *drive) Update(_ context.Context, l schema.Live, t schema.Template) error {
	return d.call(fmt.Sprintf("update %d", l.ID), func() error {
		have, ok := d.templates[l.ID]
		if !ok || have.ScopeID != l.ScopeID {
			return refusal{fmt.Errorf("no template %d", l.ID)}
		}
		if respelled(have.Template, t) {
			d.reformed++
		}
		have.Template = d.formed(t)
		d.templates[l.ID] = have
		return nil
	})
}

func (d *drive) Remove(_ context.Context, id int64) error {
	return d.call(fmt.Sprintf("remove %d", id), func() error {
		if _, ok := d.templates[id]; !ok {
			return refusal{fmt.Errorf("no template %d", id)}
		}
		delete(d.templates, id)
		return nil
	})
}

// put makes a template as somebody in the console would.
func (d *drive) put(scope int64, t schema.Template) int64 {
	if t.AppliesTo == "" { // the drive always says one
		t.AppliesTo = schema.AppliesToAny
	}
	id := d.next
	d.next++
	d.templates[id] = schema.Live{ID: id, ScopeID: scope, Template: d.formed(t.Normalise()), Editor: d.editor,
		Edited: 1634714946}
	return id
}

// edit changes a template as somebody in the console would.
func (d *drive) edit(id int64, how func(*schema.Template)) {
	l := d.templates[id]
	how(&l.Template)
	l.Template, l.Editor = d.formed(l.Template.Normalise()), 3
	d.templates[id] = l
}

// formed is a template with its texts as the drive writes them.
func (d *drive) formed(t schema.Template) schema.Template {
	if d.form == nil {
		return t
	}
	t.Title, t.Description = d.form(t.Title), d.form(t.Description)
	t.Steps = slices.Clone(t.Steps)
	for i := range t.Steps {
		t.Steps[i].Name = d.form(t.Steps[i].Name)
	}
	return t
}

// respelled reports whether an update writes a text that it does not change in another form of Unicode.
func respelled(old, new schema.Template) bool {
	other := func(a, b string) bool { return a != b && spelling.Same(a, b) }
	if other(old.Title, new.Title) || other(old.Description, new.Description) {
		return true
	}
	forms := map[string]string{} // of the names of old steps, where each has one
	for _, s := range old.Steps {
		if form, twice := forms[spelling.Form(s.Name)]; twice && form != s.Name {
			return false
		}
		forms[spelling.Form(s.Name)] = s.Name
	}
	for _, s := range new.Steps {
		if form, there := forms[spelling.Form(s.Name)]; there && form != s.Name && once(new.Steps, s.Name) {
			return true
		}
	}
	return false
}

func once(steps []schema.Step, name string) bool {
	n := 0
	for _, s := range steps {
		if spelling.Same(s.Name, name) {
			n++
		}
	}
	return n == 1
}

// run is one run of the program in memory: a state, a journal, a drive.
type run struct {
	hold    func(*plans.Plan) // nil where the same plan is made hundreds of times
	drive   *drive
	journal *statetest.Run  // and the state
	settled []state.Outcome // what the last plan found out about the run before
}

func newRun(d *drive) *run { return &run{drive: d, journal: statetest.NewRun(), hold: hold} }

var quick = world.Settings{LandWait: 1}

// plan refreshes, finds out what became of what an earlier run left open, and compares. It writes nothing.
func (r *run) plan(decl schema.Declaration, o reconcile.Options) (*plans.Plan, state.State, schema.Diagnostics) {
	ctx := context.Background()
	st, pending := r.journal.Read()
	w, diags := world.Refresh(ctx, r.drive, decl, st, pending, quick)
	if diags.HasErrors() {
		return nil, st, diags
	}
	settled := world.Settle(st, pending, w)
	st, r.settled = settled.State, settled.Outcomes
	p, diags := reconcile.Diff(decl, st, w, o)
	if !diags.HasErrors() && r.hold != nil {
		r.hold(p)
	}
	return p, st, diags
}

// hold demands of a plan of these tests that its JSON is of the form that docs/forms promises.
func hold(p *plans.Plan) {
	doc, err := viewjson.Plan(p)
	if err == nil {
		err = forms.Check("plan", doc)
	}
	if err != nil {
		panic(fmt.Sprintf("a plan is not of its form: %v", err))
	}
}

// apply plans, notes what that has found out, applies, and keeps the state, as the program does.
func (r *run) apply(decl schema.Declaration, o reconcile.Options) (*plans.Plan, *plans.Result, schema.Diagnostics) {
	p, st, diags := r.plan(decl, o)
	if diags.HasErrors() {
		return nil, nil, diags
	}
	ctx := context.Background()
	if r.journal.Settle(ctx, r.settled) != nil { // it was killed while it planned
		return p, &plans.Result{}, diags
	}
	result, next := apply.Run(ctx, r.drive, r.journal, p, st, quick)
	r.journal.Write(next)
	return p, result, diags
}

// kept is the state.
func (r *run) kept() state.State {
	st, _ := r.journal.Read()
	return st
}

var all = reconcile.Options{MaxRemovals: 1 << 30}
