package drive_test

import (
	"fmt"
	"strings"
	"testing"

	"countersign/providers/sandbox/drive"
	"countersign/providers/sandbox/drive/records"
	"countersign/providers/sandbox/sandboxtest"
	"countersign/providers/sandbox/store"

	"github.com/google/go-cmp/cmp"
)

// passed raises an approval of one step that zhang decides, lets it pass, and returns how it ended.
func (d *client) passed(user string, tid, fileID, attachment int64) viewed {
	d.T.Helper()
	o := d.approval(tid, fileID)
	if attachment > 0 {
		o["attachmentId"] = attachment
	}
	id := d.raised(user, o)
	d.Want(d.handle("zhang", id, 0, records.Approved), records.CodeDone)
	return d.view("admin", id)
}

// basics is what section 1 says of a folder or file.
func (d *client) basics(fileID int64) drive.FileMap {
	d.T.Helper()
	a := d.Post("admin", "/app/approval/templet-content", "id=0", fmt.Sprint("fileId=", fileID))
	d.Want(a, records.CodeDone)
	return *a.FileMap
}

func TestUploadIsCarriedOut(t *testing.T) {
	d := newDrive(t)
	tid := d.templet(72, drive.TypeUpload, "上传", testStep(drive.RuleAny, 0, 5))
	attachment := d.uploaded("test03", "补充协议.pdf", "abc")
	if entries, _ := d.dir("admin", 72); entries != nil {
		t.Fatalf("there before it was approved: %v", entries)
	}
	if v := d.passed("test03", tid, 72, attachment); v.Data.Status != records.Approved {
		t.Fatalf("%+v", v.Data)
	}
	entries, _ := d.dir("admin", 72)
	id := onlyID(t, entries, "补充协议.pdf")
	if diff := cmp.Diff(drive.FileMap{CreatorID: 4, FileExtend: "pdf", FileID: id, FileName: "补充协议.pdf",
		ParentID: 72,
		Size:     3}, d.basics(id)); diff != "" {
		t.Error(diff)
	}
	// A second one of that name fails and changes nothing.
	v := d.passed("test03", tid, 72, d.uploaded("test03", "补充协议.pdf", "别的内容"))
	if v.Data.Status != records.Failed || !strings.Contains(v.Data.ErrMsg, "补充协议.pdf") || v.Data.Ended == 0 {
		t.Errorf("%+v", v.Data)
	}
	if d.basics(id).Size != 3 {
		t.Error("the first one was overwritten")
	}
	// The attachment can still be had.
	if body, _ := d.download("test03", "download-attachment", attachment); body != "abc" {
		t.Errorf("%q", body)
	}
}

func onlyID(t *testing.T, entries []string, name string) (id int64) {
	t.Helper()
	if len(entries) != 1 || !strings.HasSuffix(entries[0], " "+name) {
		t.Fatalf("%v", entries)
	}
	fmt.Sscan(entries[0], &id)
	return id
}

func TestUploadOfATreeIsCarriedOut(t *testing.T) {
	d := newDrive(t)
	tid := d.templet(1, drive.TypeUpload, "上传", testStep(drive.RuleAny, 0, 5))
	tree := func(names ...string) int64 {
		root, key := d.multi("test03", `["图片","图片/素材","空"]`)
		for _, name := range names {
			folder, file := drive.CutLast(name)
			d.Want(d.uploadInto("test03", root, key, strings.ReplaceAll(folder, "/", "|"), file, name),
				records.CodeDone)
		}
		return root
	}
	v := d.passed("test03", tid, 73, tree("a.txt", "图片/b.txt", "图片/素材/c.txt"))
	if v.Data.Status != records.Approved {
		t.Fatalf("%+v", v.Data)
	}
	if diff := cmp.Diff([]string{"a.txt", "图片/", "图片/b.txt", "图片/素材/", "图片/素材/c.txt", "空/"},
		d.below(73, "")); diff != "" {
		t.Error(diff)
	}
	// One name that is taken, and none of the tree is put there.
	if _, err := sandboxtest.AddFile(d.Box, 74, "空"); err != nil {
		t.Fatal(err)
	}
	if v := d.passed("test03", tid, 74, tree("a.txt")); v.Data.Status != records.Failed ||
		!strings.Contains(v.Data.ErrMsg, "空") {
		t.Errorf("%+v", v.Data)
	}
	if diff := cmp.Diff([]string{"空"}, d.below(74, "")); diff != "" {
		t.Error(diff)
	}
}

// below lists what is below a folder by path, folders with a slash behind.
func (d *client) below(folder int64, base string) []string {
	d.T.Helper()
	var all []string
	entries, _ := d.dir("admin", folder)
	for _, e := range entries {
		var id int64
		fmt.Sscan(e, &id)
		_, name, _ := strings.Cut(e, " ")
		all = append(all, base+name)
		if strings.HasSuffix(name, "/") {
			all = append(all, d.below(id, base+name)...)
		}
	}
	return all
}

func TestModifyIsCarriedOut(t *testing.T) {
	d := newDrive(t)
	tid := d.templet(1, drive.TypeModify, "修改", testStep(drive.RuleAny, 0, 5))
	if v := d.passed("test03", tid, 98, d.uploaded("test03", "新稿.docx", "12345")); v.Data.Status != records.Approved {
		t.Fatalf("%+v", v.Data)
	}
	// The bytes are new, the name, the place and who made it stay.
	if diff := cmp.Diff(drive.FileMap{CreatorID: 1, FileExtend: "pdf", FileID: 98, FileName: "章程.pdf", ParentID: 1,
		Size: 5}, d.basics(98)); diff != "" {
		t.Error(diff)
	}
	// What was refused changes nothing.
	o := d.approval(tid, 98)
	o["attachmentId"] = d.uploaded("test03", "新稿.docx", "1234567")
	d.Want(d.handle("zhang", d.raised("test03", o), 0, records.Refused), records.CodeDone)
	if size := d.basics(98).Size; size != 5 {
		t.Errorf("%d bytes", size)
	}
}

// A file that is gone by the time the last one agrees: the approval has failed, and says why.
func TestOutcomeOfWhatIsGone(t *testing.T) {
	d := newDrive(t)
	folder, err := sandboxtest.AddFolder(d.Box, 72, "临时")
	if err != nil {
		t.Fatal(err)
	}
	o := d.approval(d.templet(72, drive.TypeUpload, "上传", testStep(drive.RuleAny, 0, 5)), folder)
	o["attachmentId"] = d.uploaded("test03", "a.txt", "abc")
	id := d.raised("test03", o)
	if err := sandboxtest.RemoveFile(d.Box, folder); err != nil {
		t.Fatal(err)
	}
	d.Want(d.handle("zhang", id, 0, records.Approved), records.CodeDone)
	v := d.view("test03", id)
	if v.Data.Status != records.Failed || v.Data.ErrMsg == "" || v.FileMap != nil {
		t.Errorf("%+v", v)
	}
	if got := ids(d.approvals("admin", "get-handler-list", "admin=1")); got != fmt.Sprint(id) {
		t.Errorf("the super administrator sees %q", got)
	}
	d.Want(d.Post("test02", "/app/approval/remove-approval", fmt.Sprint("id=", id)), records.CodeNoPermission)
	d.Want(d.Post("admin", "/app/approval/remove-approval", fmt.Sprint("id=", id)), records.CodeDone)
}

// The right to preview holds on the folder and below it, and shows in fileAuth.
func TestPreviewRightIsGiven(t *testing.T) {
	d := newDrive(t)
	tid := d.templet(1, drive.TypePreview, "预览", testStep(drive.RuleAny, 0, 5))
	auth := func(user string, fileID int64) string {
		t.Helper()
		return d.view(user, d.raised(user, d.approval(tid, fileID))).FileAuth
	}
	if got := auth("test03", 7); got != "V" {
		t.Fatalf("before: %s", got)
	}
	d.passed("test03", tid, 3, 0)
	for _, tt := range []struct {
		user string
		file int64
		want string
	}{{"test03", 3, "P"}, {"test03", 7, "P"}, {"test03", 1, "V"}, {"test03", 72, "V"}, {"wang", 7, "V"}} {
		if got := auth(tt.user, tt.file); got != tt.want {
			t.Errorf("%s on %d: %s, want %s", tt.user, tt.file, got, tt.want)
		}
	}
	// For some days alone: the end is written down.
	o := d.approval(tid, 72)
	o["tempAuthDay"] = 4
	id := d.raised("wang", o)
	d.Want(d.handle("zhang", id, 0, records.Approved), records.CodeDone)
	var given records.Right
	key := store.Key(72, 7)
	err := d.Box.Shared().Store.Read(func(t store.Tx) error { t.Get(records.RightsBucket, key, &given); return nil })
	if days := float64(given.Until-records.Now()) / 86400; err != nil || days < 3.9 || days > 4.1 {
		t.Errorf("until %d, in %.1f days: %v", given.Until, days, err)
	}
	if got := auth("wang", 72); got != "P" {
		t.Errorf("wang on 72: %s", got)
	}
	err = d.Box.Shared().Store.Alone(func(t store.Tx) error {
		t.Put(records.RightsBucket, key, records.Right{Until: records.Now() - 1})
		return nil
	})
	if got := auth("wang", 72); got != "V" || err != nil {
		t.Errorf("after its end: %s %v", got, err)
	}
}
