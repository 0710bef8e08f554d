package viewtest

import (
	"errors"

	"countersign/policy/simulate"
	"countersign/schema"
	"countersign/schema/addr"
)

// Replayed has past approvals that end otherwise in each way, and some that cannot be replayed.
func Replayed() *simulate.History {
	return replayed(func(text string) string { return text }, errors.New("view-approval: code 3: 没有权限"))
}

// HostileReplayed says a text wherever it has one from outside.
func HostileReplayed(text string) *simulate.History {
	return replayed(func(string) string { return text }, errors.New(text))
}

func replayed(text func(string) string, failed error) *simulate.History {
	modify := &schema.Declared{Address: addr.Of("template.modify"), Template: *Modify()}
	for i := range modify.Template.Steps {
		modify.Template.Steps[i].Name = text(modify.Template.Steps[i].Name)
	}
	id := int64(20)
	approval := func(status schema.ApprovalStatus) schema.Approval {
		id--
		return schema.Approval{ID: id, TemplateID: 5, Title: text("申请修改"), Status: status, FileID: 71,
			Path: text("公司文件/合同"), Created: 1714968000,
			Creator: schema.Person{ID: 7, Username: text("chen"), Realname: text("陈晨")}}
	}
	ends := func(was, now schema.Outcome, r simulate.Replayed) simulate.Replayed {
		status := schema.ApprovalApproved
		if was == schema.OutcomeRefused {
			status = schema.ApprovalRefused
		}
		r.Approval, r.Template, r.Was, r.Now = approval(status), modify, was, now
		return r
	}
	not := func(why simulate.Obstacle, r simulate.Replayed) simulate.Replayed {
		r.Approval, r.Template, r.Obstacle = approval(schema.ApprovalApproved), modify, why
		return r
	}
	const approved, refused, pending = schema.OutcomeApproved, schema.OutcomeRefused, schema.OutcomePending
	stranger := not(simulate.NotDeclared, simulate.Replayed{})
	stranger.Template, stranger.Approval.TemplateID, stranger.Approval.Created = nil, 9, 0
	return &simulate.History{Open: 2, Left: 3, Replayed: []simulate.Replayed{
		ends(approved, approved, simulate.Replayed{}),
		ends(approved, pending, simulate.Replayed{Step: 1, Needs: 1, Missing: []schema.Person{Wang}}),
		ends(approved, pending, simulate.Replayed{Step: 2, Needs: 1, Missing: []schema.Person{Admin, Wang}}),
		ends(refused, pending, simulate.Replayed{Step: 2, Needs: 2, Missing: []schema.Person{Wang},
			Refuse: []schema.Person{Zhang}}),
		ends(approved, refused, simulate.Replayed{Step: 0, Refuse: []schema.Person{Zhang, Li}}),
		ends(refused, approved, simulate.Replayed{Refuse: []schema.Person{Ghost}}),
		stranger, stranger,
		not(simulate.NotKnown, simulate.Replayed{}),
		not(simulate.NotDated, simulate.Replayed{}),
		not(simulate.NotRead, simulate.Replayed{Err: failed}),
		not(simulate.NoSteps, simulate.Replayed{}),
		not(simulate.Unexplained, simulate.Replayed{}),
		not(simulate.BothWays, simulate.Replayed{Person: Li}),
		not(simulate.NoDesignation, simulate.Replayed{Step: 1}),
	}}
}
