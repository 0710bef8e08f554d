package sandbox

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// dir lists a folder as "id name", folders with a slash behind.
func (d *drive) dir(user string, fileID int64) (entries []string, approval string) {
	d.t.Helper()
	a := d.post(user, "/app/file/list-dir", fmt.Sprint("fileId=", fileID))
	d.want(a, CodeDone)
	var files []fileMap
	if err := json.Unmarshal(a.Data, &files); err != nil {
		d.t.Fatal(err)
	}
	for _, f := range files {
		entry := fmt.Sprint(f.FileID, " ", f.FileName)
		if f.FileType == 1 {
			entry += "/"
		}
		if f.ParentID != fileID {
			d.t.Errorf("%s says it lies in %d, not in %d", entry, f.ParentID, fileID)
		}
		entries = append(entries, entry)
	}
	for _, p := range a.Approval {
		approval += fmt.Sprint(p.ID, " ", p.Name, ";")
	}
	return entries, approval
}

func TestListDirWalksTheExampleWorld(t *testing.T) {
	d := newDrive(t)
	tests := []struct {
		folder int64
		want   []string
	}{
		{0, []string{"1 公司文件/"}},
		{1, []string{"71 dzz_1.1_UTF8_20120408.zip", "75 人事/", "72 合同/", "74 法务/", "3 示例-按项目/", "98 章程.pdf", "73 财务/"}},
		{3, []string{"7 质量控制/"}},
		{7, nil},
		{71, nil},
	}
	for _, tt := range tests {
		got, _ := d.dir("test03", tt.folder)
		if diff := cmp.Diff(tt.want, got); diff != "" {
			t.Errorf("folder %d: %s", tt.folder, diff)
		}
	}
	d.want(d.post("admin", "/app/file/list-dir", "fileId=2"), CodeNoFile)
	d.want(d.post("admin", "/app/file/list-dir"), CodeParam)
}

func TestListDirTellsWhatCanBeRaised(t *testing.T) {
	d := newDrive(t)
	set := func(fileID int64, approvalType, mType, title string) {
		content := strings.NewReplacer(`"4"`, `"`+approvalType+`"`, "申请修改", title).Replace(exampleContent)
		d.want(d.post("admin", "/app/approval/set-templet", fmt.Sprint("fileId=", fileID), "tid=0", "mType="+mType, "title="+title, "content="+content), CodeDone)
	}
	set(1, "3", "0", "申请预览权限") // 6
	set(7, "2", "1", "上传审批")   // 7
	set(1, "4", "2", "修改文件")   // 8
	tests := []struct {
		file int64
		want string
	}{
		{7, "7 上传审批;6 申请预览权限;"}, // a folder: for folders and for anything, its own first
		{3, "6 申请预览权限;"},
		{71, "5 申请修改;6 申请预览权限;8 修改文件;"}, // a file: for files and for anything
		{0, ""},
	}
	for _, tt := range tests {
		if _, got := d.dir("test03", tt.file); got != tt.want {
			t.Errorf("on %d: %s, want %s", tt.file, got, tt.want)
		}
	}
}

func TestFilesComeAndGo(t *testing.T) {
	d := newDrive(t)
	box := d.box
	folder, err := box.AddFolder(0, "部门")
	if err != nil || folder != 99 {
		t.Fatalf("id %d, want 99: %v", folder, err)
	}
	names := make([]string, 1000)
	for i := range names {
		names[i] = fmt.Sprintf("部门%04d", i)
	}
	ids, err := box.AddFolders(folder, names...)
	if err != nil {
		t.Fatal(err)
	}
	if entries, _ := d.dir("admin", folder); len(entries) != 1000 || entries[999] != fmt.Sprint(ids[999], " 部门0999/") {
		t.Errorf("%d entries", len(entries))
	}
	document, err := box.AddFile(ids[3], "合同.pdf")
	if err != nil {
		t.Fatal(err)
	}
	d.want(d.set("admin", document, 0, "在文件上"), CodeDone)
	d.want(d.set("admin", ids[3], 0, "在文件夹上"), CodeDone)

	for _, bad := range []struct {
		parent int64
		name   string
	}{{folder, "部门0001"}, {folder, ""}, {folder, "a/b"}, {document, "在文件里"}, {12345, "无处"}, {folder, strings.Repeat("长", 100)}} {
		if _, err := box.AddFolders(bad.parent, "新的", bad.name); err == nil {
			t.Errorf("%q in %d was made", bad.name, bad.parent)
		}
	}
	if entries, _ := d.dir("admin", folder); len(entries) != 1000 {
		t.Errorf("a failed AddFolders left folders behind: %d", len(entries))
	}

	if err := box.RemoveFile(folder); err != nil {
		t.Fatal(err)
	}
	if err := box.RemoveFile(folder); err == nil {
		t.Error("removed twice")
	}
	d.want(d.post("admin", "/app/approval/templet-list", fmt.Sprint("fileId=", document)), CodeNoFile)
	d.want(d.post("admin", "/app/approval/templet-content", "id=6", "fileId=0"), CodeNoTemplet)
	d.want(d.post("admin", "/app/approval/templet-list2"), CodeDone)
	if entries, _ := d.dir("admin", 0); len(entries) != 1 {
		t.Errorf("the root holds %v", entries)
	}
}

func TestUsersComeAndGo(t *testing.T) {
	d := newDrive(t)
	k, err := d.box.AddUser(User{Username: "sun", Realname: "孙六", Manages: []int64{72}})
	if err != nil || k.UserID != 9 || k.Role != "folder administrator" {
		t.Fatalf("%d %s %v", k.UserID, k.Role, err)
	}
	d.tokens["sun"] = k.Token
	d.want(d.set("sun", 72, 0, "孙的"), CodeDone)
	d.want(d.set("sun", 73, 0, "孙的"), CodeNoPermission)

	for _, bad := range []User{{Username: "sun", Realname: "又一个"}, {Username: " ", Realname: "x"}, {ID: 9, Username: "x", Realname: "x"}, {Username: "x", Realname: "x", Manages: []int64{2}}, {ID: -1, Username: "x", Realname: "x"}} {
		if _, err := d.box.AddUser(bad); err == nil {
			t.Errorf("added %+v", bad)
		}
	}
	if k, err := d.box.AddUser(User{ID: 20, Username: "zhou", Realname: "周七"}); err != nil || k.UserID != 20 {
		t.Errorf("%d %v", k.UserID, err)
	}
	if k, err := d.box.AddUser(User{Username: "wu", Realname: "吴八"}); err != nil || k.UserID != 21 {
		t.Errorf("%d %v, want the id after the largest", k.UserID, err)
	}

	// A user who was renamed is known by the new names alone; the template still holds the old ones.
	if err := d.box.RenameUser(1, "admin", "管理员"); err != nil {
		t.Fatal(err)
	}
	d.want(d.set("sun", 72, 0, "旧名"), CodeUserNames)
	a := d.post("sun", "/app/approval/templet-content", "id=5", "fileId=0")
	if a.Userinfo["1"][1] != "管理员" || !strings.Contains(a.Templet.Content, "系统管理员") {
		t.Errorf("%v %s", a.Userinfo, a.Templet.Content)
	}

	if err := d.box.RemoveUser(9); err != nil {
		t.Fatal(err)
	}
	d.want(d.post("sun", "/app/file/list-dir", "fileId=0"), CodeTokenInvalid)
	if d.box.RemoveUser(9) == nil || d.box.RenameUser(9, "a", "b") == nil || d.box.RenameUser(1, "li", "b") == nil {
		t.Error("users who are not there, or names that are taken, must be errors")
	}
}
