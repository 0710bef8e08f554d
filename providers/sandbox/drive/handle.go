package drive

import (
	"cmp"
	"slices"

	"countersign/providers/sandbox/drive/records"
)

// handleStep answers section 10: one approver of the step whose turn it is agrees or refuses. When that decides the
// step, the next one begins or the approval ends; when it was the last, its outcome is carried out.
func handleStep(c *call) (any, error) {
	id, err1 := c.form.number("aid")
	handlingID, err2 := c.form.number("auid")
	place, err3 := c.form.number("step")
	status, err4 := c.form.number("status")
	note, err5 := c.form.text("note")
	if err := cmp.Or(err1, err2, err3, err4, err5); err != nil {
		return nil, err
	}
	if status != records.Approved && status != records.Refused {
		return nil, records.Refuse(records.CodeParam, "参数错误: status只能是1、2")
	}
	a, err := c.tx.Approval(id)
	if err != nil {
		return nil, err
	}
	r := a.Read()
	row := slices.IndexFunc(a.Handlings,
		func(h records.Handling) bool { return h.ID == handlingID && h.Kind == records.KindApprover })
	if row < 0 {
		return nil, records.Refuse(records.CodeNoHandling, "审批%d中没有该审批人的处理id: %d", id, handlingID)
	}
	own := &a.Handlings[row]
	switch {
	case own.User != c.user.ID:
		return nil, records.Refuse(records.CodeNoPermission, "没有权限: 处理id属于其他审批人: %d", handlingID)
	case int64(own.Step) != place:
		return nil, records.Refuse(records.CodeStepDiffers, "step与处理id不一致: %d, 应为%d", place, own.Step)
	case a.Data.Status != records.Pending:
		return nil, records.Refuse(records.CodeApprovalEnded, "审批已结束: %d", id)
	case a.CurrentStep() != own.Step:
		return nil, records.Refuse(records.CodeNotTheTurn, "不是当前审批步骤: %d, 当前为%d", own.Step, a.CurrentStep())
	case !counts(r.Step[own.Step], own.User):
		return nil, records.Refuse(records.CodeNotDesignated, "该步骤由指定的审批人处理: %d",
			*r.Step[own.Step].SelectID)
	case own.Status != records.Pending:
		return nil, records.Refuse(records.CodeHandled, "已处理过该审批: %d", id)
	}
	own.Status, own.Note, own.Handled = int(status), note, records.Now()
	if err := c.decideStep(&a, r, own.Step); err != nil {
		return nil, err
	}
	c.tx.PutApproval(a)
	return answer{}, nil
}

// counts reports whether this approver's decision counts in the step.
func counts(s records.Step, user int64) bool {
	return s.Type != ruleDesignated || int64(*s.SelectID) == user
}

// decideStep decides a step by its approvers' decisions so far, and the approval when that ends it.
func (c *call) decideStep(a *records.Approval, r records.Raised, place int) error {
	step := r.Step[place]
	approvers, decided := 0, [3]int{}
	for _, h := range a.Handlings {
		if h.Kind == records.KindApprover && h.Step == place && counts(step, h.User) {
			approvers++
			decided[h.Status]++
		}
	}
	verdict := decide(needed(int(step.Type), int(step.ApprovalNum), approvers), approvers,
		decided[records.Approved], decided[records.Refused])
	if verdict == records.Pending {
		return nil
	}
	for i, h := range a.Handlings {
		if h.Kind == records.KindApprover && h.Step == place {
			a.Handlings[i].StepStatus = verdict
		}
	}
	switch {
	case verdict == records.Refused:
		a.Data.Status = records.Refused
	case place < len(r.Step)-1:
		return nil
	default:
		failure, err := c.fulfil(*a, r)
		if err != nil {
			return err
		}
		a.Data.Status, a.Data.ErrMsg = records.Approved, failure
		if failure != "" {
			a.Data.Status = records.Failed
		}
	}
	a.Data.Ended = records.Now()
	return nil
}
