package sandbox

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// passed raises an approval of one step that zhang decides, lets it pass, and returns how it ended.
func (d *drive) passed(user string, tid, fileID, attachment int64) viewed {
	d.t.Helper()
	o := d.approval(tid, fileID)
	if attachment > 0 {
		o["attachmentId"] = attachment
	}
	id := d.raised(user, o)
	d.want(d.handle("zhang", id, 0, approved), CodeDone)
	return d.view("admin", id)
}

// basics is what section 1 says of a folder or file.
func (d *drive) basics(fileID int64) fileMap {
	d.t.Helper()
	a := d.post("admin", "/app/approval/templet-content", "id=0", fmt.Sprint("fileId=", fileID))
	d.want(a, CodeDone)
	return *a.FileMap
}

func TestUploadIsCarriedOut(t *testing.T) {
	d := newDrive(t)
	tid := d.templet(72, typeUpload, "上传", testStep(ruleAny, 0, 5))
	attachment := d.uploaded("test03", "补充协议.pdf", "abc")
	if entries, _ := d.dir("admin", 72); entries != nil {
		t.Fatalf("there before it was approved: %v", entries)
	}
	if v := d.passed("test03", tid, 72, attachment); v.Data.Status != approved {
		t.Fatalf("%+v", v.Data)
	}
	entries, _ := d.dir("admin", 72)
	id := onlyID(t, entries, "补充协议.pdf")
	if diff := cmp.Diff(fileMap{CreatorID: 4, FileExtend: "pdf", FileID: id, FileName: "补充协议.pdf", ParentID: 72, Size: 3}, d.basics(id)); diff != "" {
		t.Error(diff)
	}
	// A second one of that name fails and changes nothing.
	v := d.passed("test03", tid, 72, d.uploaded("test03", "补充协议.pdf", "别的内容"))
	if v.Data.Status != failed || !strings.Contains(v.Data.ErrMsg, "补充协议.pdf") || v.Data.Ended == 0 {
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
	tid := d.templet(1, typeUpload, "上传", testStep(ruleAny, 0, 5))
	tree := func(names ...string) int64 {
		root, key := d.multi("test03", `["图片","图片/素材","空"]`)
		for _, name := range names {
			folder, file := cutLast(name)
			d.want(d.uploadInto("test03", root, key, strings.ReplaceAll(folder, "/", "|"), file, name), CodeDone)
		}
		return root
	}
	if v := d.passed("test03", tid, 73, tree("a.txt", "图片/b.txt", "图片/素材/c.txt")); v.Data.Status != approved {
		t.Fatalf("%+v", v.Data)
	}
	if diff := cmp.Diff([]string{"a.txt", "图片/", "图片/b.txt", "图片/素材/", "图片/素材/c.txt", "空/"}, d.below(73, "")); diff != "" {
		t.Error(diff)
	}
	// One name that is taken, and none of the tree is put there.
	if _, err := d.box.AddFile(74, "空"); err != nil {
		t.Fatal(err)
	}
	if v := d.passed("test03", tid, 74, tree("a.txt")); v.Data.Status != failed || !strings.Contains(v.Data.ErrMsg, "空") {
		t.Errorf("%+v", v.Data)
	}
	if diff := cmp.Diff([]string{"空"}, d.below(74, "")); diff != "" {
		t.Error(diff)
	}
}

// below lists what is below a folder by path, folders with a slash behind.
func (d *drive) below(folder int64, base string) []string {
	d.t.Helper()
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
	tid := d.templet(1, typeModify, "修改", testStep(ruleAny, 0, 5))
	if v := d.passed("test03", tid, 98, d.uploaded("test03", "新稿.docx", "12345")); v.Data.Status != approved {
		t.Fatalf("%+v", v.Data)
	}
	// The bytes are new, the name, the place and who made it stay.
	if diff := cmp.Diff(fileMap{CreatorID: 1, FileExtend: "pdf", FileID: 98, FileName: "章程.pdf", ParentID: 1, Size: 5}, d.basics(98)); diff != "" {
		t.Error(diff)
	}
	// What was refused changes nothing.
	o := d.approval(tid, 98)
	o["attachmentId"] = d.uploaded("test03", "新稿.docx", "1234567")
	d.want(d.handle("zhang", d.raised("test03", o), 0, refused), CodeDone)
	if size := d.basics(98).Size; size != 5 {
		t.Errorf("%d bytes", size)
	}
}

// A file that is gone by the time the last one agrees: the approval has failed, and says why.
func TestOutcomeOfWhatIsGone(t *testing.T) {
	d := newDrive(t)
	folder, err := d.box.AddFolder(72, "临时")
	if err != nil {
		t.Fatal(err)
	}
	o := d.approval(d.templet(72, typeUpload, "上传", testStep(ruleAny, 0, 5)), folder)
	o["attachmentId"] = d.uploaded("test03", "a.txt", "abc")
	id := d.raised("test03", o)
	if err := d.box.RemoveFile(folder); err != nil {
		t.Fatal(err)
	}
	d.want(d.handle("zhang", id, 0, approved), CodeDone)
	v := d.view("test03", id)
	if v.Data.Status != failed || v.Data.ErrMsg == "" || v.FileMap != nil {
		t.Errorf("%+v", v)
	}
	if got := ids(d.approvals("admin", "get-handler-list", "admin=1")); got != fmt.Sprint(id) {
		t.Errorf("the super administrator sees %q", got)
	}
	d.want(d.post("test02", "/app/approval/remove-approval", fmt.Sprint("id=", id)), CodeNoPermission)
	d.want(d.post("admin", "/app/approval/remove-approval", fmt.Sprint("id=", id)), CodeDone)
}

// The right to preview holds on the folder and below it, and shows in fileAuth.
func TestPreviewRightIsGiven(t *testing.T) {
	d := newDrive(t)
	tid := d.templet(1, typePreview, "预览", testStep(ruleAny, 0, 5))
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
	d.want(d.handle("zhang", id, 0, approved), CodeDone)
	var given right
	err := d.box.store.read(func(t txn) error { _, err := t.get(rightsBucket, key(72, 7), &given); return err })
	if days := float64(given.Until-now()) / 86400; err != nil || days < 3.9 || days > 4.1 {
		t.Errorf("until %d, in %.1f days: %v", given.Until, days, err)
	}
	if got := auth("wang", 72); got != "P" {
		t.Errorf("wang on 72: %s", got)
	}
	err = d.box.store.alone(func(t txn) error { return t.put(rightsBucket, key(72, 7), right{Until: now() - 1}) })
	if got := auth("wang", 72); got != "V" || err != nil {
		t.Errorf("after its end: %s %v", got, err)
	}
}
