package records

import (
	"slices"

	"countersign/providers/sandbox/store"
)

// Right is what an approval lets a user do with a file, and with everything below a folder.
type Right struct {
	Until int64 // Unix seconds; 0: for good
}

// PutRight gives a user the right on a file.
func (t Tx) PutRight(fileID, user int64, given Right) {
	t.Put(RightsBucket, store.Key(fileID, user), given)
}

// MayPreview reports whether an approval has given the user the right, on the file or on a folder above it.
func (t Tx) MayPreview(user int64, chain []File) bool {
	return slices.ContainsFunc(chain, func(f File) bool {
		var given Right
		return t.Get(RightsBucket, store.Key(f.ID, user), &given) && (given.Until == 0 || Now() < given.Until)
	})
}
