package yomicloud

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"countersign/providers/jsontext"
	"countersign/providers/route"
	"countersign/schema"
)

// mostDepth bounds how deep the folders of an attachment are followed.
const mostDepth = 100

// AttachmentTree lists all files and folders of an attachment, sorted by path. A folder is asked for by its own id with
// its path; where the drive refuses that, by the root's id with its path.
func (c *Client) AttachmentTree(ctx context.Context, id int64) ([]schema.AttachmentFile, error) {
	all, err := c.AttachmentFiles(ctx, id, "")
	if err != nil {
		return nil, err
	}
	whole := c.of(call{path: pathFiles, about: fmt.Sprintf("fileId %d", id)})
	seen := map[int64]bool{id: true}
	for i := 0; i < len(all); i++ {
		f := all[i]
		if !f.Folder {
			continue
		}
		if seen[f.ID] || strings.Count(f.Path, "/") >= mostDepth {
			return nil, whole.Misread(fmt.Errorf("folder %d (%s) lies in itself", f.ID, route.Words(f.Path)))
		}
		seen[f.ID] = true
		in, err := c.AttachmentFiles(ctx, f.ID, f.Path)
		var e *route.Error
		if errors.As(err, &e) && e.Refused() {
			if under, err2 := c.AttachmentFiles(ctx, id, f.Path); err2 == nil {
				in, err = under, nil
			}
		}
		if err != nil {
			return nil, err
		}
		if all = append(all, in...); len(all) > jsontext.MostEntries {
			return nil, whole.Misread(fmt.Errorf(
				"there are more than %d files and folders: no attachment is that large", jsontext.MostEntries))
		}
	}
	slices.SortStableFunc(all, func(a, b schema.AttachmentFile) int { return strings.Compare(a.Path, b.Path) })
	return all, nil
}

// readAttached reads a file or folder of an attachment, under the names of section 8's fileMap or the like.
func readAttached(v jsontext.Value, folder bool) (schema.AttachmentFile, error) {
	e, err := readEntry(v, folder)
	f := schema.AttachmentFile{ID: e.ID, Name: e.Name, Folder: e.Folder, Size: -1}
	o := v.Object()
	for _, key := range []string{"size", "fileSize", "filesize"} {
		if n, ok, wrong := o.Get(key).Integer(); ok && wrong == nil && n >= 0 {
			f.Size = n
		}
	}
	if f.Folder {
		f.Size = 0
	}
	if err == nil && strings.TrimSpace(f.Name) == "" {
		err = fmt.Errorf("fileName of %d is missing", f.ID)
	}
	return f, err
}
