package sandbox

import (
	"fmt"
	"time"
)

// The approval types of the catalogue that change something once they are approved.
const (
	typeUpload  = 2
	typePreview = 3
	typeModify  = 4
)

// right is what an approval lets a user do with a file, and with everything below a folder.
type right struct {
	Until int64 // Unix seconds; 0: for good
}

// fulfil does what an approval was for, and says in a few words why it could not: the files may have changed since
// it was raised. Then nothing was done.
func (t txn) fulfil(a approval, r raised) (problem string, err error) {
	chain, err := t.chainIfThere(a.Data.File)
	if err != nil {
		return "", err
	}
	if chain == nil {
		return fmt.Sprintf("文件或文件夹不存在: %d", a.Data.File), nil
	}
	switch a.Data.TaskType {
	case typeUpload:
		return t.place(a, chain[0])
	case typePreview:
		return "", t.grant(a, r)
	case typeModify:
		return "", t.rewrite(a, chain[0])
	}
	return "", nil
}

// place puts what was uploaded into the folder. Nothing there is overwritten or mixed with it.
func (t txn) place(a approval, folder file) (problem string, err error) {
	root, err := t.attachment(a.Attachment)
	if err != nil {
		return "", err
	}
	top := []attachment{root}
	if root.Folder {
		top = nil
		if err := t.eachEnclosed(root.ID, func(a attachment) error { top = append(top, a); return nil }); err != nil {
			return "", err
		}
	}
	for _, a := range top {
		if taken, err := t.raw(childrenBucket, append(key(folder.ID), a.Name...)); err != nil {
			return "", err
		} else if taken != nil {
			return fmt.Sprintf("文件夹中已有同名文件或文件夹: %s", a.Name), nil
		}
	}
	for _, part := range top {
		if err := t.placeTree(a.Data.Creator, folder.ID, part); err != nil {
			return "", err
		}
	}
	return "", nil
}

func (t txn) placeTree(creator, parent int64, a attachment) error {
	id, err := t.next(filesBucket)
	if err != nil {
		return err
	}
	f := file{ID: id, Parent: parent, Name: a.Name, Folder: a.Folder, Creator: creator, Size: a.Size}
	if !a.Folder {
		f.Content = a.ID
	}
	if err := t.putFile(f); err != nil || !a.Folder {
		return err
	}
	return t.eachEnclosed(a.ID, func(below attachment) error { return t.placeTree(creator, id, below) })
}

// rewrite gives a file the bytes of the attachment; it keeps its name.
func (t txn) rewrite(a approval, f file) error {
	from, err := t.attachment(a.Attachment)
	if err != nil {
		return err
	}
	f.Size, f.Content = from.Size, from.ID
	return t.putFile(f)
}

// grant lets whoever raised the approval preview the file, for the days that were asked for or for good.
func (t txn) grant(a approval, r raised) error {
	var given right
	if r.TempAuthDay != nil && *r.TempAuthDay > 0 {
		given.Until = time.Unix(now(), 0).AddDate(0, 0, int(min(*r.TempAuthDay, 36500))).Unix()
	}
	return t.put(rightsBucket, key(a.Data.File, a.Data.Creator), given)
}

// mayPreview reports whether an approval has given the user the right, on the file or on a folder above it.
func (t txn) mayPreview(user int64, chain []file) (bool, error) {
	for _, f := range chain {
		var given right
		ok, err := t.get(rightsBucket, key(f.ID, user), &given)
		if err != nil || ok && (given.Until == 0 || now() < given.Until) {
			return err == nil, err
		}
	}
	return false, nil
}
