package yomicloud

import (
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"countersign/providers/route/routetest"

	"github.com/google/go-cmp/cmp"
)

// raisingDrive is a drive with one template, that answers a raise with code 0.
func raisingDrive(t *testing.T, content, catalogue string) *routetest.Server {
	return serve(t, func(w http.ResponseWriter, r *http.Request, _ int) {
		if r.URL.Path == pathContent {
			io.WriteString(w, `{"code":0,"data":`+catalogue+
				`,"templet":{"id":5,"fileId":71,"mType":2,"title":"修改文件","content":`+quoted(content)+
				`},"userinfo":null}`)
			return
		}
		io.WriteString(w, `{"code":0}`)
	})
}

const (
	rows = `[["1","不处理","0","0","0"],["4","修改文件","2","0","1"],["7","申请权限","0","1","0"],` +
		`["8","新建文件夹","1","0","2"]]`
	modifyContent = `{"approvalType":"4","approverAuth":2,"ccAuth":2,"desc":"请说明修改内容\r\n","destFolderId":0,"mark":false,
		"step":[{"approvalNum":0,"ids":["1"],"name":"d","realnames":["系统管理员"],"type":4,
			"usernames":["admin"]}],"title":"修改文件","uids":[4]}`
)

// The document's example of section 6: the same JSON comes out, all of it from the template but for what the person
// raising it says.
func TestRaiseAsDocumented(t *testing.T) {
	d := raisingDrive(t, strings.Replace(modifyContent, `\r\n`, "", 1), rows)
	c := client(t, Options{Endpoint: d.URL})
	err := c.Raise(routetest.Deadline(t), RaiseRequest{
		TemplateID: 5, FileID: 71, FullPath: "公司文件/dzz_1.1_UTF8_20120408.zip", Note: "修改了部分内容", AttachmentID: 79,
		Designated: map[int]int64{0: 1},
	})
	if err != nil {
		t.Fatal(err)
	}
	sent := d.Requests()
	if diff := cmp.Diff(url.Values{"token": {testToken}, "id": {"5"}, "fileId": {"71"}}, sent[0].Form()); diff != "" ||
		sent[0].Path != "/app/approval/templet-content" {
		t.Error(sent[0].Path, diff)
	}
	want := `{"approverAuth":2,"attachmentId":79,"copyto":[4],"creatorNote":"修改了部分内容","ccAuth":2,"desc":"请说明修改内容",` +
		`"fileId":71,` +
		`"fullPath":"公司文件/dzz_1.1_UTF8_20120408.zip","mark":false,"step":[{"approvalNum":0,"ids":[1],"name":"d",` +
		`"realnames":["系统管理员"],` +
		`"selectId":1,"type":4,"usernames":["admin"]}],"taskType":4,"tid":5,"title":"修改文件"}`
	if diff := cmp.Diff(url.Values{"token": {testToken}, "json": {want}}, sent[1].Form()); diff != "" ||
		sent[1].Path != "/app/approval/create-approval" {
		t.Error(sent[1].Path, diff)
	}
}

// What is repeated from the template is repeated to the letter: order, repeats, blanks and line ends included.
func TestRaiseRepeatsTheTemplate(t *testing.T) {
	content := `{"approvalType":7,"approverAuth":"1","ccAuth":0,"desc":" <一>\r\n二 ","unknown":{"a":1},
		"uids":null,"title":" 申请权限 ",
		"step":[{"ids":["3","1",3],"usernames":["b","a","b"],"realnames":["B","A","B"],"type":"3",
			"approvalNum":"1","name":" 初审 ","new":true},
		{"ids":[4],"usernames":["c"],"realnames":["C"],"type":1,"approvalNum":2,"name":"终审"}]}`
	d := raisingDrive(t, content, rows)
	c := client(t, Options{Endpoint: d.URL})
	if err := c.Raise(routetest.Deadline(t), RaiseRequest{TemplateID: 5, FileID: 98, FullPath: "公司文件/a&b.txt",
		Days: 4}); err != nil {
		t.Fatal(err)
	}
	want := `{"approverAuth":1,"copyto":[],"creatorNote":"","ccAuth":0,"desc":" <一>\r\n二 ","fileId":98,` +
		`"fullPath":"公司文件/a&b.txt","mark":false,` +
		`"step":[{"approvalNum":1,"ids":[3,1,3],"name":" 初审 ","realnames":["B","A","B"],"type":3,` +
		`"usernames":["b","a","b"]},` +
		`{"approvalNum":2,"ids":[4],"name":"终审","realnames":["C"],"type":1,"usernames":["c"]}],"taskType":7,` +
		`"tempAuthDay":4,"tid":5,"title":" 申请权限 "}`
	if diff := cmp.Diff(want, d.Requests()[1].Form().Get("json")); diff != "" {
		t.Error(diff)
	}
}

func TestRaiseRefused(t *testing.T) {
	steps := func(kind string) string {
		return `{"approvalType":"` + kind + `","title":"t","uids":[],"step":[{"ids":[1,3],
			"usernames":["admin","test02"],"realnames":["系统管理员","测试2"],"type":4,"name":"初审"},
			{"ids":[4],"usernames":["test03"],"realnames":["测试3"],"type":2,"name":"终审"}]}`
	}
	ok := RaiseRequest{TemplateID: 5, FileID: 71, FullPath: "a", Designated: map[int]int64{0: 3}}
	with := func(change func(*RaiseRequest)) RaiseRequest {
		r := ok
		change(&r)
		return r
	}
	uploads := with(func(r *RaiseRequest) { r.AttachmentID = 79 })
	tests := []struct {
		name, kind, catalogue string
		request               RaiseRequest
		says                  []string // nothing: it is sent
	}{
		{"as it should be", "1", rows, ok, nil},
		{"an attachment where one is needed", "4", rows, uploads, nil},
		{"none where one is needed", "4", rows, ok, []string{"the approval type 4 (修改文件) needs an attachment"}},
		{"one where none is needed", "1", rows, uploads, []string{"the approval type 1 (不处理) takes no attachment"}},
		{"a new folder", "8", rows, ok, nil},
		{"days where they are asked for", "7", rows, with(func(r *RaiseRequest) { r.Days = 3 }), nil},
		{"days may be left out", "7", rows, ok, nil},
		{"days where they are not", "1", rows, with(func(r *RaiseRequest) { r.Days = 3 }),
			[]string{"(不处理) takes no number of days"}},
		{"a type that the catalogue has not", "99", rows, with(func(r *RaiseRequest) {
			r.Days, r.AttachmentID = 3,
				79
		}), nil},
		{"a catalogue that does not say", "4", `[["4","修改文件","2"]]`,
			with(func(r *RaiseRequest) { r.Days, r.AttachmentID = 3, 79 }), nil},
		{"nobody designated", "1", rows, with(func(r *RaiseRequest) { r.Designated = nil }),
			[]string{"step 1 (初审): designate one of its approvers: 1 系统管理员 admin, 3 测试2 test02"}},
		{"somebody else designated", "1", rows, with(func(r *RaiseRequest) { r.Designated = map[int]int64{0: 4} }),
			[]string{"step 1 (初审): user 4 is not one of its approvers: 1 "}},
		{"where nobody is", "1", rows, with(func(r *RaiseRequest) { r.Designated = map[int]int64{0: 3, 1: 4} }),
			[]string{"step 2 (终审): nobody is designated in it"}},
		{"in no step", "1", rows, with(func(r *RaiseRequest) { r.Designated = map[int]int64{0: 3, 2: 4} }),
			[]string{"somebody is designated for step 3: the template has 2"}},
		{"everything at once", "1", rows, with(func(r *RaiseRequest) {
			r.Designated, r.Days,
				r.AttachmentID = map[int]int64{1: 1, -1: 1}, 1, 1
		}),
			[]string{"step 1 (初审): designate", "step 2 (终审): nobody", "for step 0", "takes no number of days",
				"takes no attachment"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			d := raisingDrive(t, steps(test.kind), test.catalogue)
			c := client(t, Options{Endpoint: d.URL})
			err := c.Raise(routetest.Deadline(t), test.request)
			if test.says == nil {
				if err != nil || len(d.Requests()) != 2 {
					t.Errorf("%d calls, %v", len(d.Requests()), err)
				}
				return
			}
			e := failed(t, c, err)
			for _, says := range append(test.says, "nothing was sent", "create-approval") {
				if !strings.Contains(e.Error(), says) {
					t.Errorf("%s\nshould say %s", e, says)
				}
			}
			if len(d.Requests()) != 1 || e.OutcomeUnknown() {
				t.Errorf("%d calls: %s", len(d.Requests()), e)
			}
		})
	}

	d := answering(t, `{"code":0,"templet":null}`)
	c := client(t, Options{Endpoint: d.URL})
	e := failed(t, c, c.Raise(routetest.Deadline(t), RaiseRequest{Days: -1, AttachmentID: -1}))
	for _, says := range []string{"the template has no id", "the folder or file has no id",
		"path of the folder or file is missing", "-1 days", "attachment's id is -1"} {
		if !strings.Contains(e.Error(), says) || len(d.Requests()) != 0 {
			t.Error(e)
		}
	}
	if e := failed(t, c, c.Raise(routetest.Deadline(t), ok)); e.Call != "templet-content" || e.OutcomeUnknown() {
		t.Error(e)
	}
}
