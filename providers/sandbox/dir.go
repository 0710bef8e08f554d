package sandbox

import (
	"bytes"
	"errors"
	"fmt"
	"path"
	"slices"
	"strings"
)

// file is a folder or a file of the drive.
type file struct {
	ID      int64
	Parent  int64 // 0 for what lies in the root
	Name    string
	Folder  bool
	Creator int64
	Size    int64 `json:",omitempty"` // bytes
	Content int64 `json:",omitempty"` // attachment whose bytes it has; 0 for a file that no approval has written
}

// fileMap is the basic information on a file that answers carry (section 8).
type fileMap struct {
	ApprovalID int64  `json:"approvalId"` // only in answers about an approval; here 0
	CreatorID  int64  `json:"creatorId"`
	FileExtend string `json:"fileExtend"`
	FileID     int64  `json:"fileId"`
	FileName   string `json:"fileName"`
	FileType   int    `json:"fileType"` // 1 folder, 0 file
	LockStatus int    `json:"lockStatus"`
	LockUser   int64  `json:"lockUser"`
	ParentID   int64  `json:"parentId"`
	Size       int64  `json:"size"`
}

func (f file) basics() *fileMap {
	m := &fileMap{CreatorID: f.Creator, FileID: f.ID, FileName: f.Name, ParentID: f.Parent, Size: f.Size}
	if f.Folder {
		m.FileType = 1
	} else {
		m.FileExtend = strings.TrimPrefix(path.Ext(f.Name), ".")
	}
	return m
}

// listDir answers section 18: what is in a folder (fileId; 0 is the root), and the templates that can be raised on the
// folder or file itself. The document shows the approval part alone; the rest is written in its style.
func listDir(c *call) ([]byte, error) {
	id, err := c.form.number("fileId")
	if err != nil {
		return nil, err
	}
	type raisable struct {
		ID   int64  `json:"id"`
		Name string `json:"name"`
	}
	answer := struct {
		Approval []raisable `json:"approval,omitempty"`
		Code     int        `json:"code"`
		Data     []*fileMap `json:"data"`
	}{Data: []*fileMap{}}

	if id > 0 {
		chain, err := c.tx.chain(id)
		if err != nil {
			return nil, err
		}
		err = c.tx.eachInForce(chain, func(id int64, _ []byte) error {
			t, err := c.tx.templet(id)
			if err == nil && t.raisableOn(chain[0]) {
				answer.Approval = append(answer.Approval, raisable{t.ID, t.Title})
			}
			return err
		})
		if err != nil {
			return nil, err
		}
	}
	err = c.tx.eachChild(id, func(f file) error {
		answer.Data = append(answer.Data, f.basics())
		return nil
	})
	if err != nil {
		return nil, err
	}
	return encode(answer)
}

// AddFolder makes a folder in another one (0: in the root) and returns its id.
func (s *Sandbox) AddFolder(parent int64, name string) (int64, error) {
	ids, err := s.AddFolders(parent, name)
	if err != nil {
		return 0, err
	}
	return ids[0], nil
}

// AddFolders makes folders in another one (0: in the root), all or none, and returns their ids in that order.
func (s *Sandbox) AddFolders(parent int64, names ...string) ([]int64, error) {
	return s.add(parent, true, names)
}

// AddFile makes a file in a folder (0: in the root) and returns its id.
func (s *Sandbox) AddFile(parent int64, name string) (int64, error) {
	ids, err := s.add(parent, false, []string{name})
	if err != nil {
		return 0, err
	}
	return ids[0], nil
}

func (s *Sandbox) add(parent int64, folder bool, names []string) ([]int64, error) {
	ids := make([]int64, len(names))
	err := s.store.alone(func(t txn) error {
		if parent != 0 {
			if p, err := t.file(parent); err != nil {
				return err
			} else if !p.Folder {
				return fmt.Errorf("%q is a file, not a folder", p.Name)
			}
		}
		for i, name := range names {
			if name == "" || len(name) > 255 || strings.Contains(name, "/") {
				return fmt.Errorf("name %q: must have 1 to 255 bytes and no slash", name)
			}
			if taken, err := t.raw(childrenBucket, append(key(parent), name...)); err != nil {
				return err
			} else if taken != nil {
				return fmt.Errorf("there is a %q already", name)
			}
			id, err := t.next(filesBucket)
			if err != nil {
				return err
			}
			ids[i] = id
			if err := t.putFile(file{ID: id, Parent: parent, Name: name, Folder: folder, Creator: 1}); err != nil {
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
func (s *Sandbox) RemoveFile(id int64) error {
	err := s.store.alone(func(t txn) error {
		f, err := t.file(id)
		if err != nil {
			return err
		}
		return t.removeFile(f)
	})
	if err != nil {
		return fmt.Errorf("remove folder or file %d of the sandbox: %w", id, err)
	}
	return nil
}

func (t txn) removeFile(f file) error {
	var below []file // gathered first: a cursor does not survive deletions
	if err := t.eachChild(f.ID, func(child file) error { below = append(below, child); return nil }); err != nil {
		return err
	}
	for _, child := range below {
		if err := t.removeFile(child); err != nil {
			return err
		}
	}
	var attached []int64
	if err := t.eachInForce([]file{f}, func(id int64, _ []byte) error { attached = append(attached, id); return nil }); err != nil {
		return err
	}
	for _, id := range attached {
		if err := t.deleteTemplet(templet{ID: id, File: f.ID}); err != nil {
			return err
		}
	}
	return errors.Join(t.delete(filesBucket, key(f.ID)), t.delete(childrenBucket, append(key(f.Parent), f.Name...)))
}

// file returns the folder or file with that id, or refuses.
func (t txn) file(id int64) (file, error) {
	var f file
	ok, err := t.get(filesBucket, key(id), &f)
	if err == nil && !ok {
		err = refuse(CodeNoFile, "文件或文件夹不存在: %d", id)
	}
	return f, err
}

// chain returns the folder or file with that id, the folder it lies in, and so on up to the root.
func (t txn) chain(id int64) ([]file, error) {
	var chain []file
	for id != 0 {
		f, err := t.file(id)
		if err != nil {
			return nil, err
		}
		chain = append(chain, f)
		id = f.Parent
	}
	if len(chain) == 0 {
		return nil, refuse(CodeNoFile, "文件或文件夹不存在: %d", id)
	}
	return chain, nil
}

// fullPath is how the document writes paths: names from the root down, with slashes between.
func fullPath(chain []file) string {
	names := make([]string, len(chain))
	for i, f := range chain {
		names[i] = f.Name
	}
	slices.Reverse(names)
	return strings.Join(names, "/")
}

func (t txn) putFile(f file) error {
	return errors.Join(
		t.put(filesBucket, key(f.ID), f),
		t.put(childrenBucket, append(key(f.Parent), f.Name...), f.ID))
}

// eachChild calls do for what lies in a folder, by name.
func (t txn) eachChild(parent int64, do func(file) error) error {
	prefix := key(parent)
	cursor := t.bolt.Bucket([]byte(childrenBucket)).Cursor()
	for k, _ := cursor.Seek(prefix); bytes.HasPrefix(k, prefix); k, _ = cursor.Next() {
		var id int64
		if _, err := t.get(childrenBucket, k, &id); err != nil {
			return err
		}
		f, err := t.file(id)
		if err == nil {
			err = do(f)
		}
		if err != nil {
			return err
		}
	}
	return nil
}
