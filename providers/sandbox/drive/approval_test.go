package drive_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"

	"countersign/providers/sandbox/drive"
	"countersign/providers/sandbox/drive/records"
	"countersign/providers/sandbox/sandboxtest"
	"countersign/providers/sandbox/store"
)

type object = map[string]any

// testStep is a step of a template, its names those of the example world.
func testStep(rule, num int, ids ...int64) object {
	var usernames, realnames []string
	for _, id := range ids {
		u := records.ExampleUsers[slices.IndexFunc(records.ExampleUsers,
			func(u records.User) bool { return u.ID == id })]
		usernames, realnames = append(usernames, u.Username), append(realnames, u.Realname)
	}
	return object{"approvalNum": num, "ids": ids, "name": "审批", "realnames": realnames, "type": rule,
		"usernames": usernames}
}

// templet makes a template and returns its id.
func (d *client) templet(fileID int64, approvalType int, title string, steps ...object) int64 {
	d.T.Helper()
	written, err := json.Marshal(object{"approvalType": strconv.Itoa(approvalType), "approverAuth": 1, "ccAuth": 2,
		"desc":         "请说明",
		"destFolderId": 0, "mark": false, "step": steps, "title": title, "uids": []int64{8}})
	if err != nil {
		d.T.Fatal(err)
	}
	d.Want(d.Post("admin", "/app/approval/set-templet", fmt.Sprint("fileId=", fileID), "tid=0", "title="+title,
		"mType="+drive.Catalogue[approvalType-1][2], "content="+string(written)), records.CodeDone)
	var id int64
	for _, t := range d.List("admin", fileID) {
		id = max(id, t.ID)
	}
	return id
}

// approval is what a client sends to raise a template: most of it comes out of templet-content.
func (d *client) approval(tid, fileID int64) object {
	d.T.Helper()
	a := d.Post("chen", "/app/approval/templet-content", fmt.Sprint("id=", tid), fmt.Sprint("fileId=", fileID))
	d.Want(a, records.CodeDone)
	var c struct {
		ApprovalType         string
		ApproverAuth, CCAuth int
		Desc, Title          string
		Step                 []any
		UIDs                 any
	}
	if err := json.Unmarshal([]byte(a.Templet.Content), &c); err != nil {
		d.T.Fatal(err)
	}
	var path string
	d.Box.Shared().Store.Read(func(t store.Tx) error {
		chain, err := records.Tx{Tx: t}.Chain(fileID)
		path = drive.FullPath(chain)
		return err
	})
	return object{"approverAuth": c.ApproverAuth, "ccAuth": c.CCAuth, "copyto": c.UIDs, "creatorNote": "请批准!",
		"desc": c.Desc, "fileId": fileID, "fullPath": path, "mark": false, "step": c.Step, "taskType": c.ApprovalType,
		"tid": tid, "title": c.Title}
}

func (d *client) raise(user string, o object) sandboxtest.Answer {
	d.T.Helper()
	written, err := json.Marshal(o)
	if err != nil {
		d.T.Fatal(err)
	}
	return d.Post(user, "/app/approval/create-approval", "json="+string(written))
}

// raised raises an approval that must be accepted, and finds its id as a client does: in the list.
func (d *client) raised(user string, o object) int64 {
	d.T.Helper()
	d.Want(d.raise(user, o), records.CodeDone)
	list := d.approvals(user, "get-creator-list")
	return list[len(list)-1].ID
}

func (d *client) approvals(user, path string, fields ...string) []records.ApprovalData {
	d.T.Helper()
	a := d.Post(user, "/app/approval/"+path, fields...)
	d.Want(a, records.CodeDone)
	var list []records.ApprovalData
	if err := json.Unmarshal(a.Data, &list); err != nil || list == nil {
		d.T.Fatalf("%s: %v", a.Data, err)
	}
	return list
}

// ids lists the ids of approvals.
func ids(list []records.ApprovalData) string {
	var s []string
	for _, a := range list {
		s = append(s, fmt.Sprint(a.ID))
	}
	return strings.Join(s, " ")
}

type viewed struct {
	sandboxtest.Answer
	Attachment *drive.AttachmentInfo
	Data       records.ApprovalData
	Data2      []records.Handling
	FileAuth   string
}

func (d *client) view(user string, id int64) viewed {
	d.T.Helper()
	var v viewed
	d.PostInto(&v, user, "/app/approval/view-approval", fmt.Sprint("id=", id))
	d.Want(v.Answer, records.CodeDone)
	return v
}

// handle lets a user decide in a step, with the auid that section 8 gives for that user there.
func (d *client) handle(user string, id int64, step, status int) sandboxtest.Answer {
	d.T.Helper()
	var auid int64
	for _, h := range d.view("admin", id).Data2 {
		if h.Step == step && h.User == d.userID(user) {
			auid = h.ID
		}
	}
	return d.Post(user, "/app/approval/handle-step", fmt.Sprint("aid=", id), fmt.Sprint("auid=", auid),
		fmt.Sprint("step=", step),
		"note=意见", fmt.Sprint("status=", status))
}

func (d *client) userID(name string) int64 {
	for _, k := range d.Box.Tokens() {
		if k.Username == name {
			return k.ID
		}
	}
	d.T.Fatalf("no user %s", name)
	return 0
}

// The approval of the document's section 8, made with the calls of sections 6, 11 and 12, and shown field by field.
func TestViewApprovalIsTheDocuments(t *testing.T) {
	d := newDrive(t)
	first := testStep(drive.RuleAny, 0, 3)
	first["name"] = "初审"
	last := testStep(drive.RuleAny, 0, 1)
	last["name"] = "终审"
	tid := d.templet(7, drive.TypeUpload, "上传审批", first, last)
	root, key := d.multi("test03", `["doc"]`)
	for i, size := range []int{18000, 600, 200, 90, 10} {
		d.Want(d.uploadInto("test03", root, key, "doc", fmt.Sprint(i, ".txt"), strings.Repeat("x", size)),
			records.CodeDone)
	}
	o := d.approval(tid, 7)
	o["attachmentId"] = root
	written, _ := json.Marshal(o)
	d.Want(d.raise("test03", o), records.CodeDone)

	var got map[string]any
	d.PostInto(&got, "admin", "/app/approval/view-approval", "id=1")
	data := got["data"].(map[string]any)
	attachment := got["attachment"].(map[string]any)
	if created := data["createtime"].(float64); created < 1.7e9 {
		t.Errorf("createtime %v", created)
	}
	if name := attachment["fileName"].(string); len(name) != 64 || name == key {
		t.Errorf("fileName %q", name)
	}
	delete(data, "createtime")
	delete(attachment, "fileName")
	want := fmt.Sprintf(`{
		"attachment": {"atype": 1, "fileId": %d, "size": 0, "totalNum": 5, "totalSize": 18900},
		"code": 0,
		"data": {"content": %q, "creator": 4, "endTime": 0, "errmsg": "", "fileId": 7, "id": 1, "status": 0,
			"taskType": 2},
		"data2": [
			{"aid": 1, "handleType": 2, "handletime": 0, "id": 1, "note": "", "status": 0, "status2": 0, "step": 0,
				"uid": 3, "utype": 1},
			{"aid": 1, "handleType": 2, "handletime": 0, "id": 2, "note": "", "status": 0, "status2": 0, "step": 1,
				"uid": 1, "utype": 1}],
		"fileAuth": "A",
		"fileMap": {"approvalId": 1, "creatorId": 1, "fileExtend": "", "fileId": 7, "fileName": "质量控制",
			"fileType": 1, "lockStatus": 0, "lockUser": 0, "parentId": 3, "size": 0},
		"userinfo": {"1": ["admin", "系统管理员", "0"], "3": ["test02", "测试2", "0"],
			"4": ["test03", "测试3", "0"], "8": ["chen", "陈晨", "0"]}
	}`, root, string(written))
	sandboxtest.WantJSON(t, want, got)

	// Ids of handlings go on over approvals, as the document's do; those in copy have one that is not shown.
	o["attachmentId"] = d.uploaded("test03", "单.txt", "abc")
	d.Want(d.raise("test03", o), records.CodeDone)
	v := d.view("admin", 2)
	if v.Data2[0].ID != 4 || v.Data2[1].ID != 5 {
		t.Errorf("%+v", v.Data2)
	}
	if a := *v.Attachment; a.Atype != 0 || a.FileName != "单.txt" || a.Size != 3 || a.TotalNum != 0 ||
		a.TotalSize != 0 {
		t.Errorf("%+v", a)
	}
}

func TestWhoMayViewAnApproval(t *testing.T) {
	d := newDrive(t)
	tid := d.templet(7, 1, "审批", testStep(drive.RuleAll, 0, 5), testStep(drive.RuleAny, 0, 6))
	id := d.raised("test03", d.approval(tid, 7))
	// chen is in copy, zhang and li decide, test02 manages folder 3 above.
	for user, auth := range map[string]string{"admin": "A", "test02": "A", "test03": "V", "zhang": "P", "li": "P",
		"chen": "D"} {
		if got := d.view(user, id).FileAuth; got != auth {
			t.Errorf("%s has %s, want %s", user, got, auth)
		}
	}
	d.Want(d.Post("wang", "/app/approval/view-approval", "id=1"), records.CodeNoPermission)
	d.Want(d.Post("admin", "/app/approval/view-approval", "id=2"), records.CodeNoApproval)
	d.Want(d.Post("admin", "/app/approval/view-approval"), records.CodeParam)
	d.Want(d.Post("admin", "/app/approval/view-approval", "id=x"), records.CodeParam)
	// Who manages another folder may not.
	elsewhere := d.raised("test03", d.approval(d.templet(72, 1, "别处", testStep(drive.RuleAll, 0, 5)), 72))
	d.Want(d.Post("test02", "/app/approval/view-approval", fmt.Sprint("id=", elsewhere)), records.CodeNoPermission)
}

func TestApprovalLists(t *testing.T) {
	d := newDrive(t)
	two := d.templet(7, 1, "两步", testStep(drive.RuleAll, 0, 5, 6), testStep(drive.RuleAny, 0, 5))
	chosen := testStep(drive.RuleDesignated, 0, 5, 6)
	one := d.templet(72, 1, "指定", chosen)
	a := d.raised("test03", d.approval(two, 7))
	o := d.approval(one, 72)
	o["step"].([]any)[0].(object)["selectId"] = 6
	b := d.raised("wang", o)
	check := func(when string, want map[string]string) {
		t.Helper()
		for who, list := range want {
			user, which, _ := strings.Cut(who, " ")
			var got string
			switch which {
			case "raised":
				got = ids(d.approvals(user, "get-creator-list"))
			case "waiting":
				got = ids(d.approvals(user, "get-handler-list", "utype=1"))
			case "copied":
				got = ids(d.approvals(user, "get-handler-list", "utype=0", "admin=0"))
			case "managed":
				got = ids(d.approvals(user, "get-handler-list", "admin=1"))
			}
			if got != list {
				t.Errorf("%s: %s: %q, want %q", when, who, got, list)
			}
		}
	}
	check("raised", map[string]string{
		"test03 raised": "1", "wang raised": "2", "zhang raised": "",
		"zhang waiting": "1", "li waiting": "1 2", "wang waiting": "", // zhang is not the one designated in 2
		"chen copied":   "", // copied at the end, and nothing has ended
		"admin managed": "1 2", "test02 managed": "1",
	})
	d.Want(d.handle("li", a, 0, records.Approved), records.CodeDone)
	check("li agreed", map[string]string{"zhang waiting": "1", "li waiting": "2"})
	d.Want(d.handle("zhang", a, 0, records.Approved), records.CodeDone)
	check("second step", map[string]string{"zhang waiting": "1", "li waiting": "2"})
	d.Want(d.handle("zhang", a, 1, records.Approved), records.CodeDone)
	check("approved", map[string]string{"zhang waiting": "", "chen copied": "1", "test03 raised": "1",
		"admin managed": "1 2"})
	d.Want(d.handle("li", b, 0, records.Refused), records.CodeDone)
	check("refused", map[string]string{"li waiting": "", "chen copied": "1 2", "wang raised": "2"})

	if rows := d.approvals("test03", "get-creator-list"); rows[0].Status != records.Approved || rows[0].TaskType != 1 ||
		rows[0].Ended == 0 || !strings.Contains(rows[0].Content, `"title":"两步"`) {
		t.Errorf("%+v", rows[0])
	}
	d.Want(d.Post("test03", "/app/approval/get-handler-list", "admin=1"), records.CodeNoPermission)
	d.Want(d.Post("test03", "/app/approval/get-handler-list", "utype=2"), records.CodeParam)
	d.Want(d.Post("test03", "/app/approval/get-handler-list"), records.CodeParam)
}

func TestFileApprovalLog(t *testing.T) {
	d := newDrive(t)
	tid := d.templet(3, drive.TypeUpload, "上传", testStep(drive.RuleAny, 0, 5))
	var attachment int64
	for _, at := range []int64{3, 7, 3} { // on the folder, below it, on the folder
		o := d.approval(tid, at)
		attachment = d.uploaded("test03", fmt.Sprint(at, ".txt"), "x")
		o["attachmentId"] = attachment
		d.raised("test03", o)
	}
	unused := d.uploaded("test03", "没用.txt", "x")
	tests := []struct {
		user string
		id   int64
		want string
	}{
		{"admin", 3, "1 3"}, {"admin", 7, "2"}, {"admin", 1, ""},
		{"test02", 3, "1 3"}, {"test03", 3, "1 3"}, {"zhang", 3, "1 3"}, {"chen", 7, "2"},
		{"wang", 3, ""},             // who may view none sees none
		{"test03", attachment, "3"}, // the parameter as the document words it
		{"test03", unused, ""},
	}
	for _, tt := range tests {
		if got := ids(d.approvals(tt.user, "get-file-approval-log", fmt.Sprint("fileId=", tt.id))); got != tt.want {
			t.Errorf("%s of %d: %q, want %q", tt.user, tt.id, got, tt.want)
		}
	}
	d.Want(d.Post("admin", "/app/approval/get-file-approval-log", "fileId=9999"), records.CodeNoFile)
	d.Want(d.Post("wang", "/app/approval/get-file-approval-log", fmt.Sprint("fileId=", attachment)),
		records.CodeNoPermission)
	d.Want(d.Post("admin", "/app/approval/get-file-approval-log"), records.CodeParam)
}

func TestRemoveApproval(t *testing.T) {
	d := newDrive(t)
	tid := d.templet(7, drive.TypeUpload, "上传", testStep(drive.RuleAny, 0, 5))
	o := d.approval(tid, 7)
	attachment := d.uploaded("test03", "a.txt", "abc")
	o["attachmentId"] = attachment
	id := d.raised("test03", o)
	for _, user := range []string{"test03", "zhang", "chen", "wang"} { // even who raised it, decides it, is in copy
		d.Want(d.Post(user, "/app/approval/remove-approval", fmt.Sprint("id=", id)), records.CodeNoPermission)
	}
	d.Want(d.Post("test02", "/app/approval/remove-approval", fmt.Sprint("id=", id)), records.CodeDone)
	d.Want(d.Post("test02", "/app/approval/remove-approval", fmt.Sprint("id=", id)), records.CodeNoApproval)
	for _, list := range []string{
		ids(d.approvals("test03", "get-creator-list")), ids(d.approvals("zhang", "get-handler-list", "utype=1")),
		ids(d.approvals("admin", "get-handler-list", "admin=1")), ids(d.approvals("admin", "get-file-approval-log",
			"fileId=7")),
	} {
		if list != "" {
			t.Errorf("still listed: %s", list)
		}
	}
	d.Want(d.Post("test03", "/app/approval/download-attachment", fmt.Sprint("fileId=", attachment)),
		records.CodeNoAttachment)
	d.Want(d.Post("admin", "/app/approval/remove-approval", "id="), records.CodeParam)
	// An id never comes back.
	o["attachmentId"] = d.uploaded("test03", "b.txt", "abc")
	if again := d.raised("test03", o); again != id+1 {
		t.Errorf("id %d, want %d", again, id+1)
	}
}
