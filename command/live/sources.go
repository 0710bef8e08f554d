package live

import (
	"context"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"countersign/command/fault"
	"countersign/schema"
	"countersign/schema/config/disk"
	"countersign/schema/spelling"
	"countersign/stage"
)

// sources reads local files that are to be staged: each file under its own name, and of a folder everything in it under
// its path there. The error lists all that is wrong with them.
func sources(ctx context.Context, paths []string) ([]schema.SourceFile, error) {
	var files []schema.SourceFile
	var wrong fault.Diagnostics
	for _, p := range paths {
		found, err := filesAt(p)
		wrong.Add(err)
		for _, f := range found {
			if info, err := os.Stat(f.Path); err == nil && info.Size() == 0 {
				wrong.Add(fault.New("An empty file cannot be staged",
					"%s has no content, so there is nothing to approve "+
						"in it. Leave it out, or write it first.", f.Path))
			}
		}
		files = append(files, found...)
	}
	seen := map[string]string{}
	for _, f := range files {
		if before, twice := seen[f.Name]; twice {
			one, other := spelling.Unlike(before, f.Path)
			wrong.Add(fault.New("Two files of one name",
				"%s and %s both are to be called %s. Stage them one by one, or, "+
					"where they are in several folders, the folder that holds both.", one, other, f.Name))
		}
		seen[f.Name] = f.Path
	}
	if len(wrong) > 0 {
		return nil, wrong
	}
	slices.SortFunc(files, func(a, b schema.SourceFile) int { return strings.Compare(a.Name, b.Name) })
	read, diags := stage.ReadSources(ctx, []schema.Attachment{{Files: files}}, 1)
	if ctx.Err() != nil {
		return nil, fault.ErrInterrupted
	}
	if diags.HasErrors() {
		for i := range diags { // they are of no block
			diags[i].Detail = strings.TrimPrefix(diags[i].Detail, ": ")
		}
		return nil, fault.Diagnostics(diags)
	}
	return read[0].Files, nil
}

// filesAt is the file at a path, or the files of the folder there.
func filesAt(path string) ([]schema.SourceFile, error) {
	const wrong = "A file cannot be staged"
	path, err := disk.Path(path)
	if err != nil {
		return nil, fault.New(wrong, "%v.", err)
	}
	info, err := os.Stat(path)
	switch {
	case err != nil:
		return nil, fault.New(wrong, "%s: %s.", path, disk.Reason(err))
	case info.IsDir():
		files, err := tree(path)
		switch {
		case err != nil:
			return nil, fault.New("A folder cannot be staged", "%v", err)
		case len(files) == 0:
			return nil, fault.New("A folder cannot be staged", "%s holds no file.", path)
		}
		return files, nil
	case !info.Mode().IsRegular():
		return nil, fault.New(wrong, "%s is no ordinary file.", path)
	}
	return []schema.SourceFile{{Name: spelling.Form(filepath.Base(path)), Path: path}}, nil
}

// tree lists the files below a folder. Links are refused: they may lead out of it.
func tree(root string) (files []schema.SourceFile, err error) {
	err = filepath.WalkDir(root, func(path string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		if !e.Type().IsRegular() {
			return fmt.Errorf("%s is no ordinary file; links are not followed", path)
		}
		name, err := filepath.Rel(root, path)
		files = append(files, schema.SourceFile{Name: spelling.Form(filepath.ToSlash(name)), Path: path, Folder: root})
		return err
	})
	return files, err
}
