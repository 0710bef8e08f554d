// Package disk finds and reads the files of a configuration, those that expressions read, and those that attachments
// stage (which it does not read). It finds a file even if its name on the disk is in another form of Unicode. Package
// confine decides what may be read.
package disk

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"countersign/schema/spelling"
)

// Path is a path in the form of Unicode that the names on the disk have. Expressions have names in one form, people
// type another, and some systems keep a third. If there is nothing of exactly that path, a path counts that has the
// same names in other forms; several of these are an error that names them all. A path that leads nowhere stays as it
// is.
func Path(path string) (string, error) { return (&Names{}).Path(path) }

// Names looks up paths, and lists each folder once.
type Names struct {
	roots map[string]*Folder // by the folder that relative paths start from
}

// Path is Path for several paths, of which each folder is listed once.
func (d *Names) Path(path string) (string, error) {
	start, name, ok := splitPath(path)
	if !ok {
		return path, nil
	}
	if _, err := os.Lstat(path); !errors.Is(err, fs.ErrNotExist) {
		return path, nil // it is there, or cannot be looked for
	}
	found, err := d.from(start).resolve(name)
	if err != nil || found == name {
		return path, err
	}
	return filepath.Join(start, filepath.FromSlash(found)), nil
}

func (d *Names) from(start string) *Folder {
	if d.roots == nil {
		d.roots = map[string]*Folder{}
	}
	if d.roots[start] == nil {
		d.roots[start] = &Folder{FS: os.DirFS(start)}
	}
	return d.roots[start]
}

// splitPath splits a path into a folder that is taken as it is written, and the names from there on. ok is false for a
// path that nothing can have.
func splitPath(path string) (start, name string, ok bool) {
	path = filepath.Clean(path)
	start = "."
	if filepath.IsAbs(path) {
		start = filepath.VolumeName(path) + string(filepath.Separator)
		path = strings.TrimPrefix(path, start)
	}
	for up := ".." + string(filepath.Separator); strings.HasPrefix(path, up); {
		start, path = filepath.Join(start, ".."), path[len(up):]
	}
	name = filepath.ToSlash(path)
	return start, name, fs.ValidPath(name)
}

// Folder is a file system whose names are all in the form of package spelling. A path stands for the file of exactly
// that path, or else for one in another form. Among several, that one counts whose names agree with the path down to
// the deepest folder. If two agree equally far, opening the path is an error.
type Folder struct {
	fs.FS
	folders map[string]map[string][]string // names by their form, of folders that were listed
}

// candidate is a path that a path may mean.
type candidate struct {
	path  string
	other string // a digit for each of its names: "0" for exactly that name, "1" for one of another form
}

// candidates are the paths that a path may mean, the best first.
func (f *Folder) candidates(name string) []candidate {
	at := []candidate{{path: "."}}
	for part := range strings.SplitSeq(name, "/") {
		var next []candidate
		for _, folder := range at {
			exact := path.Join(folder.path, part)
			if f.is(exact) {
				next = append(next, candidate{exact, folder.other + "0"})
				if ascii(part) {
					continue
				}
			}
			for _, other := range f.names(folder.path)[spelling.Form(part)] {
				if other != part {
					next = append(next, candidate{path.Join(folder.path, other), folder.other + "1"})
				}
			}
		}
		at = next
	}
	return at
}

// ascii reports whether a name is plain ASCII, which nobody writes in another form of Unicode.
func ascii(name string) bool {
	return !strings.ContainsFunc(name, func(r rune) bool { return r >= utf8.RuneSelf })
}

func (f *Folder) is(name string) bool {
	_, err := fs.Lstat(f.FS, name)
	return err == nil
}

// names lists a folder once.
func (f *Folder) names(folder string) map[string][]string {
	names, listed := f.folders[folder]
	if !listed {
		names = map[string][]string{}
		entries, _ := fs.ReadDir(f.FS, folder) // a folder that cannot be listed has no such name
		for _, e := range entries {
			form := spelling.Form(e.Name())
			names[form] = append(names[form], e.Name())
		}
		if f.folders == nil {
			f.folders = map[string]map[string][]string{}
		}
		f.folders[folder] = names
	}
	return names
}

// resolve is the path that a path means; the same path if there is nothing of that name in any form.
func (f *Folder) resolve(name string) (string, error) {
	if f.is(name) {
		return name, nil
	}
	all := f.candidates(name)
	switch {
	case len(all) == 0:
		return name, nil
	case len(all) > 1 && all[0].other == all[1].other:
		return "", f.Ambiguous(name)
	}
	return all[0].path, nil
}

// Ambiguous says that a name means several files.
func (f *Folder) Ambiguous(name string) error {
	all := f.candidates(name)
	names := make([]string, len(all))
	for i, m := range all {
		names[i] = strconv.QuoteToASCII(m.path)
	}
	return fmt.Errorf("%s is the name of several files, whose names differ in their form of Unicode alone and look "+
		"the same: %s. Rename all but one",
		spelling.Quote(name), strings.Join(names, ", "))
}

// Open opens what a path stands for.
func (f *Folder) Open(name string) (fs.File, error) {
	found, err := f.resolve(name)
	if err != nil {
		return nil, err
	}
	return f.FS.Open(found)
}

// Stat describes what a path stands for. Links are followed.
func (f *Folder) Stat(name string) (fs.FileInfo, error) {
	found, err := f.resolve(name)
	if err != nil {
		return nil, err
	}
	return fs.Stat(f.FS, found)
}

// ReadDir lists all folders that a path may mean as one. Two files whose names have the same form are listed twice
// under that name, two folders once.
func (f *Folder) ReadDir(name string) ([]fs.DirEntry, error) {
	all := f.candidates(name)
	if len(all) == 0 {
		return fs.ReadDir(f.FS, name) // for its error
	}
	var entries []fs.DirEntry
	folders := map[string]bool{}
	for _, m := range all {
		if info, err := fs.Stat(f.FS, m.path); len(all) > 1 && err == nil && !info.IsDir() {
			continue // a file beside a folder of that name
		}
		list, err := fs.ReadDir(f.FS, m.path)
		if err != nil {
			return nil, err
		}
		for _, e := range list {
			form := spelling.Form(e.Name())
			if form != e.Name() {
				e = renamed{e, form}
			}
			if !e.IsDir() || !folders[form] {
				entries = append(entries, e)
			}
			folders[form] = folders[form] || e.IsDir()
		}
	}
	slices.SortStableFunc(entries, func(a, b fs.DirEntry) int { return strings.Compare(a.Name(), b.Name()) })
	return entries, nil
}

// renamed is an entry of a folder, with its name in the form of package spelling.
type renamed struct {
	fs.DirEntry
	name string
}

// Name is the name in that form.
func (e renamed) Name() string { return e.name }
