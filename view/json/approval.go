package json

import (
	"countersign/schema"
	"countersign/view"
)

// Approvals is a list of approvals under schema.Approval's JSON names. No newline ends it.
func Approvals(list []schema.Approval) ([]byte, error) {
	out := make([]approval, len(list))
	for i := range list {
		out[i] = approvalOf(list[i])
	}
	return view.IndentedJSON(out)
}

// Approval is one approval like Approvals.
func Approval(a schema.Approval) ([]byte, error) { return view.IndentedJSON(approvalOf(a)) }

// approval is an approval with what follows from it.
type approval struct {
	schema.Approval
	CurrentStep *int                  `json:"current_step"` // its place, from 0; null where it is over or not known
	WaitingFor  []schema.ApprovalPart `json:"waiting_for"`  // those who may decide now; null where that is not known
}

func approvalOf(a schema.Approval) approval {
	out := approval{Approval: a}
	switch at := a.Current(); {
	case at >= 0:
		out.CurrentStep, out.WaitingFor = &at, full(a.Steps[at].Waiting())
	case a.Status != schema.ApprovalPending && a.Status != "":
		out.WaitingFor = []schema.ApprovalPart{}
	}
	return out
}
