package viewtest

import "countersign/schema"

// The approvals in the tests: one at each point of its life.

// Decided is the part of somebody who has decided.
func Decided(p schema.Person, d schema.Decision, at int64, note string) schema.ApprovalPart {
	return schema.ApprovalPart{ID: 900 + p.ID, Person: p, Decision: d, Note: note, Decided: at}
}

// Undecided is the part of somebody whose turn has not come or who has not decided.
func Undecided(p schema.Person) schema.ApprovalPart {
	return schema.ApprovalPart{ID: 900 + p.ID, Person: p, Decision: schema.DecisionPending}
}

// Pending is in its second step of four; the third has a designated approver.
func Pending() schema.Approval {
	return schema.Approval{
		ID: 42, TemplateID: 5, Title: "申请修改", Status: schema.ApprovalPending, ApprovalType: "4", FileID: 98,
		Path: "公司文件/合同/采购合同.docx", Description: "请说明修改内容", Creator: Zhang, Note: "供应商换了,\n请尽快", Days: 7,
		Created:    1714968000,
		Attachment: &schema.AttachmentInfo{ID: 311, Name: "采购合同.docx", Files: 1, Size: 1_234_567},
		Steps: []schema.ApprovalStep{
			{Name: "初审", Rule: schema.RuleAny, Status: schema.ApprovalApproved,
				Parts: []schema.ApprovalPart{Undecided(Other),
					Decided(Li, schema.DecisionAgreed, 1714968600, "同意,价格更低")}},
			{Name: "复审", Rule: schema.RuleAtLeast, MinApprovals: 2, Status: schema.ApprovalPending,
				Parts: []schema.ApprovalPart{Decided(Admin, schema.DecisionAgreed, 1714970000, ""),
					Decided(Ghost, schema.DecisionRefused, 1714971000, "no"), Undecided(Wang), Undecided(Chen)}},
			{Name: "法务", Rule: schema.RuleDesignated, Designated: 5, Status: schema.ApprovalPending,
				Parts: []schema.ApprovalPart{Undecided(Zhang), Undecided(Li)}},
			{Name: "终审", Rule: schema.RuleAll, Status: schema.ApprovalPending,
				Parts: []schema.ApprovalPart{Undecided(Admin)}},
		},
		ApproverAccess: schema.AccessPreview,
		CC:             []schema.Person{Chen},
		CCAccess:       schema.AccessDownload,
	}
}

// Approvals are approvals at each point of their life, by the names of their goldens.
func Approvals() map[string]schema.Approval {
	approved := Pending()
	approved.ID, approved.Status, approved.Ended = 43, schema.ApprovalApproved, 1715050000
	approved.Steps = approved.Steps[:1]
	approved.Attachment = &schema.AttachmentInfo{ID: 320, Multiple: true, Files: 3, Size: 3_400_000_000}

	refused := Pending()
	refused.ID, refused.Status, refused.Ended = 44, schema.ApprovalRefused, 1715050000
	refused.Steps = refused.Steps[1:]
	refused.Steps[0].Status, refused.Steps[0].Rule = schema.ApprovalRefused, schema.RuleAll

	failed := approved
	failed.ID, failed.Status, failed.Failure, failed.Attachment = 45, schema.ApprovalFailed, "目标文件已被删除", nil

	designated := Pending()
	designated.ID = 46
	designated.Steps = designated.Steps[2:]

	listed := Pending() // a list has less
	listed.ID, listed.Attachment = 47, &schema.AttachmentInfo{ID: 311}
	for i := range listed.Steps {
		s := &listed.Steps[i]
		s.Status = ""
		for j := range s.Parts {
			s.Parts[j] = schema.ApprovalPart{Person: s.Parts[j].Person}
		}
	}
	bare := schema.Approval{ID: 48, Status: schema.ApprovalPending}
	return map[string]schema.Approval{"pending": Pending(), "approved": approved, "refused": refused, "failed": failed,
		"designated": designated, "listed": listed, "bare": bare}
}

// ApprovalList are the approvals in the order of their ids.
func ApprovalList() []schema.Approval {
	all := Approvals()
	var out []schema.Approval
	for _, name := range []string{"pending", "approved", "refused", "failed", "designated", "listed", "bare"} {
		out = append(out, all[name])
	}
	return out
}
