package sandboxtest

import (
	"errors"
	"fmt"
	"strings"

	"countersign/providers/sandbox"
	"countersign/providers/sandbox/drive/records"
	"countersign/providers/sandbox/store"
)

// AddFolder makes a folder in another one (0: in the root) and returns its id.
func AddFolder(box *sandbox.Sandbox, parent int64, name string) (int64, error) {
	ids, err := AddFolders(box, parent, name)
	if err != nil {
		return 0, err
	}
	return ids[0], nil
}

// AddFolders makes folders in another one (0: in the root), all or none, and returns their ids in that order.
func AddFolders(box *sandbox.Sandbox, parent int64, names ...string) ([]int64, error) {
	return add(box, parent, true, names)
}

// AddFile makes a file in a folder (0: in the root) and returns its id.
func AddFile(box *sandbox.Sandbox, parent int64, name string) (int64, error) {
	ids, err := add(box, parent, false, []string{name})
	if err != nil {
		return 0, err
	}
	return ids[0], nil
}

func add(box *sandbox.Sandbox, parent int64, folder bool, names []string) ([]int64, error) {
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
			if taken, err := t.Raw(records.ChildrenBucket, store.NameKey(parent, name)); err != nil {
				return err
			} else if taken != nil {
				return fmt.Errorf("there is a %q already", name)
			}
			id, err := t.Next(records.FilesBucket)
			if err != nil {
				return err
			}
			ids[i] = id
			if err := t.PutFile(records.File{ID: id, Parent: parent, Name: name, Folder: folder,
				Creator: 1}); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("add to folder %d of the sandbox: %w", parent, err)
	}
	return ids, nil
}

// RemoveFile removes a folder or file with everything below it and the templates attached there.
func RemoveFile(box *sandbox.Sandbox, id int64) error {
	err := change(box, func(t records.Tx) error {
		f, err := t.File(id)
		if err != nil {
			return err
		}
		return removeFile(t, f)
	})
	if err != nil {
		return fmt.Errorf("remove folder or file %d of the sandbox: %w", id, err)
	}
	return nil
}

func removeFile(t records.Tx, f records.File) error {
	var below []records.File // gathered first: a cursor does not survive deletions
	if err := t.EachChild(f.ID, func(child records.File) error {
		below = append(below,
			child)
		return nil
	}); err != nil {
		return err
	}
	for _, child := range below {
		if err := removeFile(t, child); err != nil {
			return err
		}
	}
	var attached []int64
	if err := t.EachInForce([]records.File{f}, func(id int64,
		_ []byte) error {
		attached = append(attached, id)
		return nil
	}); err != nil {
		return err
	}
	for _, id := range attached {
		if err := t.DeleteTemplet(records.Templet{ID: id, File: f.ID}); err != nil {
			return err
		}
	}
	return errors.Join(t.Delete(records.FilesBucket, store.Key(f.ID)),
		t.Delete(records.ChildrenBucket, store.NameKey(f.Parent, f.Name)))
}
