package records

import (
	"errors"

	"countersign/providers/sandbox/store"
)

// File is a folder or a file of the drive.
type File struct {
	ID      int64
	Parent  int64 // 0 for what lies in the root
	Name    string
	Folder  bool
	Creator int64
	Size    int64 `json:",omitempty"` // bytes
	Content int64 `json:",omitempty"` // attachment whose bytes it has; 0 for a file that no approval has written
}

// File returns the folder or file with that id, or refuses.
func (t Tx) File(id int64) (File, error) {
	var f File
	ok, err := t.Get(FilesBucket, store.Key(id), &f)
	if err == nil && !ok {
		err = Refuse(CodeNoFile, "文件或文件夹不存在: %d", id)
	}
	return f, err
}

// Chain returns the folder or file with that id, the folder it lies in, and so on up to the root.
func (t Tx) Chain(id int64) ([]File, error) {
	var chain []File
	for id != 0 {
		f, err := t.File(id)
		if err != nil {
			return nil, err
		}
		chain = append(chain, f)
		id = f.Parent
	}
	if len(chain) == 0 {
		return nil, Refuse(CodeNoFile, "文件或文件夹不存在: %d", id)
	}
	return chain, nil
}

// PutFile writes a folder or file.
func (t Tx) PutFile(f File) error {
	return errors.Join(
		t.Put(FilesBucket, store.Key(f.ID), f),
		t.Put(ChildrenBucket, store.NameKey(f.Parent, f.Name), f.ID))
}

// EachChild calls do for what lies in a folder, by name.
func (t Tx) EachChild(parent int64, do func(File) error) error {
	return t.eachNamed(ChildrenBucket, parent, func(id int64) error {
		f, err := t.File(id)
		if err != nil {
			return err
		}
		return do(f)
	})
}

// eachNamed calls do for the ids that a folder has by name.
func (t Tx) eachNamed(bucket string, folder int64, do func(id int64) error) error {
	for k := range t.Keys(bucket, store.Key(folder)) {
		var id int64
		_, err := t.Get(bucket, k, &id)
		if err == nil {
			err = do(id)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// ChainIfThere is the chain of a file, or nil when the file has been removed since.
func (t Tx) ChainIfThere(id int64) ([]File, error) {
	chain, err := t.Chain(id)
	if gone, ok := err.(*Refusal); ok && gone.Code == CodeNoFile {
		return nil, nil
	}
	return chain, err
}
