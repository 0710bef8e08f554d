package drive

import (
	"path"
	"slices"
	"strings"

	"countersign/providers/sandbox/drive/records"
)

// FileMap is the basic information on a file that answers carry (section 8).
type FileMap struct {
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

func basicsOf(f records.File) *FileMap {
	m := &FileMap{CreatorID: f.Creator, FileID: f.ID, FileName: f.Name, ParentID: f.Parent, Size: f.Size}
	if f.Folder {
		m.FileType = 1
	} else {
		m.FileExtend = strings.TrimPrefix(path.Ext(f.Name), ".")
	}
	return m
}

// listDir answers section 18: what is in a folder (fileId; 0 is the root), and the templates that can be raised on the
// folder or file itself. The document shows the approval part alone; the rest is written in its style.
func listDir(c *call, id int64) (any, error) {
	type raisable struct {
		ID   int64  `json:"id"`
		Name string `json:"name"`
	}
	said := answer{}
	if id > 0 {
		chain, err := c.tx.Chain(id)
		if err != nil {
			return nil, err
		}
		var offered []raisable
		for _, id := range c.tx.InForce(chain) {
			if t, err := c.tx.Templet(id); err != nil {
				return nil, err
			} else if t.RaisableOn(chain[0]) {
				offered = append(offered, raisable{t.ID, t.Title})
			}
		}
		if len(offered) > 0 {
			said["approval"] = offered
		}
	}
	entries := []*FileMap{}
	for _, f := range c.tx.Children(id) {
		entries = append(entries, basicsOf(f))
	}
	said["data"] = entries
	return said, nil
}

// fullPath is how the document writes paths: names from the root down, with slashes between.
func fullPath(chain []records.File) string {
	names := make([]string, len(chain))
	for i, f := range chain {
		names[i] = f.Name
	}
	slices.Reverse(names)
	return strings.Join(names, "/")
}
