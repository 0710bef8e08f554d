package drive_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"countersign/providers/sandbox/drive"
	"countersign/providers/sandbox/drive/records"
	"countersign/providers/sandbox/sandboxtest"

	"github.com/google/go-cmp/cmp"
)

// dir lists a folder as "id name", folders with a slash behind.
func (d *client) dir(user string, fileID int64) (entries []string, approval string) {
	d.T.Helper()
	a := d.Post(user, "/app/file/list-dir", fmt.Sprint("fileId=", fileID))
	d.Want(a, records.CodeDone)
	var files []drive.FileMap
	if err := json.Unmarshal(a.Data, &files); err != nil {
		d.T.Fatal(err)
	}
	for _, f := range files {
		entry := fmt.Sprint(f.FileID, " ", f.FileName)
		if f.FileType == 1 {
			entry += "/"
		}
		if f.ParentID != fileID {
			d.T.Errorf("%s says it lies in %d, not in %d", entry, f.ParentID, fileID)
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
		{1, []string{"71 dzz_1.1_UTF8_20120408.zip", "75 人事/", "72 合同/", "74 法务/", "3 示例-按项目/",
			"98 章程.pdf", "73 财务/"}},
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
	d.Want(d.Post("admin", "/app/file/list-dir", "fileId=2"), records.CodeNoFile)
	d.Want(d.Post("admin", "/app/file/list-dir"), records.CodeParam)
}

func TestListDirTellsWhatCanBeRaised(t *testing.T) {
	d := newDrive(t)
	set := func(fileID int64, approvalType, mType, title string) {
		content := strings.NewReplacer(`"4"`, `"`+approvalType+`"`, "申请修改", title).Replace(records.ExampleContent)
		d.Want(d.Post("admin", "/app/approval/set-templet", fmt.Sprint("fileId=", fileID), "tid=0", "mType="+mType,
			"title="+title, "content="+content), records.CodeDone)
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
	box := d.Box
	folder, err := sandboxtest.AddFolder(box, 0, "部门")
	if err != nil || folder != 99 {
		t.Fatalf("id %d, want 99: %v", folder, err)
	}
	names := make([]string, 1000)
	for i := range names {
		names[i] = fmt.Sprintf("部门%04d", i)
	}
	ids, err := sandboxtest.AddFolders(box, folder, names...)
	if err != nil {
		t.Fatal(err)
	}
	if entries, _ := d.dir("admin", folder); len(entries) != 1000 ||
		entries[999] != fmt.Sprint(ids[999], " 部门0999/") {
		t.Errorf("%d entries", len(entries))
	}
	document, err := sandboxtest.AddFile(box, ids[3], "合同.pdf")
	if err != nil {
		t.Fatal(err)
	}
	d.Want(d.Set("admin", document, 0, "在文件上"), records.CodeDone)
	d.Want(d.Set("admin", ids[3], 0, "在文件夹上"), records.CodeDone)

	for _, bad := range []struct {
		parent int64
		name   string
	}{{folder, "部门0001"}, {folder, ""}, {folder, "a/b"}, {document, "在文件里"}, {12345, "无处"}, {folder,
		strings.Repeat("长", 100)}} {
		if _, err := sandboxtest.AddFolders(box, bad.parent, "新的", bad.name); err == nil {
			t.Errorf("%q in %d was made", bad.name, bad.parent)
		}
	}
	if entries, _ := d.dir("admin", folder); len(entries) != 1000 {
		t.Errorf("a failed AddFolders left folders behind: %d", len(entries))
	}

	if err := sandboxtest.RemoveFile(box, folder); err != nil {
		t.Fatal(err)
	}
	if err := sandboxtest.RemoveFile(box, folder); err == nil {
		t.Error("removed twice")
	}
	d.Want(d.Post("admin", "/app/approval/templet-list", fmt.Sprint("fileId=", document)), records.CodeNoFile)
	d.Want(d.Post("admin", "/app/approval/templet-content", "id=6", "fileId=0"), records.CodeNoTemplet)
	d.Want(d.Post("admin", "/app/approval/templet-list2"), records.CodeDone)
	if entries, _ := d.dir("admin", 0); len(entries) != 1 {
		t.Errorf("the root holds %v", entries)
	}
}

func TestUsersAreAdded(t *testing.T) {
	d := newDrive(t)
	k, err := sandboxtest.AddUser(d.Box, records.User{Username: "sun", Realname: "孙六", Manages: []int64{72}})
	if err != nil || k.ID != 9 || k.Role() != "folder administrator" {
		t.Fatalf("%d %s %v", k.ID, k.Role(), err)
	}
	d.Tokens["sun"] = k.Token
	d.Want(d.Set("sun", 72, 0, "孙的"), records.CodeDone)
	d.Want(d.Set("sun", 73, 0, "孙的"), records.CodeNoPermission)

	for _, bad := range []records.User{{Username: "sun", Realname: "又一个"}, {Username: " ", Realname: "x"},
		{ID: 9, Username: "x", Realname: "x"}, {Username: "x", Realname: "x", Manages: []int64{2}}, {ID: -1,
			Username: "x", Realname: "x"}} {
		if _, err := sandboxtest.AddUser(d.Box, bad); err == nil {
			t.Errorf("added %+v", bad)
		}
	}
	if k, err := sandboxtest.AddUser(d.Box, records.User{ID: 20, Username: "zhou", Realname: "周七"}); err != nil ||
		k.ID != 20 {
		t.Errorf("%d %v", k.ID, err)
	}
	if k, err := sandboxtest.AddUser(d.Box, records.User{Username: "wu", Realname: "吴八"}); err != nil ||
		k.ID != 21 {
		t.Errorf("%d %v, want the id after the largest", k.ID, err)
	}
}
