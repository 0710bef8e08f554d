package records

import "countersign/providers/sandbox/store"

// ExampleContent is the content of template 5 in the example of the document's section 1, byte for byte.
const ExampleContent = "{\n    \"approvalType\": \"4\",\n    \"approverAuth\": 0,\n    \"ccAuth\": 0,\n    \"desc\": " +
	"\"请说明修改内容\",\n    \"destFolderId\": 0,\n    \"mark\": false,\n    \"step\": [\n        {\n            " +
	"\"approvalNum\": 0,\n            \"ids\": [\n                \"1\"\n            ],\n            \"name\": " +
	"\"d\",\n            \"realnames\": [\n                \"系统管理员\"\n            ],\n            \"type\": " +
	"2,\n            \"usernames\": [\n                \"admin\"\n            ]\n        }\n    ],\n    " +
	"\"title\": \"申请修改\",\n    \"uids\": [\n        4\n    ]\n}"

// The example world of the document: its users 1, 3 and 4, its folders 1, 3 and 7, its file 71 and its template 5.
// Users 5 to 8, folders 72 to 75 and file 98 are the sandbox's additions, so that there are people and places to
// write policies for.
var (
	ExampleUsers = []User{
		{ID: 1, Username: "admin", Realname: "系统管理员", Super: true},
		{ID: 3, Username: "test02", Realname: "测试2", Manages: []int64{3}},
		{ID: 4, Username: "test03", Realname: "测试3"},
		{ID: 5, Username: "zhang", Realname: "张三"},
		{ID: 6, Username: "li", Realname: "李四"},
		{ID: 7, Username: "wang", Realname: "王五"},
		{ID: 8, Username: "chen", Realname: "陈晨"},
	}
	exampleFiles = []File{
		{ID: 1, Name: "公司文件", Folder: true, Creator: 1},
		{ID: 3, Parent: 1, Name: "示例-按项目", Folder: true, Creator: 1},
		{ID: 7, Parent: 3, Name: "质量控制", Folder: true, Creator: 1},
		{ID: 71, Parent: 1, Name: "dzz_1.1_UTF8_20120408.zip", Creator: 1},
		{ID: 72, Parent: 1, Name: "合同", Folder: true, Creator: 1},
		{ID: 73, Parent: 1, Name: "财务", Folder: true, Creator: 1},
		{ID: 74, Parent: 1, Name: "法务", Folder: true, Creator: 1},
		{ID: 75, Parent: 1, Name: "人事", Folder: true, Creator: 1},
		{ID: 98, Parent: 1, Name: "章程.pdf", Creator: 1},
	}
	ExampleTemplet = Templet{
		ID: 5, File: 71, Title: "申请修改", MType: 2, Content: ExampleContent,
		Creator: 3, Created: 1634714946, Editor: 3, Edited: 1634714946,
	}
)

// fillExample puts the example world into an empty database.
func fillExample(t Tx) {
	for _, u := range ExampleUsers {
		t.PutUser(StoredUser{User: u, Token: store.NewToken()})
	}
	for _, f := range exampleFiles {
		t.PutFile(f)
	}
	t.PutTemplet(ExampleTemplet)
	for bucket, last := range map[string]int64{UsersBucket: 8, FilesBucket: 98, TempletsBucket: 5} {
		t.Reserve(bucket, last)
	}
}
