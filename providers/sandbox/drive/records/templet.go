package records

import (
	"errors"
	"fmt"

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

// Templet returns the template with that id, or refuses.
func (t Tx) Templet(id int64) (Templet, error) {
	var found Templet
	ok, err := t.Get(TempletsBucket, store.Key(id), &found)
	if err == nil && !ok {
		err = Refuse(CodeNoTemplet, "审批模板不存在: %d", id)
	}
	return found, err
}

// PutTemplet writes a template.
func (t Tx) PutTemplet(v Templet) error {
	return errors.Join(t.Put(TempletsBucket, store.Key(v.ID), v), t.Put(attachedBucket, store.Key(v.File, v.ID), nil))
}

// DeleteTemplet removes a template.
func (t Tx) DeleteTemplet(v Templet) error {
	return errors.Join(t.Delete(TempletsBucket, store.Key(v.ID)), t.Delete(attachedBucket, store.Key(v.File, v.ID)))
}

// EachInForce calls do with the id and record of each template attached to one of these files, in the order of the
// files, then by id.
func (t Tx) EachInForce(chain []File, do func(id int64, record []byte) error) error {
	for _, f := range chain {
		for k := range t.Keys(attachedBucket, store.Key(f.ID)) {
			id := store.LastID(k)
			record, err := t.Raw(TempletsBucket, store.Key(id))
			if err == nil && record == nil {
				err = fmt.Errorf("template %d of file %d is missing: the database is damaged", id, f.ID)
			}
			if err == nil {
				err = do(id, record)
			}
			if err != nil {
				return err
			}
		}
	}
	return nil
}

// EachTemplet calls do for every template, by id.
func (t Tx) EachTemplet(do func(Templet) error) error {
	return store.Each(t.Tx, TempletsBucket, func(_ []byte, v Templet) error { return do(v) })
}
