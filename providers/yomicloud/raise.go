package yomicloud

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strings"
	"time"

	"countersign/providers/jsontext"
	"countersign/providers/route"
	"countersign/providers/yomicloud/wire"
	"countersign/schema"
	"countersign/schema/spelling"
)

// RaiseRequest says what the person raising an approval adds to its template.
type RaiseRequest struct {
	TemplateID   int64
	FileID       int64         // the folder or file to raise it on
	FullPath     string        // of that, such as 公司文件/合同
	Note         string        // to the approvers; may be empty
	AttachmentID int64         // 0: none
	Days         int           // for how long temporary access is asked for; 0: not said
	Designated   map[int]int64 // by the place of the step, counted from 0: the user who decides there
}

// Raise raises an approval (section 6). It reads the template first (section 1), and with it the row of its approval
// type in the catalogue: what has to be repeated from the template is repeated to the letter, and a request that does
// not fit them is refused before anything is sent. Where the catalogue says nothing, the drive decides.
//
// The document shows no answer, so that no id is known afterwards, and a lost answer leaves the outcome open
// (OutcomeUnknown): FindRaised finds out.
func (c *Client) Raise(ctx context.Context, r RaiseRequest) error {
	k, wrong, err := c.callToRaise(ctx, r, r.AttachmentID != 0)
	switch {
	case err != nil:
		return err
	case len(wrong) > 0:
		return c.of(k).Refuse(wrong...)
	}
	return c.carryOut(ctx, k)
}

// CheckRaise refuses a request that Raise would refuse, and raises nothing. It is for requests with files that are
// staged only once all else fits: attached says whether there will be an attachment. What is wrong with that is an
// *AttachmentError.
func (c *Client) CheckRaise(ctx context.Context, r RaiseRequest, attached bool) error {
	k, wrong, err := c.callToRaise(ctx, r, attached)
	var attachment *AttachmentError
	switch {
	case err != nil:
		return err
	case errors.As(errors.Join(wrong...), &attachment):
		return attachment
	case len(wrong) > 0:
		return c.of(k).Refuse(wrong...)
	}
	return nil
}

// callToRaise is the call that raises an approval, and what is wrong with the request.
func (c *Client) callToRaise(ctx context.Context, r RaiseRequest, attached bool) (k call, wrong []error, err error) {
	k = call{path: pathRaise, about: fmt.Sprintf("tid %d, fileId %d", r.TemplateID, r.FileID)}
	if wrong = r.check(); len(wrong) > 0 {
		return k, wrong, nil
	}
	live, known, catalogue, err := c.template(ctx, r.TemplateID, r.FileID)
	if err != nil {
		return k, nil, err
	}
	k.about += ", title " + route.Words(live.Template.Title)
	content, _ := jsontext.Parse(live.Opaque) // the template could be read, so it is JSON
	w, wrong := raising(content, live.Template)
	wrong = append(wrong, w.add(r, known)...)
	wrong = append(wrong, fit(catalogue, live.Template.ApprovalType, r.Days, attached)...)
	text, err := wire.Encode(w)
	if err != nil {
		wrong = append(wrong, err)
	}
	k.form = url.Values{"json": {text}}
	return k, wrong, nil
}

// check finds what is wrong with a request by itself.
func (r RaiseRequest) check() (errs []error) {
	if r.TemplateID <= 0 {
		errs = append(errs, errors.New("the template has no id"))
	}
	if r.FileID <= 0 {
		errs = append(errs, errors.New("the folder or file has no id"))
	}
	if r.FullPath == "" {
		errs = append(errs, errors.New("the path of the folder or file is missing"))
	}
	if r.Days < 0 {
		errs = append(errs, fmt.Errorf("%d days are asked for", r.Days))
	}
	if r.AttachmentID < 0 {
		errs = append(errs, fmt.Errorf("the attachment's id is %d", r.AttachmentID))
	}
	return errs
}

// AttachmentError refuses a request with an attachment that its approval type does not take, or without one that it
// needs.
type AttachmentError struct {
	TypeID, TypeName string
	Needed           bool
}

func (e *AttachmentError) Error() string {
	if e.Needed {
		return typeText(e.TypeID, e.TypeName) + " needs an attachment: stage one first"
	}
	return typeText(e.TypeID, e.TypeName) + " takes no attachment"
}

// typeText names an approval type for a message.
func typeText(id, name string) string { return fmt.Sprintf("the approval type %s (%s)", id, name) }

// fit compares a request with the row of its approval type in the catalogue. Some types ask for a new folder; the
// document does not say how to name one, so an attachment is optional there.
func fit(catalogue jsontext.Value, approvalType string, requestedDays int, attached bool) (errs []error) {
	for row := range catalogue.Elements() {
		columns, err := row.List()
		if err != nil || len(columns) < 2 {
			continue
		}
		if id, err := wire.ReadTypeID(columns[0]); err != nil || strings.TrimSpace(id) != approvalType {
			continue
		}
		name := route.Words(columns[1].Words())
		days, upload := extras(columns)
		if requestedDays != 0 && days != extraDays && days != extraUntold {
			errs = append(errs, fmt.Errorf("%s takes no number of days", typeText(approvalType, name)))
		}
		if needed := upload == extraUpload; needed && !attached || upload == 0 && attached {
			errs = append(errs, &AttachmentError{approvalType, name, needed})
		}
		break
	}
	return errs
}

// wireApproval is what create-approval sends, its keys those of the document's example in that order.
type wireApproval struct {
	ApproverAuth int64        `json:"approverAuth"`
	AttachmentID int64        `json:"attachmentId,omitempty"`
	CopyTo       []int64      `json:"copyto"`
	CreatorNote  string       `json:"creatorNote"`
	CCAuth       int64        `json:"ccAuth"`
	Desc         string       `json:"desc"`
	FileID       int64        `json:"fileId"`
	FullPath     string       `json:"fullPath"`
	Mark         bool         `json:"mark"` // not used by the drive yet: always false
	Step         []raisedStep `json:"step"`
	TaskType     any          `json:"taskType"` // a number, as all ids of approval types are so far
	TempAuthDay  int          `json:"tempAuthDay,omitempty"`
	TID          int64        `json:"tid"`
	Title        string       `json:"title"`
}

type raisedStep struct {
	ApprovalNum int64    `json:"approvalNum"`
	IDs         []int64  `json:"ids"`
	Name        string   `json:"name"`
	Realnames   []string `json:"realnames"`
	SelectID    int64    `json:"selectId,omitempty"` // of a designated step alone
	Type        int64    `json:"type"`
	Usernames   []string `json:"usernames"`
}

// raising is the part of an approval that repeats its template. It is taken from the content as the drive wrote it and
// not from what was read out of that: order, repeats and blanks have to be the same.
func raising(content jsontext.Value, t schema.Template) (w wireApproval, errs []error) {
	o := content.Object()
	note := func(key string, err error) {
		if err != nil {
			errs = append(errs, fmt.Errorf("the template's %s %w", key, err))
		}
	}
	number := func(key string) int64 {
		n, err := o.Get(key).Number()
		note(key, err)
		return n
	}
	w = wireApproval{Title: t.Title, ApproverAuth: number("approverAuth"), CCAuth: number("ccAuth"),
		Desc: o.Get("desc").Words()}
	if title := o.Get("title").Words(); strings.TrimSpace(title) != "" {
		w.Title = title
	}
	if kind := o.Get("approvalType"); kind != "" {
		w.TaskType = kind.Words()
		if n, ok, err := kind.Integer(); ok && err == nil {
			w.TaskType = n
		}
	}
	ids, err := wire.ReadIDs(o.Get("uids"))
	if err != nil {
		note("uids", fmt.Errorf("has a wrong list: %w", err))
	}
	w.CopyTo = append([]int64{}, ids...) // [] and not null where there are none
	w.Step, err = raisedSteps(o.Get("step"))
	note("step", err)
	return w, errs
}

func raisedSteps(steps jsontext.Value) ([]raisedStep, error) {
	list, err := steps.List()
	if err != nil {
		return nil, err
	}
	out := make([]raisedStep, len(list))
	for i, v := range list {
		f := jsontext.Fields{Object: v.Object()}
		s := raisedStep{ApprovalNum: f.Number("approvalNum"), Name: f.Get("name").Words(), Type: f.Number("type"),
			Realnames: names(f.Get("realnames")), Usernames: names(f.Get("usernames"))}
		s.IDs, err = wire.ReadIDs(f.Get("ids"))
		f.Note("ids", err)
		if f.Err != nil {
			return nil, fmt.Errorf("%d: %w", i+1, f.Err)
		}
		s.IDs = append([]int64{}, s.IDs...) // [] and not null where there are none
		out[i] = s
	}
	return out, nil
}

func names(v jsontext.Value) []string {
	list := []string{}
	for name := range v.Elements() {
		list = append(list, name.Words())
	}
	return list
}

// add puts in what the person raising it says.
func (w *wireApproval) add(r RaiseRequest, known wire.People) (errs []error) {
	w.AttachmentID, w.CreatorNote, w.FileID = r.AttachmentID, r.Note, r.FileID
	w.FullPath, w.TempAuthDay, w.TID = r.FullPath, r.Days, r.TemplateID
	for i := range w.Step {
		s := &w.Step[i]
		at := fmt.Sprintf("step %d (%s)", i+1, route.Words(s.Name))
		who, said := r.Designated[i]
		switch designated := wire.PassRules[s.Type] == schema.RuleDesignated; {
		case designated && !said:
			errs = append(errs, fmt.Errorf("%s: designate one of its approvers: %s", at, everybody(s.IDs, known)))
		case !designated && said:
			errs = append(errs, fmt.Errorf("%s: nobody is designated in it", at))
		case said && !slices.Contains(s.IDs, who):
			errs = append(errs, fmt.Errorf("%s: user %d is not one of its approvers: %s", at, who,
				everybody(s.IDs, known)))
		case said:
			s.SelectID = who
		}
	}
	for _, i := range slices.Sorted(maps.Keys(r.Designated)) {
		if i < 0 || i >= len(w.Step) {
			errs = append(errs, fmt.Errorf("somebody is designated for step %d: the template has %d", i+1, len(w.Step)))
		}
	}
	return errs
}

// everybody names people for a message.
func everybody(ids []int64, known wire.People) string {
	var list []string
	for _, id := range ids {
		p := known[id]
		list = append(list, strings.TrimSpace(fmt.Sprintf("%d %s", id,
			route.Words(strings.TrimSpace(p.Realname+" "+p.Username)))))
	}
	return strings.Join(list, ", ")
}

// FindRaised finds those of the caller's own approvals that a Raise of r made at or after since, the newest first: for
// the id, which create-approval does not answer with, and to settle a lost answer. None means that it was not raised.
//
// The drive's clock may differ from this machine's. Whoever must be sure asks before the Raise as well, with the zero
// time: the approval that is new afterwards is the one. An approval without a time counts as late enough.
func (c *Client) FindRaised(ctx context.Context, r RaiseRequest, since time.Time) ([]schema.Approval, error) {
	all, err := c.Raised(ctx)
	if err != nil {
		return nil, err
	}
	note := func(s string) string { return spelling.Form(strings.TrimSpace(strings.ReplaceAll(s, "\r\n", "\n"))) }
	found := slices.DeleteFunc(all, func(a schema.Approval) bool {
		early := !since.IsZero() && a.Created != 0 && a.Created < since.Unix()
		return early || a.TemplateID != r.TemplateID || a.FileID != r.FileID || note(a.Note) != note(r.Note)
	})
	slices.SortStableFunc(found, func(a, b schema.Approval) int { return cmp.Compare(b.ID, a.ID) })
	return found, nil
}
