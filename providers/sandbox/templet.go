package sandbox

import (
	"bytes"
	"cmp"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
)

// templet is a template as section 1 shows it; it is stored in this form too, so that lists are copied, not made.
type templet struct {
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

// raisableOn reports whether the template can be raised on a folder or file that it is in force on.
func (t templet) raisableOn(f file) bool {
	return t.MType == 0 || (t.MType == 1) == f.Folder
}

// templetContent answers section 1: the catalogue, and when asked for a template with the users in it and the basics
// of a folder or file. Everybody may read it, because raising an approval begins with it.
func templetContent(c *call) ([]byte, error) {
	id, err1 := c.form.number("id")
	fileID, err2 := c.form.number("fileId")
	if err := cmp.Or(err1, err2); err != nil {
		return nil, err
	}
	answer := struct {
		Code     int         `json:"code"`
		Data     [][5]string `json:"data"`
		FileMap  *fileMap    `json:"fileMap,omitempty"`
		Templet  *templet    `json:"templet,omitempty"`
		Userinfo userinfo    `json:"userinfo,omitempty"`
	}{Data: catalogue}

	if fileID > 0 {
		f, err := c.tx.file(fileID)
		if err != nil {
			return nil, err
		}
		answer.FileMap = f.basics()
	}
	if id > 0 {
		t, err := c.tx.templet(id)
		if err != nil {
			return nil, err
		}
		var written content
		if err := json.Unmarshal([]byte(t.Content), &written); err != nil {
			return nil, fmt.Errorf("content of template %d is damaged: %w", id, err)
		}
		answer.Templet = &t
		if answer.Userinfo, err = c.tx.userinfo(written.people()); err != nil {
			return nil, err
		}
	}
	return encode(answer)
}

// setTemplet answers section 2: with tid 0 it makes a template, a new one each time; otherwise it rewrites that one.
// Who made it, when and where stay.
func setTemplet(c *call) ([]byte, error) {
	fileID, err1 := c.form.number("fileId")
	id, err2 := c.form.number("tid")
	mType, err3 := c.form.number("mType")
	title, err4 := c.form.text("title")
	written, err5 := c.form.text("content")
	if err := cmp.Or(err1, err2, err3, err4, err5); err != nil {
		return nil, err
	}
	if mType > 2 {
		return nil, refuse(CodeParam, "参数错误: mType只能是0、1、2")
	}
	if _, err := c.managed(fileID); err != nil {
		return nil, err
	}
	t := templet{File: fileID, Creator: c.user.ID, Created: now()}
	if id > 0 {
		var err error
		if t, err = c.tx.templet(id); err != nil {
			return nil, err
		}
		if t.File != fileID {
			return nil, refuse(CodeTempletScope, "审批模板%d不属于该文件或文件夹: %d", id, fileID)
		}
	}
	if strings.TrimSpace(title) == "" {
		return nil, refuse(CodeTitleEmpty, "审批模板名称不能为空")
	}
	if err := c.tx.checkContent(written, title, int(mType)); err != nil {
		return nil, err
	}
	t.Title, t.MType, t.Content = title, int(mType), written
	t.Editor, t.Edited = c.user.ID, now()
	if id == 0 {
		var err error
		if t.ID, err = c.tx.next(templetsBucket); err != nil {
			return nil, err
		}
	}
	if err := c.tx.putTemplet(t); err != nil {
		return nil, err
	}
	return done()
}

// templetList answers section 3: the templates in force on a folder or file, its own first, then those it inherits
// from the folder above it, and so on up; each with the fileId it is attached to.
func templetList(c *call) ([]byte, error) {
	fileID, err := c.form.number("fileId")
	if err != nil {
		return nil, err
	}
	chain, err := c.managed(fileID)
	if err != nil {
		return nil, err
	}
	answer := append(make([]byte, 0, 16<<10), `{"code":0,"data":[`...) // room for some ten templates
	first := true
	err = c.tx.eachInForce(chain, func(_ int64, record []byte) error {
		if !first {
			answer = append(answer, ',')
		}
		first = false
		answer = append(answer, record...)
		return nil
	})
	return append(answer, "]}"...), err
}

// templetList2 answers section 4: the templates that the administrator may manage, by id.
func templetList2(c *call) ([]byte, error) {
	if !c.user.administrator() {
		return nil, refuse(CodeNoPermission, "没有权限: 必须是超级管理员或普通管理员")
	}
	type row struct {
		ID    int64  `json:"id"`
		Path  string `json:"path"`
		Title string `json:"title"`
	}
	answer := struct {
		Code int   `json:"code"`
		Data []row `json:"data"`
	}{Data: []row{}}

	chains := map[int64][]file{} // many templates share a folder
	err := c.tx.bolt.Bucket([]byte(templetsBucket)).ForEach(func(k, _ []byte) error {
		t, err := c.tx.templet(int64(binary.BigEndian.Uint64(k)))
		if err != nil {
			return err
		}
		if chains[t.File] == nil {
			if chains[t.File], err = c.tx.chain(t.File); err != nil {
				return err
			}
		}
		if c.user.manages(chains[t.File]) {
			answer.Data = append(answer.Data, row{t.ID, fullPath(chains[t.File]), t.Title})
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return encode(answer)
}

// removeTemplet answers section 5.
func removeTemplet(c *call) ([]byte, error) {
	id, err := c.form.number("id")
	if err != nil {
		return nil, err
	}
	t, err := c.tx.templet(id)
	if err != nil {
		return nil, err
	}
	if _, err := c.managed(t.File); err != nil {
		return nil, err
	}
	if err := c.tx.deleteTemplet(t); err != nil {
		return nil, err
	}
	return done()
}

// templet returns the template with that id, or refuses.
func (t txn) templet(id int64) (templet, error) {
	var found templet
	ok, err := t.get(templetsBucket, key(id), &found)
	if err == nil && !ok {
		err = refuse(CodeNoTemplet, "审批模板不存在: %d", id)
	}
	return found, err
}

func (t txn) putTemplet(v templet) error {
	return errors.Join(t.put(templetsBucket, key(v.ID), v), t.put(attachedBucket, key(v.File, v.ID), nil))
}

func (t txn) deleteTemplet(v templet) error {
	return errors.Join(t.delete(templetsBucket, key(v.ID)), t.delete(attachedBucket, key(v.File, v.ID)))
}

// eachInForce calls do with the id and record of each template attached to one of these files, in the order of the
// files, then by id.
func (t txn) eachInForce(chain []file, do func(id int64, record []byte) error) error {
	cursor := t.bolt.Bucket([]byte(attachedBucket)).Cursor()
	for _, f := range chain {
		prefix := key(f.ID)
		for k, _ := cursor.Seek(prefix); bytes.HasPrefix(k, prefix); k, _ = cursor.Next() {
			record, err := t.raw(templetsBucket, k[8:])
			if err == nil && record == nil {
				err = fmt.Errorf("template %x of file %d is missing: the database is damaged", k[8:], f.ID)
			}
			if err == nil {
				err = do(int64(binary.BigEndian.Uint64(k[8:])), record)
			}
			if err != nil {
				return err
			}
		}
	}
	return nil
}
