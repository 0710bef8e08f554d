package sandboxtest

import (
	"fmt"
	"strings"

	"countersign/providers/sandbox"
	"countersign/providers/sandbox/drive/records"
	"countersign/providers/sandbox/store"
)

// AddFolder makes a folder in another one (0: in the root) and returns its id.
func AddFolder(box *sandbox.Sandbox, parent int64, name string) (int64, error) {
	ids, err := add(box, parent, true, name)
	return ids[0], err
}

// AddFolders makes folders in another one (0: in the root), all or none, and returns their ids in that order.
func AddFolders(box *sandbox.Sandbox, parent int64, names ...string) ([]int64, error) {
	return add(box, parent, true, names...)
}

// AddFile makes a file in a folder (0: in the root) and returns its id.
func AddFile(box *sandbox.Sandbox, parent int64, name string) (int64, error) {
	ids, err := add(box, parent, false, name)
	return ids[0], err
}

func add(box *sandbox.Sandbox, parent int64, folder bool, names ...string) ([]int64, error) {
	ids := make([]int64, len(names))
	err := change(box, func(t records.Tx) error {
		if parent != 0 {
			if p, err := t.File(parent); err != nil {
				return err
			} else if !p.Folder {
				return fmt.Errorf("%q is a file, not a folder", p.Name)
			}
		}
		for i, name := range names {
			if name == "" || len(name) > 255 || strings.Contains(name, "/") {
				return fmt.Errorf("name %q: must have 1 to 255 bytes and no slash", name)
			}
			if t.Has(records.ChildrenBucket, store.NameKey(parent, name)) {
				return fmt.Errorf("there is a %q already", name)
			}
			ids[i] = t.Next(records.FilesBucket)
			t.PutFile(records.File{ID: ids[i], Parent: parent, Name: name, Folder: folder, Creator: 1})
		}
		return nil
	})
	if err != nil {
		err = fmt.Errorf("add to folder %d of the sandbox: %w", parent, err)
	}
	return ids, err
}

// RemoveFile removes a folder or file with everything below it and the templates attached there.
func RemoveFile(box *sandbox.Sandbox, id int64) error {
	err := change(box, func(t records.Tx) error {
		f, err := t.File(id)
		if err == nil {
			removeFile(t, f)
		}
		return err
	})
	if err != nil {
		err = fmt.Errorf("remove folder or file %d of the sandbox: %w", id, err)
	}
	return err
}

func removeFile(t records.Tx, f records.File) {
	for _, child := range t.Children(f.ID) {
		removeFile(t, child)
	}
	for _, id := range t.InForce([]records.File{f}) {
		t.DeleteTemplet(records.Templet{ID: id, File: f.ID})
	}
	t.Delete(records.FilesBucket, store.Key(f.ID))
	t.Delete(records.ChildrenBucket, store.NameKey(f.Parent, f.Name))
}
