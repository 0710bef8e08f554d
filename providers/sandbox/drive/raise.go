package drive

import (
	"fmt"
	"slices"

	"countersign/providers/sandbox/drive/records"
)

// createApproval answers section 6. What json repeats of the template must be the same as in the template. The answer
// has no id, because the document shows none: get-creator-list has it.
func createApproval(c *call) (any, error) {
	written, err := c.form.text("json")
	if err != nil {
		return nil, err
	}
	var r records.Raised
	if err := readJSON("json", written, records.CodeApprovalForm, &r); err != nil {
		return nil, err
	}
	t, err := c.tx.Templet(int64(r.TID))
	if err != nil {
		return nil, err
	}
	if err := c.checkPlace(r, t); err != nil {
		return nil, err
	}
	if err := checkRepeats(r, t.Read()); err != nil {
		return nil, err
	}
	attached, err := c.checkExtras(r)
	if err != nil {
		return nil, err
	}

	a := records.Approval{Attachment: attached.ID, Data: records.ApprovalData{
		Content: written, Created: records.Now(), Creator: c.user.ID, File: int64(r.FileID), TaskType: int(r.TaskType)}}
	a.Data.ID = c.tx.Next(records.ApprovalsBucket)
	a.Handlings = c.newHandlings(a.Data.ID, r)
	c.tx.AddApproval(a)
	if attached.ID > 0 {
		attached.Used = a.Data.ID
		c.tx.PutAttachment(attached)
	}
	return answer{}, nil
}

// checkPlace checks that the template can be raised on that folder or file. Everybody can see every file, so no right
// is needed.
func (c *call) checkPlace(r records.Raised, template records.Templet) error {
	chain, err := c.tx.Chain(int64(r.FileID))
	if err != nil {
		return err
	}
	if !slices.ContainsFunc(chain, func(f records.File) bool { return f.ID == template.File }) {
		return records.Refuse(records.CodeNotInForce, "审批模板%d在该文件或文件夹上不生效: %d", template.ID, r.FileID)
	}
	if !template.RaisableOn(chain[0]) {
		return records.Refuse(records.CodeNotRaisable, "审批模板%d的适用范围为%d, 不能在该文件或文件夹上发起: %d",
			template.ID, template.MType, r.FileID)
	}
	if path := fullPath(chain); r.FullPath != path {
		return records.Refuse(records.CodeFullPath, "fullPath与文件路径不一致: %q, 应为%q", r.FullPath, path)
	}
	return nil
}

// checkRepeats compares what an approval repeats of its template with the template.
func checkRepeats(r records.Raised, t records.Content) error {
	differs := func(name string) error {
		return records.Refuse(records.CodeTempletDiffers, "%s与审批模板不一致", name)
	}
	switch {
	case r.Title != t.Title:
		return differs("title")
	case r.Desc == nil || *r.Desc != t.Desc:
		return differs("desc")
	case r.TaskType != t.ApprovalType:
		return differs("taskType")
	case r.ApproverAuth == nil || *r.ApproverAuth != t.ApproverAuth:
		return differs("approverAuth")
	case r.CCAuth == nil || *r.CCAuth != t.CCAuth:
		return differs("ccAuth")
	case !slices.Equal(r.CopyTo, t.UIDs):
		return differs("copyto")
	case r.Mark:
		return records.Refuse(records.CodeApprovalForm, "mark必须为false")
	case len(r.Step) != len(t.Step):
		return differs("step")
	}
	for i, s := range r.Step {
		if !sameStep(s, t.Step[i]) {
			return differs(fmt.Sprintf("第%d步", i+1))
		}
		if err := checkSelectID(s, i+1); err != nil {
			return err
		}
	}
	return nil
}

func sameStep(s, t records.Step) bool {
	return s.Name == t.Name && s.Type == t.Type && s.ApprovalNum == t.ApprovalNum &&
		slices.Equal(s.IDs, t.IDs) && slices.Equal(s.Usernames, t.Usernames) && slices.Equal(s.Realnames, t.Realnames)
}

func checkSelectID(s records.Step, place int) error {
	switch {
	case s.Type != ruleDesignated && s.SelectID != nil:
		return records.Refuse(records.CodeSelectID, "第%d步不是指定同意, 不能有selectId", place)
	case s.Type == ruleDesignated && s.SelectID == nil:
		return records.Refuse(records.CodeSelectID, "第%d步是指定同意, 缺少selectId", place)
	case s.Type == ruleDesignated && !slices.Contains(s.IDs, *s.SelectID):
		return records.Refuse(records.CodeSelectID, "第%d步的selectId不是该步的审批人: %d", place, *s.SelectID)
	}
	return nil
}

// checkExtras checks by the catalogue what an approval has besides: a period where the type needs one, files where it
// needs files. It returns the attachment.
func (c *call) checkExtras(r records.Raised) (records.Attachment, error) {
	kind, err := approvalType(r.TaskType)
	if err != nil {
		return records.Attachment{}, err
	}
	name, days, files := kind[1], kind[3] == "1", kind[4] == "1"
	given := func(n *records.Number) bool { return n != nil && *n != 0 }
	switch {
	case given(r.TempAuthDay) && !days:
		return records.Attachment{}, records.Refuse(records.CodeTempAuthDay, "%s不能有tempAuthDay", name)
	case given(r.AttachmentID) && !files:
		return records.Attachment{}, records.Refuse(records.CodeAttachmentExcess, "%s不能有attachmentId", name)
	case !files:
		return records.Attachment{}, nil
	case !given(r.AttachmentID):
		return records.Attachment{}, records.Refuse(records.CodeAttachmentNeeded, "%s必须有attachmentId", name)
	}
	a, err := c.tx.Attachment(int64(*r.AttachmentID))
	switch {
	case err != nil:
		return a, err
	case a.Creator != c.user.ID:
		return a, records.Refuse(records.CodeAttachmentOwner, "不是自己的审批附件: %d", a.ID)
	case a.ID != a.Root:
		return a, records.Refuse(records.CodeNoAttachment, "是附件%d中的文件或文件夹, 不是审批附件: %d", a.Root, a.ID)
	case a.Used > 0:
		return a, records.Refuse(records.CodeAttachmentUsed, "审批附件已用于审批: %d", a.ID)
	case a.Folder && r.TaskType != typeUpload: // section 12: several files for uploading alone
		return a, records.Refuse(records.CodeAttachmentKind, "%s只能有单文件附件: %d", name, a.ID)
	}
	if files, _ := c.tx.Count(a.ID); a.Folder && files == 0 {
		return a, records.Refuse(records.CodeAttachmentEmpty, "多文件附件中没有文件: %d", a.ID)
	}
	return a, nil
}

// newHandlings makes the rows of all approvers, step by step, then of those in copy.
func (c *call) newHandlings(approvalID int64, r records.Raised) []records.Handling {
	var rows []records.Handling
	add := func(h records.Handling) {
		h.Approval, h.ID = approvalID, c.tx.Next(records.ConcernsBucket)
		rows = append(rows, h)
	}
	for i, s := range r.Step {
		for _, id := range s.IDs {
			add(records.Handling{Rule: int(s.Type), Step: i, User: int64(id), Kind: records.KindApprover})
		}
	}
	for _, id := range r.CopyTo {
		add(records.Handling{User: int64(id), Kind: records.KindCC})
	}
	return rows
}
