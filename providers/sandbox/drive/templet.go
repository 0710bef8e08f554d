package drive

import (
	"cmp"
	"strings"

	"countersign/providers/sandbox/drive/records"
	"countersign/providers/sandbox/store"
)

// templetContent answers section 1: the catalogue, and on request a template with its users, and the basic information
// on a folder or file. Everybody may read it, because raising an approval begins with it.
func templetContent(c *call) (any, error) {
	id, err1 := c.form.number("id")
	fileID, err2 := c.form.number("fileId")
	if err := cmp.Or(err1, err2); err != nil {
		return nil, err
	}
	said := answer{"data": catalogue}
	if fileID > 0 {
		f, err := c.tx.File(fileID)
		if err != nil {
			return nil, err
		}
		said["fileMap"] = basicsOf(f)
	}
	if id > 0 {
		t, err := c.tx.Templet(id)
		if err != nil {
			return nil, err
		}
		said["templet"], said["userinfo"] = t, c.userinfo(t.Read().People())
	}
	return said, nil
}

// setTemplet answers section 2: with tid 0 it makes a template, a new one each time; otherwise it rewrites that one.
// Who made it, when and where stay.
func setTemplet(c *call) (any, error) {
	fileID, err1 := c.form.number("fileId")
	id, err2 := c.form.number("tid")
	mType, err3 := c.form.number("mType")
	title, err4 := c.form.text("title")
	content, err5 := c.form.text("content")
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
	if err := c.checkContent(content, title, int(mType)); err != nil {
		return nil, err
	}
	t.Title, t.MType, t.Content = title, int(mType), content
	t.Editor, t.Edited = c.user.ID, records.Now()
	if id == 0 {
		t.ID = c.tx.Next(records.TempletsBucket)
	}
	c.tx.PutTemplet(t)
	return answer{}, nil
}

// templetList answers section 3: the templates in force on a folder or file, its own first, then those it inherits
// from the folder above it, and so on up; each with the fileId it is attached to.
func templetList(c *call, fileID int64) (any, error) {
	chain, err := c.managed(fileID)
	if err != nil {
		return nil, err
	}
	list := append(make([]byte, 0, 16<<10), `{"code":0,"data":[`...) // room for some ten templates
	for i, id := range c.tx.InForce(chain) {
		if i > 0 {
			list = append(list, ',')
		}
		record := c.tx.Raw(records.TempletsBucket, store.Key(id))
		if record == nil {
			store.Damaged("template %d is missing", id)
		}
		list = append(list, record...)
	}
	return written(append(list, "]}"...)), nil
}

// templetList2 answers section 4: the templates that the administrator may manage, by id.
func templetList2(c *call) (any, error) {
	if !c.user.Administrator() {
		return nil, records.Refuse(records.CodeNoPermission, "没有权限: 必须是超级管理员或普通管理员")
	}
	type row struct {
		ID    int64  `json:"id"`
		Path  string `json:"path"`
		Title string `json:"title"`
	}
	rows := []row{}
	chains := map[int64][]records.File{} // many templates share a folder
	for _, t := range store.All[records.Templet](c.tx.Tx, records.TempletsBucket) {
		if chains[t.File] == nil {
			var err error
			if chains[t.File], err = c.tx.Chain(t.File); err != nil {
				return nil, err
			}
		}
		if c.user.MayManage(chains[t.File]) {
			rows = append(rows, row{t.ID, fullPath(chains[t.File]), t.Title})
		}
	}
	return answer{"data": rows}, nil
}

// removeTemplet answers section 5.
func removeTemplet(c *call, id int64) (any, error) {
	t, err := c.tx.Templet(id)
	if err != nil {
		return nil, err
	}
	if _, err := c.managed(t.File); err != nil {
		return nil, err
	}
	c.tx.DeleteTemplet(t)
	return answer{}, nil
}
