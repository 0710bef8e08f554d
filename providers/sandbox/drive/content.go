package drive

import (
	"slices"
	"strconv"

	"countersign/providers/sandbox/drive/records"
)

// checkContent checks the content of a template by sections 1 and 2, and that the drive has its users.
func (c *call) checkContent(written, title string, mType int) error {
	var read records.Content
	if err := readJSON("content", written, records.CodeContent, &read); err != nil {
		return err
	}
	if read.Title != title {
		return records.Refuse(records.CodeTitleDiffers, "title与content中的title不一致: %q, %q", title, read.Title)
	}
	kind, err := approvalType(read.ApprovalType)
	if err != nil {
		return err
	}
	if name, appliesTo := kind[1], kind[2]; appliesTo != strconv.Itoa(mType) {
		return records.Refuse(records.CodeMType, "mType与审批类型的适用范围不一致: mType为%d, %s的适用范围为%s",
			mType, name, appliesTo)
	}
	if read.ApproverAuth > 2 || read.CCAuth > 2 {
		return records.Refuse(records.CodeAccess, "approverAuth与ccAuth只能是0、1、2")
	}
	if len(read.Step) == 0 {
		return records.Refuse(records.CodeNoStep, "审批步骤不能为空")
	}
	for i, s := range read.Step {
		if err := c.checkStep(i+1, s); err != nil {
			return err
		}
	}
	for i, id := range read.UIDs {
		if _, known := c.tx.User(int64(id)); !known {
			return records.Refuse(records.CodeNoUser, "抄送人不存在: %d", id)
		}
		if slices.Contains(read.UIDs[:i], id) {
			return records.Refuse(records.CodeUserTwice, "抄送人重复: %d", id)
		}
	}
	return nil
}

func (c *call) checkStep(place int, s records.Step) error {
	if len(s.IDs) == 0 {
		return records.Refuse(records.CodeNoApprover, "第%d步没有审批人", place)
	}
	if s.Type < ruleAll || s.Type > ruleDesignated {
		return records.Refuse(records.CodePassRule, "第%d步的审批通过规则不正确: %d", place, s.Type)
	}
	if s.Type == ruleMoreThan && int(s.ApprovalNum) >= len(s.IDs) {
		return records.Refuse(records.CodeApprovalNum, "第%d步的approvalNum为%d, 必须小于审批人数%d",
			place, s.ApprovalNum, len(s.IDs))
	}
	if len(s.Usernames) != len(s.IDs) || len(s.Realnames) != len(s.IDs) {
		return records.Refuse(records.CodeUserNames, "第%d步的ids、usernames、realnames数量不一致", place)
	}
	for i, id := range s.IDs {
		u, known := c.tx.User(int64(id))
		if !known {
			return records.Refuse(records.CodeNoUser, "第%d步的审批人不存在: %d", place, id)
		}
		if u.Username != s.Usernames[i] || u.Realname != s.Realnames[i] {
			return records.Refuse(records.CodeUserNames, "第%d步审批人%d的账号或姓名不一致: 应为%s %s",
				place, id, u.Username, u.Realname)
		}
		if slices.Contains(s.IDs[:i], id) {
			return records.Refuse(records.CodeUserTwice, "第%d步的审批人重复: %d", place, id)
		}
	}
	return nil
}
