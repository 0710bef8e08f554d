package records

import "fmt"

// The codes of the drive's answers. The vendor's document gives only 0 for done; the others are the sandbox's own and
// stay as they are: 1000s are about the call, 2000s about folders and files, 3000s about templates, 4000s about
// approvals, 5000s about attachments.
const (
	CodeDone     = 0    // carried out
	CodeInternal = 1000 // the sandbox itself failed (HTTP 500): database closed, damaged or full
	CodeNoPath   = 1001 // no such interface (HTTP 404)
	CodeMethod   = 1002 // not POST (HTTP 405)
	CodeForm     = 1003 // the body is not a form, is too large or is not UTF-8
	CodeParam    = 1004 // a parameter is missing or not what it should be
	CodeGate     = 1005 // a call for another host than loopback (HTTP 421), or from a web page (HTTP 403)

	CodeTokenMissing = 1101 // no token in the form
	CodeTokenInvalid = 1102 // a token that nobody has
	CodeNoPermission = 1103 // the token's user may not do this

	CodeNoFile = 2001 // no such folder or file

	CodeNoTemplet      = 3001 // no such template
	CodeTempletScope   = 3002 // the template is attached to another folder or file than the one given
	CodeTitleEmpty     = 3003 // title empty or blank
	CodeTitleDiffers   = 3004 // title is not the one in content
	CodeContent        = 3005 // content is not a JSON object of the documented form
	CodeNoApprovalType = 3006 // content's approvalType is not in the catalogue
	CodeMType          = 3007 // mType is not that of the approval type
	CodeNoStep         = 3008 // content has no step
	CodeNoApprover     = 3009 // a step has no approver
	CodeNoUser         = 3010 // an approver or a user in copy is not a user of the drive
	CodeUserNames      = 3011 // ids, usernames and realnames do not agree with each other or with the drive's users
	CodePassRule       = 3012 // a step's type is not 1 to 4
	CodeApprovalNum    = 3013 // a step of type 3 asks for more approvals than it has approvers
	CodeUserTwice      = 3014 // an approver twice in one step, or a user twice in copy
	CodeAccess         = 3015 // approverAuth or ccAuth is not 0 to 2

	CodeNoApproval     = 4001 // no such approval
	CodeApprovalForm   = 4002 // json is not a JSON object of the documented form
	CodeNotInForce     = 4003 // the template is not in force on the folder or file
	CodeNotRaisable    = 4004 // the template is for folders alone, or for files alone
	CodeFullPath       = 4005 // fullPath is not the path of the folder or file
	CodeTempletDiffers = 4006 // a value is not that of the template
	CodeSelectID       = 4007 // selectId missing in a step of type 4, not one of its approvers, or there in another
	CodeTempAuthDay    = 4008 // tempAuthDay for an approval type that asks for no period
	CodeNoHandling     = 4009 // no approver of this approval has that auid
	CodeStepDiffers    = 4010 // step is not that of the auid
	CodeApprovalEnded  = 4011 // the approval has ended
	CodeNotTheTurn     = 4012 // another step than the auid's is under way
	CodeHandled        = 4013 // the approver has decided already
	CodeNotDesignated  = 4014 // the step's one designated approver is somebody else

	CodeNoAttachment     = 5001 // no such attachment, or no such file or folder in one
	CodeAttachmentNeeded = 5002 // the approval type asks for files and attachmentId is missing
	CodeAttachmentExcess = 5003 // attachmentId for an approval type that asks for no files
	CodeAttachmentOwner  = 5004 // the attachment is somebody else's
	CodeAttachmentUsed   = 5005 // an approval has been raised with the attachment already
	CodeAttachmentKind   = 5006 // one file where several are asked for, or a folder where a file is; or the reverse
	CodeAttachmentEmpty  = 5007 // the multi-file attachment has no file
	CodeFileSize         = 5008 // filesize, fileSize2 and what arrived do not agree
	CodeFileName         = 5009 // empty, over 255 bytes, or with one of / \ | : * ? " < > or a control character
	CodeNameTaken        = 5010 // there is one of that name in the folder
	CodeNoFolder         = 5011 // the attachment has no such folder
)

// Refusal is an error answer: the drive's code and words. Nothing was changed.
type Refusal struct {
	Code int    `json:"code"`
	Msg  string `json:"msg"`
}

// Refused makes it a store.Refusal.
func (r *Refusal) Refused() {}

func (r *Refusal) Error() string { return fmt.Sprintf("code %d: %s", r.Code, r.Msg) }

// Refuse is a Refusal as an error.
func Refuse(code int, format string, args ...any) error {
	return &Refusal{Code: code, Msg: fmt.Sprintf(format, args...)}
}
