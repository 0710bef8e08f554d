package live

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"countersign/command/cmdline"
	"countersign/command/fault"
	"countersign/command/stored"
	"countersign/schema"
	"countersign/schema/addr"
	"countersign/schema/spelling"
)

// place is a folder or file on the drive.
type place struct {
	ID    int64
	path  string           // whole, such as 公司文件/合同; "" where it is not needed
	kind  schema.ScopeKind // "" where it is not known
	above []place          // the folders on the way to it, the topmost first, where it was walked to
}

// mostFolders bounds the search for the path of a file that is named by its id.
const mostFolders = 2000

// Place finds a folder or file named by id, by path or by the address of a scope. It looks for its path only when
// that is wanted: raising an approval must repeat it.
func (d *DriveRun) Place(ctx context.Context, name string, wantPath bool) (place, error) {
	if id, err := strconv.ParseInt(name, 10, 64); err == nil && id > 0 {
		return d.located(ctx, place{ID: id}, wantPath)
	}
	if addr.Meant(name, "folder", "file") {
		if p, err := d.scope(ctx, stored.Typed(name), wantPath); err != nil || p.ID != 0 {
			return p, err
		}
	}
	if !strings.Contains(name, "/") && addr.Meant(name, "approver", "template", "attachment", "var", "local") {
		return place{}, fault.New("That is no folder or file",
			"%q is the address of another kind of block. Write an id, a path such as 公司文件/合同, or the address "+
				"of a folder or file block.", name)
	}
	return d.walk(ctx, name)
}

// scope finds a folder or file that the configuration declares. It is empty for text that may be a path all the same.
func (d *DriveRun) scope(ctx context.Context, address addr.Address, wantPath bool) (place, error) {
	scopes := d.Config.Declaration.Scopes
	i := slices.IndexFunc(scopes, func(s schema.Scope) bool { return s.Address == address })
	if i < 0 {
		var known []addr.Address
		for _, s := range scopes {
			known = append(known, s.Address)
		}
		if d.Source == nil || strings.Contains(address.String(), "/") {
			return place{}, nil
		}
		return place{}, fault.New("No such folder or file is declared", "The configuration in %s declares no %s.%s",
			d.Opened.Path, address, cmdline.SuggestAddress(address, known))
	}
	s := scopes[i]
	switch {
	case s.ID == 0:
		return d.walk(ctx, s.Path)
	case s.Path != "":
		if wantPath && spelling.Loose(s.Path) { // an approval must repeat it as the drive writes it
			if at, err := d.walk(ctx, s.Path); err == nil && at.ID == s.ID {
				return at, nil
			}
			if at, err := d.located(ctx, place{ID: s.ID}, true); err == nil {
				at.kind = s.Kind
				return at, nil
			}
		}
		return place{ID: s.ID, path: strings.Trim(s.Path, "/"), kind: s.Kind}, nil
	}
	return d.located(ctx, place{ID: s.ID, kind: s.Kind}, wantPath)
}

// walk follows a path down the drive's folders.
func (d *DriveRun) walk(ctx context.Context, path string) (place, error) {
	names := strings.FieldsFunc(path, func(r rune) bool { return r == '/' })
	if len(names) == 0 {
		return place{}, fault.New("That is no folder or file", "%q: write an id, a path such as 公司文件/合同, or "+
			"the address of a folder or file block.",
			path)
	}
	at := place{}
	for i, name := range names {
		entries, err := d.Client.Children(ctx, at.ID)
		if err != nil {
			return place{}, err
		}
		var known, fit []string
		var may []schema.Entry
		for _, e := range entries {
			known = append(known, e.Name)
			if spelling.Same(e.Name, name) && (e.Folder || i == len(names)-1) {
				may, fit = append(may, e), append(fit, e.Name)
			}
		}
		next := spelling.Index(name, fit)
		if next >= 0 && fit[next] != name && len(may) > 1 {
			return place{}, fault.New("The path has several meanings",
				"The drive has several forms of %q there, which look the same: %s has id %d, and %s id %d. Write the "+
					"id of the one that is meant.",
				name, strconv.QuoteToASCII(fit[0]), may[0].ID, strconv.QuoteToASCII(fit[1]), may[1].ID)
		}
		if next < 0 {
			where, hint := "At its top the drive", " A path begins there, such as 公司文件/合同."
			if at.ID != 0 {
				where, hint = fmt.Sprintf("%s (id %d)", at.path, at.ID), ""
			}
			return place{}, fault.New("There is no such folder or file", "%s has no %q.%s%s", where, name,
				cmdline.Suggest(name, known), hint)
		}
		to := place{ID: may[next].ID, path: strings.TrimPrefix(at.path+"/"+fit[next], "/"),
			kind: may[next].Kind(), above: at.above}
		if at.ID != 0 {
			to.above = append(to.above, at)
		}
		at = to
	}
	return at, nil
}

// located finds the path of a folder or file that is named by id. No call of the drive answers that, so unless a
// scope says it the folders are walked.
func (d *DriveRun) located(ctx context.Context, p place, wanted bool) (place, error) {
	if !wanted {
		return p, nil
	}
	for _, s := range d.Config.Declaration.Scopes {
		if s.ID == p.ID && s.Path != "" && !spelling.Loose(s.Path) {
			return place{ID: p.ID, path: strings.Trim(s.Path, "/"), kind: s.Kind}, nil
		}
	}
	queue := []place{{}}
	listed := 0
	for ; len(queue) > 0 && listed < mostFolders; listed++ {
		folder := queue[0]
		queue = queue[1:]
		entries, err := d.Client.Children(ctx, folder.ID)
		if err != nil {
			if ctx.Err() != nil || folder.ID == 0 {
				return p, err
			}
			continue // one that this user may not look into
		}
		for _, e := range entries {
			path := strings.TrimPrefix(folder.path+"/"+e.Name, "/")
			if e.ID == p.ID {
				return place{ID: p.ID, path: path, kind: e.Kind()}, nil
			}
			if e.Folder {
				queue = append(queue, place{ID: e.ID, path: path})
			}
		}
	}
	return p, fault.New("Where the file is, is not known", "An approval must say the whole path of what it is about, "+
		"and %d was not met in the %d folders that were looked into. Write the path instead of the id, such as "+
		"-on=公司文件/合同.",
		p.ID, listed)
}
