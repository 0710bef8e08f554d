package drive

import (
	"cmp"
	"encoding/json"
	"fmt"
	"strings"

	"countersign/providers/sandbox/drive/records"
)

// templetContent answers section 1: the catalogue, and when asked for a template with the users in it and the basics
// of a folder or file. Everybody may read it, because raising an approval begins with it.
func templetContent(c *call) ([]byte, error) {
	id, err1 := c.form.number("id")
	fileID, err2 := c.form.number("fileId")
	if err := cmp.Or(err1, err2); err != nil {
		return nil, err
	}
	answer := struct {
		Code     int              `json:"code"`
		Data     [][5]string      `json:"data"`
		FileMap  *FileMap         `json:"fileMap,omitempty"`
		Templet  *records.Templet `json:"templet,omitempty"`
		Userinfo userinfo         `json:"userinfo,omitempty"`
	}{Data: catalogue}

	if fileID > 0 {
		f, err := c.tx.File(fileID)
		if err != nil {
			return nil, err
		}
		answer.FileMap = basicsOf(f)
	}
	if id > 0 {
		t, err := c.tx.Templet(id)
		if err != nil {
			return nil, err
		}
		var written records.Content
		if err := json.Unmarshal([]byte(t.Content), &written); err != nil {
			return nil, fmt.Errorf("content of template %d is damaged: %w", id, err)
		}
		answer.Templet = &t
		if answer.Userinfo, err = c.userinfo(written.People()); err != nil {
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
		return nil, records.Refuse(records.CodeParam, "参数错误: mType只能是0、1、2")
	}
	if _, err := c.managed(fileID); err != nil {
		return nil, err
	}
	t := records.Templet{File: fileID, Creator: c.user.ID, Created: records.Now()}
	if id > 0 {
		var err error
		if t, err = c.tx.Templet(id); err != nil {
			return nil, err
		}
		if t.File != fileID {
			return nil, records.Refuse(records.CodeTempletScope, "审批模板%d不属于该文件或文件夹: %d", id, fileID)
		}
	}
	if strings.TrimSpace(title) == "" {
		return nil, records.Refuse(records.CodeTitleEmpty, "审批模板名称不能为空")
	}
	if err := c.checkContent(written, title, int(mType)); err != nil {
		return nil, err
	}
	t.Title, t.MType, t.Content = title, int(mType), written
	t.Editor, t.Edited = c.user.ID, records.Now()
	if id == 0 {
		var err error
		if t.ID, err = c.tx.Next(records.TempletsBucket); err != nil {
			return nil, err
		}
	}
	if err := c.tx.PutTemplet(t); err != nil {
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
	err = c.tx.EachInForce(chain, func(_ int64, record []byte) error {
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
	if !c.user.Administrator() {
		return nil, records.Refuse(records.CodeNoPermission, "没有权限: 必须是超级管理员或普通管理员")
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

	chains := map[int64][]records.File{} // many templates share a folder
	err := c.tx.EachTemplet(func(t records.Templet) (err error) {
		if chains[t.File] == nil {
			if chains[t.File], err = c.tx.Chain(t.File); err != nil {
				return err
			}
		}
		if c.user.MayManage(chains[t.File]) {
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
	t, err := c.tx.Templet(id)
	if err != nil {
		return nil, err
	}
	if _, err := c.managed(t.File); err != nil {
		return nil, err
	}
	if err := c.tx.DeleteTemplet(t); err != nil {
		return nil, err
	}
	return done()
}
