package drive

import (
	"cmp"
	"slices"

	"countersign/providers/sandbox/drive/records"
)

// attachmentInfo is the basic information on an attachment that section 8 shows.
type attachmentInfo struct {
	Atype     int    `json:"atype"` // 0 one file, 1 several
	FileID    int64  `json:"fileId"`
	FileName  string `json:"fileName"`
	Size      int64  `json:"size"`
	TotalNum  int64  `json:"totalNum"`
	TotalSize int64  `json:"totalSize"`
}

// viewApproval answers section 8.
func viewApproval(c *call) ([]byte, error) {
	id, err := c.form.number("id")
	if err != nil {
		return nil, err
	}
	a, err := c.tx.Approval(id)
	if err != nil {
		return nil, err
	}
	if may, err := c.mayView(a); err != nil {
		return nil, err
	} else if !may {
		return nil, records.Refuse(records.CodeNoPermission, "没有权限查看该审批: %d", id)
	}
	answer := struct {
		Attachment *attachmentInfo      `json:"attachment,omitempty"`
		Code       int                  `json:"code"`
		Data       records.ApprovalData `json:"data"`
		Data2      []records.Handling   `json:"data2"`
		FileAuth   string               `json:"fileAuth"`
		FileMap    *FileMap             `json:"fileMap,omitempty"` // not there once the file is removed
		Userinfo   userinfo             `json:"userinfo"`
	}{Data: a.Data, Data2: []records.Handling{}}

	people := []int64{a.Data.Creator}
	for _, h := range a.Handlings {
		people = append(people, h.User)
		if h.Kind == records.KindApprover {
			answer.Data2 = append(answer.Data2, h)
		}
	}
	chain, err := c.tx.ChainIfThere(a.Data.File)
	if err != nil {
		return nil, err
	}
	if chain != nil {
		answer.FileMap = basicsOf(chain[0])
		answer.FileMap.ApprovalID = id
	}
	var err1, err2, err3 error
	answer.FileAuth, err1 = c.fileAuth(a, chain)
	answer.Attachment, err2 = c.attachmentInfo(a.Attachment)
	answer.Userinfo, err3 = c.userinfo(people)
	if err := cmp.Or(err1, err2, err3); err != nil {
		return nil, err
	}
	return encode(answer)
}

// mayView reports whether section 8 lets the caller see an approval: super administrators, those who manage its file,
// whoever raised it, its approvers and those who are told of it.
func (c *call) mayView(a records.Approval) (bool, error) {
	concerned := slices.ContainsFunc(a.Handlings, func(h records.Handling) bool { return h.User == c.user.ID })
	if concerned || a.Data.Creator == c.user.ID || c.user.Super {
		return true, nil
	}
	chain, err := c.tx.ChainIfThere(a.Data.File)
	return c.user.MayManage(chain), err
}

// fileAuth is the caller's right on the file of an approval. The document shows "A" and explains no letter; here A
// manages, D previews and downloads, P previews, V sees.
func (c *call) fileAuth(a records.Approval, chain []records.File) (string, error) {
	if c.user.MayManage(chain) {
		return "A", nil
	}
	r, err := a.Read()
	if err != nil {
		return "", err
	}
	may, err := c.tx.MayPreview(c.user.ID, chain)
	if err != nil {
		return "", err
	}
	var access records.Number
	if may {
		access = 1
	}
	for _, h := range a.Handlings {
		switch {
		case h.User != c.user.ID:
		case h.Kind == records.KindApprover:
			access = max(access, *r.ApproverAuth)
		default:
			access = max(access, *r.CCAuth)
		}
	}
	return [...]string{"V", "P", "D"}[access], nil
}

// attachmentInfo describes an attachment; 0 is none.
func (c *call) attachmentInfo(id int64) (*attachmentInfo, error) {
	if id == 0 {
		return nil, nil
	}
	a, err := c.tx.Attachment(id)
	if err != nil {
		return nil, err
	}
	info := &attachmentInfo{FileID: id, FileName: a.Name, Size: a.Size}
	if a.Folder {
		info.Atype = 1
		info.TotalNum, info.TotalSize, err = c.tx.Count(id)
	}
	return info, err
}

// removeApproval answers section 15. The attachment goes with the approval; what was carried out stays.
func removeApproval(c *call) ([]byte, error) {
	id, err := c.form.number("id")
	if err != nil {
		return nil, err
	}
	a, err := c.tx.Approval(id)
	if err != nil {
		return nil, err
	}
	chain, err := c.tx.ChainIfThere(a.Data.File)
	if err != nil {
		return nil, err
	}
	if !c.user.MayManage(chain) {
		return nil, records.Refuse(records.CodeNoPermission, "没有权限: 不是超级管理员, 也没有审批文件的管理权限: %d", id)
	}
	if err := c.tx.DeleteApproval(a); err != nil {
		return nil, err
	}
	if a.Attachment > 0 {
		if err := c.tx.RemoveAttachment(a.Attachment); err != nil {
			return nil, err
		}
	}
	return done()
}
