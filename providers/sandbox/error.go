package sandbox

import "fmt"

// The codes of the drive's answers. The vendor's document gives only 0 for done; the others are the sandbox's own and
// stay as they are: 1000s are about the call, 2000s about folders and files, 3000s about templates.
const (
	CodeDone     = 0    // carried out
	CodeInternal = 1000 // the sandbox itself failed (HTTP 500): database closed, damaged or full
	CodeNoPath   = 1001 // no such interface (HTTP 404)
	CodeMethod   = 1002 // not POST (HTTP 405)
	CodeForm     = 1003 // the body is not a form, is too large or is not UTF-8
	CodeParam    = 1004 // a parameter is missing or not what it should be

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
	CodeNoUser         = 3010 // an approver, or a user to be told, whom the drive does not know
	CodeUserNames      = 3011 // ids, usernames and realnames do not agree with each other or with the drive's users
	CodePassRule       = 3012 // a step's type is not 1 to 4
	CodeApprovalNum    = 3013 // a step of type 3 asks for more approvals than it has approvers
	CodeApproverTwice  = 3014 // an approver twice in one step
	CodeAccess         = 3015 // approverAuth or ccAuth is not 0 to 2
)

// Refusal is an answer other than done: the drive's code and words. Nothing was changed.
type Refusal struct {
	Code int    `json:"code"`
	Msg  string `json:"msg"`
}

func (r *Refusal) Error() string { return fmt.Sprintf("code %d: %s", r.Code, r.Msg) }

func refuse(code int, format string, args ...any) error {
	return &Refusal{Code: code, Msg: fmt.Sprintf(format, args...)}
}
