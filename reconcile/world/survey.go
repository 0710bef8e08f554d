package world

import (
	"context"
	"fmt"
	"maps"
	"path"
	"slices"
	"strings"

	"countersign/internal/parallel"
	"countersign/reconcile/plans"
	"countersign/schema"
	"countersign/schema/addr"
	"countersign/schema/export"
)

// Survey reads a drive that no configuration describes: everything that the token may manage or, where scopes are
// named, what is attached to those. It takes one list a folder or file, and single templates only to learn which folder
// or file a path means and what people are called. Any read that fails is an error: what is missing from an export
// would look like something that is not there.
func Survey(ctx context.Context, d Drive, scopes []int64, s Settings) (export.World, schema.Diagnostics) {
	v := &survey{drive: d, settings: s.WithDefaults(), people: map[int64]schema.Person{}, paths: map[int64]string{},
		lists: map[int64]schema.Listing{}}
	diags := v.run(ctx, scopes)
	if diags.HasErrors() {
		return export.World{}, diags
	}
	w := export.World{Catalogue: v.catalogue, People: v.people}
	for _, id := range slices.Sorted(maps.Keys(v.lists)) {
		own := v.own(id)
		if len(own) == 0 {
			diags = append(diags, schema.Problem(schema.Warning, addr.Address{}, "", "There is nothing to export there",
				"No template is attached to %d itself; what is in force there is inherited, if anything is.", id))
			continue
		}
		w.Places = append(w.Places, v.place(id, own))
	}
	return w, diags
}

// survey is what was read so far.
type survey struct {
	drive     Drive
	settings  Settings
	people    map[int64]schema.Person
	catalogue schema.Catalogue
	managed   []schema.Managed
	paths     map[int64]string         // by the template attached there
	lists     map[int64]schema.Listing // by scope id
	kept      listMemory
	found     World // where paths lead
}

func (v *survey) run(ctx context.Context, scopes []int64) schema.Diagnostics {
	fail := func(summary, format string, values ...any) schema.Diagnostics {
		return schema.Diagnostics{schema.Problem(schema.Error, addr.Address{}, "", summary, format, values...)}
	}
	var err error
	if v.catalogue, v.people, err = v.drive.Catalogue(ctx); err != nil {
		return fail("Reading the drive's approval types failed", "%v", err)
	}
	if v.people == nil {
		v.people = map[int64]schema.Person{}
	}
	if v.managed, err = v.drive.Managed(ctx); err != nil {
		return fail("Reading what the token may manage failed",
			"%v\n\nExporting takes the token of an administrator: of the whole drive, or of the folders in question.",
			err)
	}
	for _, m := range v.managed {
		v.paths[m.ID] = strings.Trim(m.Path, "/")
	}
	if len(scopes) > 0 {
		if diags := v.list(ctx, scopes); diags.HasErrors() {
			return diags
		}
		v.walk(ctx)
	} else {
		if len(v.managed) == 0 {
			return fail("There is nothing to export",
				"The drive names no template that this token may manage. Either there are none, or the token's user "+
					"administers no folder or file that has one: take the token of an administrator who does.")
		}
		v.walk(ctx)
		if diags := v.locate(ctx); diags.HasErrors() {
			return diags
		}
	}
	return v.names(ctx)
}

// own are the templates of a list that are attached to the scope itself.
func (v *survey) own(scope int64) []schema.Live {
	return slices.DeleteFunc(slices.Clone(v.lists[scope].Templates),
		func(l schema.Live) bool { return l.ScopeID != scope })
}

// list reads the templates on scopes that were not read yet.
func (v *survey) list(ctx context.Context, scopes []int64) schema.Diagnostics {
	var reads []scopeRead
	for _, id := range slices.Compact(slices.Sorted(slices.Values(scopes))) {
		if _, done := v.lists[id]; !done {
			reads = append(reads, scopeRead{id: id, address: addr.Of(fmt.Sprint(id))})
		}
	}
	v.settings.Events(plans.Event{Kind: plans.ReadStart, Total: len(reads)})
	listings, errs := readLists(ctx, v.drive, reads, &v.kept, v.settings)
	if diags := readErrors(reads, errs); diags.HasErrors() {
		return diags
	}
	for i, r := range reads {
		v.lists[r.id] = listings[i]
		v.learn(listings[i].People)
	}
	return nil
}

// each runs a task for each of n things, side by side and bounded.
func (v *survey) each(n int, task func(i int)) {
	parallel.Do(n, v.settings.Parallelism, task)
}

// learn keeps the names that come first.
func (v *survey) learn(people map[int64]schema.Person) {
	for id, p := range people {
		p.ID = id
		if have, ok := v.people[id]; !ok || have.Username == "" || have.Realname == "" {
			v.people[id] = p
		}
	}
}

// walk follows the paths that matter down the drive's folders, once as a folder's and once as a file's: nothing else
// tells the two apart. What cannot be followed stays unknown.
func (v *survey) walk(ctx context.Context) {
	var scopes []schema.Scope
	seen := map[string]bool{"": true}
	want := func(p string) {
		if !seen[p] {
			seen[p] = true
			for _, kind := range []schema.ScopeKind{schema.ScopeFolder, schema.ScopeFile} {
				scopes = append(scopes, schema.Scope{Address: walked(kind, p), Kind: kind, Path: p})
			}
		}
	}
	if len(v.lists) == 0 {
		for _, m := range v.managed {
			want(v.paths[m.ID])
		}
	}
	for id := range v.lists {
		for _, l := range v.own(id) {
			want(v.paths[l.ID])
		}
	}
	v.found = World{ScopeIDs: map[addr.Address]int64{}, Paths: map[int64]string{}}
	w := &walk{drive: v.drive, parallel: v.settings.Parallelism, folders: map[int64][]schema.Entry{},
		failed: map[int64]error{}}
	_ = w.scopes(ctx, scopes, &v.found)
}

func walked(kind schema.ScopeKind, path string) addr.Address {
	return addr.Of(string(kind) + " " + path)
}

// locate lists every scope that has a managed template. A path is no id: a template there tells it. Where none can be
// read, and where two scopes have one path, the others are asked.
func (v *survey) locate(ctx context.Context) schema.Diagnostics {
	located, tried := map[int64]bool{}, map[int64]bool{}
	for {
		byPath := map[string][]int64{}
		var missing []int64
		for _, m := range v.managed {
			if located[m.ID] {
				continue
			}
			if tried[m.ID] {
				missing = append(missing, m.ID)
				continue
			}
			path := v.paths[m.ID]
			if path == "" {
				path = fmt.Sprint("tid ", m.ID) // which is asked by itself
			}
			byPath[path] = append(byPath[path], m.ID)
		}
		if len(byPath) == 0 {
			if len(missing) > 0 {
				return schema.Diagnostics{schema.Problem(schema.Error, addr.Address{}, "",
					"The drive changed while it was read",
					"The templates with the tids %s are among those that the token may manage, "+
						"and not on the folder or file that they say they are attached to. Export again.",
					numbers(missing))}
			}
			return nil
		}
		paths := slices.Sorted(maps.Keys(byPath))
		scopes, people, errs := make([]int64, len(paths)), make([]map[int64]schema.Person, len(paths)), make([]error,
			len(paths))
		v.each(len(paths), func(i int) { scopes[i], people[i], errs[i] = v.scopeOf(ctx, paths[i], byPath[paths[i]]) })
		for i, p := range paths {
			tried[byPath[p][0]] = true
			v.learn(people[i])
			if errs[i] != nil {
				return schema.Diagnostics{schema.Problem(schema.Error, addr.Address{}, "",
					"Finding a folder or file failed",
					"The drive names templates on %q (tid %s), but not the id of that folder or file: "+
						"%v\n\nName it with -scope=ID, and others beside it.", p, numbers(byPath[p]), errs[i])}
			}
		}
		if diags := v.list(ctx, scopes); diags.HasErrors() {
			return diags
		}
		for id := range v.lists {
			for _, l := range v.own(id) {
				located[l.ID] = true
			}
		}
	}
}

// representatives bounds how many templates on one path are asked what folder or file it is.
const representatives = 3

// scopeOf finds the folder or file that templates on one path are attached to, and names that came with it.
func (v *survey) scopeOf(ctx context.Context, path string, ids []int64) (int64, map[int64]schema.Person, error) {
	var first error
	for _, id := range ids[:min(len(ids), representatives)] {
		live, people, err := v.drive.Template(ctx, id, 0)
		if err == nil {
			return live.ScopeID, people, nil
		}
		if first == nil {
			first = err
		}
	}
	for _, kind := range []schema.ScopeKind{schema.ScopeFolder, schema.ScopeFile} {
		if id := v.found.ScopeIDs[walked(kind, path)]; id != 0 {
			return id, nil, nil
		}
	}
	return 0, nil, first
}

// place says what is known of a scope that has templates.
func (v *survey) place(id int64, own []schema.Live) export.Place {
	p := export.Place{ID: id, Kind: schema.ScopeFolder, Templates: own}
	for _, l := range own {
		if p.Path = v.paths[l.ID]; p.Path != "" {
			break
		}
	}
	for _, kind := range []schema.ScopeKind{schema.ScopeFolder, schema.ScopeFile} {
		if p.Path != "" && v.found.ScopeIDs[walked(kind, p.Path)] == id {
			p.Kind, p.Checked = kind, true
			return p
		}
	}
	forFolders := slices.ContainsFunc(own, func(l schema.Live) bool { return l.Template.AppliesTo == schema.AppliesToFolders })
	if path.Ext(p.Path) != "" && !forFolders {
		p.Kind = schema.ScopeFile
	}
	return p
}

// names looks for the names of people whom the lists name by id alone: those of cc. One template that holds them tells
// them.
func (v *survey) names(ctx context.Context) schema.Diagnostics {
	var asked []schema.Live
	sought := map[int64]bool{}
	for _, id := range slices.Sorted(maps.Keys(v.lists)) {
		for _, l := range v.own(id) {
			ask := false
			for _, p := range l.Template.CC {
				if known := v.people[p.ID]; !sought[p.ID] && (known.Username == "" || known.Realname == "") {
					sought[p.ID], ask = true, true
				}
			}
			if ask {
				asked = append(asked, l)
			}
		}
	}
	people, errs := make([]map[int64]schema.Person, len(asked)), make([]error, len(asked))
	v.each(len(asked), func(i int) { _, people[i], errs[i] = v.drive.Template(ctx, asked[i].ID, asked[i].ScopeID) })
	for i, err := range errs {
		if err != nil {
			return schema.Diagnostics{schema.Problem(schema.Error, addr.Address{}, "",
				fmt.Sprintf("Reading the template %d failed", asked[i].ID), "%v", err)}
		}
		v.learn(people[i])
	}
	return nil
}

// numbers lists the first of several ids.
func numbers(ids []int64) string {
	const most = 10
	var words []string
	for _, id := range ids[:min(len(ids), most)] {
		words = append(words, fmt.Sprint(id))
	}
	if len(ids) > most {
		words = append(words, fmt.Sprintf("and %d more", len(ids)-most))
	}
	return strings.Join(words, ", ")
}
