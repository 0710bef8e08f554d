package plans

import (
	"countersign/schema"
	"countersign/schema/addr"
)

// AttachmentChange is what the plan would do about one attachment.
type AttachmentChange struct {
	Address addr.Address `json:"address"`
	Action  Action       `json:"action"`           // Create, Update (something is staged anew), Forget or NoOp
	Reason  Reason       `json:"reason,omitempty"` // of Forget: Undeclared or KeyGone; "" when everything is destroyed

	Drive    bool             `json:"drive,omitempty"`    // stage it on the drive
	DingTalk []string         `json:"dingtalk,omitempty"` // names of the files to stage in DingTalk; of Flows the ids
	Previews []schema.Preview `json:"previews,omitempty"` // to grant
	Links    []string         `json:"links,omitempty"`    // conversations to post a link into, for one file or more

	Files []schema.SourceFile `json:"files,omitempty"` // what it consists of
	Flows []string            `json:"flows,omitempty"`
	Bytes int64               `json:"bytes,omitempty"` // to be sent, as far as known
	Drops []string            `json:"drops,omitempty"` // what is forgotten: "drive", "dingtalk", names of files

	Attachment *schema.Attachment `json:"attachment,omitempty"` // nil for Forget
}

// Sends reports whether something of the attachment is to be sent.
func (c AttachmentChange) Sends() bool { return c.Action == Create || c.Action == Update }
