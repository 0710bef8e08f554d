package dingtalk

import (
	"context"
	"errors"
	"fmt"

	"countersign/providers/jsontext"
)

// spaceOf reads the answer of the two calls that name the approval space (wire facts, A2 and A7). One that names none
// is good enough if it says that it is a success.
func spaceOf(answer jsontext.Object) (string, error) {
	space := answer.Get("result").Object().Get("spaceId").Words()
	success, said := answer.Get("success").Bool()
	switch {
	case said && !success:
		return "", errors.New("it says success: false and does not say why")
	case !said && space == "":
		return "", errors.New("it has neither success nor result.spaceId")
	}
	return space, nil
}

// Space returns the id of the app's approval space and grants a person the right to upload into it, for a while: POST
// /v1.0/workflow/processInstances/spaces/infos/query (wire facts, A2; the first call of the upload document). It is
// made before each batch of uploads.
func (c *Client) Space(ctx context.Context, userID string) (string, error) {
	k := call{name: callSpace, path: "/v1.0/workflow/processInstances/spaces/infos/query",
		about: "user " + userID}
	if err := needs("user id", userID); err != nil {
		return "", c.of(k).Refuse(err)
	}
	k.body = struct {
		Agent int64  `json:"agentId,omitempty"`
		User  string `json:"userId"`
	}{c.agentID, userID}
	answer, err := c.do(ctx, k)
	if err != nil {
		return "", err
	}
	space, err := spaceOf(answer)
	if err == nil && space == "" {
		err = errors.New("it has no result.spaceId")
	}
	if err != nil {
		return "", c.of(k).Misread(err)
	}
	return space, nil
}

// Preview says who may look at which files of an approval.
type Preview struct {
	UserID     string
	InstanceID string   // of the approval
	FileIDs    []string // as in the approval's attachment field; any number, they are sent twenty at a time
}

// previewBatch is how many files one call may name.
const previewBatch = 20

// GrantPreview lets a person look at files of an approval: POST /v1.0/workflow/processInstances/spaces/authPreview
// (auth-preview document; wire facts, A7). It is needed again before each look, and repeating it does no harm.
func (c *Client) GrantPreview(ctx context.Context, p Preview) error {
	k := call{name: callPreview, path: "/v1.0/workflow/processInstances/spaces/authPreview",
		about: fmt.Sprintf("user %s, approval %s", p.UserID, p.InstanceID)}
	wrong := []error{needs("user id", p.UserID, "process instance id", p.InstanceID)}
	if len(p.FileIDs) == 0 {
		wrong = append(wrong, errors.New("no files"))
	}
	for i, id := range p.FileIDs {
		if id == "" {
			wrong = append(wrong, fmt.Errorf("file %d of %d has no id", i+1, len(p.FileIDs)))
		}
	}
	if err := errors.Join(wrong...); err != nil {
		return c.of(k).Refuse(err)
	}
	for start := 0; start < len(p.FileIDs); start += previewBatch {
		batch := p.FileIDs[start:min(start+previewBatch, len(p.FileIDs))]
		k := k
		k.about += fmt.Sprintf(", files %d to %d of %d", start+1, start+len(batch), len(p.FileIDs))
		k.body = struct {
			Agent    int64    `json:"agentId,omitempty"`
			File     string   `json:"fileId"`
			Files    []string `json:"fileIdList"`
			Instance string   `json:"processInstanceId"`
			User     string   `json:"userId"`
			Comments bool     `json:"withCommentAttatchment"` // the vendor's spelling
		}{c.agentID, batch[0], batch, p.InstanceID, p.UserID, false}
		answer, err := c.do(ctx, k)
		if err != nil {
			return err
		}
		if _, err := spaceOf(answer); err != nil {
			return c.of(k).Misread(err)
		}
	}
	return nil
}
