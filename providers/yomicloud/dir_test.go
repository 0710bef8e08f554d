package yomicloud

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"countersign/providers/route/routetest"
	"countersign/schema"
)

// The document does not show what list-dir answers; these are the shapes that such lists have.
func TestChildrenInAnyShape(t *testing.T) {
	approval := `"approval":[{"id":6,"name":"上传审批"},{"id":3,"name":"申请预览权限"}]`
	folder, file := `{"fileId":7,"fileName":"质量控制","fileType":1,"parentId":3}`,
		`{"fileId":98,"fileName":"章程.pdf","fileType":0,"size":5}`
	tests := map[string]string{
		"under data, as in section 8's fileMap": `{"code":0,` + approval + `,"data":[` + folder + `,` + file + `]}`,
		"under data.list": `{"code":0,"data":{"list":[` + folder + `,` + file + `],"total":2,` +
			approval + `}}`,
		"folders and files apart": `{"code":0,"folders":[{"id":7,"name":"质量控制"}],` +
			`"files":[{"id":98,"name":"章程.pdf"}],` + approval + `}`,
		"ids and types as strings": `{"code":"0","list":[{"id":"7","name":"质量控制","type":"1"},` +
			`{"id":"98","name":"章程.pdf","type":"0"}]}`,
		"types as words": `{"code":0,"data":[{"id":7,"name":"质量控制","type":"folder"},` +
			`{"id":98,"name":"章程.pdf","type":"pdf"}]}`,
		"isDir as a truth value": `{"code":0,"children":[{"fileId":7,"id":70,"name":"质量控制",` +
			`"isDir":true},{"fileId":98,"name":"章程.pdf","isDir":false}]}`,
		"fileType above type": `{"code":0,"data":[{"type":0,"fileType":1,"fileId":7,` +
			`"fileName":"质量控制"},{"fileType":0,"type":"1","fileId":98,"fileName":"章程.pdf"}]}`,
		"without a code, as the example has it": `{` + approval + `,"data":[` + folder + `,` + file + `]}`,
		"userinfo beside it": `{"code":0,"userinfo":{"1":["admin","系统管理员"]},"data":{"files":[` +
			folder + `,` + file + `]}}`,
	}
	want := []schema.Entry{{ID: 7, Name: "质量控制", Folder: true}, {ID: 98, Name: "章程.pdf"}}
	for name, body := range tests {
		c := client(t, Options{Endpoint: answering(t, body).URL})
		got, err := c.Children(routetest.Deadline(t), 3)
		if err != nil {
			t.Errorf("%s: %v", name, err)
		} else if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
	for _, body := range []string{`{"code":0,"data":null}`, `{"code":0,"data":[]}`, `{"code":0,` + approval + `}`,
		`{"code":0}`, `{"data":{"list":""}}`} {
		c := client(t, Options{Endpoint: answering(t, body).URL})
		if got, err := c.Children(routetest.Deadline(t), 3); err != nil || len(got) != 0 {
			t.Errorf("an empty folder as %s: %v, %v", body, got, err)
		}
	}
}

func TestChildrenUnreadable(t *testing.T) {
	tests := map[string]string{
		`{"code":0,"data":[{"fileName":"a","fileType":1}]}`: "entry 1 of data: fileId of a is missing",
		`{"code":0,"data":["a"]}`:                           "entry 1 of data",
		`{"code":0,"nodes":[{"fileId":1}]}`:                 "no list of files in it, only code, nodes",
		`{"approval":[]}`:                                   "no list of files in it, only approval",
		`{"code":9,"msg":"文件夹不存在","data":[]}`:               "code 9: 文件夹不存在",
	}
	for body, says := range tests {
		c := client(t, Options{Endpoint: answering(t, body).URL})
		_, err := c.Children(routetest.Deadline(t), 3)
		if e := failed(t, c, err); !strings.Contains(e.Error(), says) ||
			!strings.Contains(e.Error(), "/app/file/list-dir (fileId 3)") {
			t.Errorf("%s\nshould say %s", e, says)
		}
	}
}
