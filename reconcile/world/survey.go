package world

import (
	"cmp"
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
// named, what is attached to those. It reads one list for each folder or file, and single templates only to learn which
// folder or file a path means and what people are called. Any read that fails is an error: what is missing from an
// export would look as if it did not exist.
func Survey(ctx context.Context, d Drive, scopes []int64, s Settings) (export.World, schema.Diagnostics) {
	v := &survey{World: newWorld(), drive: d, settings: s.WithDefaults(), at: map[int64]string{}}
	diags := v.run(ctx, scopes)
	if diags.HasErrors() {
		return export.World{}, diags
	}
	w := export.World{Catalogue: v.Catalogue, People: v.People}
	for _, id := range slices.Sorted(maps.Keys(v.Listings)) {
		own := v.Own(id)
		if len(own) == 0 {
			diags = append(diags, schema.Problem(schema.Warning, addr.Address{}, "", "There is nothing to export there",
				"No template is attached to %d itself; what is in force there is inherited, if anything is.", id))
			continue
		}
		w.Places = append(w.Places, v.place(id, own))
	}
	return w, diags
}

// survey is a world that is read for an export.
type survey struct {
	*World
	drive    Drive
	settings Settings
	managed  []schema.Managed
	at       map[int64]string // the path that a managed template is attached to
	kept     listMemory
}

func (v *survey) run(ctx context.Context, scopes []int64) schema.Diagnostics {
	catalogue, people, err := v.drive.Catalogue(ctx)
	if err != nil {
		return failed("Reading the drive's approval types failed", "%v", err)
	}
	v.Catalogue = catalogue
	v.learn(people)
	if v.managed, err = v.drive.Managed(ctx); err != nil {
		return failed("Reading what the token may manage failed",
			"%v\n\nExporting takes the token of an administrator: of the whole drive, or of the folders in question.",
			err)
	}
	for _, m := range v.managed {
		v.at[m.ID] = strings.Trim(m.Path, "/")
	}
	if len(scopes) > 0 {
		if diags := v.list(ctx, scopes); diags.HasErrors() {
			return diags
		}
		v.walk(ctx)
	} else {
		if len(v.managed) == 0 {
			return failed("There is nothing to export",
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

// list reads the templates on scopes that were not read yet.
func (v *survey) list(ctx context.Context, scopes []int64) schema.Diagnostics {
	var reads []scopeRead
	for _, id := range slices.Compact(slices.Sorted(slices.Values(scopes))) {
		if _, done := v.Listings[id]; !done {
			reads = append(reads, scopeRead{id: id, address: addr.Of(fmt.Sprint(id))})
		}
	}
	v.settings.Events(plans.Event{Kind: plans.ReadStart, Total: len(reads)})
	listings, errs := readLists(ctx, v.drive, reads, &v.kept, v.settings)
	if diags := readErrors(reads, errs); diags.HasErrors() {
		return diags
	}
	for i, r := range reads {
		v.Listings[r.id] = listings[i]
		v.learn(listings[i].People)
	}
	return nil
}

// walk follows the paths of templates down the drive's folders, each as a folder's and as a file's: nothing else tells
// the two apart. What cannot be followed stays unknown.
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
	if len(v.Listings) == 0 {
		for _, m := range v.managed {
			want(v.at[m.ID])
		}
	}
	for id := range v.Listings {
		for _, l := range v.Own(id) {
			want(v.at[l.ID])
		}
	}
	_ = newWalk(v.drive, v.settings).scopes(ctx, scopes, v.World)
}

func walked(kind schema.ScopeKind, path string) addr.Address {
	return addr.Of(string(kind) + " " + path)
}

// locate lists every scope that has a managed template. A path does not give the id of its scope; a template there
// does. Where one cannot be read, or where two scopes have one path, the other templates are asked.
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
			path := v.at[m.ID]
			if path == "" {
				path = fmt.Sprint("tid ", m.ID) // which is asked by itself
			}
			byPath[path] = append(byPath[path], m.ID)
		}
		if len(byPath) == 0 {
			if len(missing) > 0 {
				return failed("The drive changed while it was read",
					"The templates with the tids %s are among those that the token may manage, "+
						"and not on the folder or file that they say they are attached to. Export again.",
					numbers(missing))
			}
			return nil
		}
		paths := slices.Sorted(maps.Keys(byPath))
		scopes, errs := make([]int64, len(paths)), make([]error, len(paths))
		people := make([]map[int64]schema.Person, len(paths))
		parallel.Do(len(paths), v.settings.Parallelism, func(i int) {
			scopes[i], people[i], errs[i] = v.scopeOf(ctx, paths[i], byPath[paths[i]])
		})
		for i, p := range paths {
			tried[byPath[p][0]] = true
			v.learn(people[i])
			if errs[i] != nil {
				return failed("Finding a folder or file failed",
					"The drive names templates on %q (tid %s), but not the id of that folder or file: "+
						"%v\n\nName it with -scope=ID, and others beside it.", p, numbers(byPath[p]), errs[i])
			}
		}
		if diags := v.list(ctx, scopes); diags.HasErrors() {
			return diags
		}
		for id := range v.Listings {
			for _, l := range v.Own(id) {
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
		if id := v.ScopeIDs[walked(kind, path)]; id != 0 {
			return id, nil, nil
		}
	}
	return 0, nil, first
}

// place is what is known of a scope that has templates.
func (v *survey) place(id int64, own []*schema.Live) export.Place {
	p := export.Place{ID: id, Kind: schema.ScopeFolder}
	forFolders := false
	for _, l := range own {
		p.Templates = append(p.Templates, *l)
		p.Path = cmp.Or(p.Path, v.at[l.ID])
		forFolders = forFolders || l.Template.AppliesTo == schema.AppliesToFolders
	}
	for _, kind := range []schema.ScopeKind{schema.ScopeFolder, schema.ScopeFile} {
		if p.Path != "" && v.ScopeIDs[walked(kind, p.Path)] == id {
			p.Kind, p.Checked = kind, true
			return p
		}
	}
	if path.Ext(p.Path) != "" && !forFolders {
		p.Kind = schema.ScopeFile
	}
	return p
}

// names looks for the names of people whom the lists name by id alone: those in cc. A single template that has them
// gives their names.
func (v *survey) names(ctx context.Context) schema.Diagnostics {
	var asked []*schema.Live
	sought := map[int64]bool{}
	for _, id := range slices.Sorted(maps.Keys(v.Listings)) {
		for _, l := range v.Own(id) {
			ask := false
			for _, p := range l.Template.CC {
				if known := v.People[p.ID]; !sought[p.ID] && (known.Username == "" || known.Realname == "") {
					sought[p.ID], ask = true, true
				}
			}
			if ask {
				asked = append(asked, l)
			}
		}
	}
	people, errs := make([]map[int64]schema.Person, len(asked)), make([]error, len(asked))
	parallel.Do(len(asked), v.settings.Parallelism, func(i int) {
		_, people[i], errs[i] = v.drive.Template(ctx, asked[i].ID, asked[i].ScopeID)
	})
	for i, err := range errs {
		if err != nil {
			return failed(fmt.Sprintf("Reading the template %d failed", asked[i].ID), "%v", err)
		}
		v.learn(people[i])
	}
	return nil
}
