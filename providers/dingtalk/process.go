package dingtalk

import (
	"context"
	"errors"
	"fmt"
	"strconv"
)

const callStart = "processInstances"

// FormField is one field of an approval form with its value.
type FormField struct {
	Name      string `json:"name"`                    // the field's label
	Value     string `json:"value"`                   // always a string; anything else as JSON in a string
	Component string `json:"componentType,omitempty"` // such as DDAttachment; needed when the form does not know the field
}

// FormValue is the value of a form's attachment field (component DDAttachment) that holds these files: a JSON array in
// a string, each file with the five keys that are all required (wire facts, A6).
func FormValue(files []Dentry) string {
	type attachment struct {
		Space string `json:"spaceId"`
		Name  string `json:"fileName"`
		Size  string `json:"fileSize"`
		Type  string `json:"fileType"`
		ID    string `json:"fileId"`
	}
	list := make([]attachment, 0, len(files))
	for _, f := range files {
		list = append(list, attachment{f.SpaceID, f.Name, strconv.FormatInt(f.Size, 10), f.Extension, f.ID})
	}
	raw, err := encode(list)
	if err != nil {
		return "[]" // strings and numbers can always be written
	}
	return string(raw)
}

// Process is an approval to be raised.
type Process struct {
	Code         string // of the form
	OriginatorID string // user id of who raises it
	DepartmentID int64  // of the originator; 0 stands for the root, which is -1 on the wire
	Fields       []FormField
}

// StartProcess raises an approval and returns its instance id: POST /v1.0/workflow/processInstances (wire facts, A6).
// A repetition would raise a second one, so it is never sent again when its answer was lost: the error's
// OutcomeUnknown is true then.
func (c *Client) StartProcess(ctx context.Context, p Process) (string, error) {
	k := call{name: callStart, path: "/v1.0/workflow/processInstances", write: true,
		about: fmt.Sprintf("form %s, user %s", p.Code, p.OriginatorID)}
	var wrong []error
	if p.Code == "" {
		wrong = append(wrong, errors.New("no process code"))
	}
	if p.OriginatorID == "" {
		wrong = append(wrong, errors.New("no originator"))
	}
	if n := len(p.Fields); n > 150 {
		wrong = append(wrong, fmt.Errorf("%d fields, at most 150 are taken", n))
	}
	for i, f := range p.Fields {
		if f.Name == "" {
			wrong = append(wrong, fmt.Errorf("field %d has no name", i+1))
		}
		if n := len([]rune(f.Value)); n > 65535 {
			wrong = append(wrong, fmt.Errorf("field %s: its value has %d characters, at most 65535 are taken", f.Name,
				n))
		}
	}
	if len(wrong) > 0 {
		return "", c.refuse(k, errors.Join(wrong...))
	}
	department := p.DepartmentID
	if department == 0 {
		department = -1
	}
	k.body = struct {
		Department int64       `json:"deptId"`
		Fields     []FormField `json:"formComponentValues"`
		Agent      int64       `json:"microappAgentId,omitempty"`
		Originator string      `json:"originatorUserId"`
		Code       string      `json:"processCode"`
	}{department, append([]FormField{}, p.Fields...), c.agentID, p.OriginatorID, p.Code}
	var answer struct {
		Instance text `json:"instanceId"`
	}
	if err := c.do(ctx, k, &answer); err != nil {
		return "", err
	}
	if answer.Instance == "" {
		return "", c.misread(k, errors.New("it has no instanceId"))
	}
	return string(answer.Instance), nil
}
