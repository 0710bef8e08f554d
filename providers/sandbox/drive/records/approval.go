package records

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"

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

// Handling is one approver's part in an approval, or one user who is told of it, as section 8 shows it in data2.
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
	KindTold     = 0
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
func (a Approval) Read() (Raised, error) {
	var r Raised
	if err := json.Unmarshal([]byte(a.Data.Content), &r); err != nil {
		return r, fmt.Errorf("content of approval %d is damaged: %w", a.Data.ID, err)
	}
	return r, nil
}

// CurrentStep is the step whose turn it is, or -1 when the approval has ended.
func (a Approval) CurrentStep() int {
	if a.Data.Status != Pending {
		return -1
	}
	i := slices.IndexFunc(a.Handlings, func(h Handling) bool {
		return h.Kind == KindApprover &&
			h.StepStatus == Pending
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
	ToldOf
	OnFile
)

// Approval returns the approval with that id, or refuses.
func (t Tx) Approval(id int64) (Approval, error) {
	var a Approval
	ok, err := t.Get(ApprovalsBucket, store.Key(id), &a)
	if err == nil && !ok {
		err = Refuse(CodeNoApproval, "审批不存在: %d", id)
	}
	return a, err
}

// PutApproval writes an approval that is there already.
func (t Tx) PutApproval(a Approval) error { return t.Put(ApprovalsBucket, store.Key(a.Data.ID), a) }

// concerns are the keys that an approval is looked up by.
func (a Approval) concerns() [][]byte {
	id := a.Data.ID
	keys := [][]byte{store.Key(int64(RaisedBy), a.Data.Creator, id), store.Key(int64(OnFile), a.Data.File, id)}
	for _, h := range a.Handlings {
		how := ToldOf
		if h.Kind == KindApprover {
			how = DecidedBy
		}
		keys = append(keys, store.Key(int64(how), h.User, id))
	}
	return keys
}

// AddApproval writes a new approval, to be found by whom and what it concerns.
func (t Tx) AddApproval(a Approval) error {
	err := t.PutApproval(a)
	for _, k := range a.concerns() {
		err = errors.Join(err, t.Put(ConcernsBucket, k, nil))
	}
	return err
}

// DeleteApproval removes an approval; its attachment stays.
func (t Tx) DeleteApproval(a Approval) error {
	err := t.Delete(ApprovalsBucket, store.Key(a.Data.ID))
	for _, k := range a.concerns() {
		err = errors.Join(err, t.Delete(ConcernsBucket, k))
	}
	return err
}

// EachConcern calls do for each approval that concerns a user or a file in that way, the oldest first.
func (t Tx) EachConcern(how concern, whom int64, do func(Approval) error) error {
	for k := range t.Keys(ConcernsBucket, store.Key(int64(how), whom)) {
		a, err := t.Approval(store.LastID(k))
		if err == nil {
			err = do(a)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// EachApproval calls do for every approval, the oldest first.
func (t Tx) EachApproval(do func(Approval) error) error {
	return store.Each(t.Tx, ApprovalsBucket, func(_ []byte, a Approval) error { return do(a) })
}
