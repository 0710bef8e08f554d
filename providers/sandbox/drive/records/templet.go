package records

import (
	"countersign/providers/sandbox/server"
	"countersign/providers/sandbox/store"
)

// Templet is a template as section 1 shows it; it is stored in this form too, so that lists are copied, not made.
type Templet struct {
	Content string `json:"content"` // as it was given
	Created int64  `json:"createtime"`
	Creator int64  `json:"creatorId"`
	Editor  int64  `json:"editorId"`
	Edited  int64  `json:"edittime"`
	File    int64  `json:"fileId"`
	ID      int64  `json:"id"`
	MType   int    `json:"mType"`
	Title   string `json:"title"`
}

// RaisableOn reports whether the template can be raised on a folder or file that it is in force on.
func (t Templet) RaisableOn(f File) bool {
	return t.MType == 0 || (t.MType == 1) == f.Folder
}

// Read returns what the sandbox reads of the template's content.
func (t Templet) Read() Content {
	var c Content
	if _, err := server.ReadJSON([]byte(t.Content), &c); err != nil {
		store.Damaged("content of template %d: %w", t.ID, err)
	}
	return c
}

// Templet returns the template with that id, or refuses.
func (t Tx) Templet(id int64) (Templet, error) {
	return find[Templet](t, TempletsBucket, id, CodeNoTemplet, "审批模板不存在")
}

// PutTemplet writes a template.
func (t Tx) PutTemplet(v Templet) {
	t.Put(TempletsBucket, store.Key(v.ID), v)
	t.Put(attachedBucket, store.Key(v.File, v.ID), nil)
}

// DeleteTemplet removes a template.
func (t Tx) DeleteTemplet(v Templet) {
	t.Delete(TempletsBucket, store.Key(v.ID))
	t.Delete(attachedBucket, store.Key(v.File, v.ID))
}

// InForce lists the ids of the templates attached to one of these files, in the order of the files, then by id.
func (t Tx) InForce(chain []File) []int64 {
	var ids []int64
	for _, f := range chain {
		for k := range t.Keys(attachedBucket, store.Key(f.ID)) {
			ids = append(ids, store.LastID(k))
		}
	}
	return ids
}
