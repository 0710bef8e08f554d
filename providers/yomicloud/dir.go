package yomicloud

import (
	"context"
	"fmt"
	"net/url"
	"slices"
	"strings"

	"countersign/providers/jsontext"
	"countersign/providers/route"
	"countersign/schema"
)

const pathDir = "/app/file/list-dir"

// Children lists what is in a folder (section 18: list-dir); 0 is the root. The document says little of this call:
// the folder is asked for as fileId, as everywhere else, and the answer is read in any of the shapes that such
// lists have. Its `approval` lists templates that can be raised there and no files.
func (c *Client) Children(ctx context.Context, folderID int64) ([]schema.Entry, error) {
	k := call{path: pathDir, about: fmt.Sprintf("fileId %d", folderID), form: url.Values{"fileId": decimal(folderID)}}
	a, err := c.post(ctx, k)
	if err != nil {
		return nil, err
	}
	defer a.done()
	_, coded := a.code()
	entries, found, err := readEntries(a.Object, 2, readEntry)
	if err == nil {
		err = a.whole(len(entries), "totalNum", "totalSize") // section 8: of an attachment
	}
	switch {
	case err != nil:
		return nil, c.of(k).Misread(err)
	case !found && !(coded && bare(a)):
		return nil, c.of(k).Misread(fmt.Errorf("there is no list of files in it, only %s", strings.Join(keys(a), ", ")))
	}
	return entries, nil
}

// bare reports whether an answer holds no list but that of approvals: an empty folder, for a drive that leaves
// empty lists out.
func bare(a answer) bool {
	return !slices.ContainsFunc(a.Object, func(m jsontext.Member) bool {
		return m.Key != "approval" && (m.Value.Is('[') || m.Value.Is('{'))
	})
}

func keys(a answer) []string {
	var list []string
	for _, m := range a.Object {
		list = append(list, route.Words(m.Key))
	}
	return list
}

// lists are the keys that entries may be found under, and whether those are folders where they do not say so
// themselves.
var lists = map[string]bool{
	"data": false, "list": false, "children": false, "items": false, "rows": false, "entries": false,
	"files": false, "fileList": false, "folders": true, "folderList": true, "dirs": true, "dirList": true,
}

// readEntries gathers entries from every list there is, at most so many objects deep. found is false when there is
// none.
func readEntries[T any](members jsontext.Object, depth int,
	read func(v jsontext.Value, folder bool) (T, error)) (entries []T, found bool, err error) {
	for _, m := range members {
		key, v := m.Key, m.Value
		folders, ok := lists[key]
		switch {
		case !ok:
		case v.None():
			found = true
		case v.Is('['):
			found = true
			i := 0
			for e := range v.Elements() {
				if i++; len(entries) == jsontext.MostEntries {
					return nil, true, fmt.Errorf("%s has more than %d entries: no list is that long", key,
						jsontext.MostEntries)
				}
				entry, err := read(e, folders)
				if err != nil {
					return nil, true, fmt.Errorf("entry %d of %s: %w", i, key, err)
				}
				entries = append(entries, entry)
			}
		case v.Is('{') && depth > 0:
			more, there, err := readEntries(v.Object(), depth-1, read)
			if err != nil {
				return nil, true, err
			}
			entries, found = append(entries, more...), found || there
		}
	}
	return entries, found, nil
}

// readEntry reads a folder or file under the names of section 8's fileMap (fileId, fileName, and fileType, 1 for a
// folder) or such as other lists use.
func readEntry(v jsontext.Value, folder bool) (schema.Entry, error) {
	e := schema.Entry{}
	var fileID, id, fileType, kind jsontext.Value
	for key, v := range v.Members() {
		switch key {
		case "fileId":
			fileID = v
		case "id":
			id = v
		case "fileName":
			e.Name = strings.Clone(v.Words())
		case "name", "title":
			if e.Name == "" {
				e.Name = strings.Clone(v.Words())
			}
		case "fileType":
			fileType = v
		case "type", "isDir", "isFolder", "dir", "folder", "directory":
			kind = v
		}
	}
	if !fileType.None() {
		kind = fileType
	}
	e.Folder = isFolder(kind, folder)
	if fileID.None() {
		fileID = id
	}
	var err error
	if e.ID, err = fileID.ID(); err != nil {
		return e, fmt.Errorf("fileId of %s %w", jsontext.Value(route.Words(e.Name)).Shown(), err)
	}
	return e, nil
}

// isFolder reads what kind of thing an entry is: 1, true or a word for a folder. It is otherwise when there is nothing.
func isFolder(kind jsontext.Value, otherwise bool) bool {
	if kind.None() {
		return otherwise
	}
	yes, ok := kind.Bool()
	return ok && yes || slices.Contains([]string{"folder", "dir", "directory"}, strings.ToLower(kind.Text()))
}
