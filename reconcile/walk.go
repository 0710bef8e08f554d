package reconcile

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"golang.org/x/sync/errgroup"

	"countersign/internal/crash"
	"countersign/schema"
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

// scopes finds the ids of scopes declared by path alone and checks the paths of those declared with both. A path
// that cannot be found is an error; where the id is written and the drive's folders cannot be listed at all, the
// check is skipped with a warning, because the id alone is enough.
func (k *walk) scopes(ctx context.Context, scopes []schema.Scope, w *World) schema.Diagnostics {
	type open struct {
		scope *schema.Scope
		names []string
		at    int64 // the folder reached so far
	}
	var todo []open
	for i := range scopes {
		if s := &scopes[i]; s.Path != "" {
			todo = append(todo, open{s, splitPath(s.Path), 0})
		}
	}
	var diags schema.Diagnostics
	for len(todo) > 0 {
		reached := make([]int64, len(todo))
		for i, o := range todo {
			reached[i] = o.at
		}
		k.list(ctx, reached)
		var next []open
		for _, o := range todo {
			if err := k.failed[o.at]; err != nil {
				diags = append(diags, k.unreadable(o.scope, err))
				continue
			}
			name := o.names[0]
			last := len(o.names) == 1
			entries := k.folders[o.at]
			i := slices.IndexFunc(entries, func(e schema.Entry) bool {
				return e.Name == name && (e.Folder || last && o.scope.Kind == schema.ScopeFile)
			})
			switch {
			case i < 0:
				diags = append(diags, notThere(o.scope, name, entries))
			case !last:
				next = append(next, open{o.scope, o.names[1:], entries[i].ID})
			case o.scope.ID != 0 && o.scope.ID != entries[i].ID:
				diags = append(diags, schema.Problem(schema.Error, o.scope.Address, "path", "The id and the path are of different places",
					fmt.Sprintf("%s is written with id %d, but on the drive %q has id %d. Correct the one that is wrong.", o.scope.Address, o.scope.ID, o.scope.Path, entries[i].ID)))
			default:
				w.Paths[entries[i].ID] = strings.Join(splitPath(o.scope.Path), "/")
				if o.scope.ID == 0 {
					w.ScopeIDs[o.scope.Address] = entries[i].ID
				}
			}
		}
		todo = next
	}
	return diags
}

// list reads those of the folders that were not read yet.
func (k *walk) list(ctx context.Context, ids []int64) {
	slices.Sort(ids)
	todo := slices.DeleteFunc(slices.Compact(ids), func(id int64) bool {
		_, done := k.folders[id]
		return done || k.failed[id] != nil
	})
	entries, errs := make([][]schema.Entry, len(todo)), make([]error, len(todo))
	var g errgroup.Group
	g.SetLimit(k.parallel)
	for i, id := range todo {
		g.Go(func() error {
			defer crash.Caught(&errs[i])
			entries[i], errs[i] = k.drive.Children(ctx, id)
			return nil
		})
	}
	_ = g.Wait()
	for i, id := range todo {
		if errs[i] != nil {
			k.failed[id] = errs[i]
		} else {
			k.folders[id] = entries[i]
		}
	}
}

func (k *walk) unreadable(s *schema.Scope, err error) schema.Diagnostic {
	if s.ID != 0 {
		return schema.Problem(schema.Warning, s.Address, "path", "The path could not be checked",
			fmt.Sprintf("Listing the folders on the way to %q failed: %v. The id %d is used.", s.Path, err, s.ID))
	}
	return schema.Problem(schema.Error, s.Address, "path", "The path could not be followed",
		fmt.Sprintf("%s has no id, so it is looked up by its path, and listing the folders on the way to %q failed: %v. Write its id instead.", s.Address, s.Path, err))
}

func notThere(s *schema.Scope, name string, entries []schema.Entry) schema.Diagnostic {
	const most = 12
	var there []string
	for _, e := range entries {
		if !e.Folder && s.Kind != schema.ScopeFile {
			continue
		}
		if len(there) == most {
			there = append(there, "…")
			break
		}
		there = append(there, fmt.Sprintf("%q", e.Name))
	}
	what := "There is nothing there."
	if len(there) > 0 {
		what = "There are: " + strings.Join(there, ", ") + "."
	}
	return schema.Problem(schema.Error, s.Address, "path", "The drive has no such path",
		fmt.Sprintf("%s: %q has no %q on the way. %s If it was renamed or moved, correct the path.", s.Address, s.Path, name, what))
}

func splitPath(p string) []string {
	return slices.DeleteFunc(strings.Split(p, "/"), func(s string) bool { return strings.TrimSpace(s) == "" })
}
