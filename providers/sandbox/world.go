package sandbox

// exampleContent is the content of template 5 in the example of the document's section 1, byte for byte.
const exampleContent = "{\n    \"approvalType\": \"4\",\n    \"approverAuth\": 0,\n    \"ccAuth\": 0,\n    \"desc\": \"请说明修改内容\",\n    \"destFolderId\": 0,\n    \"mark\": false,\n    \"step\": [\n        {\n            \"approvalNum\": 0,\n            \"ids\": [\n                \"1\"\n            ],\n            \"name\": \"d\",\n            \"realnames\": [\n                \"系统管理员\"\n            ],\n            \"type\": 2,\n            \"usernames\": [\n                \"admin\"\n            ]\n        }\n    ],\n    \"title\": \"申请修改\",\n    \"uids\": [\n        4\n    ]\n}"

// catalogue is the drive's list of approval types, with the columns of section 1: id, name, what it applies to
// (0 any, 1 folders, 2 files), what is asked for besides (1: for how long), what is to be sent (1: files).
// The document shows the first two rows and names the other two.
var catalogue = [][5]string{
	{"1", "不处理", "0", "0", "0"},
	{"2", "上传文件", "1", "3", "1"},
	{"3", "申请预览权限", "0", "1", "0"},
	{"4", "修改文件", "2", "0", "1"},
}

// The example world of the document: its users 1, 3 and 4, its folders 1, 3 and 7, its file 71 and its template 5.
// Users 5 to 8, folders 72 to 75 and file 98 are the sandbox's additions, so that there are people and places to
// write policies for.
var (
	exampleUsers = []User{
		{ID: 1, Username: "admin", Realname: "系统管理员", Super: true},
		{ID: 3, Username: "test02", Realname: "测试2", Manages: []int64{3}},
		{ID: 4, Username: "test03", Realname: "测试3"},
		{ID: 5, Username: "zhang", Realname: "张三"},
		{ID: 6, Username: "li", Realname: "李四"},
		{ID: 7, Username: "wang", Realname: "王五"},
		{ID: 8, Username: "chen", Realname: "陈晨"},
	}
	exampleFiles = []file{
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
	exampleTemplet = templet{
		ID: 5, File: 71, Title: "申请修改", MType: 2, Content: exampleContent,
		Creator: 3, Created: 1634714946, Editor: 3, Edited: 1634714946,
	}
)

// makeWorld fills an empty database with the example world.
func makeWorld(t txn) error {
	for _, bucket := range buckets {
		if _, err := t.bolt.CreateBucket([]byte(bucket)); err != nil {
			return err
		}
	}
	if err := makeLaterBuckets(t.bolt); err != nil {
		return err
	}
	for _, u := range exampleUsers {
		if err := t.putUser(userRecord{User: u, Token: newToken()}); err != nil {
			return err
		}
	}
	for _, f := range exampleFiles {
		if err := t.putFile(f); err != nil {
			return err
		}
	}
	if err := t.putTemplet(exampleTemplet); err != nil {
		return err
	}
	for bucket, last := range map[string]int64{usersBucket: 8, filesBucket: 98, templetsBucket: 5} {
		if err := t.bolt.Bucket([]byte(bucket)).SetSequence(uint64(last)); err != nil {
			return err
		}
	}
	return t.put(metaBucket, []byte("format"), format)
}
