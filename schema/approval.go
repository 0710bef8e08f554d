package schema

import "slices"

// ApprovalStatus says what became of an approval, or of one of its steps; "" where the drive does not say it.
type ApprovalStatus string

const (
	ApprovalPending  ApprovalStatus = "pending"
	ApprovalApproved ApprovalStatus = "approved"
	ApprovalRefused  ApprovalStatus = "refused"
	ApprovalFailed   ApprovalStatus = "failed" // approved, but the drive could not do it; never of a step
)

// Decision is what one approver said.
type Decision string

const (
	DecisionPending Decision = "pending" // nothing yet
	DecisionAgreed  Decision = "agreed"
	DecisionRefused Decision = "refused"
)

// Approval is one approval raised from a template, as the drive has it. A list of approvals says less than a single one
// does: it has no statuses of steps and no decisions, and only the id of the attachment. What the drive does not say is
// the zero value, nil for Steps and CC, and left out of JSON.
type Approval struct {
	ID             int64           `json:"id"`
	TemplateID     int64           `json:"template_id,omitempty"`
	Title          string          `json:"title,omitempty"` // the template's, when it was raised
	Status         ApprovalStatus  `json:"status,omitempty"`
	ApprovalType   string          `json:"approval_type,omitempty"` // the catalogue's id
	FileID         int64           `json:"file_id,omitempty"`       // the folder or file it was raised on
	Path           string          `json:"path,omitempty"`          // of that, whole
	Description    string          `json:"description,omitempty"`
	Creator        Person          `json:"creator,omitzero"`  // who raised it
	Note           string          `json:"note,omitempty"`    // that person's remark
	Days           int             `json:"days,omitempty"`    // for how long temporary access is asked for; 0: unknown
	Created        int64           `json:"created,omitempty"` // Unix seconds; 0 when the drive does not say
	Ended          int64           `json:"ended,omitempty"`   // Unix seconds; 0 while it is pending
	Failure        string          `json:"failure,omitempty"` // the drive's words about what it failed on
	Attachment     *AttachmentInfo `json:"attachment,omitempty"`
	Steps          []ApprovalStep  `json:"steps,omitzero"`
	ApproverAccess Access          `json:"approver_access,omitempty"`
	CC             []Person        `json:"cc,omitzero"`
	CCAccess       Access          `json:"cc_access,omitempty"`
}

// ApprovalStep is one stage of an approval: the template's step as it was when the approval was raised, and how far it
// got.
type ApprovalStep struct {
	Name         string         `json:"name,omitempty"`
	Rule         PassRule       `json:"rule,omitempty"`
	MinApprovals int            `json:"min_approvals,omitempty"` // with RuleAtLeast only
	Designated   int64          `json:"designated,omitempty"`    // with RuleDesignated: the user who decides
	Status       ApprovalStatus `json:"status,omitempty"`
	Parts        []ApprovalPart `json:"parts,omitzero"` // one per approver, in the drive's order; nil if unknown
}

// ApprovalPart is one approver's part in a step.
type ApprovalPart struct {
	ID       int64    `json:"id,omitempty"` // the drive's number for it, needed to decide; 0 where it is not known
	Person   Person   `json:"person"`
	Decision Decision `json:"decision,omitempty"`
	Note     string   `json:"note,omitempty"`
	Decided  int64    `json:"decided,omitempty"` // Unix seconds; 0 before
}

// AttachmentInfo is what an approval says about the files raised with it.
type AttachmentInfo struct {
	ID       int64  `json:"id"`                 // of the file, or of the folder that holds several
	Multiple bool   `json:"multiple,omitempty"` // it is a folder with any number of files
	Name     string `json:"name,omitempty"`     // of a single file; the name it will have once it is approved
	Files    int    `json:"files,omitempty"`
	Size     int64  `json:"size,omitempty"` // bytes of all files
}

// AttachmentFile is a file or folder inside an attachment of several files.
type AttachmentFile struct {
	ID     int64  `json:"id"`
	Name   string `json:"name"`
	Path   string `json:"path"` // from the root of the attachment, joined by /; never use it as a path of this machine
	Folder bool   `json:"folder,omitempty"`
	Size   int64  `json:"size"` // bytes; -1 when the drive does not say
}

// Current is the index of the step whose turn it is, or -1 when the approval is over or its steps are not known.
func (a Approval) Current() int {
	i := slices.IndexFunc(a.Steps, func(s ApprovalStep) bool { return s.Status != ApprovalApproved })
	if i < 0 || a.Status != ApprovalPending || a.Steps[i].Status != ApprovalPending {
		return -1
	}
	return i
}

// Waiting lists the parts that the step waits for: of all who have not decided, or of the one designated.
func (s ApprovalStep) Waiting() []ApprovalPart {
	var waiting []ApprovalPart
	for _, p := range s.Parts {
		asked := s.Rule != RuleDesignated || s.Designated == 0 || s.Designated == p.Person.ID
		if s.Status == ApprovalPending && p.Decision == DecisionPending && asked {
			waiting = append(waiting, p)
		}
	}
	return waiting
}
