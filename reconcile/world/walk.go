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

// walk follows declared paths down the drive's folders. Each folder is listed once, those of one depth side by
// side.
type walk struct {
	drive    Drive
	parallel int
	folders  map[int64][]schema.Entry // what was listed, by folder id; 0 is the root
	failed   map[int64]error
}

func needPaths(scopes []schema.Scope) bool {
	return slices.ContainsFunc(scopes, func(s schema.Scope) bool { return s.Path != "" })
}

// scopes finds the ids of scopes declared by path alone and checks the paths of those declared with both. A path that
// cannot be found is an error; where the id is written and the drive's folders cannot be listed at all, the check is
// skipped with a warning, because the id alone is enough. Where the drive has a name in several forms of Unicode, all
// of them are followed.
func (k *walk) scopes(ctx context.Context, scopes []schema.Scope, w *World) schema.Diagnostics {
	type open struct {
		scope int // its place in scopes
		names []string
		at    int64  // the folder reached so far
		other string // of each name on the way: "0" when it is written as on the drive, "1" in another form
	}
	var todo []open
	for i := range scopes {
		if names := SplitPath(scopes[i].Path); len(names) > 0 {
			todo = append(todo, open{i, names, 0, ""})
		}
	}
	ends := make([][]pathEnd, len(scopes))
	astray := make([]*schema.Diagnostic, len(scopes)) // why one of its ways ends early
	unread := make([]string, len(scopes))             // why a folder on the way could not be read
	other := make([]*schema.Diagnostic, len(scopes))  // that one of its ways ends at what is of the other kind
	for len(todo) > 0 {
		reached := make([]int64, len(todo))
		for i, o := range todo {
			reached[i] = o.at
		}
		k.list(ctx, reached)
		var next []open
		for _, o := range todo {
			s := &scopes[o.scope]
			if err := k.failed[o.at]; err != nil {
				why := k.unreadable(s, err)
				astray[o.scope], unread[o.scope] = &why, fmt.Sprint("unread ", why.Severity, plans.CauseOf(err))
				continue
			}
			name, last, found := o.names[0], len(o.names) == 1, false
			for _, e := range k.folders[o.at] {
				if !spelling.Same(e.Name, name) || !e.Folder && !last {
					continue
				}
				if last && e.Folder != (s.Kind == schema.ScopeFolder) {
					why := otherKind(s, s.Path, e)
					other[o.scope] = &why
					continue
				}
				found = true
				forms := o.other + "1"
				if e.Name == name {
					forms = o.other + "0"
				}
				if last {
					ends[o.scope] = append(ends[o.scope], pathEnd{e, forms})
				} else {
					next = append(next, open{o.scope, o.names[1:], e.ID, forms})
				}
			}
			if !found && astray[o.scope] == nil {
				why := notThere(s, name, k.folders[o.at])
				astray[o.scope] = &why
			}
		}
		todo = next
	}
	var diags alike
	for i := range scopes {
		s := &scopes[i]
		end, wrong := chooseEnd(s, ends[i])
		switch {
		case len(SplitPath(s.Path)) == 0:
		case wrong != nil:
			diags.add(s.Address.String(), s.Address, *wrong)
		case end == nil && other[i] != nil:
			diags.add(s.Address.String(), s.Address, *other[i])
		case end == nil:
			diags.add(cmp.Or(unread[i], s.Address.String()), s.Address, *astray[i])
		default:
			w.Paths[end.ID] = CleanPath(s.Path)
			if s.ID == 0 {
				w.ScopeIDs[s.Address] = end.ID
			}
		}
	}
	return diags.diagnostics()
}

// pathEnd is where a path leads to.
type pathEnd struct {
	schema.Entry
	other string // which names on the way are written in another form; see scopes
}

// chooseEnd is the place that a scope's path means: the one of its id, or else the one whose names are written as on
// the drive from further up on than those of all others.
func chooseEnd(s *schema.Scope, ends []pathEnd) (*pathEnd, *schema.Diagnostic) {
	if len(ends) == 0 {
		return nil, nil
	}
	slices.SortStableFunc(ends, func(a, b pathEnd) int { return strings.Compare(a.other, b.other) })
	if s.ID != 0 {
		if i := slices.IndexFunc(ends, func(e pathEnd) bool { return e.ID == s.ID }); i >= 0 {
			return &ends[i], nil
		}
		wrong := schema.Problem(schema.Error, s.Address, "path", "The id and the path are of different places",
			"%s is written with id %d, but on the drive %q has id %d. Correct the one that is wrong.",
			s.Address, s.ID, s.Path, ends[0].ID)
		return nil, &wrong
	}
	alike := slices.DeleteFunc(slices.Clone(ends), func(e pathEnd) bool { return e.other != ends[0].other })
	if len(alike) > 1 && strings.Contains(ends[0].other, "1") {
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

// kindReads bounds the folders that are listed only to learn whether an id is of a folder or a file: no call of the
// drive tells it.
const kindReads = 20

// kinds refuses a folder that is declared as a file, and the other way round, of scopes declared by id alone and new to
// the state, so far as few listings tell. What they do not tell stays unchecked.
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

// otherKind says that a scope is declared as what it is not.
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

func (k *walk) unreadable(s *schema.Scope, err error) schema.Diagnostic {
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
		if len(there) == most {
			there = append(there, "…")
		}
		if len(there) > most {
			continue
		}
		there = append(there, spelling.Quote(e.Name))
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
