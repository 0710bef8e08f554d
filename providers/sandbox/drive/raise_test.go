package drive_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"countersign/providers/sandbox/drive"
	"countersign/providers/sandbox/drive/records"
	"countersign/providers/sandbox/sandboxtest"
)

// Everything that create-approval repeats of the template is held against it, and what comes besides against the
// drive.Catalogue. Each case changes one thing in what would be accepted.
func TestApprovalIsChecked(t *testing.T) {
	d := newDrive(t)
	first := testStep(drive.RuleMoreThan, 1, 5, 6)
	last := testStep(drive.RuleDesignated, 0, 6, 7)
	note := d.templet(1, 1, "不处理", first, last)
	preview := d.templet(1, drive.TypePreview, "预览", testStep(drive.RuleAny, 0, 5))
	upload := d.templet(72, drive.TypeUpload, "上传", testStep(drive.RuleAny, 0, 5))
	modify := d.templet(1, drive.TypeModify, "修改", testStep(drive.RuleAny, 0, 5))
	elsewhere := d.templet(73, 1, "别处", testStep(drive.RuleAny, 0, 5))
	gone := d.templet(72, 1, "删除", testStep(drive.RuleAny, 0, 5))
	goneApproval := d.approval(gone, 72)
	d.Want(d.Post("admin", "/app/approval/remove-templet", fmt.Sprint("id=", gone)), records.CodeDone)

	on := func(tid, fileID int64) func() object {
		return func() object {
			o := d.approval(tid, fileID)
			if tid == note {
				o["step"].([]any)[1].(object)["selectId"] = 7
			}
			return o
		}
	}
	good := on(note, 72)
	set := func(name string, value any) func(object) { return func(o object) { o[name] = value } }
	drop := func(name string) func(object) { return func(o object) { delete(o, name) } }
	step := func(i int, name string, value any) func(object) {
		return func(o object) {
			s := o["step"].([]any)[i].(object)
			if s[name] = value; value == nil {
				delete(s, name)
			}
		}
	}
	attach := func(id int64) func(object) { return set("attachmentId", id) }
	single := func() int64 { return d.uploaded("test03", "a.txt", "abc") }
	several := func() (root, inside int64) {
		root, key := d.multi("test03", `["夹"]`)
		a := d.uploadInto("test03", root, key, "夹", "b.txt", "abc")
		d.Want(a, records.CodeDone)
		return root, a.FileID
	}
	full, inside := several()
	another, _ := several()
	empty, _ := d.multi("test03", `["夹"]`)
	used := single()
	o := on(upload, 72)()
	o["attachmentId"] = used
	d.raised("test03", o)

	tests := []struct {
		name   string
		base   func() object
		change func(object)
		code   int
	}{
		{"as it should be", good, set("creatorNote", "说明"), records.CodeDone},
		{"without a note", good, drop("creatorNote"), records.CodeDone},
		{"numbers as text", good, set("fileId", "72"), records.CodeDone},
		{"on the scope itself", on(note, 1), set("mark", false), records.CodeDone},
		{"on a file below", on(note, 98), set("mark", false), records.CodeDone},
		{"note not a text", good, set("creatorNote", 1), records.CodeApprovalForm},
		{"mark as text", good, set("mark", "false"), records.CodeApprovalForm},
		{"tid in capital letters", good, func(o object) { o["TID"] = o["tid"]; delete(o, "tid") },
			records.CodeNoTemplet},
		{"a field more", good, set("DESC", "别的"), records.CodeDone},
		{"mark", good, set("mark", true), records.CodeApprovalForm},

		{"template unknown", good, set("tid", 999), records.CodeNoTemplet},
		{"template missing", good, drop("tid"), records.CodeNoTemplet},
		{"template removed", func() object { return maps.Clone(goneApproval) }, set("mark", false),
			records.CodeNoTemplet},
		{"template of another folder", on(elsewhere, 72), set("mark", false), records.CodeNotInForce},
		{"template of a folder below", on(elsewhere, 1), set("mark", false), records.CodeNotInForce},
		{"file unknown", good, set("fileId", 9999), records.CodeNoFile},
		{"file 0", good, set("fileId", 0), records.CodeNoFile},
		{"file missing", good, drop("fileId"), records.CodeNoFile},
		{"for folders, on a file", func() object {
			return on(d.templet(1, drive.TypeUpload, "上",
				testStep(drive.RuleAny, 0, 5)), 98)()
		}, attach(1), records.CodeNotRaisable},
		{"for files, on a folder", on(modify, 72), attach(1), records.CodeNotRaisable},
		{"path of another", good, set("fullPath", "公司文件"), records.CodeFullPath},
		{"path with a slash before", good, set("fullPath", "/公司文件/合同"), records.CodeFullPath},
		{"path missing", good, drop("fullPath"), records.CodeFullPath},

		{"title", good, set("title", "别的"), records.CodeTempletDiffers},
		{"title missing", good, drop("title"), records.CodeTempletDiffers},
		{"description", good, set("desc", "别的"), records.CodeTempletDiffers},
		{"description missing", good, drop("desc"), records.CodeTempletDiffers},
		{"type", good, set("taskType", 3), records.CodeTempletDiffers},
		{"type missing", good, drop("taskType"), records.CodeTempletDiffers},
		{"approver access", good, set("approverAuth", 2), records.CodeTempletDiffers},
		{"approver access missing", good, drop("approverAuth"), records.CodeTempletDiffers},
		{"cc access", good, set("ccAuth", 0), records.CodeTempletDiffers},
		{"cc access missing", good, drop("ccAuth"), records.CodeTempletDiffers},
		{"copy: one more", good, set("copyto", []int{8, 5}), records.CodeTempletDiffers},
		{"copy: another", good, set("copyto", []int{5}), records.CodeTempletDiffers},
		{"copy: nobody", good, set("copyto", nil), records.CodeTempletDiffers},
		{"steps missing", good, drop("step"), records.CodeTempletDiffers},
		{"a step less", good, func(o object) { o["step"] = o["step"].([]any)[:1] }, records.CodeTempletDiffers},
		{"a step more", good, func(o object) { o["step"] = append(o["step"].([]any), o["step"].([]any)[0]) },
			records.CodeTempletDiffers},
		{"steps in another order", good, func(o object) { slices.Reverse(o["step"].([]any)) },
			records.CodeTempletDiffers},
		{"name of a step", good, step(0, "name", "别的"), records.CodeTempletDiffers},
		{"rule of a step", good, step(0, "type", drive.RuleAny), records.CodeTempletDiffers},
		{"approvalNum of a step", good, step(0, "approvalNum", 0), records.CodeTempletDiffers},
		{"people of a step", good, step(0, "ids", []int{5, 7}), records.CodeTempletDiffers},
		{"usernames of a step", good, step(0, "usernames", []string{"zhang", "wang"}), records.CodeTempletDiffers},
		{"realnames of a step", good, step(0, "realnames", []string{"张三", "王五"}), records.CodeTempletDiffers},

		{"nobody designated", good, step(1, "selectId", nil), records.CodeSelectID},
		{"designated: not in the step", good, step(1, "selectId", 5), records.CodeSelectID},
		{"designated in another rule", good, step(0, "selectId", 5), records.CodeSelectID},

		{"for some days", on(preview, 72), set("tempAuthDay", 4), records.CodeDone},
		{"for good", on(preview, 72), drop("tempAuthDay"), records.CodeDone},
		{"days negative", on(preview, 72), set("tempAuthDay", -1), records.CodeApprovalForm},
		{"days for a type without", good, set("tempAuthDay", 4), records.CodeTempAuthDay},

		{"a file", on(upload, 72), attach(single()), records.CodeDone},
		{"files", on(upload, 72), attach(full), records.CodeDone},
		{"a file for a file", on(modify, 98), attach(single()), records.CodeDone},
		{"no file", on(upload, 72), drop("attachmentId"), records.CodeAttachmentNeeded},
		{"file 0 for none", on(modify, 98), attach(0), records.CodeAttachmentNeeded},
		{"file unknown", on(upload, 72), attach(9999), records.CodeNoAttachment},
		{"a file of the drive", on(upload, 72), attach(98), records.CodeNoAttachment},
		{"a file where none is asked for", good, attach(single()), records.CodeAttachmentExcess},
		{"no file where none is asked for", good, attach(0), records.CodeDone},
		{"somebody else's file", on(upload, 72), attach(d.uploaded("wang", "a.txt", "abc")),
			records.CodeAttachmentOwner},
		{"a file used before", on(upload, 72), attach(used), records.CodeAttachmentUsed},
		{"a file in an attachment", on(upload, 72), attach(inside), records.CodeNoAttachment},
		{"files for one file", on(modify, 98), attach(another), records.CodeAttachmentKind},
		{"folders without a file", on(upload, 72), attach(empty), records.CodeAttachmentEmpty},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			before := len(d.approvals("test03", "get-creator-list"))
			o := tt.base()
			tt.change(o)
			a := d.raise("test03", o)
			if a.Code != tt.code {
				t.Errorf("code %d %s, want %d", a.Code, a.Msg, tt.code)
			}
			made := len(d.approvals("test03", "get-creator-list")) - before
			if want := map[bool]int{true: 1}[tt.code == records.CodeDone]; made != want {
				t.Errorf("%d approvals made, want %d", made, want)
			}
		})
	}

	for name, written := range map[string]string{"not JSON": "{", "a list": "[]", "something after": "{} x",
		"deep": strings.Repeat("[", 1<<20), "empty": ""} {
		if a := d.Post("test03", "/app/approval/create-approval", "json="+written); a.Code != records.CodeApprovalForm {
			t.Errorf("%s: code %d %s", name, a.Code, a.Msg)
		}
	}
	a := d.Post("test03", "/app/approval/create-approval", `json={"step":[{"ids":[0.5]}]}`)
	if a.Msg != "json.step.ids不能是0.5" {
		t.Errorf("%+v", a)
	}
	d.Want(d.Post("test03", "/app/approval/create-approval"), records.CodeParam)
	d.Want(d.Post("test03", "/app/approval/create-approval", "json=null"), records.CodeNoTemplet)
}

// The document shows no answer: there is a code and nothing that a client could come to rely on.
func TestRaisingTellsNoID(t *testing.T) {
	d := newDrive(t)
	written, _ := json.Marshal(d.approval(d.templet(72, 1, "审批", testStep(drive.RuleAny, 0, 5)), 72))
	for range 2 { // nor is it idempotent
		var got map[string]any
		d.PostInto(&got, "test03", "/app/approval/create-approval", "json="+string(written))
		sandboxtest.WantJSON(t, `{"code":0}`, got)
	}
	if n := len(d.approvals("test03", "get-creator-list")); n != 2 {
		t.Errorf("%d approvals, want 2", n)
	}
}
