package records

import "countersign/providers/sandbox/store"

// File is a folder or a file of the drive.
type File struct {
	ID      int64
	Parent  int64 // 0: the root
	Name    string
	Folder  bool
	Creator int64
	Size    int64 `json:",omitempty"` // bytes
	Content int64 `json:",omitempty"` // attachment whose bytes it has; 0 for a file that no approval has written
}

// File returns the folder or file with that id, or refuses.
func (t Tx) File(id int64) (File, error) {
	return find[File](t, FilesBucket, id, CodeNoFile, "文件或文件夹不存在")
}

// Chain returns the folder or file with that id, the folder it lies in, and so on up to the root. It refuses when there
// is no such folder or file.
func (t Tx) Chain(id int64) ([]File, error) {
	var chain []File
	for {
		f, err := t.File(id)
		if err != nil {
			return nil, err
		}
		chain = append(chain, f)
		if id = f.Parent; id == 0 {
			return chain, nil
		}
	}
}

// PutFile writes a folder or file.
func (t Tx) PutFile(f File) {
	t.Put(FilesBucket, store.Key(f.ID), f)
	t.Put(ChildrenBucket, store.NameKey(f.Parent, f.Name), f.ID)
}

// Children lists what lies in a folder, by name.
func (t Tx) Children(folder int64) []File { return named[File](t, ChildrenBucket, FilesBucket, folder) }

// named lists what a folder contains, by name: one bucket has the ids by folder and name, the other the records.
func named[V any](t Tx, names, bucket string, folder int64) []V {
	var all []V
	for k := range t.Keys(names, store.Key(folder)) {
		var id int64
		var v V
		t.Need(names, k, &id)
		t.Need(bucket, store.Key(id), &v)
		all = append(all, v)
	}
	return all
}
