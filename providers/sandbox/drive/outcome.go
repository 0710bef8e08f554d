package drive

import (
	"fmt"
	"time"

	"countersign/providers/sandbox/drive/records"
	"countersign/providers/sandbox/store"
)

// The approval types of the catalogue that change something once they are approved.
const (
	typeUpload  = 2
	typePreview = 3
	typeModify  = 4
)

// fulfil does what an approval was for, and says in a few words why it could not: the files may have changed since
// it was raised. Then nothing was done.
func (c *call) fulfil(a records.Approval, r records.Raised) (failure string, err error) {
	chain, err := c.tx.ChainIfThere(a.Data.File)
	if err != nil {
		return "", err
	}
	if chain == nil {
		return fmt.Sprintf("文件或文件夹不存在: %d", a.Data.File), nil
	}
	switch a.Data.TaskType {
	case typeUpload:
		return c.placeFiles(a, chain[0])
	case typePreview:
		return "", c.grant(a, r)
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
		top = nil
		if err := c.tx.EachEnclosed(root.ID, func(a records.Attachment) error {
			top = append(top,
				a)
			return nil
		}); err != nil {
			return "", err
		}
	}
	for _, a := range top {
		if taken, err := c.tx.Raw(records.ChildrenBucket, store.NameKey(folder.ID, a.Name)); err != nil {
			return "", err
		} else if taken != nil {
			return fmt.Sprintf("文件夹中已有同名文件或文件夹: %s", a.Name), nil
		}
	}
	for _, part := range top {
		if err := c.placeTree(a.Data.Creator, folder.ID, part); err != nil {
			return "", err
		}
	}
	return "", nil
}

func (c *call) placeTree(creator, parent int64, a records.Attachment) error {
	id, err := c.tx.Next(records.FilesBucket)
	if err != nil {
		return err
	}
	f := records.File{ID: id, Parent: parent, Name: a.Name, Folder: a.Folder, Creator: creator, Size: a.Size}
	if !a.Folder {
		f.Content = a.ID
	}
	if err := c.tx.PutFile(f); err != nil || !a.Folder {
		return err
	}
	return c.tx.EachEnclosed(a.ID, func(below records.Attachment) error { return c.placeTree(creator, id, below) })
}

// rewrite gives a file the bytes of the attachment; it keeps its name.
func (c *call) rewrite(a records.Approval, f records.File) error {
	from, err := c.tx.Attachment(a.Attachment)
	if err != nil {
		return err
	}
	f.Size, f.Content = from.Size, from.ID
	return c.tx.PutFile(f)
}

// grant lets whoever raised the approval preview the file, for the days that were asked for or for good.
func (c *call) grant(a records.Approval, r records.Raised) error {
	var given records.Right
	if r.TempAuthDay != nil && *r.TempAuthDay > 0 {
		given.Until = time.Unix(records.Now(), 0).AddDate(0, 0, int(min(*r.TempAuthDay, 36500))).Unix()
	}
	return c.tx.PutRight(a.Data.File, a.Data.Creator, given)
}
