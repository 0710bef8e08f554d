package sandbox

import (
	"bytes"
	"encoding/json"
	"errors"
	"slices"
	"strconv"
)

// content is what the sandbox reads of a template's content (section 1); the text itself is stored as given, fields
// it does not know included.
type content struct {
	ApprovalType number  `json:"approvalType"`
	ApproverAuth number  `json:"approverAuth"`
	CCAuth       number  `json:"ccAuth"`
	Desc         string  `json:"desc"`
	Step         []step  `json:"step"`
	Title        string  `json:"title"`
	UIDs         numbers `json:"uids"`
}

type step struct {
	ApprovalNum number   `json:"approvalNum"`
	IDs         numbers  `json:"ids"`
	Name        string   `json:"name"`
	Realnames   []string `json:"realnames"`
	Type        number   `json:"type"`
	Usernames   []string `json:"usernames"`
}

// number is an id or a small number: the document writes them as 4 and as "4".
type number int64

type numbers []number

var errNotNumber = errors.New("not a whole number of 0 or more")

func (n *number) UnmarshalJSON(b []byte) error {
	b = bytes.TrimSuffix(bytes.TrimPrefix(b, []byte(`"`)), []byte(`"`))
	v, err := strconv.ParseUint(string(b), 10, 63)
	if err != nil {
		return errNotNumber
	}
	*n = number(v)
	return nil
}

// people lists the ids of everyone in the template: approvers and those who are told.
func (c content) people() []int64 {
	var ids []int64
	for _, s := range c.Step {
		for _, id := range s.IDs {
			ids = append(ids, int64(id))
		}
	}
	for _, id := range c.UIDs {
		ids = append(ids, int64(id))
	}
	return ids
}

// checkContent holds the content of a template against sections 1 and 2 and against the drive's users.
func (t txn) checkContent(written, title string, mType int) error {
	var c content
	if err := json.Unmarshal([]byte(written), &c); err != nil {
		return refuse(CodeContent, "content不是有效的JSON: %v", err)
	}
	if c.Title != title {
		return refuse(CodeTitleDiffers, "title与content中的title不一致: %q, %q", title, c.Title)
	}
	row := slices.IndexFunc(catalogue, func(row [5]string) bool { return row[0] == strconv.Itoa(int(c.ApprovalType)) })
	if row < 0 {
		return refuse(CodeNoApprovalType, "审批类型不存在: %d", c.ApprovalType)
	}
	if catalogue[row][2] != strconv.Itoa(mType) {
		return refuse(CodeMType, "mType与审批类型的适用范围不一致: mType为%d, %s的适用范围为%s", mType, catalogue[row][1], catalogue[row][2])
	}
	if c.ApproverAuth > 2 || c.CCAuth > 2 {
		return refuse(CodeAccess, "approverAuth与ccAuth只能是0、1、2")
	}
	if len(c.Step) == 0 {
		return refuse(CodeNoStep, "审批步骤不能为空")
	}
	for i, s := range c.Step {
		if err := t.checkStep(i+1, s); err != nil {
			return err
		}
	}
	for _, id := range c.UIDs {
		if _, known, err := t.user(int64(id)); err != nil {
			return err
		} else if !known {
			return refuse(CodeNoUser, "抄送人不存在: %d", id)
		}
	}
	return nil
}

func (t txn) checkStep(place int, s step) error {
	if len(s.IDs) == 0 {
		return refuse(CodeNoApprover, "第%d步没有审批人", place)
	}
	if s.Type < 1 || s.Type > 4 {
		return refuse(CodePassRule, "第%d步的审批通过规则不正确: %d", place, s.Type)
	}
	if s.Type == 3 && int(s.ApprovalNum) >= len(s.IDs) {
		return refuse(CodeApprovalNum, "第%d步的approvalNum为%d, 必须小于审批人数%d", place, s.ApprovalNum, len(s.IDs))
	}
	if len(s.Usernames) != len(s.IDs) || len(s.Realnames) != len(s.IDs) {
		return refuse(CodeUserNames, "第%d步的ids、usernames、realnames数量不一致", place)
	}
	seen := make(map[number]bool, len(s.IDs))
	for i, id := range s.IDs {
		u, known, err := t.user(int64(id))
		if err != nil {
			return err
		}
		if !known {
			return refuse(CodeNoUser, "第%d步的审批人不存在: %d", place, id)
		}
		if u.Username != s.Usernames[i] || u.Realname != s.Realnames[i] {
			return refuse(CodeUserNames, "第%d步审批人%d的账号或姓名不一致: 应为%s %s", place, id, u.Username, u.Realname)
		}
		if seen[id] {
			return refuse(CodeApproverTwice, "第%d步的审批人重复: %d", place, id)
		}
		seen[id] = true
	}
	return nil
}
