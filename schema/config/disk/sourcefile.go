package disk

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"unicode"
	"unicode/utf8"

	"countersign/confine"
	"countersign/schema"
	"countersign/schema/config/words"
	"countersign/schema/spelling"
)

// maxName is how many bytes the name of a file or of a folder may have.
const maxName = 255

// Directory is the configuration's folder. All files of attachments lie in it: what is staged was reviewed together
// with the configuration.
type Directory struct {
	Root    string                // absolute
	real    string                // Root without symbolic links
	folders map[string]realFolder // that were looked at, by path
	disk    Names
}

// realFolder is the path of a folder without symbolic links.
type realFolder struct {
	path string
	err  error
}

// Open looks at the folder of a configuration.
func Open(folder string) (*Directory, error) {
	root, err := filepath.Abs(folder)
	if err != nil {
		return nil, err
	}
	real, err := filepath.EvalSymlinks(root)
	if err != nil {
		return nil, err
	}
	return &Directory{Root: root, real: real, folders: map[string]realFolder{}}, nil
}

// Rel is the path of a file, relative to the folder.
func (d *Directory) Rel(path string) string {
	rel, _ := below(d.Root, path)
	return filepath.ToSlash(rel)
}

// Absolute is a path of the configuration as an absolute one.
func (d *Directory) Absolute(path string) string { return d.absoluteFrom(d.Root, path) }

// absoluteFrom is Absolute for a path that starts from another folder. An absolute path in an expression may write the
// configuration's folder in another form of Unicode than the disk.
func (d *Directory) absoluteFrom(from, path string) string {
	full := Absolute(from, path)
	if _, inside := below(d.Root, full); !inside {
		if found, err := d.disk.Path(full); err == nil {
			return found
		}
	}
	return full
}

// Absolute is a path that starts from a folder, unless it is absolute itself.
func Absolute(from, path string) string {
	if filepath.IsAbs(path) {
		return filepath.Clean(path)
	}
	return filepath.Join(from, path)
}

// below is the path from a folder to something in it; false for what is outside.
func below(folder, path string) (string, bool) {
	rel, err := filepath.Rel(folder, path)
	return rel, err == nil && filepath.IsLocal(rel)
}

// Shown names a folder in a sentence.
func (d *Directory) Shown(folder string) string {
	if rel, ok := below(d.Root, folder); ok && rel != "." {
		return fmt.Sprintf("the folder %q", filepath.ToSlash(rel))
	}
	return "the configuration's folder"
}

// follow is a path without symbolic links. The links on the way to a folder are followed once for all of its files.
func (d *Directory) follow(path string) (string, error) {
	folder := filepath.Dir(path)
	known, ok := d.folders[folder]
	if !ok {
		known.path, known.err = filepath.EvalSymlinks(folder)
		d.folders[folder] = known
	}
	if known.err != nil {
		return "", known.err
	}
	path = filepath.Join(known.path, filepath.Base(path))
	info, err := os.Lstat(path)
	if err != nil || info.Mode()&fs.ModeSymlink == 0 {
		return path, err
	}
	return filepath.EvalSymlinks(path)
}

// NotFolder says why a path is no folder of the configuration; "" when it is one.
func (d *Directory) NotFolder(path string) string {
	if _, inside := below(d.Root, path); !inside {
		return "is outside of the configuration's folder"
	}
	path, err := d.disk.Path(path)
	if err != nil {
		return "cannot be looked up: " + err.Error()
	}
	real, err := filepath.EvalSymlinks(path)
	if _, link := confine.OpenIn(d.Root, path); errors.Is(link, confine.ErrLeaves) {
		return "is outside of the configuration's folder, by a symbolic link"
	}
	if errors.Is(err, fs.ErrNotExist) {
		return "does not exist"
	}
	if err != nil {
		return "cannot be read: " + Reason(err)
	}
	if _, inside := below(d.real, real); !inside {
		return "is outside of the configuration's folder, by a symbolic link"
	}
	if info, err := os.Stat(real); err != nil || !info.IsDir() {
		return "is not a folder"
	}
	return ""
}

// Lookup finds the files of one attachment.
type Lookup struct {
	*Directory
	From   string // the folder that paths start from
	Base   string // the folder that the names of staged files start from
	Astray bool   // the paths may come from fileset, and then start from another folder
}

// Mistake is why a file cannot be staged.
type Mistake struct{ Summary, Detail string }

func wrongf(summary, format string, args ...any) *Mistake {
	return &Mistake{summary, fmt.Sprintf(format, args...)}
}

// File finds one file, without reading it.
func (l Lookup) File(path string) (schema.SourceFile, *Mistake) {
	none := schema.SourceFile{}
	if strings.TrimSpace(path) == "" {
		return none, wrongf("Empty path", "A path of files is empty. Write the path of a file, relative to the "+
			"configuration's folder.")
	}
	full := l.absoluteFrom(l.From, path)
	if _, inside := below(l.Root, full); !inside {
		return none, wrongf("File outside of the configuration's folder", "%q is outside of the configuration's "+
			"folder. Only what lies in it can be staged; move the file there.", path)
	}
	name, inside := below(l.Base, full)
	if !inside {
		return none, wrongf("File outside of base", "%q is not in %s, which the files' names start from. Move the "+
			"file there, or make another attachment of it.", path, l.Shown(l.Base))
	}
	name = spelling.Form(filepath.ToSlash(name))
	if why := badName(name); why != "" {
		advice := "Rename it."
		if strings.ContainsAny(path, "*?") {
			advice = "For files that fit a pattern, write fileset(\"folder\", \"pattern\")."
		}
		return none, wrongf("Invalid file name", "%q cannot be staged: %s. %s", path, why, advice)
	}

	real, err := l.follow(full)
	if errors.Is(err, fs.ErrNotExist) {
		spelled, several := l.disk.Path(full)
		switch {
		case several != nil:
			return none, wrongf("Several files of one name", "%s.", several)
		case spelled == full:
			return none, l.missing(path, full)
		}
		real, err = l.follow(spelled)
	}
	if err != nil {
		return none, wrongf("Cannot read a file", "Looking for %q: %s.", path,
			strings.TrimPrefix(Reason(err), "EvalSymlinks: "))
	}
	rel, inside := below(l.real, real)
	if !inside {
		return none, l.leaves(path)
	}
	file := schema.SourceFile{Name: name, Path: filepath.Join(l.Root, rel), Folder: l.Root}
	if wrong := unfit(path, file); wrong != nil {
		return none, wrong
	}
	return file, nil
}

func (l Lookup) leaves(path string) *Mistake {
	return wrongf("Symbolic link out of the configuration's folder", "%q leads out of the configuration's folder by "+
		"a symbolic link. Only what lies in the folder can be staged; put the file itself there.", path)
}

// missing says that there is no such file, and suggests another one.
func (l Lookup) missing(path, full string) *Mistake {
	if _, err := confine.OpenIn(l.Root, full); errors.Is(err, confine.ErrLeaves) { // names outside are not suggested
		return l.leaves(path)
	}
	if info, err := os.Lstat(full); err == nil && info.Mode()&fs.ModeSymlink != 0 {
		return wrongf("No such file", "%q is a symbolic link to something that does not exist. Mend the link, or put "+
			"the file itself there.", path)
	}
	hint := nearEntry(l.Root, full)
	switch {
	case hint != "":
	case !l.Astray:
		hint = " Mend the path, or put the file there."
	default:
		hint = " If fileset gave this name, write base = \"…\", the folder that fileset lists: its names start there."
	}
	return wrongf("No such file", "There is no file %q in %s.%s", path, l.Shown(l.From), hint)
}

// nearEntry suggests another name for the first part of a path below root that does not exist.
func nearEntry(root, path string) string {
	for {
		folder := filepath.Dir(path)
		if _, inside := below(root, folder); !inside {
			return ""
		}
		entries, err := os.ReadDir(folder)
		if errors.Is(err, fs.ErrNotExist) {
			path = folder
			continue
		}
		if err != nil || len(entries) > 1000 {
			return ""
		}
		names := make([]string, len(entries))
		for i, e := range entries {
			names[i] = e.Name()
		}
		return words.DidYouMean(filepath.Base(path), names)
	}
}

// unfit says why a file cannot be staged, which the configuration calls path; nil when it can.
func unfit(path string, f schema.SourceFile) *Mistake {
	// Only opening shows whether a file can be read: its mode does not say everything.
	file, err := confine.OpenIn(f.Folder, f.Path)
	switch {
	case errors.Is(err, confine.ErrFolder):
		return wrongf("Not a file", "%q is a folder. For the files in it, write fileset(%q, \"**\").", path, path)
	case errors.Is(err, confine.ErrSpecial):
		return wrongf("Not a file", "%q is no ordinary file, but a device, a pipe or a socket.", path)
	case errors.Is(err, fs.ErrPermission):
		return wrongf("Cannot read a file", "Opening %q: %s. Give the user who runs this the right to read it.", path,
			Reason(err))
	case err != nil:
		return wrongf("Cannot read a file", "Opening %q: %s.", path, Reason(err))
	}
	defer file.Close()
	if info, err := file.Stat(); err != nil || info.Size() == 0 {
		return wrongf("Empty file", "%q has no content, and an empty file cannot be staged. Fill it, or leave it out.",
			path)
	}
	return nil
}

// badName says why the systems would not take a name, folders and name joined by /; "" when they would.
func badName(name string) string {
	if name == "." {
		return "" // a folder, which is reported as one
	}
	parts := strings.Split(name, "/")
	for i, part := range parts {
		what := "its name"
		if i < len(parts)-1 {
			what = fmt.Sprintf("the folder name %q", part)
		}
		switch {
		case !utf8.ValidString(part):
			return what + " is not UTF-8"
		case strings.ContainsAny(part, `\|:*?"<>`):
			return what + ` must have none of the characters \ | : * ? " < >`
		case strings.ContainsFunc(part, unicode.IsControl):
			return what + " must have no control characters"
		case strings.TrimSpace(part) != part:
			return what + " must not begin or end with a blank"
		case strings.HasSuffix(part, "."):
			return what + " must not end with a dot"
		case len(part) > maxName:
			return fmt.Sprintf("%s has %d bytes, and a name may have up to %d", what, len(part), maxName)
		}
	}
	return ""
}
