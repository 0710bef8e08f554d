// Package coverage finds out on which folders of a drive an approval of some type can be raised, and on which it
// cannot. Walk reads the drive; Judge is pure and asks package policy. A folder that cannot be read is reported as
// unknown, never as one without templates.
package coverage

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"countersign/internal/parallel"
	"countersign/reconcile/plans"
	"countersign/reconcile/world"
	"countersign/schema"
	"countersign/schema/spelling"
)

// Drive is what a walk needs of a drive.
type Drive interface {
	Children(ctx context.Context, folderID int64) ([]schema.Entry, error)
	Templates(ctx context.Context, fileID int64) (schema.Listing, error)
	Managed(ctx context.Context) ([]schema.Managed, error)
}

// Folder is a folder of the drive, and what is known of it.
type Folder struct {
	ID       int64 // 0: the drive's root, which is no folder that anything can be attached to
	Name     string
	Path     string
	InForce  *Force // nil where it is not known
	Unread   error  // why it is not
	Unlisted error  // why what is below is not known
	Below    []*Folder
}

// Force are the templates in force on a folder: its own and those it inherits. Folders without a template of their own
// share the Force of the folder above.
type Force struct{ Templates []*schema.Live }

// ErrLimit is why a folder was not looked into: enough others were.
var ErrLimit = errors.New("there are more folders than were to be looked into")

// Tree is the folders of a drive, from one on.
type Tree struct {
	Top    *Folder
	People map[int64]schema.Person // people whose names the drive gave on the way
	Strays []schema.Managed        // templates that the drive names and that are attached to nothing that was met
}

// batch is how many folders are read before the ones below them are added.
const batch = 500

// Walk reads at most limit folders from top on, side by side. It makes one call for each folder, which lists it, and
// one more where a template is attached or where what is in force above is not known. A folder without a template of
// its own has those of the folder above (section 2 of the vendor's document: templates are inherited). An error ends
// the walk; a folder that cannot be read is no error.
func Walk(ctx context.Context, d Drive, top Folder, limit int, s world.Settings) (*Tree, error) {
	s = s.WithDefaults()
	s.Events(plans.Event{Kind: plans.ReadStart, Total: 1}) // done last, so that progress counts all reads together
	defer s.Events(plans.Event{Kind: plans.ReadDone})
	managed, err := d.Managed(ctx)
	if err != nil {
		return nil, fmt.Errorf("list the templates that the token may manage: %w", err)
	}
	w := &walk{drive: d, settings: s, attached: map[string][]schema.Managed{}, seen: map[int64]bool{},
		templates: map[int64]*schema.Live{}, tree: Tree{Top: &top, People: map[int64]schema.Person{}}}
	for _, m := range managed {
		at := spelling.Form(strings.Trim(m.Path, "/"))
		w.attached[at] = append(w.attached[at], m)
	}
	w.unmet = maps.Clone(w.attached)
	w.seen[top.ID] = true
	delete(w.unmet, spelling.Form(top.Path))
	for level := []*visit{{Folder: &top}}; len(level) > 0; {
		now := level[:min(len(level), batch, limit)]
		if len(now) == 0 {
			w.leave(level)
			break
		}
		limit -= len(now)
		w.read(ctx, now)
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		level = level[len(now):]
		for _, v := range now {
			level = append(level, w.learn(v)...)
		}
	}
	if !w.parts {
		w.tree.Strays = w.strays(&top)
	}
	return &w.tree, nil
}

// visit is a folder that is to be read.
type visit struct {
	*Folder
	above   *Folder // nil: the folder that the walk begins at
	asked   bool    // the drive must say what is in force: it does not follow from the folder above
	listing schema.Listing
	entries []schema.Entry
}

type walk struct {
	drive     Drive
	settings  world.Settings
	attached  map[string][]schema.Managed // by the path that they are attached to
	unmet     map[string][]schema.Managed // those whose file or folder was not met
	seen      map[int64]bool              // folders
	templates map[int64]*schema.Live      // each is kept once, however many folders have it
	parts     bool                        // some folder was not listed
	tree      Tree
}

// read asks the drive about folders, side by side.
func (w *walk) read(ctx context.Context, list []*visit) {
	w.settings.Events(plans.Event{Kind: plans.ReadStart, Total: len(list)})
	for _, v := range list {
		own := len(w.attached[spelling.Form(v.Path)]) > 0
		v.asked = v.ID != 0 && (own || v.above == nil || v.above.InForce == nil)
	}
	parallel.Do(len(list), w.settings.Parallelism, func(i int) {
		v := list[i]
		defer w.settings.Events(plans.Event{Kind: plans.ReadDone})
		if ctx.Err() != nil {
			return
		}
		if v.asked {
			v.listing, v.Unread = w.drive.Templates(ctx, v.ID)
		}
		v.entries, v.Unlisted = w.drive.Children(ctx, v.ID)
	})
}

// learn takes in what was read of a folder, and names the folders below it.
func (w *walk) learn(v *visit) (below []*visit) {
	switch {
	case !v.asked && v.above != nil:
		v.InForce = v.above.InForce // nothing, of the root: then each folder in it is asked
	case v.asked && v.Unread == nil:
		v.InForce = &Force{Templates: make([]*schema.Live, len(v.listing.Templates))}
		for i := range v.listing.Templates {
			l := &v.listing.Templates[i]
			if w.templates[l.ID] == nil {
				w.templates[l.ID] = l
			}
			v.InForce.Templates[i] = w.templates[l.ID]
		}
		for id, p := range v.listing.People {
			p.ID = id
			w.tree.People[id] = p
		}
	}
	w.parts = w.parts || v.Unlisted != nil
	for _, e := range v.entries {
		path := strings.TrimPrefix(v.Path+"/"+e.Name, "/")
		delete(w.unmet, spelling.Form(path))
		if !e.Folder {
			continue
		}
		if w.seen[e.ID] {
			w.parts = true
			v.Unlisted = fmt.Errorf("folder %d (%s) is in it, and was met before", e.ID, spelling.Quote(e.Name))
			continue
		}
		w.seen[e.ID] = true
		f := &Folder{ID: e.ID, Name: e.Name, Path: path}
		v.Below = append(v.Below, f)
		below = append(below, &visit{Folder: f, above: v.Folder})
	}
	v.listing, v.entries = schema.Listing{}, nil
	return below
}

// leave marks folders that are not looked into. What is in force on one is known all the same when nothing is attached
// to it.
func (w *walk) leave(list []*visit) {
	w.parts = true
	for _, v := range list {
		v.Unlisted = ErrLimit
		if len(w.attached[spelling.Form(v.Path)]) > 0 || v.above == nil || v.above.InForce == nil {
			v.Unread = ErrLimit
		} else {
			v.InForce = v.above.InForce
		}
	}
}

// strays are the templates attached to nothing that was met although everything was listed, by tid: their paths are not
// written as the folders' names are, or the drive changed meanwhile.
func (w *walk) strays(top *Folder) []schema.Managed {
	var out []schema.Managed
	for path, list := range w.unmet {
		if top.ID == 0 || path == "" || strings.HasPrefix(path, spelling.Form(top.Path)+"/") {
			out = append(out, list...)
		}
	}
	slices.SortFunc(out, func(a, b schema.Managed) int { return int(a.ID - b.ID) })
	return out
}
