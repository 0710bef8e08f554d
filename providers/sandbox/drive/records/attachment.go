package records

import (
	"errors"
	"fmt"
	"strings"

	"countersign/providers/sandbox/store"
)

// Attachment is an attachment of one file, the root folder of a multi-file one, or a folder or file in that.
type Attachment struct {
	File
	Root    int64  // the attachment it belongs to; its own id when it is one
	Created int64  // Unix seconds
	Key     string `json:",omitempty"` // of a multi-file attachment itself: the uuid that uploads into it carry
	Used    int64  `json:",omitempty"` // of an attachment itself: the approval raised with it
}

// Attachment returns the attachment, or the folder or file in one, with that id, or refuses.
func (t Tx) Attachment(id int64) (Attachment, error) {
	var a Attachment
	ok, err := t.Get(AttachmentsBucket, store.Key(id), &a)
	if err == nil && !ok {
		err = Refuse(CodeNoAttachment, "审批附件不存在: %d", id)
	}
	return a, err
}

// PutAttachment writes an attachment that is there already.
func (t Tx) PutAttachment(a Attachment) error { return t.Put(AttachmentsBucket, store.Key(a.ID), a) }

// AddAttachment gives an attachment, or a folder or file in one, its id. Ids are those of the drive's files too, so
// that no number means two things.
func (t Tx) AddAttachment(by User, a Attachment) (Attachment, error) {
	id, err := t.Next(FilesBucket)
	if err != nil {
		return a, err
	}
	a.ID, a.Creator, a.Created = id, by.ID, Now()
	if a.Parent == 0 {
		a.Root = id
	} else if err := t.Put(EnclosedBucket, store.NameKey(a.Parent, a.Name), id); err != nil {
		return a, err
	}
	return a, t.PutAttachment(a)
}

// AttachedFolder walks down from the root of an attachment.
func (t Tx) AttachedFolder(root int64, names []string) (Attachment, error) {
	folder, err := t.Attachment(root)
	if err != nil {
		return folder, err
	}
	for _, name := range names {
		var id int64
		ok, err := t.Get(EnclosedBucket, store.NameKey(folder.ID, name), &id)
		if err == nil && ok {
			folder, err = t.Attachment(id)
		}
		if err != nil {
			return folder, err
		}
		if !ok || !folder.Folder {
			return folder, Refuse(CodeNoFolder, "附件%d中没有文件夹%q", root, strings.Join(names, "/"))
		}
	}
	return folder, nil
}

// EachEnclosed calls do for what lies in a folder of an attachment, by name.
func (t Tx) EachEnclosed(folder int64, do func(Attachment) error) error {
	return t.eachNamed(EnclosedBucket, folder, func(id int64) error {
		a, err := t.Attachment(id)
		if err != nil {
			return err
		}
		return do(a)
	})
}

// Walk calls do for everything below a folder of an attachment, folders before what is in them, with its path from
// there.
func (t Tx) Walk(folder int64, base string, do func(path string, a Attachment) error) error {
	return t.EachEnclosed(folder, func(a Attachment) error {
		path := base + a.Name
		if err := do(path, a); err != nil || !a.Folder {
			return err
		}
		return t.Walk(a.ID, path+"/", do)
	})
}

// Count returns how many files a multi-file attachment has, and their bytes.
func (t Tx) Count(root int64) (files, size int64, err error) {
	err = t.Walk(root, "", func(_ string, a Attachment) error {
		if !a.Folder {
			files, size = files+1, size+a.Size
		}
		return nil
	})
	return files, size, err
}

// RemoveAttachment removes the records of an attachment; bytes that no file of the drive has go when the sandbox is
// opened next.
func (t Tx) RemoveAttachment(root int64) error {
	below := []Attachment{{File: File{ID: root}}}
	err := t.Walk(root, "", func(_ string, a Attachment) error { below = append(below, a); return nil })
	for _, a := range below {
		err = errors.Join(err,
			t.Delete(AttachmentsBucket, store.Key(a.ID)),
			t.Delete(EnclosedBucket, store.NameKey(a.Parent, a.Name)))
	}
	if err != nil {
		return fmt.Errorf("remove attachment %d: %w", root, err)
	}
	return nil
}

// Contents are the ids of the attachments whose bytes are needed: those that are there, and those that files of the
// drive have.
func (t Tx) Contents() (map[int64]bool, error) {
	needed := map[int64]bool{}
	err := store.Each(t.Tx, AttachmentsBucket, func(_ []byte, a Attachment) error { needed[a.ID] = true; return nil })
	if err != nil {
		return nil, err
	}
	return needed, store.Each(t.Tx, FilesBucket, func(_ []byte, f File) error { needed[f.Content] = true; return nil })
}
