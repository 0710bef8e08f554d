package yomicloud

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"strconv"

	"countersign/providers/yomicloud/wire"
	"countersign/schema"
)

// The endpoints for approvals, sections 6 to 10, 15 and 17 of the document.
const (
	pathRaise    = "/app/approval/create-approval"
	pathRaised   = "/app/approval/get-creator-list"
	pathView     = "/app/approval/view-approval"
	pathHandling = "/app/approval/get-handler-list"
	pathHandle   = "/app/approval/handle-step"
	pathDrop     = "/app/approval/remove-approval"
	pathLog      = "/app/approval/get-file-approval-log"
)

// Raise (section 6) is in raise.go.

// Raised lists the approvals that the token's user has raised (section 7).
func (c *Client) Raised(ctx context.Context) ([]schema.Approval, error) {
	return c.approvals(ctx, call{path: pathRaised})
}

// Approval reads one approval with everybody's decisions (section 8). The drive shows it to super administrators, to
// administrators of its folder or file, and to those who raised it, decide it or are in cc.
func (c *Client) Approval(ctx context.Context, id int64) (schema.Approval, error) {
	k := call{path: pathView, about: fmt.Sprintf("id %d", id), form: url.Values{"id": decimal(id)}}
	a, err := c.post(ctx, k)
	if err != nil {
		return schema.Approval{}, err
	}
	defer a.done()
	if data := a.Get("data"); data.None() {
		return schema.Approval{}, empty(c.of(k), data == "null")
	}
	v, err := wire.ReadView(a.Object)
	if err == nil && v.ID != id {
		err = fmt.Errorf("approval %d came instead", v.ID)
	}
	if err != nil {
		return schema.Approval{}, c.of(k).Misread(err)
	}
	return v, nil
}

// ApprovalList names a list of approvals that section 9 gives.
type ApprovalList string

const (
	CCToMe       ApprovalList = "cc to me"
	WaitingForMe ApprovalList = "waiting for me"
	AllIManage   ApprovalList = "all I manage" // a super administrator: all there are
)

// Approvals lists the approvals that the token's user is in cc of, has to decide, or manages (section 9).
func (c *Client) Approvals(ctx context.Context, list ApprovalList) ([]schema.Approval, error) {
	k := call{path: pathHandling, about: string(list)}
	switch list {
	case CCToMe:
		k.form = url.Values{"utype": {"0"}, "admin": {"0"}}
	case WaitingForMe:
		k.form = url.Values{"utype": {"1"}, "admin": {"0"}}
	case AllIManage:
		k.form = url.Values{"utype": {"0"}, "admin": {"1"}} // utype means nothing then
	default:
		return nil, c.of(k).Refuse(fmt.Errorf("there is no list %q of approvals", list))
	}
	return c.approvals(ctx, k)
}

// HandleRequest is the decision of the token's user in one step of an approval.
type HandleRequest struct {
	ApprovalID int64
	Step       int   // its place, counted from 0
	PartID     int64 // schema.ApprovalPart.ID of the user in that step
	Agree      bool  // or refuse
	Note       string
}

// Handle decides (section 10). After a lost answer, Approval shows whether the call was carried out: the part has a
// decision then.
func (c *Client) Handle(ctx context.Context, r HandleRequest) error {
	k := call{path: pathHandle, about: fmt.Sprintf("aid %d, auid %d, step %d", r.ApprovalID, r.PartID,
		r.Step)}
	var errs []error
	if r.ApprovalID <= 0 {
		errs = append(errs, errors.New("the approval has no id"))
	}
	if r.PartID <= 0 {
		errs = append(errs, errors.New("the approver's part in it has no id"))
	}
	if r.Step < 0 {
		errs = append(errs, fmt.Errorf("there is no step %d", r.Step))
	}
	if len(errs) > 0 {
		return c.of(k).Refuse(errs...)
	}
	status := "2"
	if r.Agree {
		status = "1"
	}
	k.form = url.Values{
		"aid":    decimal(r.ApprovalID),
		"auid":   decimal(r.PartID),
		"step":   {strconv.Itoa(r.Step)},
		"note":   {r.Note},
		"status": {status},
	}
	return c.carryOut(ctx, k)
}

// RemoveApproval removes an approval (section 15), for super administrators and administrators of its folder or file.
// After a lost answer, Approval or a list shows whether the call was carried out.
func (c *Client) RemoveApproval(ctx context.Context, id int64) error {
	k := call{path: pathDrop, about: fmt.Sprintf("id %d", id), form: url.Values{"id": decimal(id)}}
	if id <= 0 {
		return c.of(k).Refuse(errors.New("the approval to remove has no id"))
	}
	return c.carryOut(ctx, k)
}

// ApprovalsOn lists the approvals raised on one folder or file (section 17). The document calls its fileId that of an
// attachment, which contradicts the section's title and the name of the call.
func (c *Client) ApprovalsOn(ctx context.Context, fileID int64) ([]schema.Approval, error) {
	return c.approvals(ctx, call{path: pathLog, about: fmt.Sprintf("fileId %d", fileID),
		form: url.Values{"fileId": decimal(fileID)}})
}

// approvals makes a call that is answered with a list of approvals. One that cannot be read fails the whole list.
func (c *Client) approvals(ctx context.Context, k call) ([]schema.Approval, error) {
	a, err := c.post(ctx, k)
	if err != nil {
		return nil, err
	}
	defer a.done()
	rows, err := a.rows()
	var list []schema.Approval
	if err == nil {
		list, err = wire.ReadApprovals(rows, wire.ReadPeople(a.Get("userinfo")))
	}
	if err == nil {
		err = a.whole(len(list))
	}
	if err != nil {
		return nil, c.of(k).Misread(err)
	}
	return list, nil
}
