package world

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"countersign/internal/parallel"
	"countersign/reconcile/plans"
	"countersign/schema"
	"countersign/schema/spelling"
)

// walk follows declared paths down the drive's folders. Each folder is listed once, those of one depth side by side.
type walk struct {
	drive    Drive
	parallel int
	folders  map[int64][]schema.Entry // what was listed, by folder id; 0 is the root
	failed   map[int64]error
}

func newWalk(d Drive, s Settings) *walk {
	return &walk{drive: d, parallel: s.Parallelism, folders: map[int64][]schema.Entry{}, failed: map[int64]error{}}
}

func needPaths(scopes []schema.Scope) bool {
	return slices.ContainsFunc(scopes, func(s schema.Scope) bool { return s.Path != "" })
}

// trail is one way along a scope's path. Where the drive has a name in several forms of Unicode, a path has several.
type trail struct {
	*goal
	names []string // still to be followed
	at    int64    // the folder reached so far
	forms string   // for each name on the way "0" when it is written as on the drive, "1" when in another form
}

// goal is a scope whose path is followed, and what was found.
type goal struct {
	*schema.Scope
	ends   []pathEnd
	astray *schema.Diagnostic // why one of its trails ends early
	unread string             // kind of astray when a folder on the way could not be read
	other  *schema.Diagnostic // one of its trails ends at a file instead of a folder, or the other way round
}

// pathEnd is where a trail ends.
type pathEnd struct {
	schema.Entry
	forms string // see trail
}

// scopes finds the ids of scopes declared by path alone and checks the paths of those declared with both. A path that
// cannot be found is an error. Where the id is written and the drive's folders cannot be listed at all, the check is
// skipped with a warning, because the id alone is enough.
func (k *walk) scopes(ctx context.Context, scopes []schema.Scope, w *World) schema.Diagnostics {
	var goals []*goal
	var todo []trail
	for i := range scopes {
		if names := SplitPath(scopes[i].Path); len(names) > 0 {
			g := &goal{Scope: &scopes[i]}
			goals, todo = append(goals, g), append(todo, trail{g, names, 0, ""})
		}
	}
	for len(todo) > 0 {
		reached := make([]int64, len(todo))
		for i, t := range todo {
			reached[i] = t.at
		}
		k.list(ctx, reached)
		var next []trail
		for _, t := range todo {
			next = append(next, k.follow(t)...)
		}
		todo = next
	}
	var diags alike
	for _, g := range goals {
		end, wrong := chooseEnd(g.Scope, g.ends)
		switch {
		case wrong != nil:
			diags.add(g.Address.String(), g.Address, *wrong)
		case end == nil && g.other != nil:
			diags.add(g.Address.String(), g.Address, *g.other)
		case end == nil:
			diags.add(cmp.Or(g.unread, g.Address.String()), g.Address, *g.astray)
		default:
			w.Paths[end.ID] = CleanPath(g.Path)
			if g.ID == 0 {
				w.ScopeIDs[g.Address] = end.ID
			}
		}
	}
	return diags.diagnostics()
}

// follow takes one step along a trail, and notes at its goal what was found.
func (k *walk) follow(t trail) (next []trail) {
	if err := k.failed[t.at]; err != nil {
		why := unreadable(t.Scope, err)
		t.astray, t.unread = &why, fmt.Sprint("unread ", why.Severity, plans.CauseOf(err))
		return nil
	}
	name, last, found := t.names[0], len(t.names) == 1, false
	for _, e := range k.folders[t.at] {
		if !spelling.Same(e.Name, name) || !e.Folder && !last {
			continue
		}
		if last && e.Folder != (t.Kind == schema.ScopeFolder) {
			why := otherKind(t.Scope, t.Path, e)
			t.other = &why
			continue
		}
		found = true
		forms := t.forms + "1"
		if e.Name == name {
			forms = t.forms + "0"
		}
		if last {
			t.ends = append(t.ends, pathEnd{e, forms})
		} else {
			next = append(next, trail{t.goal, t.names[1:], e.ID, forms})
		}
	}
	if !found && t.astray == nil {
		why := notThere(t.Scope, name, k.folders[t.at])
		t.astray = &why
	}
	return next
}

// chooseEnd is the place that a scope's path means: the one with its id, or else the one whose names are written as on
// the drive for longer than those of all others, counted from the root. It is nil when there is none.
func chooseEnd(s *schema.Scope, ends []pathEnd) (*pathEnd, *schema.Diagnostic) {
	if len(ends) == 0 {
		return nil, nil
	}
	slices.SortStableFunc(ends, func(a, b pathEnd) int { return strings.Compare(a.forms, b.forms) })
	if s.ID != 0 {
		if i := slices.IndexFunc(ends, func(e pathEnd) bool { return e.ID == s.ID }); i >= 0 {
			return &ends[i], nil
		}
		wrong := schema.Problem(schema.Error, s.Address, "path", "The id and the path are of different places",
			"%s is written with id %d, but on the drive %q has id %d. Correct the one that is wrong.",
			s.Address, s.ID, s.Path, ends[0].ID)
		return nil, &wrong
	}
	alike := slices.DeleteFunc(slices.Clone(ends), func(e pathEnd) bool { return e.forms != ends[0].forms })
	if len(alike) > 1 && strings.Contains(ends[0].forms, "1") {
		ids := make([]int64, len(alike))
		for i, e := range alike {
			ids[i] = e.ID
		}
		wrong := schema.Problem(schema.Error, s.Address, "path", "The path has several meanings",
			"%s: the drive has %d folders or files of the path %q, in several forms of Unicode that look the same "+
				"and none of which a configuration can write: ids %s. Write the id of the one that is meant.",
			s.Address, len(alike), s.Path, numbers(ids))
		return nil, &wrong
	}
	return &ends[0], nil
}

// kindReads bounds the folders that are listed only to learn whether an id is a folder's or a file's: no call of the
// drive gives the kind of an id.
const kindReads = 20

// kinds refuses a folder that is declared as a file, and the other way round. It looks at scopes that are declared by
// id alone and new to the state, and only as far as a few listings show them; the others stay unchecked.
func (k *walk) kinds(ctx context.Context, scopes []schema.Scope, bound map[int64]bool) schema.Diagnostics {
	open := map[int64]*schema.Scope{}
	for i := range scopes {
		if s := &scopes[i]; s.ID != 0 && s.Path == "" && !bound[s.ID] {
			open[s.ID] = s
		}
	}
	var diags schema.Diagnostics
	for level, reads := []int64{0}, 0; len(level) > 0 && len(open) > 0 && reads < kindReads; {
		level = level[:min(len(level), kindReads-reads)]
		reads += len(level)
		k.list(ctx, slices.Clone(level))
		var next []int64
		for _, folder := range level {
			for _, e := range k.folders[folder] {
				if s := open[e.ID]; s != nil {
					delete(open, e.ID)
					if e.Folder != (s.Kind == schema.ScopeFolder) {
						diags = append(diags, otherKind(s, e.Name, e))
					}
				}
				if e.Folder {
					next = append(next, e.ID)
				}
			}
		}
		level = next
	}
	return diags
}

// otherKind reports that a scope is declared as a folder and is a file, or the other way round.
func otherKind(s *schema.Scope, name string, e schema.Entry) schema.Diagnostic {
	is := schema.ScopeFile
	if e.Folder {
		is = schema.ScopeFolder
	}
	return schema.Problem(schema.Error, s.Address, "", fmt.Sprintf("The drive has a %s there", is),
		"%s is declared as a %s, and %s (id %d) is a %s on the drive. Declare it in a %s block, "+
			"and let the templates refer to that.", s.Address, s.Kind, spelling.Quote(name), e.ID, is, is)
}

// list reads those of the folders that were not read yet.
func (k *walk) list(ctx context.Context, ids []int64) {
	slices.Sort(ids)
	todo := slices.DeleteFunc(slices.Compact(ids), func(id int64) bool {
		_, done := k.folders[id]
		return done || k.failed[id] != nil
	})
	entries := make([][]schema.Entry, len(todo))
	errs := parallel.Each(len(todo), k.parallel, func(i int) (err error) {
		entries[i], err = k.drive.Children(ctx, todo[i])
		return err
	})
	for i, id := range todo {
		if errs[i] != nil {
			k.failed[id] = errs[i]
		} else {
			k.folders[id] = entries[i]
		}
	}
}

// unreadable reports that a folder on the way to a scope cannot be listed.
func unreadable(s *schema.Scope, err error) schema.Diagnostic {
	var part interface{ Incomplete() bool }
	if errors.As(err, &part) && part.Incomplete() { // then the lists of templates may be parts too
		return schema.Problem(schema.Error, s.Address, "path", "The path could not be followed",
			"Listing the folders on the way to %q failed: %v.", s.Path, err)
	}
	if s.ID != 0 {
		return schema.Problem(schema.Warning, s.Address, "path", "The path could not be checked",
			"Listing the folders on the way to %q failed: %v. The id %d is used.", s.Path, err, s.ID)
	}
	return schema.Problem(schema.Error, s.Address, "path", "The path could not be followed",
		"%s has no id, so it is looked up by its path, and listing the folders on the way to %q "+
			"failed: %v. Write its id instead.", s.Address, s.Path, err)
}

// notThere reports that no folder or file on the way to a scope has a name, and shows what is there.
func notThere(s *schema.Scope, name string, entries []schema.Entry) schema.Diagnostic {
	const most = 12
	var there, alike []string
	for _, e := range entries {
		if !e.Folder && s.Kind != schema.ScopeFile {
			continue
		}
		if spelling.Look(e.Name) == spelling.Look(name) {
			alike = append(alike, spelling.Quote(e.Name))
		}
		if len(there) < most {
			there = append(there, spelling.Quote(e.Name))
		} else if len(there) == most {
			there = append(there, "…")
		}
	}
	what := "There is nothing there."
	if len(there) > 0 {
		what = "There are: " + strings.Join(there, ", ") + "."
	}
	if len(alike) > 0 {
		what = "What looks the same there is another name: " + strings.Join(alike, ", ") + "."
	}
	return schema.Problem(schema.Error, s.Address, "path", "The drive has no such path",
		"%s: %s has no %s on the way. %s If it was renamed or moved, correct the path.",
		s.Address, spelling.Quote(s.Path), spelling.Quote(name), what)
}

// CleanPath is a path without empty names.
func CleanPath(p string) string { return strings.Join(SplitPath(p), "/") }

// SplitPath are the names of a path.
func SplitPath(p string) []string {
	return slices.DeleteFunc(strings.Split(p, "/"), func(s string) bool { return strings.TrimSpace(s) == "" })
}
