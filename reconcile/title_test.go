package reconcile_test

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"countersign/reconcile"
	"countersign/reconcile/apply"
	"countersign/reconcile/plans"
	"countersign/reconcile/world"
	"countersign/schema"
	"countersign/schema/addr"
	"countersign/schema/spelling"
)

// crowd makes declarations in which titles are few: each address takes one that another had before.
type crowd struct{ dice }

func (r crowd) declaration(free bool) schema.Declaration {
	var decl schema.Declaration
	titles := map[string][]int{}
	for i := range 2 {
		address := fmt.Sprint("folder.f", i)
		decl.Scopes = append(decl.Scopes, schema.Scope{Address: addr.Of(address), Kind: schema.ScopeFolder,
			ID: int64(71 + i),
			Unmanaged: []schema.Unmanaged{schema.UnmanagedReport, schema.UnmanagedIgnore,
				schema.UnmanagedRemove}[r.IntN(3)]})
		titles[address] = r.Perm(5)
	}
	for i := range 6 {
		if r.IntN(4) == 0 {
			continue
		}
		d := schema.Declared{Address: addr.Of(fmt.Sprint("template.t", i)),
			Scope: addr.Of(fmt.Sprint("folder.f", r.IntN(2)))}
		left := titles[d.Scope.String()]
		if len(left) == 0 {
			continue
		}
		titles[d.Scope.String()] = left[1:]
		d.Template = r.template(fmt.Sprint("题é", left[0]))
		if free && r.IntN(6) == 0 {
			d.IgnoreChanges = []string{schema.AttrTitle}
		}
		d.PreventDestroy = free && r.IntN(8) == 0
		decl.Templates = append(decl.Templates, d)
	}
	return decl
}

func (r crowd) options() reconcile.Options {
	o := all
	o.NoRemovals = r.IntN(3) == 0
	for r.IntN(3) == 0 {
		o.Targets = append(o.Targets, fmt.Sprint("template.t", r.IntN(6)))
	}
	return o
}

// guarded is a drive that tells each write by which a scope got a second template of a title.
func guarded(d *drive) (seconds *[]string) {
	seconds = new([]string)
	d.watch = func(call string, before map[int64]schema.Live) {
		for id, l := range d.templates {
			if was, there := before[id]; there && spelling.Same(was.Template.Title, l.Template.Title) {
				continue
			}
			for other, o := range d.templates {
				if other != id && o.ScopeID == l.ScopeID && spelling.Same(o.Template.Title, l.Template.Title) {
					*seconds = append(*seconds, fmt.Sprintf("%s: tid %d and %d are titled %s on %d", call, id, other,
						o.Template.Title, o.ScopeID))
				}
			}
		}
	}
	return seconds
}

// At no moment of an apply, whatever is declared, whatever a run is narrowed to, and whatever fails or is killed, does
// a scope get a second template of a title. And however that went, a last run that is not disturbed ends as declared.
func TestNeverTwoOfATitle(t *testing.T) {
	g := crowd{dice{random(t)}}
	done := 0
	for range 400 {
		r := newRun(newDrive())
		r.hold = nil
		r.drive.form = g.form()
		seconds := guarded(r.drive)
		free := g.IntN(2) == 0
		var decl schema.Declaration
		for range 5 {
			decl = g.declaration(free)
			o := all
			if g.IntN(2) == 0 {
				o = g.options()
				o.Targets = slices.DeleteFunc(o.Targets, func(a string) bool {
					return !slices.ContainsFunc(decl.Templates,
						func(d schema.Declared) bool { return d.Address.String() == a })
				})
			}
			for _, d := range decl.Templates {
				if g.IntN(5) == 0 && o.Targeted(d.Address) {
					o.Replace = append(o.Replace, d.Address.String())
				}
			}
			if g.IntN(2) == 0 {
				r.drive.fail = func(int, string) fault {
					if g.IntN(5) == 0 {
						return fault(1 + g.IntN(3))
					}
					return fine
				}
			}
			_, result, _ := r.apply(decl, o)
			if result != nil {
				done += len(result.Done)
				if r.drive.fail == nil && len(result.Failed)+len(result.NotTried) > 0 {
					t.Fatalf("%+v", result)
				}
			}
			r.drive.fail = nil
			if free && g.IntN(2) == 0 {
				g.retitle(r.drive)
			}
			if len(*seconds) > 0 {
				t.Fatalf("%+v\n%s", o, strings.Join(*seconds, "\n"))
			}
			warned(t, r, decl, o)
		}
		if free {
			continue
		}
		if _, result, diags := r.apply(decl, all); diags.HasErrors() || len(result.Failed)+len(result.NotTried) > 0 {
			t.Fatal(diags, result)
		}
		if len(*seconds) > 0 {
			t.Fatal(strings.Join(*seconds, "\n"))
		}
		settled(t, r, decl)
	}
	if done == 0 {
		t.Error("nothing was ever done")
	}
}

// retitle is what people do in the console to titles.
func (r crowd) retitle(d *drive) {
	for _, id := range slices.Sorted(maps.Keys(d.templates)) {
		if r.IntN(6) == 0 {
			d.edit(id, func(t *schema.Template) { t.Title = fmt.Sprint("题é", r.IntN(5)) })
		}
	}
	if r.IntN(3) == 0 {
		d.put(int64(71+r.IntN(2)), r.template(fmt.Sprint("题é", r.IntN(5))))
	}
}

// settled demands that the next plan is empty, and that each declared title is there once, where it was declared.
func settled(t *testing.T, r *run, decl schema.Declaration) {
	t.Helper()
	p, _, diags := r.plan(decl, all)
	if diags.HasErrors() || !p.Empty() {
		t.Fatalf("%v %s", diags, summary(p))
	}
	for _, d := range decl.Templates {
		n := 0
		for _, l := range r.drive.templates {
			if spelling.Same(l.Template.Title, d.Template.Title) &&
				fmt.Sprint("folder.f", l.ScopeID-71) == d.Scope.String() {
				n++
			}
		}
		if n != 1 {
			t.Fatalf("%s is there %d times", d.Address, n)
		}
	}
}

// warned demands that every plan tells each title that two templates of a scope have, one of them ours.
func warned(t *testing.T, r *run, decl schema.Declaration, o reconcile.Options) {
	t.Helper()
	_, st, diags := r.plan(decl, o)
	if diags.HasErrors() {
		return
	}
	ours := map[int64]bool{}
	for _, b := range st.Bindings {
		ours[b.ID] = true
	}
	for id, l := range r.drive.templates {
		for other, m := range r.drive.templates {
			if !ours[id] || id == other || l.ScopeID != m.ScopeID ||
				!spelling.Same(l.Template.Title, m.Template.Title) {
				continue
			}
			if !slices.ContainsFunc(diags, func(d schema.Diagnostic) bool {
				return d.Summary == "Two templates of one title" &&
					strings.Contains(spelling.Form(d.Detail),
						fmt.Sprintf("titled %q", spelling.Form(l.Template.Title))) &&
					strings.Contains(d.Detail, fmt.Sprintf("tid %d", id))
			}) {
				t.Fatalf("nothing is said of tid %d and %d, both titled %s on %d: %v", id, other, l.Template.Title,
					l.ScopeID, diags)
			}
		}
	}
}

// What cannot be done without two of a title is refused, with the way out.
func TestTitleRefused(t *testing.T) {
	modifyAt := func(name, title string) schema.Declared { return declared(name, modify(title, 1)) }
	ignoring := func(d schema.Declared) schema.Declared {
		d.IgnoreChanges = []string{schema.AttrTitle}
		return d
	}
	keep := all
	keep.NoRemovals = true
	only := func(address string) reconcile.Options {
		o := all
		o.Targets = []string{address}
		return o
	}
	tests := []struct {
		name        string
		start, then []schema.Declared
		options     reconcile.Options
		refused     []string // address: why the other keeps the title
		says        string
	}{
		{"a block renamed, without removals", []schema.Declared{modifyAt("modify", "甲")},
			[]schema.Declared{modifyAt("edit", "甲")}, keep,
			[]string{"template.edit: held_back template.modify"},
			"countersign state mv 'template.modify' 'template.edit'. Otherwise: apply without -no-removals"},
		{"a protected block renamed, without removals", []schema.Declared{protected(modifyAt("modify", "甲"))},
			[]schema.Declared{modifyAt("edit", "甲")}, keep,
			[]string{"template.edit: held_back template.modify"}, "state mv"},
		{"a block renamed, only the new one a target", []schema.Declared{modifyAt("modify", "甲")},
			[]schema.Declared{modifyAt("edit", "甲")}, only("template.edit"),
			[]string{"template.edit: untargeted template.modify"}, "Otherwise: add -target='template.modify'"},
		{"half a swap", []schema.Declared{modifyAt("a", "甲"), modifyAt("b", "乙")},
			[]schema.Declared{modifyAt("a", "乙"), modifyAt("b", "甲")}, only("template.a"),
			[]string{"template.a: untargeted template.b"}, "Add -target='template.b'"},
		{"a title that another one is told to keep", []schema.Declared{modifyAt("a", "甲")},
			[]schema.Declared{ignoring(modifyAt("a", "乙")), modifyAt("b", "甲")}, all,
			[]string{"template.b: ignored template.a"}, "ignore_changes names title"},
		{"a chain whose end is refused", []schema.Declared{modifyAt("a", "甲"), modifyAt("b", "乙"), modifyAt("c", "丙")},
			[]schema.Declared{modifyAt("a", "乙"), modifyAt("b", "丙"), ignoring(modifyAt("c", "丁"))}, all,
			[]string{"template.a: refused template.b", "template.b: ignored template.c"},
			"What leads out of that one helps this one too"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r := newRun(newDrive())
			seconds := guarded(r.drive)
			if _, _, diags := r.apply(declare(contracts(71), tt.start...), all); diags.HasErrors() {
				t.Fatal(diags)
			}
			p, result, diags := r.apply(declare(contracts(71), tt.then...), tt.options)
			if diags.HasErrors() {
				t.Fatal(diags)
			}
			var refused []string
			for _, c := range p.Refused {
				refused = append(refused, fmt.Sprintf("%s: %s %s", c.Address, c.Holder.Keeps, c.Holder.Address))
			}
			if !slices.Equal(refused, tt.refused) || len(result.Failed) > 0 || p.Empty() {
				t.Errorf("refused: %q, %+v", refused, result)
			}
			if !slices.ContainsFunc(diags, func(d schema.Diagnostic) bool {
				return d.Summary == plans.TitleTaken && strings.Contains(d.Detail, tt.says)
			}) {
				t.Errorf("%q is not said: %v", tt.says, diags)
			}
			if len(*seconds) > 0 {
				t.Error(*seconds)
			}
		})
	}
}

// Titles go from one template to another in any figure: rows, circles, a block that takes the place of another, a
// folder for another.
func TestTitlesChangeHands(t *testing.T) {
	at := func(scope, name, title string) schema.Declared {
		d := declared(name, modify(title, 1))
		d.Scope = addr.Of(scope)
		return d
	}
	const f, g = "folder.contracts", "folder.other"
	row := func(shift int) (list []schema.Declared) {
		for i := range 30 {
			list = append(list, at(f, fmt.Sprintf("t%02d", i), fmt.Sprint("题é", (i+shift)%31)))
		}
		return list
	}
	tests := []struct {
		name        string
		start, then []schema.Declared
		lists       int // of folder 71, at most
	}{
		{"a swap", []schema.Declared{at(f, "a", "甲"), at(f, "b", "乙")},
			[]schema.Declared{at(f, "a", "乙"), at(f, "b", "甲")}, 4},
		{"a circle", []schema.Declared{at(f, "a", "甲"), at(f, "b", "乙"), at(f, "c", "丙")},
			[]schema.Declared{at(f, "a", "乙"), at(f, "b", "丙"), at(f, "c", "甲")}, 5},
		{"a row", []schema.Declared{at(f, "a", "甲"), at(f, "b", "乙")},
			[]schema.Declared{at(f, "a", "乙"), at(f, "b", "丙")}, 3},
		{"a long row", row(0), row(1), 12},
		{"a block renamed", []schema.Declared{at(f, "a", "甲")}, []schema.Declared{at(f, "b", "甲")}, 5},
		{"one takes the title of one that goes", []schema.Declared{at(f, "a", "甲"), at(f, "b", "乙")},
			[]schema.Declared{at(f, "a", "乙")}, 4},
		{"one takes the title of one that moves", []schema.Declared{at(f, "a", "甲"), at(f, "b", "乙")},
			[]schema.Declared{at(g, "a", "甲"), at(f, "b", "甲")}, 4},
		{"two folders swap", []schema.Declared{at(f, "a", "甲"), at(g, "b", "甲")},
			[]schema.Declared{at(g, "a", "甲"), at(f, "b", "甲")}, 6},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			decl := func(list []schema.Declared) schema.Declaration {
				d := declare(contracts(71), list...)
				d.Scopes = append(d.Scopes, schema.Scope{Address: addr.Of(g), Kind: schema.ScopeFolder, ID: 72})
				return d
			}
			r := newRun(newDrive())
			seconds := guarded(r.drive)
			if _, _, diags := r.apply(decl(tt.start), all); diags.HasErrors() {
				t.Fatal(diags)
			}
			r.drive.calls = nil
			_, result, diags := r.apply(decl(tt.then), all)
			if diags.HasErrors() || len(result.Failed)+len(result.NotTried) > 0 {
				t.Fatal(diags, result)
			}
			if len(*seconds) > 0 {
				t.Error(*seconds)
			}
			lists := slices.DeleteFunc(slices.Clone(r.drive.calls), func(c string) bool { return c != "list 71" })
			if len(lists) > tt.lists {
				t.Errorf("%d lists: %v", len(lists), r.drive.calls)
			}
			if p, _, diags := r.plan(decl(tt.then), all); diags.HasErrors() || !p.Empty() || len(p.Drift) > 0 {
				t.Errorf("%v %s", diags, summary(p))
			}
		})
	}
}

// The old one stays, under its interim title, when the one that takes its place is not made: no folder is left without
// its rule.
func TestOldOneStaysWithoutAnHeir(t *testing.T) {
	start, then := declare(contracts(71), declared("a", modify("甲", 1))), declare(contracts(71),
		declared("b", modify("甲", 3)))
	for _, call := range []string{"update 5", "create 甲"} {
		r := newRun(newDrive())
		if _, _, diags := r.apply(start, all); diags.HasErrors() {
			t.Fatal(diags)
		}
		r.drive.fail = func(_ int, c string) fault {
			if c == call {
				return refused
			}
			return fine
		}
		_, result, diags := r.apply(then, all)
		if diags.HasErrors() || len(result.Failed) != 1 || len(result.NotTried) != 1 || len(r.drive.templates) != 1 {
			t.Fatalf("%s: %v %+v", call, diags, result)
		}
		r.drive.fail = nil
		if _, result, diags := r.apply(then, all); diags.HasErrors() || len(result.Failed)+len(result.NotTried) > 0 {
			t.Fatal(diags, result)
		}
		check(t, r, then)
	}
}

// Of several templates that fit a create, the oldest is bound that no other create has a claim to, and the others are
// named.
func TestCreatedTwice(t *testing.T) {
	r := newRun(newDrive())
	decl := declare(contracts(71), declared("a", modify("甲", 1)), declared("b", modify("乙", 1)))
	r.drive.watch = func(call string, _ map[int64]schema.Live) { // a proxy sends each create a second time
		if strings.HasPrefix(call, "create") {
			r.drive.put(71, modify(strings.TrimPrefix(call, "create "), 1))
		}
	}
	p, st, _ := r.plan(decl, all)
	result, next := apply.Run(context.Background(), r.drive, r.journal, p, st,
		world.Settings{LandWait: 1, Parallelism: 1})
	if len(result.Done) != 2 || len(result.Spare()) != 2 {
		t.Fatalf("%+v", result)
	}
	for i, d := range result.Spare() {
		if d.ID != int64(5+2*i) || !slices.Equal(d.Spare, []int64{int64(6 + 2*i)}) || next.Bindings[i].ID != d.ID ||
			!strings.Contains(d.SpareText(), fmt.Sprint("tid ", d.Spare[0])) {
			t.Errorf("%s: bound tid %d, spare %v: %s", d.Change.Address, d.ID, d.Spare, d.SpareText())
		}
	}
}
