package viewtest

import (
	"fmt"
	"strings"

	"countersign/reconcile/plans"
	"countersign/schema"
	"countersign/schema/addr"
	"countersign/state"
)

// The attachments in the tests.

// Sent is a file that is staged.
func Sent(name string, size int64) schema.SourceFile {
	return schema.SourceFile{Name: name, Size: size, SHA256: strings.Repeat(fmt.Sprintf("%02x", len(name)), 32)}
}

// Handbook are three files, two of them in a folder.
func Handbook() []schema.SourceFile {
	return []schema.SourceFile{Sent("手册/第一章.pdf", 1_234_567), Sent("手册/第二章 附录.pdf", 980), Sent("目录.pdf", 45_678)}
}

var (
	Someone = schema.Preview{UserID: "user123", ProcessInstanceID: "a17444d1-075b-4a4d-9a0e-d2f0b5c0a111"}
	Another = schema.Preview{UserID: "经理456", ProcessInstanceID: "b17444d1-075b-4a4d-9a0e-d2f0b5c0a222"}
)

// Staged is the creation of an attachment of files, everywhere.
func Staged(address string, files ...schema.SourceFile) plans.AttachmentChange {
	a := &schema.Attachment{Address: addr.Of(address), Files: files, Drive: true, DingTalk: &schema.DingTalkTarget{
		UserID: "user123", UnionID: "union123", FolderID: "0", OnConflict: schema.ConflictRename,
		Previews: []schema.Preview{Someone}, Links: []string{"cidSandbox"}}}
	c := plans.AttachmentChange{Address: addr.Of(address), Action: plans.Create, Drive: true,
		Previews: a.DingTalk.Previews, Links: a.DingTalk.Links, Files: files, Attachment: a}
	for _, f := range files {
		c.DingTalk = append(c.DingTalk, f.Name)
		c.Bytes += 2 * f.Size
	}
	return c
}

// Contract is the creation of an attachment of signed contracts.
func Contract() plans.AttachmentChange {
	c := Staged("attachment.contract")
	c.Flows = []string{"yDwiBUUckp3g0001", "yDwiBUUckp3g0002"}
	c.Attachment.Flows, c.DingTalk = c.Flows, c.Flows
	return c
}

// Again is an attachment of which one file is staged anew in DingTalk, where its name may be taken, and nothing on the
// drive any more.
func Again() plans.AttachmentChange {
	c := Staged("attachment.handbook", Handbook()...)
	c.Action, c.Drive, c.Attachment.Drive = plans.Update, false, false
	c.DingTalk, c.Bytes = []string{"目录.pdf"}, 45_678
	c.Previews = []schema.Preview{Someone, Another}
	c.Attachment.DingTalk.Previews = c.Previews
	c.Attachment.DingTalk.FolderID, c.Attachment.DingTalk.OnConflict = "8812", schema.ConflictOverwrite
	c.Drops = []string{"drive"}
	return c
}

func attachmentPlans() map[string]*plans.Plan {
	plan := func(list ...plans.AttachmentChange) *plans.Plan {
		p := PlanOf()
		p.Attachments = list
		return p
	}
	var many []schema.SourceFile
	for i := range 25 {
		many = append(many, Sent(fmt.Sprintf("附件/第%d号.pdf", i+1), int64(1000*i)))
	}
	tree := Staged("attachment.tree", many...)
	tree.Attachment.DingTalk, tree.DingTalk, tree.Previews, tree.Links, tree.Bytes = nil, nil, nil, nil, tree.Bytes/2

	look := Staged("attachment.look", Sent("合同.docx", 3_400_000_000))
	look.Action, look.Drive, look.DingTalk, look.Links, look.Bytes = plans.Update, false, nil, nil, 0

	same := Staged(`attachment.each["法务"]`, Sent("合同.docx", 52))
	same.Action, same.Drive, same.DingTalk, same.Previews, same.Links, same.Bytes = plans.NoOp, false, nil, nil, nil, 0
	gone := plans.AttachmentChange{Address: addr.Of(`attachment.each["旧"]`), Action: plans.Forget,
		Reason: plans.KeyGone, Drops: []string{"drive", "dingtalk"}}
	old := plans.AttachmentChange{Address: addr.Of("attachment.old"), Action: plans.Forget,
		Reason: plans.Undeclared, Drops: []string{"dingtalk"}}

	all := map[string]*plans.Plan{
		"attachment-create":   plan(Staged("attachment.handbook", Handbook()...)),
		"attachment-one-file": plan(Staged("attachment.letter", Sent("函.pdf", 512))),
		"attachment-many":     plan(tree),
		"attachment-contract": plan(Contract()),
		"attachment-update":   plan(Again()),
		"attachment-look":     plan(look),
		"attachment-forget":   plan(same, gone, old),
		"attachment-nothing":  plan(same),
	}
	both := PlanOf(plans.Change{Address: addr.Of("template.modify"), Action: plans.Create, Place: Contracts,
		After: Modify()})
	both.Attachments = []plans.AttachmentChange{Staged("attachment.letter", Sent("函.pdf", 512)), old}
	all["attachment-and-template"] = both
	destroyed := old
	destroyed.Reason = ""
	ended := plan(destroyed)
	ended.Mode = plans.Destroy
	all["attachment-destroy"] = ended
	return all
}

// StagedState is what was staged: one attachment whole on both systems, one that an interrupted run left half done.
func StagedState() []state.Attachment {
	files := Handbook()
	in := &state.StagedDingTalk{Digest: "d", Count: 3, FolderID: "0", UnionID: "union123"}
	for i, f := range files {
		d := state.DingTalkFile{StagedFile: schema.StagedFile{Source: f.Name, SpaceID: "10086",
			ID: fmt.Sprint(5550 + i), Name: f.Name[strings.LastIndex(f.Name, "/")+
				1:], Size: f.Size, Extension: "pdf"}, SHA256: f.SHA256}
		if i == 0 {
			d.Name, d.Previews, d.Links = "第一章(1).pdf", []schema.Preview{Someone, Another}, []string{"cidSandbox"}
		}
		in.Files = append(in.Files, d)
	}
	return []state.Attachment{
		{Address: addr.Of("attachment.handbook"), Drive: &state.StagedDrive{Digest: "d", ID: 311, Upload: "mark",
			Count: 3, Files: files}, DingTalk: in},
		{Address: addr.Of(`attachment.half["法务"]`), DingTalk: &state.StagedDingTalk{Digest: "d", Count: 2,
			FolderID: "8812", UnionID: "union123", Files: in.Files[:1]}},
		{Address: addr.Of("attachment.torn"), Drive: &state.StagedDrive{Digest: "d", ID: 312, Upload: "mark", Count: 3,
			Files: files[:1]}},
	}
}
