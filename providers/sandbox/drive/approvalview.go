package drive

import (
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
func viewApproval(c *call, id int64) (any, error) {
	a, err := c.tx.Approval(id)
	if err != nil {
		return nil, err
	}
	if !c.mayView(a) {
		return nil, records.Refuse(records.CodeNoPermission, "没有权限查看该审批: %d", id)
	}
	people, approvers := []int64{a.Data.Creator}, []records.Handling{}
	for _, h := range a.Handlings {
		people = append(people, h.User)
		if h.Kind == records.KindApprover {
			approvers = append(approvers, h)
		}
	}
	said := answer{"data": a.Data, "data2": approvers, "fileAuth": c.fileAuth(a), "userinfo": c.userinfo(people)}
	if chain := c.chain(a); chain != nil { // the file has not been removed since
		basics := basicsOf(chain[0])
		basics.ApprovalID = id
		said["fileMap"] = basics
	}
	if a.Attachment > 0 {
		said["attachment"], err = c.attachmentInfo(a.Attachment)
	}
	return said, err
}

// chain is the chain of an approval's file; none when the file has been removed since.
func (c *call) chain(a records.Approval) []records.File {
	chain, _ := c.tx.Chain(a.Data.File)
	return chain
}

// mayView reports whether section 8 lets the caller see an approval: super administrators, those who manage its file,
// whoever raised it, its approvers and those in copy.
func (c *call) mayView(a records.Approval) bool {
	concerned := slices.ContainsFunc(a.Handlings, func(h records.Handling) bool { return h.User == c.user.ID })
	return concerned || a.Data.Creator == c.user.ID || c.user.MayManage(c.chain(a))
}

// fileAuth is the caller's right on the file of an approval. The document shows "A" and explains no letter; here A
// manages, D previews and downloads, P previews, V sees.
func (c *call) fileAuth(a records.Approval) string {
	chain := c.chain(a)
	if c.user.MayManage(chain) {
		return "A"
	}
	r := a.Read()
	var access records.Number
	if c.tx.MayPreview(c.user.ID, chain) {
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
	return [...]string{"V", "P", "D"}[access]
}

// attachmentInfo describes an attachment.
func (c *call) attachmentInfo(id int64) (*attachmentInfo, error) {
	a, err := c.tx.Attachment(id)
	info := &attachmentInfo{FileID: id, FileName: a.Name, Size: a.Size}
	if a.Folder {
		info.Atype = 1
		info.TotalNum, info.TotalSize = c.tx.Count(id)
	}
	return info, err
}

// removeApproval answers section 15. The attachment goes with the approval; what was carried out stays.
func removeApproval(c *call, id int64) (any, error) {
	a, err := c.tx.Approval(id)
	if err != nil {
		return nil, err
	}
	if !c.user.MayManage(c.chain(a)) {
		return nil, records.Refuse(records.CodeNoPermission,
			"没有权限: 不是超级管理员, 也没有审批文件的管理权限: %d", id)
	}
	c.tx.DeleteApproval(a)
	if a.Attachment > 0 {
		c.tx.RemoveAttachment(a.Attachment)
	}
	return answer{}, nil
}
