package yomicloud

import (
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"

	"countersign/providers/route"
	"countersign/providers/route/routetest"
	"countersign/providers/sandbox"
)

func TestTemplateThatIsNotThere(t *testing.T) {
	catalogue := `"data":[["4","修改文件","2"]]`
	gone := func(status int, body string) bool {
		d := serve(t, func(w http.ResponseWriter, _ *http.Request, _ int) {
			w.WriteHeader(status)
			io.WriteString(w, body)
		})
		c := client(t, Options{Endpoint: d.URL, Retries: -1})
		_, _, err := c.Template(routetest.Deadline(t), 5, 71)
		e := failed(t, c, err)
		if !strings.Contains(e.Error(), "(id 5, fileId 71)") {
			t.Error(e)
		}
		return e.NotFound()
	}
	said := func(words string) string { return `{"code":3001,"msg":` + quoted(words) + `}` }

	for _, words := range []string{
		"审批模板不存在: 5", "审批模板不存在", "该模板不存在!", "此审批模板已被删除", "模板已删除", "模板(id=5)不存在", "找不到审批模板5", "id为5的审批模板不存在",
		"审批模板不存在或已被删除(id: 5)",
		"template not found", "Template 5 does not exist.", "templet 5 doesn't exist", "no such templet: 5",
		"The template has been deleted", "Cannot find template with id 5",
	} {
		if !gone(200, said(words)) || !gone(404, said(words)) {
			t.Errorf("%s: says that it is not there, and is not believed", words)
		}
	}
	if !gone(200, `{"code":0,`+catalogue+`,"templet":null,"userinfo":null}`) {
		t.Error("null beside the catalogue is not believed")
	}

	for _, words := range []string{
		"", "不存在", "文件不存在", "用户不存在", "模板文件不存在", "模板类型不存在", "审批模板不存在或没有权限", "没有权限查看该审批模板", "token不存在", "模板已存在",
		"接口不存在: /app/approval/templet-content",
		"not found", "template exists", "file not found", "user of the template not found",
		"template not found or access denied", "the template database does not exist",
		"no such templet, or the token is wrong",
	} {
		if gone(200, said(words)) {
			t.Errorf("%q is taken for a template that is not there", words)
		}
	}
	for _, status := range []int{400, 401, 403, 429, 500, 502, 503} {
		if gone(status, said("审批模板不存在")) {
			t.Errorf("HTTP %d is taken for a template that is not there", status)
		}
	}
	for _, body := range []string{
		`{"code":0}`, `{"code":0,"templet":null}`, `{"code":0,"data":null,"templet":null}`,
		`{"code":0,"data":[],"templet":null}`, `{"code":0,` + catalogue + `}`,
		`{"code":0,` + catalogue + `,"templet":""}`, `{"code":0,` + catalogue +
			`,"templet":{}}`, `{"code":0,"data":"x","templet":null}`, `{"templet":null}`, ``,
		`<html><title>template not found</title></html>`,
		`template not found`, `{"code":0,"msg":"template not found"}`, documentExample[:len(documentExample)/2],
		strings.Replace(documentExample,
			`"id": 5`, `"id": 6`, 1),
	} {
		if gone(200, body) {
			t.Errorf("%.60s is taken for a template that is not there", body)
		}
	}

	for words, want := range map[string]bool{"审批不存在: 2": true, "该审批已被删除": true, "approval 2 not found": true,
		"审批模板不存在": false, "没有权限查看该审批": false, "token无效": false, "审批人不存在": false} {
		c := client(t, Options{Endpoint: answering(t, said(words)).URL})
		_, err := c.Approval(routetest.Deadline(t), 2)
		if e := failed(t, c, err); e.NotFound() != want {
			t.Errorf("%s: %t for an approval", words, e.NotFound())
		}
	}

	// A refusal of another call in the same words is not an answer about that template's being there.
	c := client(t, Options{Endpoint: answering(t, said("审批模板不存在")).URL})
	if e := failed(t, c, c.Remove(routetest.Deadline(t), 5)); e.NotFound() {
		t.Error("a refused removal is taken for a template that is not there")
	}
	if _, _, err := client(t, Options{Endpoint: serve(t, func(http.ResponseWriter, *http.Request, int) {
		panic(http.ErrAbortHandler)
	}).URL}).Template(routetest.Deadline(t), 5, 71); err.(*route.Error).NotFound() {
		t.Error("a connection that was cut is taken for a template that is not there")
	}
	for _, body := range []string{`{"code":0,"templet":null}`, `{"code":0}`} {
		c := client(t, Options{Endpoint: answering(t, body).URL})
		_, _, err := c.Template(routetest.Deadline(t), 5, 71)
		if e := failed(t, c, err); !errors.Is(e, errEmpty) {
			t.Error(e)
		}
	}
	c = client(t, Options{Endpoint: answering(t, documentExample).URL})
	_, _, err := c.Template(routetest.Deadline(t), 6, 71)
	if e := failed(t, c, err); !strings.Contains(e.Error(), "template 5 came instead") {
		t.Error(e)
	}
}

// The sandbox says it in the words of its own that the client believes, and other refusals in others.
func TestTemplateThatTheSandboxHasNot(t *testing.T) {
	box, err := sandbox.Open(sandbox.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer box.Close()
	token := box.Tokens()[0].Token
	for _, test := range []struct {
		token      string
		id, fileID int64
		gone       bool
	}{
		{token, 6, 0, true}, {token, 6, 71, true}, {token, 5, 12345, false}, {token + "x", 6, 0, false}, {token, -6, 0,
			false},
	} {
		c := client(t, Options{Token: test.token, Transport: box.Transport()})
		_, _, err := c.Template(routetest.Deadline(t), test.id, test.fileID)
		if e := failed(t, c, err); e.NotFound() != test.gone {
			t.Errorf("template %d with file %d: %t for %v", test.id, test.fileID, e.NotFound(), e)
		}
	}
}
