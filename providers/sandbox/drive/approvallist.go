package drive

import (
	"slices"

	"countersign/providers/sandbox/drive/records"
	"countersign/providers/sandbox/store"
)

// listed is the answer of the lists: the data of those approvals that belong in it, the oldest first.
func listed(all []records.Approval, belongs func(records.Approval) bool) answer {
	list := []records.ApprovalData{}
	for _, a := range all {
		if belongs(a) {
			list = append(list, a.Data)
		}
	}
	return answer{"data": list}
}

// creatorList answers section 7: what the caller has raised.
func creatorList(c *call) (any, error) {
	return listed(c.tx.Concerning(records.RaisedBy, c.user.ID), func(records.Approval) bool { return true }), nil
}

// handlerList answers section 9: what waits for the caller to decide (utype 1), what the caller is in copy of (0),
// which section 6 says comes once an approval has ended, or all that the caller manages (admin 1).
func handlerList(c *call) (any, error) {
	if c.form["admin"] == "1" {
		if !c.user.Administrator() {
			return nil, records.Refuse(records.CodeNoPermission, "没有权限: 必须是超级管理员或普通管理员")
		}
		var all []records.Approval
		for _, a := range store.All[records.Approval](c.tx.Tx, records.ApprovalsBucket) {
			all = append(all, a)
		}
		return listed(all, func(a records.Approval) bool { return c.user.MayManage(c.chain(a)) }), nil
	}
	utype, err := c.form.number("utype")
	if err != nil {
		return nil, err
	}
	switch utype {
	case records.KindCC:
		return listed(c.tx.Concerning(records.CopiedTo, c.user.ID),
			func(a records.Approval) bool { return a.Data.Status != records.Pending }), nil
	case records.KindApprover:
		return listed(c.tx.Concerning(records.DecidedBy, c.user.ID),
			func(a records.Approval) bool { return waitsFor(a, c.user.ID) }), nil
	}
	return nil, records.Refuse(records.CodeParam, "参数错误: utype只能是0、1")
}

// waitsFor reports whether the user has something to decide in the step whose turn it is.
func waitsFor(a records.Approval, user int64) bool {
	current := a.CurrentStep()
	return current >= 0 && counts(a.Read().Step[current], user) &&
		slices.ContainsFunc(a.Handlings, func(h records.Handling) bool {
			return h.Kind == records.KindApprover && h.Step == current && h.User == user && h.Status == records.Pending
		})
}

// fileApprovalLog answers section 17: the approvals on a folder or file itself that the caller may view. Its heading
// has a file and its parameter an attachment's id; an attachment gives the approval raised with it.
func fileApprovalLog(c *call, id int64) (any, error) {
	var all []records.Approval
	var err error
	if c.tx.Has(records.AttachmentsBucket, store.Key(id)) {
		all, err = c.raisedWith(id)
	} else if _, err = c.tx.File(id); err == nil {
		all = c.tx.Concerning(records.OnFile, id)
	}
	if err != nil {
		return nil, err
	}
	return listed(all, c.mayView), nil
}

// raisedWith is the approval raised with an attachment that the caller may read, if there is one.
func (c *call) raisedWith(id int64) ([]records.Approval, error) {
	part, err := c.readable(id)
	if err != nil {
		return nil, err
	}
	root, err := c.tx.Attachment(part.Root)
	if err != nil || root.Used == 0 {
		return nil, err
	}
	a, err := c.tx.Approval(root.Used)
	return []records.Approval{a}, err
}
