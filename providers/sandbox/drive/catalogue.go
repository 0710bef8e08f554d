package drive

// catalogue is the drive's list of approval types, with the columns of section 1: id, name, what it applies to
// (0 any, 1 folders, 2 files), what else is needed (1: for how long), what is to be uploaded (1: files).
// The document shows the first two rows and names the other two.
var catalogue = [][5]string{
	{"1", "不处理", "0", "0", "0"},
	{"2", "上传文件", "1", "3", "1"},
	{"3", "申请预览权限", "0", "1", "0"},
	{"4", "修改文件", "2", "0", "1"},
}
