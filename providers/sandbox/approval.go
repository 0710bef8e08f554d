package sandbox

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
)

// approvalData is an approval as the lists and section 8 show it.
type approvalData struct {
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

// handling is one approver's part in an approval, or one user who is told of it, as section 8 shows it in data2.
type handling struct {
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
	kindTold     = 0
	kindApprover = 1
)

// approval is an approval as it is stored, with all its handlings in the order of the steps.
type approval struct {
	Data       approvalData
	Handlings  []handling
	Attachment int64 // 0: none
}

// raised is what the sandbox reads of an approval's content (section 6). A pointer is nil for what is not there.
type raised struct {
	ApproverAuth *number      `json:"approverAuth"`
	AttachmentID *number      `json:"attachmentId"`
	CCAuth       *number      `json:"ccAuth"`
	CopyTo       numbers      `json:"copyto"`
	CreatorNote  string       `json:"creatorNote"`
	Desc         *string      `json:"desc"`
	FileID       number       `json:"fileId"`
	FullPath     string       `json:"fullPath"`
	Mark         bool         `json:"mark"`
	Step         []raisedStep `json:"step"`
	TaskType     number       `json:"taskType"`
	TempAuthDay  *number      `json:"tempAuthDay"`
	TID          number       `json:"tid"`
	Title        string       `json:"title"`
}

type raisedStep struct {
	step
	SelectID *number `json:"selectId"`
}

// read returns what the approval was raised with.
func (a approval) read() (raised, error) {
	var r raised
	if err := json.Unmarshal([]byte(a.Data.Content), &r); err != nil {
		return r, fmt.Errorf("content of approval %d is damaged: %w", a.Data.ID, err)
	}
	return r, nil
}

// currentStep is the step whose turn it is, or -1 when the approval has ended.
func (a approval) currentStep() int {
	if a.Data.Status != pending {
		return -1
	}
	i := slices.IndexFunc(a.Handlings, func(h handling) bool { return h.Kind == kindApprover && h.StepStatus == pending })
	if i < 0 {
		return -1
	}
	return a.Handlings[i].Step
}

// mayView reports whether section 8 lets the caller see an approval: super administrators, those who manage its file,
// whoever raised it, its approvers and those who are told of it.
func (c *call) mayView(a approval) (bool, error) {
	concerned := slices.ContainsFunc(a.Handlings, func(h handling) bool { return h.User == c.user.ID })
	if concerned || a.Data.Creator == c.user.ID || c.user.Super {
		return true, nil
	}
	chain, err := c.tx.chainIfThere(a.Data.File)
	return c.user.manages(chain), err
}

// chainIfThere is the chain of a file, or nil when the file has been removed since.
func (t txn) chainIfThere(id int64) ([]file, error) {
	chain, err := t.chain(id)
	if gone, ok := err.(*Refusal); ok && gone.Code == CodeNoFile {
		return nil, nil
	}
	return chain, err
}

// concern is how an approval concerns a user or a file: what it is looked up by.
type concern int64

const (
	raisedBy concern = iota + 1
	decidedBy
	told
	onFile
)

// approval returns the approval with that id, or refuses.
func (t txn) approval(id int64) (approval, error) {
	var a approval
	ok, err := t.get(approvalsBucket, key(id), &a)
	if err == nil && !ok {
		err = refuse(CodeNoApproval, "审批不存在: %d", id)
	}
	return a, err
}

func (t txn) putApproval(a approval) error { return t.put(approvalsBucket, key(a.Data.ID), a) }

// concerns are the keys that an approval is looked up by.
func (a approval) concerns() [][]byte {
	id := a.Data.ID
	keys := [][]byte{key(int64(raisedBy), a.Data.Creator, id), key(int64(onFile), a.Data.File, id)}
	for _, h := range a.Handlings {
		how := told
		if h.Kind == kindApprover {
			how = decidedBy
		}
		keys = append(keys, key(int64(how), h.User, id))
	}
	return keys
}

func (t txn) addApproval(a approval) error {
	err := t.putApproval(a)
	for _, k := range a.concerns() {
		err = errors.Join(err, t.put(concernsBucket, k, nil))
	}
	return err
}

func (t txn) deleteApproval(a approval) error {
	err := t.delete(approvalsBucket, key(a.Data.ID))
	for _, k := range a.concerns() {
		err = errors.Join(err, t.delete(concernsBucket, k))
	}
	return err
}

// eachConcern calls do for each approval that concerns a user or a file in that way, the oldest first.
func (t txn) eachConcern(how concern, whom int64, do func(approval) error) error {
	prefix := key(int64(how), whom)
	cursor := t.bolt.Bucket([]byte(concernsBucket)).Cursor()
	for k, _ := cursor.Seek(prefix); bytes.HasPrefix(k, prefix); k, _ = cursor.Next() {
		a, err := t.approval(int64(binary.BigEndian.Uint64(k[len(prefix):])))
		if err == nil {
			err = do(a)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// eachApproval calls do for every approval, the oldest first.
func (t txn) eachApproval(do func(approval) error) error {
	return t.bolt.Bucket([]byte(approvalsBucket)).ForEach(func(k, _ []byte) error {
		a, err := t.approval(int64(binary.BigEndian.Uint64(k)))
		if err != nil {
			return err
		}
		return do(a)
	})
}
