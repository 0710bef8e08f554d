package records

import (
	"bytes"
	"encoding/json"
	"reflect"
	"strconv"
)

// Content is what the sandbox reads of a template's content (section 1); the text itself is stored as given, fields
// it does not know included.
type Content struct {
	ApprovalType Number  `json:"approvalType"`
	ApproverAuth Number  `json:"approverAuth"`
	CCAuth       Number  `json:"ccAuth"`
	Desc         string  `json:"desc"`
	DestFolderID Number  `json:"destFolderId"` // not in use, like mark
	Mark         bool    `json:"mark"`
	Step         []Step  `json:"step"`
	Title        string  `json:"title"`
	UIDs         numbers `json:"uids"`
}

// Step is a step of a template, or of an approval.
type Step struct {
	ApprovalNum Number   `json:"approvalNum"`
	IDs         numbers  `json:"ids"`
	Name        string   `json:"name"`
	Realnames   []string `json:"realnames"`
	SelectID    *Number  `json:"selectId"` // of an approval alone: the approver that a designated step waits for
	Type        Number   `json:"type"`
	Usernames   []string `json:"usernames"`
}

// Number is an id or a small number: the document writes them as 4 and as "4".
type Number int64

type numbers []Number

func (n *Number) UnmarshalJSON(b []byte) error {
	v, err := strconv.ParseUint(string(bytes.Trim(b, `"`)), 10, 63)
	if err != nil {
		return &json.UnmarshalTypeError{Value: string(b), Type: reflect.TypeFor[Number]()}
	}
	*n = Number(v)
	return nil
}

// People lists the ids of everyone in the template: approvers and those in copy.
func (c Content) People() []int64 {
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

// Raised is what the sandbox reads of an approval's content (section 6). A pointer is nil for what is not there.
type Raised struct {
	ApproverAuth *Number `json:"approverAuth"`
	AttachmentID *Number `json:"attachmentId"`
	CCAuth       *Number `json:"ccAuth"`
	CopyTo       numbers `json:"copyto"`
	CreatorNote  string  `json:"creatorNote"`
	Desc         *string `json:"desc"`
	FileID       Number  `json:"fileId"`
	FullPath     string  `json:"fullPath"`
	Mark         bool    `json:"mark"`
	Step         []Step  `json:"step"`
	TaskType     Number  `json:"taskType"`
	TempAuthDay  *Number `json:"tempAuthDay"`
	TID          Number  `json:"tid"`
	Title        string  `json:"title"`
}
