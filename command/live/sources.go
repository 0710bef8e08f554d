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

// sources reads local files that are to be staged: each file under its own name, of a folder everything in it under
// its place there. All that is wrong with them is told at once.
func sources(ctx context.Context, paths []string) ([]schema.SourceFile, error) {
	var files []schema.SourceFile
	var wrong fault.Diagnostics
	bad := func(summary, format string, values ...any) {
		wrong = append(wrong, fault.Of(fault.New(summary, format, values...))...)
	}
	empty := func(path string) {
		bad("An empty file cannot be staged", "%s has no content, so there is nothing to approve in it. Leave it "+
			"out, or write it first.",
			path)
	}
	for _, p := range paths {
		p, several := disk.Path(p)
		info, err := os.Stat(p)
		switch {
		case several != nil:
			bad("A file cannot be staged", "%v.", several)
		case err != nil:
			bad("A file cannot be staged", "%v", err)
		case info.IsDir():
			in, err := tree(p)
			if err != nil {
				bad("A folder cannot be staged", "%v", err)
			} else if len(in) == 0 {
				bad("A folder cannot be staged", "%s holds no file.", p)
			}
			for _, f := range in {
				if info, err := os.Stat(f.Path); err == nil && info.Size() == 0 {
					empty(f.Path)
				}
			}
			files = append(files, in...)
		case !info.Mode().IsRegular():
			bad("A file cannot be staged", "%s is no ordinary file.", p)
		case info.Size() == 0:
			empty(p)
		default:
			files = append(files, schema.SourceFile{Name: spelling.Form(filepath.Base(p)), Path: p})
		}
	}
	seen := map[string]string{}
	for _, f := range files {
		if before, twice := seen[f.Name]; twice {
			one, other := spelling.Unlike(before, f.Path)
			bad("Two files of one name", "%s and %s both are to be called %s. Stage them one by one, or, where they "+
				"are in several folders, the folder that holds both.",
				one, other, f.Name)
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
