package yomicloud

import (
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"countersign/providers/route/routetest"
	"countersign/schema"
)

func TestCreateAttachment(t *testing.T) {
	answer := `{"code":0,"rootid":98,"uuid":"u-1"}`
	d := serve(t, func(w http.ResponseWriter, _ *http.Request, _ int) { io.WriteString(w, answer) })
	c := client(t, Options{Endpoint: d.URL})
	rpath := `["qdoc","qmake","qdoc/images","qdoc/style","qmake/images","qmake/style"]`
	tests := []struct {
		folders []string
		form    url.Values
	}{
		{nil, url.Values{}}, // without folders there is no rpath
		{[]string{"qdoc", "qmake", "qdoc/images", "qdoc/style", "qmake/images", "qmake/style"},
			url.Values{"rpath": {rpath}}},
		{[]string{"qmake/style", "qdoc/style", "qmake/images", "qdoc/images", "qmake/style"},
			url.Values{"rpath": {rpath}}},
		{[]string{"图片资料/素材/<a&b>"}, url.Values{"rpath": {`["图片资料","图片资料/素材","图片资料/素材/<a&b>"]`}}},
	}
	for i, test := range tests {
		root, err := c.CreateAttachment(routetest.Deadline(t), test.folders)
		if err != nil || root != (AttachmentRoot{ID: 98, Upload: "u-1"}) {
			t.Errorf("%+v, %v", root, err)
		}
		test.form.Set("token", testToken)
		if got := d.Requests()[i]; got.Path != "/app/approval/create-multifiles-attachment" ||
			cmp.Diff(test.form, got.Form()) != "" {
			t.Error(got.Path, cmp.Diff(test.form, got.Form()))
		}
	}

	for _, answer = range []string{`{"code":0,"data":{"rootid":"98","uuid":"u-1"}}`,
		`{"code":"0","rootid":"98","uuid":"u-1","data":null}`} {
		if root, err := c.CreateAttachment(routetest.Deadline(t), nil); err != nil ||
			root != (AttachmentRoot{ID: 98, Upload: "u-1"}) {
			t.Errorf("%s: %+v, %v", answer, root, err)
		}
	}
	for body, says := range map[string]string{
		`{"code":0}`:                         "rootid is missing",
		`{"code":0,"rootid":0,"uuid":"u"}`:   "rootid is 0",
		`{"code":0,"rootid":98}`:             "uuid is missing",
		`{"code":0,"rootid":"x","uuid":"u"}`: "rootid is",
	} {
		answer = body
		_, err := c.CreateAttachment(routetest.Deadline(t), nil)
		if e := failed(t, c, err); !strings.Contains(e.Error(), says) || !e.OutcomeUnknown() {
			t.Errorf("%s: %s", body, e)
		}
	}
	before := len(d.Requests())
	_, err := c.CreateAttachment(routetest.Deadline(t), []string{"a//b", "../c", "d|e", "/f", "g/", "h"})
	e := failed(t, c, err)
	for _, says := range []string{`folder "a//b"`, `folder "../c"`, `folder "d|e"`, `folder "/f"`, `folder "g/"`} {
		if !strings.Contains(e.Error(), says) {
			t.Errorf("%s\nshould say %s", e, says)
		}
	}
	if len(d.Requests()) != before {
		t.Error("it was sent")
	}
}

// tree answers as an attachment with files in three folders, one of which is empty. byRoot is a drive that wants the
// root's id beside a path, and refuses a folder's own.
func tree(t *testing.T, byRoot bool) *routetest.Server {
	paths := map[string]int64{"": 98, "qdoc": 100, "qdoc/图片": 101, "empty": 102}
	lists := map[string]string{
		"": `{"fileId":100,"fileName":"qdoc","fileType":1},{"fileId":102,"fileName":"empty","fileType":"1"},` +
			`{"fileId":"110","fileName":"b.txt","fileType":0,"size":"5"}`,
		"qdoc": `{"fileId":101,"fileName":"图片","fileType":1,"size":0},` +
			`{"fileId":111,"fileName":"a.pdf","fileType":2,"size":18900}`,
		"qdoc/图片": `{"fileId":112,"fileName":"logo.png","fileType":2}`,
	}
	return serve(t, func(w http.ResponseWriter, r *http.Request, _ int) {
		path, id := r.PostForm.Get("basePath"), r.PostForm.Get("fileId")
		if want := fmt.Sprint(paths[path]); byRoot && id != "98" || !byRoot && id != want {
			io.WriteString(w, `{"code":4,"msg":"文件夹不存在"}`)
			return
		}
		if path == "empty" {
			io.WriteString(w, `{"code":0,"data":null}`)
			return
		}
		io.WriteString(w, `{"code":0,"data":[`+lists[path]+`]}`)
	})
}

func TestAttachmentTree(t *testing.T) {
	want := []schema.AttachmentFile{
		{ID: 110, Name: "b.txt", Path: "b.txt", Size: 5},
		{ID: 102, Name: "empty", Path: "empty", Folder: true},
		{ID: 100, Name: "qdoc", Path: "qdoc", Folder: true},
		{ID: 111, Name: "a.pdf", Path: "qdoc/a.pdf", Size: 18900},
		{ID: 101, Name: "图片", Path: "qdoc/图片", Folder: true},
		{ID: 112, Name: "logo.png", Path: "qdoc/图片/logo.png", Size: -1},
	}
	for _, byRoot := range []bool{false, true} {
		c := client(t, Options{Endpoint: tree(t, byRoot).URL})
		got, err := c.AttachmentTree(routetest.Deadline(t), 98)
		if diff := cmp.Diff(want, got); diff != "" || err != nil {
			t.Error(diff, err)
		}
	}
	d := tree(t, false)
	c := client(t, Options{Endpoint: d.URL})
	files, err := c.AttachmentFiles(routetest.Deadline(t), 101, "qdoc/图片")
	if err != nil || len(files) != 1 || files[0].Path != "qdoc/图片/logo.png" {
		t.Errorf("%+v, %v", files, err)
	}
	if diff := cmp.Diff(url.Values{"token": {testToken}, "fileId": {"101"}, "basePath": {"qdoc/图片"}},
		d.Requests()[0].Form()); diff != "" || d.Requests()[0].Path != "/app/approval/get-attach-list" {
		t.Error(d.Requests()[0].Path, diff)
	}
}

func TestAttachmentListsThatCannotBe(t *testing.T) {
	for body, says := range map[string]string{
		`{"code":0}`:                           "there is no list of files in it, only code",
		`{"code":0,"data":[{"fileName":"a"}]}`: "entry 1 of data: fileId of a is missing",
		`{"code":0,"data":[{"fileId":1}]}`:     "fileName of 1 is missing",
		`{"code":0,"data":[{"fileId":98,"fileName":"a","fileType":1}]}`: "folder 98 (a) lies in itself",
		`{"code":0,"data":[{"fileId":99,"fileName":"a","fileType":1}]}`: "folder 99 (a/a) lies in itself",
	} {
		c := client(t, Options{Endpoint: answering(t, body).URL})
		_, err := c.AttachmentTree(routetest.Deadline(t), 98)
		if e := failed(t, c, err); !strings.Contains(e.Error(), says) {
			t.Errorf("%s\nshould say %s", e, says)
		}
	}
	c := client(t, Options{Endpoint: serve(t, func(w http.ResponseWriter, r *http.Request, n int) {
		io.WriteString(w, fmt.Sprintf(`{"code":0,"data":[{"fileId":%d,"fileName":"a","fileType":1}]}`, 1000+n))
	}).URL})
	_, err := c.AttachmentTree(routetest.Deadline(t), 98)
	if e := failed(t, c, err); !strings.Contains(e.Error(), "lies in itself") {
		t.Error(e)
	}
}
