package drive

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"countersign/providers/sandbox/drive/records"
	"countersign/providers/sandbox/store"
)

// createMultifiles answers section 12: it makes the root of an attachment with all its folders. The document lists
// every folder, so one without its parent in the list is refused; their order does not matter.
func createMultifiles(c *call) (any, error) {
	var paths []string
	if written, ok := c.form["rpath"]; ok && written != "" {
		if err := json.Unmarshal([]byte(written), &paths); err != nil {
			return nil, records.Refuse(records.CodeParam, "参数错误: rpath必须是JSON格式的字符串列表")
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
			return nil, records.Refuse(records.CodeNameTaken, "rpath中的文件夹重复: %q", path)
		}
		listed[path] = true
	}
	for _, path := range paths {
		if parent, _ := cutLast(path); !listed[parent] {
			return nil, records.Refuse(records.CodeNoFolder, "rpath中没有上级文件夹%q: %q", parent, path)
		}
	}
	slices.Sort(paths) // a parent before what is in it

	key := store.NewToken()
	sum := sha256.Sum256([]byte(key))
	root := c.tx.AddAttachment(c.user, records.Attachment{
		File: records.File{Name: hex.EncodeToString(sum[:]), Folder: true}, Key: key})
	ids := map[string]int64{"": root.ID}
	for _, path := range paths {
		parent, name := cutLast(path)
		ids[path] = c.tx.AddAttachment(c.user, records.Attachment{
			File: records.File{Parent: ids[parent], Name: name, Folder: true}, Root: root.ID}).ID
	}
	return answer{"rootid": root.ID, "uuid": key}, nil
}

// cutLast splits the last name off a path.
func cutLast(path string) (parent, name string) {
	i := strings.LastIndexByte(path, '/')
	return path[:max(i, 0)], path[i+1:]
}

// attachList answers section 14. The folder is fileId itself, or that with the path basePath, which counts from the
// root of the attachment; when both are given they must mean the same, or fileId must be the root.
func attachList(c *call, id int64) (any, error) {
	folder, err := c.readable(id)
	if err != nil {
		return nil, err
	}
	if path := c.form["basePath"]; path != "" {
		found, err := c.tx.AttachedFolder(folder.Root, strings.Split(path, "/"))
		if err != nil {
			return nil, err
		}
		if id != folder.Root && id != found.ID {
			return nil, records.Refuse(records.CodeNoFolder, "basePath与fileId不一致: %q, %d", path, id)
		}
		folder = found
	}
	if !folder.Folder {
		return nil, records.Refuse(records.CodeAttachmentKind, "附件不是文件夹: %d", folder.ID)
	}
	entries := []*FileMap{}
	for _, a := range c.tx.Enclosed(folder.ID) {
		entries = append(entries, basicsOf(a.File))
	}
	return answer{"data": entries}, nil
}

// readable returns an attachment, or a folder or file in one, that the caller may read: the uploader may, and everybody
// who may view the approval raised with it.
func (c *call) readable(id int64) (records.Attachment, error) {
	a, err := c.tx.Attachment(id)
	if err != nil {
		return a, err
	}
	root, err := c.tx.Attachment(a.Root)
	if err != nil {
		return a, err
	}
	if root.Creator == c.user.ID || c.user.Super {
		return a, nil
	}
	if root.Used > 0 {
		if v, err := c.tx.Approval(root.Used); err != nil || c.mayView(v) {
			return a, err
		}
	}
	return a, records.Refuse(records.CodeNoPermission, "没有权限查看该附件: %d", id)
}

// checkName checks the name of a file or folder.
func checkName(name string) error {
	switch {
	case name == "" || name == "." || name == "..":
		return records.Refuse(records.CodeFileName, "文件名不能为空、.或..")
	case len(name) > 255:
		return records.Refuse(records.CodeFileName, "文件名超过255字节")
	case !utf8.ValidString(name):
		return records.Refuse(records.CodeFileName, "文件名不是有效的UTF-8")
	case strings.ContainsAny(name, `/\|:*?"<>`) || strings.ContainsFunc(name, unicode.IsControl):
		return records.Refuse(records.CodeFileName, `文件名不能包含/\|:*?"<>和控制字符: %q`, name)
	}
	return nil
}
