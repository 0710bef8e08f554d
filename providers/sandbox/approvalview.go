package sandbox

import "cmp"

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
	a, err := c.tx.approval(id)
	if err != nil {
		return nil, err
	}
	if may, err := c.mayView(a); err != nil {
		return nil, err
	} else if !may {
		return nil, refuse(CodeNoPermission, "没有权限查看该审批: %d", id)
	}
	answer := struct {
		Attachment *attachmentInfo `json:"attachment,omitempty"`
		Code       int             `json:"code"`
		Data       approvalData    `json:"data"`
		Data2      []handling      `json:"data2"`
		FileAuth   string          `json:"fileAuth"`
		FileMap    *fileMap        `json:"fileMap,omitempty"` // not there once the file is removed
		Userinfo   userinfo        `json:"userinfo"`
	}{Data: a.Data, Data2: []handling{}}

	people := []int64{a.Data.Creator}
	for _, h := range a.Handlings {
		people = append(people, h.User)
		if h.Kind == kindApprover {
			answer.Data2 = append(answer.Data2, h)
		}
	}
	chain, err := c.tx.chainIfThere(a.Data.File)
	if err != nil {
		return nil, err
	}
	if chain != nil {
		answer.FileMap = chain[0].basics()
		answer.FileMap.ApprovalID = id
	}
	var err1, err2, err3 error
	answer.FileAuth, err1 = c.fileAuth(a, chain)
	answer.Attachment, err2 = c.tx.attachmentInfo(a.Attachment)
	answer.Userinfo, err3 = c.tx.userinfo(people)
	if err := cmp.Or(err1, err2, err3); err != nil {
		return nil, err
	}
	return encode(answer)
}

// fileAuth is the caller's right on the file of an approval. The document shows "A" and explains no letter; here A
// manages, D previews and downloads, P previews, V sees.
func (c *call) fileAuth(a approval, chain []file) (string, error) {
	if c.user.manages(chain) {
		return "A", nil
	}
	r, err := a.read()
	if err != nil {
		return "", err
	}
	may, err := c.tx.mayPreview(c.user.ID, chain)
	if err != nil {
		return "", err
	}
	var access number
	if may {
		access = 1
	}
	for _, h := range a.Handlings {
		switch {
		case h.User != c.user.ID:
		case h.Kind == kindApprover:
			access = max(access, *r.ApproverAuth)
		default:
			access = max(access, *r.CCAuth)
		}
	}
	return [...]string{"V", "P", "D"}[access], nil
}

// attachmentInfo describes an attachment; 0 is none.
func (t txn) attachmentInfo(id int64) (*attachmentInfo, error) {
	if id == 0 {
		return nil, nil
	}
	a, err := t.attachment(id)
	if err != nil {
		return nil, err
	}
	info := &attachmentInfo{FileID: id, FileName: a.Name, Size: a.Size}
	if a.Folder {
		info.Atype = 1
		info.TotalNum, info.TotalSize, err = t.count(id)
	}
	return info, err
}

// removeApproval answers section 15. The attachment goes with the approval; what was carried out stays.
func removeApproval(c *call) ([]byte, error) {
	id, err := c.form.number("id")
	if err != nil {
		return nil, err
	}
	a, err := c.tx.approval(id)
	if err != nil {
		return nil, err
	}
	chain, err := c.tx.chainIfThere(a.Data.File)
	if err != nil {
		return nil, err
	}
	if !c.user.manages(chain) {
		return nil, refuse(CodeNoPermission, "没有权限: 不是超级管理员, 也没有审批文件的管理权限: %d", id)
	}
	if err := c.tx.deleteApproval(a); err != nil {
		return nil, err
	}
	if a.Attachment > 0 {
		if err := c.tx.removeAttachment(a.Attachment); err != nil {
			return nil, err
		}
	}
	return done()
}
