package drive

import (
	"fmt"
	"time"

	"countersign/providers/sandbox/drive/records"
	"countersign/providers/sandbox/store"
)

// fulfil carries out what an approval was for. When that is not possible, because the files have changed since it was
// raised, it does nothing and returns why, in a few words.
func (c *call) fulfil(a records.Approval, r records.Raised) (failure string, err error) {
	chain := c.chain(a)
	if chain == nil {
		return fmt.Sprintf("文件或文件夹不存在: %d", a.Data.File), nil
	}
	switch a.Data.TaskType {
	case typeUpload:
		return c.placeFiles(a, chain[0])
	case typePreview:
		c.grant(a, r)
	case typeModify:
		return "", c.rewrite(a, chain[0])
	}
	return "", nil
}

// placeFiles puts what was uploaded into the folder. Nothing there is overwritten or mixed with it.
func (c *call) placeFiles(a records.Approval, folder records.File) (failure string, err error) {
	root, err := c.tx.Attachment(a.Attachment)
	if err != nil {
		return "", err
	}
	top := []records.Attachment{root}
	if root.Folder {
		top = c.tx.Enclosed(root.ID)
	}
	for _, a := range top {
		if c.tx.Has(records.ChildrenBucket, store.NameKey(folder.ID, a.Name)) {
			return fmt.Sprintf("文件夹中已有同名文件或文件夹: %s", a.Name), nil
		}
	}
	c.place(a.Data.Creator, folder.ID, top)
	return "", nil
}

// place makes files and folders of the drive from those of an attachment.
func (c *call) place(creator, parent int64, all []records.Attachment) {
	for _, a := range all {
		f := records.File{ID: c.tx.Next(records.FilesBucket), Parent: parent, Name: a.Name, Folder: a.Folder,
			Creator: creator, Size: a.Size}
		if !a.Folder {
			f.Content = a.ID
		}
		c.tx.PutFile(f)
		c.place(creator, f.ID, c.tx.Enclosed(a.ID))
	}
}

// rewrite gives a file the bytes of the attachment; it keeps its name.
func (c *call) rewrite(a records.Approval, f records.File) error {
	from, err := c.tx.Attachment(a.Attachment)
	if err != nil {
		return err
	}
	f.Size, f.Content = from.Size, from.ID
	c.tx.PutFile(f)
	return nil
}

// grant lets the user who raised the approval preview the file, for the days that were asked for or for good.
func (c *call) grant(a records.Approval, r records.Raised) {
	var given records.Right
	if r.TempAuthDay != nil && *r.TempAuthDay > 0 {
		given.Until = time.Unix(records.Now(), 0).AddDate(0, 0, int(min(*r.TempAuthDay, 36500))).Unix()
	}
	c.tx.PutRight(a.Data.File, a.Data.Creator, given)
}
