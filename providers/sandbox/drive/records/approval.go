package records

import (
	"slices"

	"countersign/providers/sandbox/server"
	"countersign/providers/sandbox/store"
)

// ApprovalData is an approval as the lists and section 8 show it.
type ApprovalData struct {
	Content  string `json:"content"` // json of create-approval as it was given
	Created  int64  `json:"createtime"`
	Creator  int64  `json:"creator"`
	Ended    int64  `json:"endTime"` // 0 while it is pending
	ErrMsg   string `json:"errmsg"`  // why the outcome could not be carried out
	File     int64  `json:"fileId"`
	ID       int64  `json:"id"`
	Status   int    `json:"status"`
	TaskType int    `json:"taskType"`
}

// Handling is one approver's part in an approval, or that of one user in copy, as section 8 shows it in data2.
type Handling struct {
	Approval   int64  `json:"aid"`
	Rule       int    `json:"handleType"`
	Handled    int64  `json:"handletime"`
	ID         int64  `json:"id"`
	Note       string `json:"note"`
	StepStatus int    `json:"status"`
	Status     int    `json:"status2"`
	Step       int    `json:"step"`
	User       int64  `json:"uid"`
	Kind       int    `json:"utype"`
}

// The kinds of handlings (utype).
const (
	KindCC       = 0
	KindApprover = 1
)

// The status of an approval, of one of its steps (status in section 8) and of one approver (status2).
const (
	Pending  = 0
	Approved = 1
	Refused  = 2
	Failed   = 3 // of an approval alone: every step passed, and then its outcome could not be carried out
)

// Approval is an approval as it is stored, with all its handlings in the order of the steps.
type Approval struct {
	Data       ApprovalData
	Handlings  []Handling
	Attachment int64 // 0: none
}

// Read returns what the approval was raised with.
func (a Approval) Read() Raised {
	var r Raised
	if _, err := server.ReadJSON([]byte(a.Data.Content), &r); err != nil {
		store.Damaged("content of approval %d: %w", a.Data.ID, err)
	}
	return r
}

// CurrentStep is the step whose turn it is, or -1 when the approval has ended.
func (a Approval) CurrentStep() int {
	if a.Data.Status != Pending {
		return -1
	}
	i := slices.IndexFunc(a.Handlings, func(h Handling) bool {
		return h.Kind == KindApprover && h.StepStatus == Pending
	})
	if i < 0 {
		return -1
	}
	return a.Handlings[i].Step
}

// concern is how an approval concerns a user or a file: what it is looked up by.
type concern int64

const (
	RaisedBy concern = iota + 1
	DecidedBy
	CopiedTo
	OnFile
)

// Approval returns the approval with that id, or refuses.
func (t Tx) Approval(id int64) (Approval, error) {
	return find[Approval](t, ApprovalsBucket, id, CodeNoApproval, "审批不存在")
}

// PutApproval writes an approval that is there already.
func (t Tx) PutApproval(a Approval) { t.Put(ApprovalsBucket, store.Key(a.Data.ID), a) }

// concerns are the keys that an approval is looked up by.
func (a Approval) concerns() [][]byte {
	id := a.Data.ID
	keys := [][]byte{store.Key(int64(RaisedBy), a.Data.Creator, id), store.Key(int64(OnFile), a.Data.File, id)}
	for _, h := range a.Handlings {
		how := CopiedTo
		if h.Kind == KindApprover {
			how = DecidedBy
		}
		keys = append(keys, store.Key(int64(how), h.User, id))
	}
	return keys
}

// AddApproval writes a new approval, to be found by whom and what it concerns.
func (t Tx) AddApproval(a Approval) {
	t.PutApproval(a)
	for _, k := range a.concerns() {
		t.Put(ConcernsBucket, k, nil)
	}
}

// DeleteApproval removes an approval; its attachment stays.
func (t Tx) DeleteApproval(a Approval) {
	t.Delete(ApprovalsBucket, store.Key(a.Data.ID))
	for _, k := range a.concerns() {
		t.Delete(ConcernsBucket, k)
	}
}

// Concerning lists the approvals that concern a user or a file in that way, the oldest first.
func (t Tx) Concerning(how concern, whom int64) []Approval {
	var all []Approval
	for k := range t.Keys(ConcernsBucket, store.Key(int64(how), whom)) {
		var a Approval
		t.Need(ApprovalsBucket, store.Key(store.LastID(k)), &a)
		all = append(all, a)
	}
	return all
}
