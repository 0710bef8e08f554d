package drive

import (
	"slices"

	"countersign/providers/sandbox/drive/records"
	"countersign/providers/sandbox/store"
)

// approvalList is the answer of the lists: the data of each approval that was asked for, the oldest first.
type approvalList struct {
	Code int                    `json:"code"`
	Data []records.ApprovalData `json:"data"`
}

func (l *approvalList) add(a records.Approval) error {
	l.Data = append(l.Data, a.Data)
	return nil
}

// creatorList answers section 7: what the caller has raised.
func creatorList(c *call) ([]byte, error) {
	list := approvalList{Data: []records.ApprovalData{}}
	if err := c.tx.EachConcern(records.RaisedBy, c.user.ID, list.add); err != nil {
		return nil, err
	}
	return encode(list)
}

// handlerList answers section 9: what waits for the caller to decide (utype 1), what the caller is told of (0), which
// section 6 says happens once an approval has ended, or all that the caller manages (admin 1).
func handlerList(c *call) ([]byte, error) {
	list := approvalList{Data: []records.ApprovalData{}}
	if c.form["admin"] == "1" {
		if !c.user.Administrator() {
			return nil, records.Refuse(records.CodeNoPermission, "没有权限: 必须是超级管理员或普通管理员")
		}
		err := c.tx.EachApproval(func(a records.Approval) error {
			chain, err := c.tx.ChainIfThere(a.Data.File)
			if err == nil && c.user.MayManage(chain) {
				err = list.add(a)
			}
			return err
		})
		if err != nil {
			return nil, err
		}
		return encode(list)
	}
	utype, err := c.form.number("utype")
	if err != nil {
		return nil, err
	}
	switch utype {
	case records.KindTold:
		err = c.tx.EachConcern(records.ToldOf, c.user.ID, func(a records.Approval) error {
			if a.Data.Status == records.Pending {
				return nil
			}
			return list.add(a)
		})
	case records.KindApprover:
		err = c.tx.EachConcern(records.DecidedBy, c.user.ID, func(a records.Approval) error {
			waits, err := waitsFor(a, c.user.ID)
			if waits && err == nil {
				err = list.add(a)
			}
			return err
		})
	default:
		err = records.Refuse(records.CodeParam, "参数错误: utype只能是0、1")
	}
	if err != nil {
		return nil, err
	}
	return encode(list)
}

// waitsFor reports whether the user has something to decide in the step whose turn it is.
func waitsFor(a records.Approval, user int64) (bool, error) {
	current := a.CurrentStep()
	if current < 0 {
		return false, nil
	}
	r, err := a.Read()
	return err == nil && counts(r.Step[current], user) && slices.ContainsFunc(a.Handlings,
		func(h records.Handling) bool {
			return h.Kind == records.KindApprover && h.Step == current && h.User == user && h.Status == records.Pending
		}), err
}

// fileApprovalLog answers section 17: the approvals on a folder or file itself that the caller may view. Its heading
// has a file and its parameter an attachment's id; an attachment gives the approval raised with it.
func fileApprovalLog(c *call) ([]byte, error) {
	id, err := c.form.number("fileId")
	if err != nil {
		return nil, err
	}
	list := approvalList{Data: []records.ApprovalData{}}
	addVisible := func(a records.Approval) error {
		may, err := c.mayView(a)
		if may && err == nil {
			err = list.add(a)
		}
		return err
	}
	attached, err := c.tx.Raw(records.AttachmentsBucket, store.Key(id))
	if err != nil {
		return nil, err
	}
	if attached != nil {
		err = c.eachRaisedWith(id, addVisible)
	} else if _, err = c.tx.File(id); err == nil {
		err = c.tx.EachConcern(records.OnFile, id, addVisible)
	}
	if err != nil {
		return nil, err
	}
	return encode(list)
}

// eachRaisedWith calls do for the approval raised with an attachment that the caller may read, if there is one.
func (c *call) eachRaisedWith(id int64, do func(records.Approval) error) error {
	part, err := c.readable(id)
	if err != nil {
		return err
	}
	root, err := c.tx.Attachment(part.Root)
	if err != nil || root.Used == 0 {
		return err
	}
	a, err := c.tx.Approval(root.Used)
	if err != nil {
		return err
	}
	return do(a)
}
