package drive_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"countersign/providers/sandbox/drive"
	"countersign/providers/sandbox/drive/records"

	"github.com/google/go-cmp/cmp"
)

func TestTempletContent(t *testing.T) {
	d := newDrive(t)
	// Whoever may raise an approval must be able to read the template, so a plain user asks.
	a := d.Post("test03", "/app/approval/templet-content", "id=5", "fileId=7")
	d.Want(a, records.CodeDone)
	if diff := cmp.Diff(&records.ExampleTemplet, a.Templet); diff != "" {
		t.Errorf("template 5 is not the document's: %s", diff)
	}
	// Those in it and nobody else: not even user 3, who made it.
	if diff := cmp.Diff(map[string][]string{"1": {"admin", "系统管理员", "0"}, "4": {"test03", "测试3", "0"}},
		a.Userinfo); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff(&drive.FileMap{CreatorID: 1, FileID: 7, FileName: "质量控制", FileType: 1, ParentID: 3},
		a.FileMap); diff != "" {
		t.Error(diff)
	}
	const types = `[["1","不处理","0","0","0"],["2","上传文件","1","3","1"],["3","申请预览权限","0","1","0"],` +
		`["4","修改文件","2","0","1"]]`
	if string(a.Data) != types {
		t.Errorf("catalogue %s", a.Data)
	}

	// With id 0 the drive.Catalogue comes alone.
	a = d.Post("test03", "/app/approval/templet-content", "id=0", "fileId=0")
	d.Want(a, records.CodeDone)
	if a.Templet != nil || a.FileMap != nil || a.Userinfo != nil || string(a.Data) != types {
		t.Errorf("more or less than the drive.Catalogue: %+v", a)
	}
	d.Want(d.Post("admin", "/app/approval/templet-content", "id=6", "fileId=0"), records.CodeNoTemplet)
	d.Want(d.Post("admin", "/app/approval/templet-content", "id=5", "fileId=2"), records.CodeNoFile)
}

func TestWhoMayDoWhatWhere(t *testing.T) {
	// test02 manages folder 3 and with it 7 below it, but neither 1 above it nor file 71 beside it.
	tests := []struct {
		user string
		file int64
		code int
	}{
		{"admin", 1, records.CodeDone}, {"admin", 7, records.CodeDone}, {"admin", 71, records.CodeDone},
		{"test02", 3, records.CodeDone}, {"test02", 7, records.CodeDone},
		{"test02", 1, records.CodeNoPermission}, {"test02", 71, records.CodeNoPermission},
		{"test03", 7, records.CodeNoPermission}, {"test03", 1, records.CodeNoPermission},
		{"nobody", 7, records.CodeTokenMissing},
		{"admin", 2, records.CodeNoFile}, {"admin", 0, records.CodeNoFile},
	}
	for _, tt := range tests {
		t.Run(fmt.Sprint(tt.user, " on ", tt.file), func(t *testing.T) {
			d := newDrive(t)
			d.Want(d.Post(tt.user, "/app/approval/templet-list", fmt.Sprint("fileId=", tt.file)), tt.code)
			d.Want(d.Set(tt.user, tt.file, 0, "新的"), tt.code)
			if tt.code == records.CodeNoFile || tt.code == records.CodeTokenMissing {
				return
			}
			if tt.code != records.CodeDone {
				d.Want(d.Set("admin", tt.file, 0, "新的"), records.CodeDone) // id 6, for the user to fail on
			}
			d.Want(d.Set(tt.user, tt.file, 6, "改过的"), tt.code)
			d.Want(d.Post(tt.user, "/app/approval/remove-templet", "id=6"), tt.code)
		})
	}
}

func TestTokenIsChecked(t *testing.T) {
	d := newDrive(t)
	d.Tokens["stranger"] = strings.Repeat("0", 32)
	for path := range drive.Endpoints {
		d.Want(d.Post("nobody", path, "id=5", "fileId=7"), records.CodeTokenMissing)
		d.Want(d.Post("stranger", path, "id=5", "fileId=7"), records.CodeTokenInvalid)
	}
	// The document has the token in the form; one in the address does not count.
	d.Want(d.Post("nobody", "/app/file/list-dir?token="+d.Tokens["admin"], "fileId=0"), records.CodeTokenMissing)
}

func TestCreateIsNotIdempotent(t *testing.T) {
	d := newDrive(t)
	for range 2 {
		a := d.Set("test02", 7, 0, "同名")
		d.Want(a, records.CodeDone)
		if a.Data != nil || a.Templet != nil {
			t.Errorf("the document promises no id, the answer has more than a code: %+v", a)
		}
	}
	list := d.List("admin", 7)
	if len(list) != 2 || list[0].ID != 6 || list[1].ID != 7 {
		t.Fatalf("want two templates, 6 and 7: %+v", list)
	}
	for _, tp := range list {
		if tp.Title != "同名" || tp.MType != 2 || tp.File != 7 || tp.Creator != 3 || tp.Editor != 3 ||
			tp.Created < records.ExampleTemplet.Created || tp.Edited != tp.Created {
			t.Errorf("not as made: %+v", tp)
		}
	}
}

func TestUpdate(t *testing.T) {
	d := newDrive(t)
	d.Want(d.Set("admin", 71, 5, "改过的"), records.CodeDone)
	got := d.List("admin", 71)
	if len(got) != 1 {
		t.Fatalf("%d templates, want one", len(got))
	}
	want := records.ExampleTemplet
	want.Title, want.Content, want.Editor = "改过的", strings.Replace(records.ExampleContent, "申请修改",
		"改过的", 1), 1
	want.Edited = got[0].Edited
	if diff := cmp.Diff(want, got[0]); diff != "" || want.Edited <= records.ExampleTemplet.Edited {
		t.Errorf("creator and its time stay, editor and its time are new: %s", diff)
	}
	d.Want(d.Set("admin", 71, 6, "没有"), records.CodeNoTemplet)
	d.Want(d.Set("admin", 7, 5, "别处"), records.CodeTempletScope)
}

func TestRemove(t *testing.T) {
	d := newDrive(t)
	d.Want(d.Set("admin", 71, 0, "留下"), records.CodeDone)
	d.Want(d.Post("admin", "/app/approval/remove-templet", "id=5"), records.CodeDone)
	d.Want(d.Post("admin", "/app/approval/remove-templet", "id=5"), records.CodeNoTemplet)
	if list := d.List("admin", 71); len(list) != 1 || list[0].Title != "留下" {
		t.Errorf("left: %+v", list)
	}
	// An id never comes back.
	d.Want(d.Post("admin", "/app/approval/remove-templet", "id=6"), records.CodeDone)
	d.Want(d.Set("admin", 71, 0, "新的"), records.CodeDone)
	if list := d.List("admin", 71); list[0].ID != 7 {
		t.Errorf("id %d, want 7", list[0].ID)
	}
}

func TestTemplatesAreInherited(t *testing.T) {
	d := newDrive(t)
	for _, at := range []int64{1, 3, 7} {
		d.Want(d.Set("admin", at, 0, fmt.Sprint("在", at)), records.CodeDone)
	}
	tests := []struct {
		file int64
		want string // id@fileId of each, its own first
	}{
		{7, "8@7 7@3 6@1"},
		{3, "7@3 6@1"},
		{1, "6@1"}, // mType 2 is for files and still listed on a folder: it is in force below
		{71, "5@71 6@1"},
		{72, "6@1"},
	}
	for _, tt := range tests {
		var got []string
		for _, tp := range d.List("admin", tt.file) {
			got = append(got, fmt.Sprintf("%d@%d", tp.ID, tp.File))
		}
		if strings.Join(got, " ") != tt.want {
			t.Errorf("on %d: %v, want %s", tt.file, got, tt.want)
		}
	}
	d.Want(d.Post("admin", "/app/approval/remove-templet", "id=6"), records.CodeDone)
	if a := d.Post("admin", "/app/approval/templet-list", "fileId=72"); string(a.Data) != "[]" {
		t.Errorf("an empty list is %s", a.Data)
	}
}

func TestTempletList2(t *testing.T) {
	d := newDrive(t)
	d.Want(d.Set("admin", 7, 0, "质量"), records.CodeDone)
	d.Want(d.Set("admin", 1, 0, "公司"), records.CodeDone)
	tests := []struct{ user, want string }{
		{"admin", `[{"id":5,"path":"公司文件/dzz_1.1_UTF8_20120408.zip","title":"申请修改"},` +
			`{"id":6,"path":"公司文件/示例-按项目/质量控制","title":"质量"},` +
			`{"id":7,"path":"公司文件","title":"公司"}]`},
		{"test02", `[{"id":6,"path":"公司文件/示例-按项目/质量控制","title":"质量"}]`},
	}
	for _, tt := range tests {
		a := d.Post(tt.user, "/app/approval/templet-list2")
		d.Want(a, records.CodeDone)
		if string(a.Data) != tt.want {
			t.Errorf("%s: %s", tt.user, a.Data)
		}
	}
	d.Want(d.Post("test03", "/app/approval/templet-list2"), records.CodeNoPermission)
}

func TestContentIsStoredAsGiven(t *testing.T) {
	d := newDrive(t)
	// Unknown fields, another layout and letters that JSON may escape all come back as they went in.
	content := "{ \"uids\":null,\t\"title\" : \"<a&b>\\u00e9\u2028\", \"futureField\":{\"x\":[1,2.50]}, " +
		"\"approvalType\":3,\n\"step\":[{\"ids\":[5,\"6\"],\"usernames\":[\"zhang\",\"li\"]," +
		"\"realnames\":[\"张三\",\"李四\"],\"type\":3,\"approvalNum\":1,\"extra\":true}]}"
	d.Want(d.Post("admin", "/app/approval/set-templet", "fileId=73", "tid=0", "mType=0", "title=<a&b>é\u2028",
		"content="+content), records.CodeDone)
	got := d.List("admin", 73)[0]
	if got.Content != content {
		t.Errorf("got  %s\nwant %s", got.Content, content)
	}
	a := d.Post("admin", "/app/approval/templet-content", "id=6", "fileId=0")
	if diff := cmp.Diff(map[string][]string{"5": {"zhang", "张三", "0"}, "6": {"li", "李四", "0"}},
		a.Userinfo); diff != "" {
		t.Error(diff)
	}
}

func TestContentIsChecked(t *testing.T) {
	type object = map[string]any
	good := func() (object, object) {
		step := object{"approvalNum": 0, "ids": []any{"5", 6}, "name": "初审", "realnames": []string{"张三", "李四"},
			"type": 2, "usernames": []string{"zhang", "li"}}
		return object{"approvalType": "4", "approverAuth": 0, "ccAuth": 0, "desc": "", "destFolderId": 0, "mark": false,
			"step": []any{step}, "title": "标题", "uids": []int{8}}, step
	}
	form := func(name, value string) func(object, object) []string {
		return func(object, object) []string { return []string{name + "=" + value} }
	}
	content := func(name string, value any) func(object, object) []string {
		return func(c, _ object) []string { c[name] = value; return nil }
	}
	step := func(pairs ...any) func(object, object) []string {
		return func(_, s object) []string {
			for i := 0; i < len(pairs); i += 2 {
				s[pairs[i].(string)] = pairs[i+1]
			}
			return nil
		}
	}
	tests := []struct {
		name   string
		change func(content, step object) []string // returns form fields to set besides
		code   int
	}{
		{"as it should be", step(), records.CodeDone},
		{"title empty", form("title", ""), records.CodeTitleEmpty},
		{"title blank", form("title", " \u3000\t"), records.CodeTitleEmpty},
		{"title other than content's", form("title", "别的"), records.CodeTitleDiffers},
		{"title missing in content", content("title", nil), records.CodeTitleDiffers},
		{"mType not that of the type", form("mType", "1"), records.CodeMType},
		{"mType any for a type for files", form("mType", "0"), records.CodeMType},
		{"mType out of range", form("mType", "3"), records.CodeParam},
		{"mType not a number", form("mType", "files"), records.CodeParam},
		{"tid negative", form("tid", "-1"), records.CodeParam},
		{"tid with a sign", form("tid", "+1"), records.CodeParam},
		{"fileId beyond 63 bits", form("fileId", "9223372036854775808"), records.CodeParam},
		{"fileId the largest there is", form("fileId", "9223372036854775807"), records.CodeNoFile},
		{"fileId empty", form("fileId", ""), records.CodeParam},
		{"content empty", form("content", ""), records.CodeContent},
		{"content not JSON", form("content", "{title:"), records.CodeContent},
		{"content not an object", form("content", `["标题"]`), records.CodeContent},
		{"content null", form("content", "null"), records.CodeTitleDiffers},
		{"content with something after it", form("content", `{"title":"标题"} x`), records.CodeContent},
		{"content very deep", form("content", strings.Repeat("[", 1<<20)), records.CodeContent},
		{"not UTF-8", form("title", "\xff"), records.CodeForm},
		{"title in capital letters", func(c, _ object) []string {
			c["TITLE"] = c["title"]
			delete(c, "title")
			return nil
		}, records.CodeTitleDiffers},
		{"ids in capital letters", step("IDS", []int{5, 6}, "ids", nil), records.CodeNoApprover},
		{"a field that only looks like one", content("Title", "别的"), records.CodeDone},
		{"mark not a truth value", content("mark", "false"), records.CodeContent},
		{"destFolderId not a number", content("destFolderId", "x"), records.CodeContent},
		{"desc not a text", content("desc", 1), records.CodeContent},
		{"type unknown", content("approvalType", "9"), records.CodeNoApprovalType},
		{"type as a number", content("approvalType", 4), records.CodeDone},
		{"type not a number", content("approvalType", "修改文件"), records.CodeContent},
		{"type for anything", func(c, _ object) []string { c["approvalType"] = "1"; return []string{"mType=0"} },
			records.CodeDone},
		{"type for folders", func(c, _ object) []string { c["approvalType"] = "2"; return []string{"mType=1"} },
			records.CodeDone},
		{"no step", content("step", []any{}), records.CodeNoStep},
		{"step null", content("step", nil), records.CodeNoStep},
		{"step without approvers", step("ids", []int{}, "usernames", []string{}, "realnames", nil),
			records.CodeNoApprover},
		{"approver unknown", step("ids", []int{5, 99}), records.CodeNoUser},
		{"approver under another username", step("usernames", []string{"zhang", "wang"}), records.CodeUserNames},
		{"approver under another realname", step("realnames", []string{"张三", "李五"}), records.CodeUserNames},
		{"fewer usernames than ids", step("usernames", []string{"zhang"}), records.CodeUserNames},
		{"more realnames than ids", step("realnames", []string{"张三", "李四", "王五"}), records.CodeUserNames},
		{"approver twice", step("ids", []int{5, 5}, "usernames", []string{"zhang", "zhang"}, "realnames",
			[]string{"张三", "张三"}), records.CodeUserTwice},
		{"twice in copy", content("uids", []any{8, "8"}), records.CodeUserTwice},
		{"rule 0", step("type", 0), records.CodePassRule},
		{"rule 5", step("type", 5), records.CodePassRule},
		{"rule 1", step("type", 1), records.CodeDone},
		{"rule 4", step("type", 4), records.CodeDone},
		{"more than one of two", step("type", 3, "approvalNum", 1), records.CodeDone},
		{"more than two of two", step("type", 3, "approvalNum", 2), records.CodeApprovalNum},
		{"approvalNum without rule 3 means nothing", step("approvalNum", 7), records.CodeDone},
		{"approvalNum negative", step("type", 3, "approvalNum", -1), records.CodeContent},
		{"approvalNum broken", step("type", 3, "approvalNum", 0.5), records.CodeContent},
		{"user in copy unknown", content("uids", []int{8, 99}), records.CodeNoUser},
		{"nobody in copy", content("uids", nil), records.CodeDone},
		{"approver access download", content("approverAuth", 2), records.CodeDone},
		{"approver access unknown", content("approverAuth", 3), records.CodeAccess},
		{"cc access unknown", content("ccAuth", 3), records.CodeAccess},
	}
	d := newDrive(t)
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			before := d.List("admin", 72)
			c, s := good()
			more := tt.change(c, s)
			text, err := json.Marshal(c)
			if err != nil {
				t.Fatal(err)
			}
			fields := append([]string{"fileId=72", "tid=0", "mType=2", "title=标题", "content=" + string(text)},
				more...)
			a := d.Post("admin", "/app/approval/set-templet", fields...)
			if a.Code != tt.code {
				t.Errorf("code %d %s, want %d", a.Code, a.Msg, tt.code)
			}
			made := len(d.List("admin", 72)) - len(before)
			if want := map[bool]int{true: 1}[tt.code == records.CodeDone]; made != want {
				t.Errorf("%d templates made, want %d", made, want)
			}
		})
	}
	for _, missing := range []string{"fileId", "tid", "mType", "title", "content"} {
		var fields []string
		for _, f := range []string{"fileId=72", "tid=0", "mType=2", "title=申请修改",
			"content=" + records.ExampleContent} {
			if !strings.HasPrefix(f, missing+"=") {
				fields = append(fields, f)
			}
		}
		d.Want(d.Post("admin", "/app/approval/set-templet", fields...), records.CodeParam)
	}
}

// A refusal names the field of content that is wrong, by the document's names.
func TestRefusalNamesTheField(t *testing.T) {
	d := newDrive(t)
	for content, words := range map[string]string{
		`{"step":[{"ids":["x"]}]}`: `content.step.ids不能是"x"`,
		`{"title":1}`:              "content.title不能是number",
		`[]`:                       "content不能是array",
		`{`:                        "content不是有效的JSON: unexpected end of JSON input",
	} {
		a := d.Post("admin", "/app/approval/set-templet", "fileId=72", "tid=0", "mType=2", "title=x",
			"content="+content)
		if a.Code != records.CodeContent || a.Msg != words {
			t.Errorf("%s: %d %s, want %s", content, a.Code, a.Msg, words)
		}
	}
}
