package sandbox

import "slices"

// approvalList is the answer of the lists: the data of each approval that was asked for, the oldest first.
type approvalList struct {
	Code int            `json:"code"`
	Data []approvalData `json:"data"`
}

func (l *approvalList) add(a approval) error {
	l.Data = append(l.Data, a.Data)
	return nil
}

// creatorList answers section 7: what the caller has raised.
func creatorList(c *call) ([]byte, error) {
	list := approvalList{Data: []approvalData{}}
	if err := c.tx.eachConcern(raisedBy, c.user.ID, list.add); err != nil {
		return nil, err
	}
	return encode(list)
}

// handlerList answers section 9: what waits for the caller to decide (utype 1), what the caller is told of (0), which
// section 6 says happens once an approval has ended, or all that the caller manages (admin 1).
func handlerList(c *call) ([]byte, error) {
	list := approvalList{Data: []approvalData{}}
	if c.form["admin"] == "1" {
		if !c.user.administrator() {
			return nil, refuse(CodeNoPermission, "没有权限: 必须是超级管理员或普通管理员")
		}
		err := c.tx.eachApproval(func(a approval) error {
			chain, err := c.tx.chainIfThere(a.Data.File)
			if err == nil && c.user.manages(chain) {
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
	case kindTold:
		err = c.tx.eachConcern(told, c.user.ID, func(a approval) error {
			if a.Data.Status == pending {
				return nil
			}
			return list.add(a)
		})
	case kindApprover:
		err = c.tx.eachConcern(decidedBy, c.user.ID, func(a approval) error {
			waits, err := a.waitsFor(c.user.ID)
			if waits && err == nil {
				err = list.add(a)
			}
			return err
		})
	default:
		err = refuse(CodeParam, "参数错误: utype只能是0、1")
	}
	if err != nil {
		return nil, err
	}
	return encode(list)
}

// waitsFor reports whether the user has something to decide in the step whose turn it is.
func (a approval) waitsFor(user int64) (bool, error) {
	current := a.currentStep()
	if current < 0 {
		return false, nil
	}
	r, err := a.read()
	return err == nil && r.Step[current].counts(user) && slices.ContainsFunc(a.Handlings, func(h handling) bool {
		return h.Kind == kindApprover && h.Step == current && h.User == user && h.Status == pending
	}), err
}

// fileApprovalLog answers section 17: the approvals on a folder or file itself that the caller may view. Its heading has
// a file and its parameter an attachment's id; an attachment gives the approval raised with it.
func fileApprovalLog(c *call) ([]byte, error) {
	id, err := c.form.number("fileId")
	if err != nil {
		return nil, err
	}
	list := approvalList{Data: []approvalData{}}
	addVisible := func(a approval) error {
		may, err := c.mayView(a)
		if may && err == nil {
			err = list.add(a)
		}
		return err
	}
	attached, err := c.tx.raw(attachmentsBucket, key(id))
	if err != nil {
		return nil, err
	}
	if attached != nil {
		err = c.eachRaisedWith(id, addVisible)
	} else if _, err = c.tx.file(id); err == nil {
		err = c.tx.eachConcern(onFile, id, addVisible)
	}
	if err != nil {
		return nil, err
	}
	return encode(list)
}

// eachRaisedWith calls do for the approval raised with an attachment that the caller may read, if there is one.
func (c *call) eachRaisedWith(id int64, do func(approval) error) error {
	part, err := c.readable(id)
	if err != nil {
		return err
	}
	root, err := c.tx.attachment(part.Root)
	if err != nil || root.Used == 0 {
		return err
	}
	a, err := c.tx.approval(root.Used)
	if err != nil {
		return err
	}
	return do(a)
}
