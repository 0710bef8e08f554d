package records

import (
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
	return find[Attachment](t, AttachmentsBucket, id, CodeNoAttachment, "审批附件不存在")
}

// PutAttachment writes an attachment that is there already.
func (t Tx) PutAttachment(a Attachment) { t.Put(AttachmentsBucket, store.Key(a.ID), a) }

// AddAttachment gives an attachment, or a folder or file in one, its id. Ids are those of the drive's files too, so
// that no number means two things.
func (t Tx) AddAttachment(by User, a Attachment) Attachment {
	a.ID, a.Creator, a.Created = t.Next(FilesBucket), by.ID, Now()
	if a.Parent == 0 {
		a.Root = a.ID
	} else {
		t.Put(EnclosedBucket, store.NameKey(a.Parent, a.Name), a.ID)
	}
	t.PutAttachment(a)
	return a
}

// AttachedFolder walks down from the root of an attachment.
func (t Tx) AttachedFolder(root int64, names []string) (Attachment, error) {
	folder, err := t.Attachment(root)
	if err != nil {
		return folder, err
	}
	for _, name := range names {
		var id int64
		if t.Get(EnclosedBucket, store.NameKey(folder.ID, name), &id) {
			folder, err = t.Attachment(id)
		}
		if id == 0 || err != nil || !folder.Folder {
			return folder, Refuse(CodeNoFolder, "附件%d中没有文件夹%q", root, strings.Join(names, "/"))
		}
	}
	return folder, nil
}

// Enclosed lists what lies in a folder of an attachment, by name.
func (t Tx) Enclosed(folder int64) []Attachment {
	return named[Attachment](t, EnclosedBucket, AttachmentsBucket, folder)
}

// Entry is something below a folder of an attachment, with its path from there.
type Entry struct {
	Path string
	Attachment
}

// Below lists everything below a folder of an attachment, folders before what is in them. Paths begin with base.
func (t Tx) Below(folder int64, base string) []Entry {
	var all []Entry
	for _, a := range t.Enclosed(folder) {
		all = append(all, Entry{base + a.Name, a})
		if a.Folder {
			all = append(all, t.Below(a.ID, base+a.Name+"/")...)
		}
	}
	return all
}

// Count returns how many files a multi-file attachment has, and their bytes.
func (t Tx) Count(root int64) (files, size int64) {
	for _, e := range t.Below(root, "") {
		if !e.Folder {
			files, size = files+1, size+e.Size
		}
	}
	return files, size
}

// RemoveAttachment removes the records of an attachment; bytes that no file of the drive has go when the sandbox is
// opened next.
func (t Tx) RemoveAttachment(root int64) {
	for _, e := range t.Below(root, "") {
		t.Delete(AttachmentsBucket, store.Key(e.ID))
		t.Delete(EnclosedBucket, store.NameKey(e.Parent, e.Name))
	}
	t.Delete(AttachmentsBucket, store.Key(root))
}

// Contents are the ids of the attachments whose bytes are needed: those that are there, and those that files of the
// drive have.
func (t Tx) Contents() map[int64]bool {
	needed := map[int64]bool{}
	for _, a := range store.All[Attachment](t.Tx, AttachmentsBucket) {
		needed[a.ID] = true
	}
	for _, f := range store.All[File](t.Tx, FilesBucket) {
		needed[f.Content] = true
	}
	return needed
}
