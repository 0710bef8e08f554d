package wire

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"

	"countersign/providers/jsontext"
	"countersign/providers/route"
	"countersign/schema"
)

// The numbers of the wire, by the words of the model (sections 7 and 8).
var (
	approvalStatuses = map[int64]schema.ApprovalStatus{0: schema.ApprovalPending, 1: schema.ApprovalApproved,
		2: schema.ApprovalRefused, 3: schema.ApprovalFailed}
	stepStatuses = map[int64]schema.ApprovalStatus{0: schema.ApprovalPending, 1: schema.ApprovalApproved,
		2: schema.ApprovalRefused}
	decisions = map[int64]schema.Decision{0: schema.DecisionPending, 1: schema.DecisionAgreed,
		2: schema.DecisionRefused}
)

// said reads how far something got. What is missing or null says nothing: it is neither pending nor decided.
func said[W ~string](v jsontext.Value, words map[int64]W) (W, error) {
	if v.None() {
		return "", errors.New("is missing")
	}
	return Meaning(v, words)
}

// mostSteps bounds the place of a step that an answer names.
const mostSteps = 10_000

// ReadApprovals reads a list of approvals (sections 7, 9 and 17).
func ReadApprovals(rows []jsontext.Value, known People) ([]schema.Approval, error) {
	list := make([]schema.Approval, len(rows))
	var errs []error
	for i, row := range rows {
		a, err := readApproval(row, known)
		switch {
		case err != nil && a.ID != 0:
			errs = append(errs, fmt.Errorf("approval %d: %w", a.ID, err))
		case err != nil:
			errs = append(errs, fmt.Errorf("entry %d of the list: %w", i+1, err))
		}
		list[i] = a
	}
	if len(errs) > 0 {
		return nil, route.JoinErrors(errs)
	}
	// The document shows no userinfo beside a list, but steps name their approvers.
	for _, a := range list {
		for _, s := range a.Steps {
			for _, p := range s.Parts {
				known[p.Person.ID] = known.complete(p.Person)
			}
		}
	}
	for i := range list {
		list[i].Creator = known.complete(list[i].Creator)
		for j, p := range list[i].CC {
			list[i].CC[j] = known.complete(p)
		}
	}
	return list, nil
}

// readApproval reads an approval as section 8 shows it under data. In a list of what is to be handled an entry may be
// an approver's part: then `id` is its own id and `aid` the approval's, as in section 8's data2. The document shows no
// entry of section 17, so that a status may be missing; one that it does not name is as good as missing.
func readApproval(v jsontext.Value, known People) (schema.Approval, error) {
	var a schema.Approval
	if !v.Is('{') {
		return a, fmt.Errorf("it is %s, not an object", v.Shown())
	}
	o := v.Object()
	a.Created = cmp.Or(o.Get("createtime"), o.Get("createTime")).Moment()
	a.Ended = cmp.Or(o.Get("endTime"), o.Get("endtime")).Moment()
	a.Failure = strings.TrimSpace(o.Get("errmsg").Words())
	id, aid := o.Get("id"), cmp.Or(o.Get("aid"), o.Get("approvalId"))
	if n, ok, err := aid.Integer(); err == nil && ok && n > 0 {
		id = aid
	}
	n, err := id.ID()
	switch {
	case err != nil:
		return a, fmt.Errorf("id %w", err)
	case n <= 0:
		return a, fmt.Errorf("id is %d", n)
	}
	a.ID = n
	if err := readRaised(&a, o.Get("content"), known); err != nil {
		return a, err
	}
	// What stands beside the content is the drive's own word, and comes before what the content says.
	a.Status, _ = said(o.Get("status"), approvalStatuses)
	if n, ok, err := o.Get("fileId").Integer(); err != nil {
		return a, fmt.Errorf("fileId %w", err)
	} else if ok && n > 0 {
		a.FileID = n
	}
	if kind, err := ReadTypeID(o.Get("taskType")); err != nil {
		return a, fmt.Errorf("taskType %w", err)
	} else if kind != "" {
		a.ApprovalType = kind
	}
	a.Creator.ID, _ = cmp.Or(o.Get("creator"), o.Get("creatorId")).Number() // for information alone
	a.Creator = known.complete(a.Creator)
	return a, nil
}

// readRaised reads what create-approval was sent (section 6), a JSON text or the object itself. It may be missing.
func readRaised(a *schema.Approval, content jsontext.Value, known People) error {
	if content.Is('"') {
		inner, ok := jsontext.Parse(content.Text())
		if !ok && inner != "" {
			return fmt.Errorf("content is not JSON: %s", jsontext.Value(route.Line(content.Text(), 300)).Shown())
		}
		content = inner
	}
	if content.None() {
		return nil
	}
	a.CC = []schema.Person{}
	if !content.Is('{') {
		return fmt.Errorf("content is %s, not an object", content.Shown())
	}
	f := jsontext.Fields{Object: content.Object()}
	a.ApproverAccess = cmp.Or(access(&f, "approverAuth"), schema.AccessNone)
	a.CCAccess = cmp.Or(access(&f, "ccAuth"), schema.AccessNone)
	a.Title, a.Description = f.Get("title").Words(), f.Get("desc").Words()
	a.Note, a.Path = f.Get("creatorNote").Words(), f.Get("fullPath").Words()
	a.FileID, a.TemplateID = f.Number("fileId"), f.Number("tid")
	a.Days = int(min(max(f.Number("tempAuthDay"), 0), 1<<30))
	if id := f.Number("attachmentId"); id > 0 {
		a.Attachment = &schema.AttachmentInfo{ID: id}
	}
	var err error
	a.ApprovalType, err = ReadTypeID(f.Get("taskType"))
	f.Note("taskType", err)
	if steps := f.Get("step"); steps != "" {
		a.Steps, err = readRaisedSteps(steps, known)
		f.Note("step", err)
	}
	ids, err := ReadIDs(f.Get("copyto"))
	f.Note("copyto:", err)
	for _, id := range ids {
		a.CC = append(a.CC, known.complete(schema.Person{ID: id}))
	}
	if f.Err != nil {
		return fmt.Errorf("content: %w", f.Err)
	}
	return nil
}

func readRaisedSteps(v jsontext.Value, known People) ([]schema.ApprovalStep, error) {
	list, err := v.List()
	if err != nil {
		return nil, err
	}
	steps := make([]schema.ApprovalStep, len(list))
	for i, v := range list {
		s, err := readStep(v, known)
		if err != nil {
			return nil, fmt.Errorf("%d: %w", i+1, err)
		}
		steps[i] = schema.ApprovalStep{Name: s.Name, Rule: s.Rule, MinApprovals: s.MinApprovals,
			Parts: make([]schema.ApprovalPart, len(s.Approvers))}
		for j, p := range s.Approvers {
			steps[i].Parts[j].Person = p
		}
		if s.Rule != schema.RuleDesignated {
			continue
		}
		if steps[i].Designated, err = v.Object().Get("selectId").Number(); err != nil {
			return nil, fmt.Errorf("%d: selectId %w", i+1, err)
		}
	}
	return steps, nil
}

// ReadView reads the answer of view-approval (section 8).
func ReadView(answer jsontext.Object) (schema.Approval, error) {
	known := ReadPeople(answer.Get("userinfo"))
	v, err := readApproval(answer.Get("data"), known)
	if err != nil {
		return v, fmt.Errorf("data: %w", err)
	}
	if _, err := said(answer.Get("data").Object().Get("status"), approvalStatuses); err != nil {
		return v, fmt.Errorf("data: status %w", err)
	}
	if err := readAttachment(&v, answer.Get("attachment")); err != nil {
		return v, fmt.Errorf("attachment: %w", err)
	}
	parts := answer.Get("data2")
	rows, err := parts.List()
	if err == nil && parts == "" {
		err = errors.New("is missing") // without it, nobody would look decided
	}
	if err != nil {
		return v, fmt.Errorf("data2 %w", err)
	}
	for i, row := range rows {
		if err := readPart(&v, row, known); err != nil {
			return v, fmt.Errorf("data2: entry %d: %w", i+1, err)
		}
	}
	for i := range v.Steps {
		s := &v.Steps[i]
		if s.Status == "" && s.Parts != nil {
			s.Status = schema.ApprovalPending
		}
		for j := range s.Parts {
			if s.Parts[j].Decision == "" {
				s.Parts[j].Decision = schema.DecisionPending
			}
		}
	}
	return v, nil
}

// readAttachment reads what the answer says of the files of an approval; without files it says nothing.
func readAttachment(a *schema.Approval, v jsontext.Value) error {
	if v.None() {
		return nil
	}
	if !v.Is('{') {
		return fmt.Errorf("it is %s, not an object", v.Shown())
	}
	f := jsontext.Fields{Object: v.Object()}
	info := schema.AttachmentInfo{ID: f.Number("fileId"), Multiple: f.Number("atype") == 1}
	size, files, total := f.Number("size"), f.Number("totalNum"), f.Number("totalSize")
	switch {
	case f.Err != nil:
		return f.Err
	case info.ID <= 0:
		return nil // an object of nothing
	case info.Multiple: // its name is that of a hidden folder
		info.Size, info.Files = total, int(min(max(files, 0), 1<<30))
	default:
		info.Name, info.Size, info.Files = f.Get("fileName").Words(), size, 1
	}
	a.Attachment = &info
	return nil
}

// readPart reads an entry of data2, one approver's part, into the step that it names.
func readPart(a *schema.Approval, v jsontext.Value, known People) error {
	if !v.Is('{') {
		return fmt.Errorf("it is %s, not an object", v.Shown())
	}
	var part schema.ApprovalPart
	o := v.Object()
	part.Decided, part.Note = cmp.Or(o.Get("handletime"), o.Get("handleTime")).Moment(), o.Get("note").Words()
	var err error
	if part.ID, err = o.Get("id").Number(); err != nil {
		return fmt.Errorf("id %w", err)
	}
	if n, ok, err := o.Get("utype").Integer(); ok && err == nil && n != 1 {
		return nil // somebody in cc
	}
	place, err := o.Get("step").ID()
	switch {
	case err != nil:
		return fmt.Errorf("step %w", err)
	case place < 0 || place >= mostSteps:
		return fmt.Errorf("step is %d", place)
	}
	if part.Person.ID, err = o.Get("uid").ID(); err != nil {
		return fmt.Errorf("uid %w", err)
	}
	if part.Decision, err = said(o.Get("status2"), decisions); err != nil {
		return fmt.Errorf("status2 %w", err)
	}
	for int64(len(a.Steps)) <= place {
		a.Steps = append(a.Steps, schema.ApprovalStep{}) // of those between, nothing is known
	}
	s := &a.Steps[place]
	if rule := o.Get("handleType"); s.Rule == "" && !rule.None() {
		if s.Rule, err = Meaning(rule, PassRules); err != nil {
			return fmt.Errorf("handleType %w", err)
		}
	}
	switch status, err := said(o.Get("status"), stepStatuses); {
	case err != nil:
		return fmt.Errorf("status %w", err)
	case s.Status == "" || s.Status == schema.ApprovalPending:
		s.Status = status
	}
	i := slices.IndexFunc(s.Parts, func(p schema.ApprovalPart) bool { return p.Person.ID == part.Person.ID })
	if i < 0 {
		part.Person = known.complete(part.Person)
		s.Parts = append(s.Parts, part)
		return nil
	}
	part.Person = s.Parts[i].Person
	s.Parts[i] = part
	return nil
}
