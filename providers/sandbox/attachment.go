package sandbox

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// attachment is an attachment of one file, the root folder of a multi-file one, or a folder or file in that.
type attachment struct {
	file
	Root    int64  // the attachment it belongs to; its own id when it is one
	Created int64  // Unix seconds
	Key     string `json:",omitempty"` // of a multi-file attachment itself: the uuid that uploads into it carry
	Used    int64  `json:",omitempty"` // of an attachment itself: the approval raised with it
}

// createMultifiles answers section 12: it makes the root of an attachment with all its folders. The document has them
// all listed, so a folder whose parent is not is refused; their order does not matter.
func createMultifiles(c *call) ([]byte, error) {
	var paths []string
	if written, ok := c.form["rpath"]; ok && written != "" {
		if err := json.Unmarshal([]byte(written), &paths); err != nil {
			return nil, refuse(CodeParam, "参数错误: rpath必须是JSON格式的字符串列表")
		}
	}
	listed := map[string]bool{"": true}
	for _, path := range paths {
		for _, name := range strings.Split(path, "/") {
			if err := checkName(name); err != nil {
				return nil, err
			}
		}
		if listed[path] {
			return nil, refuse(CodeNameTaken, "rpath中的文件夹重复: %q", path)
		}
		listed[path] = true
	}
	for _, path := range paths {
		if parent, _ := cutLast(path); !listed[parent] {
			return nil, refuse(CodeNoFolder, "rpath中没有上级文件夹%q: %q", parent, path)
		}
	}
	slices.Sort(paths) // a parent before what is in it

	key := newToken()
	sum := sha256.Sum256([]byte(key))
	root, err := c.tx.addAttachment(c.user, attachment{file: file{Name: hex.EncodeToString(sum[:]), Folder: true}, Key: key})
	if err != nil {
		return nil, err
	}
	ids := map[string]int64{"": root.ID}
	for _, path := range paths {
		parent, name := cutLast(path)
		made, err := c.tx.addAttachment(c.user, attachment{file: file{Parent: ids[parent], Name: name, Folder: true}, Root: root.ID})
		if err != nil {
			return nil, err
		}
		ids[path] = made.ID
	}
	return encode(struct {
		Code   int    `json:"code"`
		RootID int64  `json:"rootid"`
		UUID   string `json:"uuid"`
	}{RootID: root.ID, UUID: key})
}

// cutLast splits the last name off a path.
func cutLast(path string) (parent, name string) {
	i := strings.LastIndexByte(path, '/')
	return path[:max(i, 0)], path[i+1:]
}

// attachList answers section 14. The folder is fileId itself, or that with the path basePath, which counts from the
// root of the attachment; when both are given they must mean the same, or fileId must be the root.
func attachList(c *call) ([]byte, error) {
	id, err := c.form.number("fileId")
	if err != nil {
		return nil, err
	}
	folder, err := c.readable(id)
	if err != nil {
		return nil, err
	}
	if path := c.form["basePath"]; path != "" {
		found, err := c.tx.attachedFolder(folder.Root, strings.Split(path, "/"))
		if err != nil {
			return nil, err
		}
		if id != folder.Root && id != found.ID {
			return nil, refuse(CodeNoFolder, "basePath与fileId不一致: %q, %d", path, id)
		}
		folder = found
	}
	if !folder.Folder {
		return nil, refuse(CodeAttachmentKind, "附件不是文件夹: %d", folder.ID)
	}
	answer := struct {
		Code int        `json:"code"`
		Data []*fileMap `json:"data"`
	}{Data: []*fileMap{}}
	err = c.tx.eachEnclosed(folder.ID, func(a attachment) error {
		answer.Data = append(answer.Data, a.basics())
		return nil
	})
	if err != nil {
		return nil, err
	}
	return encode(answer)
}

// readable returns an attachment, or a folder or file in one, that the caller may read: its uploader may, and whoever
// may view the approval raised with it.
func (c *call) readable(id int64) (attachment, error) {
	a, err := c.tx.attachment(id)
	if err != nil {
		return a, err
	}
	root, err := c.tx.attachment(a.Root)
	if err != nil {
		return a, err
	}
	if root.Creator == c.user.ID || c.user.Super {
		return a, nil
	}
	if root.Used > 0 {
		if v, err := c.tx.approval(root.Used); err != nil {
			return a, err
		} else if may, err := c.mayView(v); may || err != nil {
			return a, err
		}
	}
	return a, refuse(CodeNoPermission, "没有权限查看该附件: %d", id)
}

// checkName holds a name against what the drive's file names may be.
func checkName(name string) error {
	switch {
	case name == "" || name == "." || name == "..":
		return refuse(CodeFileName, "文件名不能为空、.或..")
	case len(name) > 255:
		return refuse(CodeFileName, "文件名超过255字节")
	case !utf8.ValidString(name):
		return refuse(CodeFileName, "文件名不是有效的UTF-8")
	case strings.ContainsAny(name, `/\|:*?"<>`) || strings.ContainsFunc(name, unicode.IsControl):
		return refuse(CodeFileName, `文件名不能包含/\|:*?"<>和控制字符: %q`, name)
	}
	return nil
}

// attachment returns the attachment, or the folder or file in one, with that id, or refuses.
func (t txn) attachment(id int64) (attachment, error) {
	var a attachment
	ok, err := t.get(attachmentsBucket, key(id), &a)
	if err == nil && !ok {
		err = refuse(CodeNoAttachment, "审批附件不存在: %d", id)
	}
	return a, err
}

// addAttachment gives an attachment, or a folder or file in one, its id. Ids are those of the drive's files too, so
// that no number means two things.
func (t txn) addAttachment(by User, a attachment) (attachment, error) {
	id, err := t.next(filesBucket)
	if err != nil {
		return a, err
	}
	a.ID, a.Creator, a.Created = id, by.ID, now()
	if a.Parent == 0 {
		a.Root = id
	} else if err := t.put(enclosedBucket, append(key(a.Parent), a.Name...), id); err != nil {
		return a, err
	}
	return a, t.put(attachmentsBucket, key(id), a)
}

// attachedFolder walks down from the root of an attachment.
func (t txn) attachedFolder(root int64, names []string) (attachment, error) {
	folder, err := t.attachment(root)
	if err != nil {
		return folder, err
	}
	for _, name := range names {
		var id int64
		ok, err := t.get(enclosedBucket, append(key(folder.ID), name...), &id)
		if err == nil && ok {
			folder, err = t.attachment(id)
		}
		if err != nil {
			return folder, err
		}
		if !ok || !folder.Folder {
			return folder, refuse(CodeNoFolder, "附件%d中没有文件夹%q", root, strings.Join(names, "/"))
		}
	}
	return folder, nil
}

// eachEnclosed calls do for what lies in a folder of an attachment, by name.
func (t txn) eachEnclosed(folder int64, do func(attachment) error) error {
	prefix := key(folder)
	cursor := t.bolt.Bucket([]byte(enclosedBucket)).Cursor()
	for k, _ := cursor.Seek(prefix); bytes.HasPrefix(k, prefix); k, _ = cursor.Next() {
		var id int64
		if _, err := t.get(enclosedBucket, k, &id); err != nil {
			return err
		}
		a, err := t.attachment(id)
		if err == nil {
			err = do(a)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// walk calls do for everything below a folder of an attachment, folders before what is in them, with its path from there.
func (t txn) walk(folder int64, base string, do func(path string, a attachment) error) error {
	return t.eachEnclosed(folder, func(a attachment) error {
		path := base + a.Name
		if err := do(path, a); err != nil || !a.Folder {
			return err
		}
		return t.walk(a.ID, path+"/", do)
	})
}

// count returns how many files a multi-file attachment has, and their bytes.
func (t txn) count(root int64) (files, size int64, err error) {
	err = t.walk(root, "", func(_ string, a attachment) error {
		if !a.Folder {
			files, size = files+1, size+a.Size
		}
		return nil
	})
	return files, size, err
}

// removeAttachment removes the records of an attachment; bytes that no file of the drive has go when the sandbox is
// opened next.
func (t txn) removeAttachment(root int64) error {
	below := []attachment{{file: file{ID: root}}}
	err := t.walk(root, "", func(_ string, a attachment) error { below = append(below, a); return nil })
	for _, a := range below {
		err = errors.Join(err,
			t.delete(attachmentsBucket, key(a.ID)),
			t.delete(enclosedBucket, append(key(a.Parent), a.Name...)))
	}
	if err != nil {
		return fmt.Errorf("remove attachment %d: %w", root, err)
	}
	return nil
}
