package records

import "countersign/providers/sandbox/store"

// Right is what an approval lets a user do with a file, and with everything below a folder.
type Right struct {
	Until int64 // Unix seconds; 0: for good
}

// PutRight gives a user the right on a file.
func (t Tx) PutRight(fileID, user int64, given Right) error {
	return t.Put(RightsBucket, store.Key(fileID, user), given)
}

// MayPreview reports whether an approval has given the user the right, on the file or on a folder above it.
func (t Tx) MayPreview(user int64, chain []File) (bool, error) {
	for _, f := range chain {
		var given Right
		ok, err := t.Get(RightsBucket, store.Key(f.ID, user), &given)
		if err != nil || ok && (given.Until == 0 || Now() < given.Until) {
			return err == nil, err
		}
	}
	return false, nil
}
