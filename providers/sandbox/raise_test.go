package sandbox

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
)

// Everything that create-approval repeats of the template is held against it, and what comes besides against the
// catalogue. Each case changes one thing in what would be accepted.
func TestApprovalIsChecked(t *testing.T) {
	d := newDrive(t)
	first := testStep(ruleMoreThan, 1, 5, 6)
	last := testStep(ruleDesignated, 0, 6, 7)
	note := d.templet(1, 1, "不处理", first, last)
	preview := d.templet(1, typePreview, "预览", testStep(ruleAny, 0, 5))
	upload := d.templet(72, typeUpload, "上传", testStep(ruleAny, 0, 5))
	modify := d.templet(1, typeModify, "修改", testStep(ruleAny, 0, 5))
	elsewhere := d.templet(73, 1, "别处", testStep(ruleAny, 0, 5))
	gone := d.templet(72, 1, "删除", testStep(ruleAny, 0, 5))
	goneApproval := d.approval(gone, 72)
	d.want(d.post("admin", "/app/approval/remove-templet", fmt.Sprint("id=", gone)), CodeDone)

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
		d.want(a, CodeDone)
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
		{"as it should be", good, set("creatorNote", "说明"), CodeDone},
		{"without a note", good, drop("creatorNote"), CodeDone},
		{"numbers as text", good, set("fileId", "72"), CodeDone},
		{"on the scope itself", on(note, 1), set("mark", false), CodeDone},
		{"on a file below", on(note, 98), set("mark", false), CodeDone},
		{"note not a text", good, set("creatorNote", 1), CodeApprovalForm},
		{"mark", good, set("mark", true), CodeApprovalForm},

		{"template unknown", good, set("tid", 999), CodeNoTemplet},
		{"template missing", good, drop("tid"), CodeNoTemplet},
		{"template removed", func() object { return maps.Clone(goneApproval) }, set("mark", false), CodeNoTemplet},
		{"template of another folder", on(elsewhere, 72), set("mark", false), CodeNotInForce},
		{"template of a folder below", on(elsewhere, 1), set("mark", false), CodeNotInForce},
		{"file unknown", good, set("fileId", 9999), CodeNoFile},
		{"file 0", good, set("fileId", 0), CodeNoFile},
		{"file missing", good, drop("fileId"), CodeNoFile},
		{"for folders, on a file", func() object { return on(d.templet(1, typeUpload, "上", testStep(ruleAny, 0, 5)), 98)() }, attach(1), CodeNotRaisable},
		{"for files, on a folder", on(modify, 72), attach(1), CodeNotRaisable},
		{"path of another", good, set("fullPath", "公司文件"), CodeFullPath},
		{"path with a slash before", good, set("fullPath", "/公司文件/合同"), CodeFullPath},
		{"path missing", good, drop("fullPath"), CodeFullPath},

		{"title", good, set("title", "别的"), CodeTempletDiffers},
		{"title missing", good, drop("title"), CodeTempletDiffers},
		{"description", good, set("desc", "别的"), CodeTempletDiffers},
		{"description missing", good, drop("desc"), CodeTempletDiffers},
		{"type", good, set("taskType", 3), CodeTempletDiffers},
		{"type missing", good, drop("taskType"), CodeTempletDiffers},
		{"approver access", good, set("approverAuth", 2), CodeTempletDiffers},
		{"approver access missing", good, drop("approverAuth"), CodeTempletDiffers},
		{"cc access", good, set("ccAuth", 0), CodeTempletDiffers},
		{"cc access missing", good, drop("ccAuth"), CodeTempletDiffers},
		{"told: one more", good, set("copyto", []int{8, 5}), CodeTempletDiffers},
		{"told: another", good, set("copyto", []int{5}), CodeTempletDiffers},
		{"told: nobody", good, set("copyto", nil), CodeTempletDiffers},
		{"steps missing", good, drop("step"), CodeTempletDiffers},
		{"a step less", good, func(o object) { o["step"] = o["step"].([]any)[:1] }, CodeTempletDiffers},
		{"a step more", good, func(o object) { o["step"] = append(o["step"].([]any), o["step"].([]any)[0]) }, CodeTempletDiffers},
		{"steps in another order", good, func(o object) { slices.Reverse(o["step"].([]any)) }, CodeTempletDiffers},
		{"name of a step", good, step(0, "name", "别的"), CodeTempletDiffers},
		{"rule of a step", good, step(0, "type", ruleAny), CodeTempletDiffers},
		{"approvalNum of a step", good, step(0, "approvalNum", 0), CodeTempletDiffers},
		{"people of a step", good, step(0, "ids", []int{5, 7}), CodeTempletDiffers},
		{"usernames of a step", good, step(0, "usernames", []string{"zhang", "wang"}), CodeTempletDiffers},
		{"realnames of a step", good, step(0, "realnames", []string{"张三", "王五"}), CodeTempletDiffers},

		{"nobody designated", good, step(1, "selectId", nil), CodeSelectID},
		{"designated: not in the step", good, step(1, "selectId", 5), CodeSelectID},
		{"designated in another rule", good, step(0, "selectId", 5), CodeSelectID},

		{"for some days", on(preview, 72), set("tempAuthDay", 4), CodeDone},
		{"for good", on(preview, 72), drop("tempAuthDay"), CodeDone},
		{"days negative", on(preview, 72), set("tempAuthDay", -1), CodeApprovalForm},
		{"days for a type without", good, set("tempAuthDay", 4), CodeTempAuthDay},

		{"a file", on(upload, 72), attach(single()), CodeDone},
		{"files", on(upload, 72), attach(full), CodeDone},
		{"a file for a file", on(modify, 98), attach(single()), CodeDone},
		{"no file", on(upload, 72), drop("attachmentId"), CodeAttachmentNeeded},
		{"file 0 for none", on(modify, 98), attach(0), CodeAttachmentNeeded},
		{"file unknown", on(upload, 72), attach(9999), CodeNoAttachment},
		{"a file of the drive", on(upload, 72), attach(98), CodeNoAttachment},
		{"a file where none is asked for", good, attach(single()), CodeAttachmentExcess},
		{"no file where none is asked for", good, attach(0), CodeDone},
		{"somebody else's file", on(upload, 72), attach(d.uploaded("wang", "a.txt", "abc")), CodeAttachmentOwner},
		{"a file used before", on(upload, 72), attach(used), CodeAttachmentUsed},
		{"a file in an attachment", on(upload, 72), attach(inside), CodeNoAttachment},
		{"files for one file", on(modify, 98), attach(another), CodeAttachmentKind},
		{"folders without a file", on(upload, 72), attach(empty), CodeAttachmentEmpty},
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
			if want := map[bool]int{true: 1}[tt.code == CodeDone]; made != want {
				t.Errorf("%d approvals made, want %d", made, want)
			}
		})
	}

	for name, written := range map[string]string{"not JSON": "{", "a list": "[]", "something after": "{} x", "deep": strings.Repeat("[", 1<<20), "empty": ""} {
		if a := d.post("test03", "/app/approval/create-approval", "json="+written); a.Code != CodeApprovalForm {
			t.Errorf("%s: code %d %s", name, a.Code, a.Msg)
		}
	}
	d.want(d.post("test03", "/app/approval/create-approval"), CodeParam)
	d.want(d.post("test03", "/app/approval/create-approval", "json=null"), CodeNoTemplet)
}

// The document shows no answer: there is a code and nothing that a client could come to rely on.
func TestRaisingTellsNoID(t *testing.T) {
	d := newDrive(t)
	written, _ := json.Marshal(d.approval(d.templet(72, 1, "审批", testStep(ruleAny, 0, 5)), 72))
	for range 2 { // nor is it idempotent
		var got map[string]any
		d.postInto(&got, "test03", "/app/approval/create-approval", "json="+string(written))
		wantJSON(t, `{"code":0}`, got)
	}
	if n := len(d.approvals("test03", "get-creator-list")); n != 2 {
		t.Errorf("%d approvals, want 2", n)
	}
}
