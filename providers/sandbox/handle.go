package sandbox

import (
	"cmp"
	"slices"
)

// handleStep answers section 10: one approver of the step whose turn it is agrees or refuses. When that decides the
// step, the next one begins or the approval ends; when it was the last, its outcome is carried out.
func handleStep(c *call) ([]byte, error) {
	id, err1 := c.form.number("aid")
	handlingID, err2 := c.form.number("auid")
	place, err3 := c.form.number("step")
	status, err4 := c.form.number("status")
	note, err5 := c.form.text("note")
	if err := cmp.Or(err1, err2, err3, err4, err5); err != nil {
		return nil, err
	}
	if status != approved && status != refused {
		return nil, refuse(CodeParam, "参数错误: status只能是1、2")
	}
	a, err := c.tx.approval(id)
	if err != nil {
		return nil, err
	}
	r, err := a.read()
	if err != nil {
		return nil, err
	}
	row := slices.IndexFunc(a.Handlings, func(h handling) bool { return h.ID == handlingID && h.Kind == kindApprover })
	if row < 0 {
		return nil, refuse(CodeNoHandling, "审批%d中没有该审批人的处理id: %d", id, handlingID)
	}
	own := &a.Handlings[row]
	switch {
	case own.User != c.user.ID:
		return nil, refuse(CodeNoPermission, "没有权限: 处理id属于其他审批人: %d", handlingID)
	case int64(own.Step) != place:
		return nil, refuse(CodeStepDiffers, "step与处理id不一致: %d, 应为%d", place, own.Step)
	case a.Data.Status != pending:
		return nil, refuse(CodeApprovalEnded, "审批已结束: %d", id)
	case a.currentStep() != own.Step:
		return nil, refuse(CodeNotTheTurn, "不是当前审批步骤: %d, 当前为%d", own.Step, a.currentStep())
	case !r.Step[own.Step].counts(own.User):
		return nil, refuse(CodeNotDesignated, "该步骤由指定的审批人处理: %d", *r.Step[own.Step].SelectID)
	case own.Status != pending:
		return nil, refuse(CodeHandled, "已处理过该审批: %d", id)
	}
	own.Status, own.Note, own.Handled = int(status), note, now()
	if err := c.tx.settle(&a, r, own.Step); err != nil {
		return nil, err
	}
	if err := c.tx.putApproval(a); err != nil {
		return nil, err
	}
	return done()
}

// counts reports whether what this approver says decides anything in the step.
func (s raisedStep) counts(user int64) bool {
	return s.Type != ruleDesignated || int64(*s.SelectID) == user
}

// settle decides a step by what its approvers have said so far, and the approval when that ends it.
func (t txn) settle(a *approval, r raised, place int) error {
	step := r.Step[place]
	approvers, said := 0, [3]int{}
	for _, h := range a.Handlings {
		if h.Kind == kindApprover && h.Step == place && step.counts(h.User) {
			approvers++
			said[h.Status]++
		}
	}
	verdict := decide(needed(int(step.Type), int(step.ApprovalNum), approvers), approvers, said[approved], said[refused])
	if verdict == pending {
		return nil
	}
	for i, h := range a.Handlings {
		if h.Kind == kindApprover && h.Step == place {
			a.Handlings[i].StepStatus = verdict
		}
	}
	switch {
	case verdict == refused:
		a.Data.Status = refused
	case place < len(r.Step)-1:
		return nil
	default:
		problem, err := t.fulfil(*a, r)
		if err != nil {
			return err
		}
		a.Data.Status, a.Data.ErrMsg = approved, problem
		if problem != "" {
			a.Data.Status = failed
		}
	}
	a.Data.Ended = now()
	return nil
}
