package drive

import (
	"slices"
	"strconv"

	"countersign/providers/sandbox/drive/records"
)

// catalogue is the drive's list of approval types, with the columns of section 1: id, name, what it applies to
// (0 any, 1 folders, 2 files), what else is needed (1: for how long), what is to be uploaded (1: files).
// The document shows the first two rows and names the other two.
var catalogue = [][5]string{
	{"1", "不处理", "0", "0", "0"},
	{"2", "上传文件", "1", "3", "1"},
	{"3", "申请预览权限", "0", "1", "0"},
	{"4", "修改文件", "2", "0", "1"},
}

// The approval types that change something once they are approved.
const (
	typeUpload  = 2
	typePreview = 3
	typeModify  = 4
)

// approvalType is a row of the catalogue.
func approvalType(id records.Number) (row [5]string, err error) {
	at := slices.IndexFunc(catalogue, func(row [5]string) bool { return row[0] == strconv.Itoa(int(id)) })
	if at < 0 {
		return row, records.Refuse(records.CodeNoApprovalType, "审批类型不存在: %d", id)
	}
	return catalogue[at], nil
}
