package yomicloud

import (
	_ "embed"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"countersign/providers/route/routetest"
	"countersign/schema"
)

// The example answer of the document's section 8, without its comments.
//
//go:embed testdata/view-approval.json
var documentApproval string

// uploadApproval is the approval of that example.
func uploadApproval() schema.Approval {
	return schema.Approval{
		ID: 2, TemplateID: 6, Title: "上传审批", Status: schema.ApprovalPending, ApprovalType: "2", FileID: 7,
		Path:        "公司文件/示例-按项目/质量控制",
		Description: "上传审批", Creator: test03, Note: "请批准!", Created: 1635170411,
		Attachment: &schema.AttachmentInfo{ID: 98, Multiple: true, Files: 5, Size: 18900},
		Steps: []schema.ApprovalStep{
			{Name: "初审", Rule: schema.RuleAny, Status: schema.ApprovalPending,
				Parts: []schema.ApprovalPart{{ID: 3, Person: test02, Decision: schema.DecisionPending}}},
			{Name: "终审", Rule: schema.RuleAny, Status: schema.ApprovalPending,
				Parts: []schema.ApprovalPart{{ID: 4, Person: admin, Decision: schema.DecisionPending}}},
		},
		ApproverAccess: schema.AccessDownload, CC: []schema.Person{}, CCAccess: schema.AccessDownload,
	}
}

func TestDocumentApproval(t *testing.T) {
	d := answering(t, documentApproval)
	c := client(t, Options{Endpoint: d.URL})
	a, err := c.Approval(routetest.Deadline(t), 2)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(uploadApproval(), a); diff != "" {
		t.Error(diff)
	}
	if a.Current() != 0 || len(a.Steps[0].Waiting()) != 1 || a.Steps[0].Waiting()[0].ID != 3 {
		t.Errorf("waiting for step %d", a.Current())
	}
	if _, err := c.Approval(routetest.Deadline(t), 3); !strings.Contains(failed(t, c, err).Error(),
		"approval 2 came instead") {
		t.Error(err)
	}
}

// What every call sends.
func TestApprovalRequests(t *testing.T) {
	d := serve(t, func(w http.ResponseWriter, r *http.Request, _ int) {
		if r.URL.Path == pathView {
			io.WriteString(w, documentApproval)
			return
		}
		io.WriteString(w, `{"code":0,"data":null,"userinfo":null}`)
	})
	c := client(t, Options{Endpoint: d.URL})
	ctx := routetest.Deadline(t)
	list := func(of ApprovalList) func() error {
		return func() error { _, err := c.Approvals(ctx, of); return err }
	}
	tests := []struct {
		call func() error
		path string
		form url.Values
	}{
		{func() error { _, err := c.Raised(ctx); return err }, "/app/approval/get-creator-list", url.Values{}},
		{func() error { _, err := c.Approval(ctx, 2); return err }, "/app/approval/view-approval",
			url.Values{"id": {"2"}}},
		{list(CCToMe), "/app/approval/get-handler-list", url.Values{"utype": {"0"}, "admin": {"0"}}},
		{list(WaitingForMe), "/app/approval/get-handler-list", url.Values{"utype": {"1"}, "admin": {"0"}}},
		{list(AllIManage), "/app/approval/get-handler-list", url.Values{"utype": {"0"}, "admin": {"1"}}},
		{func() error {
			return c.Handle(ctx, HandleRequest{ApprovalID: 2, Step: 1, PartID: 4, Agree: true, Note: "同意 & 谢谢"})
		}, "/app/approval/handle-step", url.Values{
			"aid": {"2"}, "auid": {"4"}, "step": {"1"}, "note": {"同意 & 谢谢"}, "status": {"1"}}},
		{func() error { return c.Handle(ctx, HandleRequest{ApprovalID: 2, PartID: 3}) },
			"/app/approval/handle-step", url.Values{"aid": {"2"}, "auid": {"3"}, "step": {"0"}, "note": {""},
				"status": {"2"}}},
		{func() error { return c.RemoveApproval(ctx, 2) }, "/app/approval/remove-approval", url.Values{"id": {"2"}}},
		{func() error { _, err := c.ApprovalsOn(ctx, 7); return err }, "/app/approval/get-file-approval-log",
			url.Values{"fileId": {"7"}}},
	}
	for i, test := range tests {
		if err := test.call(); err != nil {
			t.Error(err)
			continue
		}
		test.form.Set("token", testToken)
		if got := d.Requests()[i]; got.Path != test.path || got.Method != "POST" || got.Query != "" ||
			cmp.Diff(test.form, got.Form()) != "" {
			t.Errorf("%s %s?%s\n%s", got.Method, got.Path, got.Query, cmp.Diff(test.form, got.Form()))
		}
	}
}

func TestNothingSenselessIsSent(t *testing.T) {
	d := answering(t, `{"code":0}`)
	c := client(t, Options{Endpoint: d.URL})
	ctx := routetest.Deadline(t)
	_, unknownList := c.Approvals(ctx, "mine")
	for err, says := range map[error]string{
		unknownList:                                      `there is no list "mine"`,
		c.RemoveApproval(ctx, 0):                         "the approval to remove has no id",
		c.Handle(ctx, HandleRequest{}):                   "the approval has no id; the approver's part in it has no id",
		c.Handle(ctx, HandleRequest{1, -1, 3, true, ""}): "there is no step -1",
	} {
		if e := failed(t, c, err); e.OutcomeUnknown() || !strings.Contains(e.Error(), says) ||
			!strings.Contains(e.Error(), "nothing was sent") {
			t.Error(e)
		}
	}
	if len(d.Requests()) != 0 {
		t.Error(d.Requests())
	}
}

// One approval in the shapes that it may come in.
func TestTolerantApprovals(t *testing.T) {
	content := `{"tid":6,"title":"上传审批","desc":"上传审批","fileId":7,"fullPath":"公司文件/示例-按项目/质量控制","creatorNote":"请批准!",` +
		`"taskType":"2","attachmentId":98,` +
		`"approverAuth":2,"ccAuth":2,"copyto":null,"step":[{"name":"初审","type":2,"ids":[3],"usernames":["test02"],` +
		`"realnames":["测试2"]},` +
		`{"name":"终审","type":"2","approvalNum":"0","ids":["1"],"usernames":["admin"],"realnames":["系统管理员"]}]}`
	people := `"userinfo":{"4":["test03","测试3","0"]}`
	tests := map[string]string{
		"content as text": `{"code":0,"data":[{"id":2,"status":0,"taskType":2,"creator":4,` +
			`"createtime":1635170411,"content":` + quoted(content) + `}],` + people + `}`,
		"content as an object": `{"code":0,"data":[{"id":2,"status":0,"creator":4,"createtime":1635170411,` +
			`"content":` + content + `}],` + people + `}`,
		"numbers as strings": `{"code":"0","data":[{"id":"2","status":"0","taskType":"2","fileId":"7",` +
			`"creator":"4","createtime":"1635170411","endTime":"0","content":` + quoted(content) + `}],` + people + `}`,
		"an approver's part": `{"code":0,"data":[{"id":31,"aid":2,"status":0,"creator":4,` +
			`"createtime":1635170411,"content":` + quoted(content) + `}],` + people + `}`,
		"milliseconds and a null": `{"code":0,"data":[{"id":2,"status":0,"errmsg":null,"endTime":null,"creatorId":4,` +
			`"createTime":1635170411000,"content":` + quoted(content) + `}],` + people + `}`,
		"names beside the id": `{"code":0,"data":[{"id":2,"status":0,"creator":4,"createtime":1635170411,` +
			`"content":` + quoted(content) + `}],"userinfo":{"4":{"username":"test03","realname":"测试3"}}}`,
	}
	want := uploadApproval()
	want.Attachment = &schema.AttachmentInfo{ID: 98}
	for i := range want.Steps { // a list tells of no decisions
		want.Steps[i].Status = ""
		want.Steps[i].Parts = []schema.ApprovalPart{{Person: want.Steps[i].Parts[0].Person}}
	}
	for name, body := range tests {
		t.Run(name, func(t *testing.T) {
			c := client(t, Options{Endpoint: answering(t, body).URL})
			list, err := c.Raised(routetest.Deadline(t))
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff([]schema.Approval{want}, list); diff != "" {
				t.Error(diff)
			}
			if list[0].Current() != -1 {
				t.Error("nothing is known of its steps")
			}
		})
	}
}

// An approval half-way: two steps decided in part, what cc are told of left out, an approver that the content does not
// know.
func TestDecisions(t *testing.T) {
	content := `{"tid":6,"copyto":[4],"tempAuthDay":"7","step":[
		{"name":"初审","type":3,"approvalNum":1,"ids":[1,3,4],"usernames":["a","b","c"],"realnames":["A","B","C"]},
		{"name":"终审","type":4,"ids":["1","3"],"selectId":"3","usernames":["a","b"],"realnames":["A","B"]}]}`
	rows := `[
		{"aid":9,"id":11,"uid":1,"step":0,"utype":1,"handleType":3,"status":1,"status2":1,
			"note":"好","handletime":1635170500},
		{"aid":9,"id":12,"uid":3,"step":0,"utype":1,"handleType":3,"status":1,"status2":"1",
			"note":null,"handletime":"1635170600"},
		{"aid":9,"id":13,"uid":4,"step":0,"utype":1,"handleType":3,"status":0,"status2":0,"handletime":0},
		{"aid":9,"id":14,"uid":"3","step":"1","utype":"1","handleType":4,"status":0,"status2":0},
		{"aid":9,"id":15,"uid":4,"step":0,"utype":0,"status":0,"status2":0},
		{"aid":9,"id":16,"uid":5,"step":2,"utype":1,"handleType":1,"status":0,"status2":0}]`
	body := `{"code":0,"attachment":null,"data":{"id":9,"status":0,"fileId":7,"content":` + quoted(content) +
		`},"data2":` + rows + `,"userinfo":{"5":["e","E","0"]}}`
	c := client(t, Options{Endpoint: answering(t, body).URL})
	a, err := c.Approval(routetest.Deadline(t), 9)
	if err != nil {
		t.Fatal(err)
	}
	p := func(id int64, name string) schema.Person {
		return schema.Person{ID: id, Username: name, Realname: strings.ToUpper(name)}
	}
	want := []schema.ApprovalStep{
		{Name: "初审", Rule: schema.RuleAtLeast, MinApprovals: 2, Status: schema.ApprovalApproved,
			Parts: []schema.ApprovalPart{
				{ID: 11, Person: p(1, "a"), Decision: schema.DecisionAgreed, Note: "好", Decided: 1635170500},
				{ID: 12, Person: p(3, "b"), Decision: schema.DecisionAgreed, Decided: 1635170600},
				{ID: 13, Person: p(4, "c"), Decision: schema.DecisionPending},
			}},
		{Name: "终审", Rule: schema.RuleDesignated, Designated: 3, Status: schema.ApprovalPending,
			Parts: []schema.ApprovalPart{
				{Person: p(1, "a"), Decision: schema.DecisionPending},
				{ID: 14, Person: p(3, "b"), Decision: schema.DecisionPending},
			}},
		{Rule: schema.RuleAll, Status: schema.ApprovalPending,
			Parts: []schema.ApprovalPart{{ID: 16, Person: p(5, "e"), Decision: schema.DecisionPending}}},
	}
	if diff := cmp.Diff(want, a.Steps); diff != "" {
		t.Error(diff)
	}
	if a.Days != 7 || len(a.CC) != 1 || a.Attachment != nil || a.Current() != 1 {
		t.Errorf("%+v", a)
	}
	if w := a.Steps[1].Waiting(); len(w) != 1 || w[0].ID != 14 {
		t.Errorf("only the one designated is waited for: %+v", w)
	}
}

// Of a step that neither the content nor a row names, nothing is said: not that it has no approvers, nor that it is
// pending.
func TestStepsThatAreNotNamed(t *testing.T) {
	rows := `[{"aid":9,"id":11,"uid":1,"step":2,"utype":1,"handleType":1,"status":0,"status2":0}]`
	body := `{"code":0,"attachment":null,"data":{"id":9,"status":0,"fileId":7,"content":` + quoted(`{"tid":6}`) +
		`},"data2":` + rows + `,"userinfo":{}}`
	c := client(t, Options{Endpoint: answering(t, body).URL})
	a, err := c.Approval(routetest.Deadline(t), 9)
	if err != nil {
		t.Fatal(err)
	}
	if len(a.Steps) != 3 || a.Steps[0].Parts != nil || a.Steps[0].Status != "" || a.Current() != -1 {
		t.Errorf("%+v, current step %d", a.Steps, a.Current())
	}
	if a.Steps[2].Status != schema.ApprovalPending || len(a.Steps[2].Parts) != 1 {
		t.Errorf("the step that a row names: %+v", a.Steps[2])
	}
}

// A list without userinfo: those who approve something in it are named wherever else they are in it.
func TestListNamesPeople(t *testing.T) {
	d := answering(t, `{"code":0,"data":[
		{"id":1,"status":0,"creator":3,"content":{"copyto":[3,9],"step":[]}},
		{"id":2,"status":1,"creator":9,"content":{"step":[{"type":1,"ids":[3],
			"usernames":["test02"],"realnames":["测试2"]}]}}]}`)
	c := client(t, Options{Endpoint: d.URL})
	list, err := c.Approvals(routetest.Deadline(t), AllIManage)
	if err != nil {
		t.Fatal(err)
	}
	if list[0].Creator != test02 || list[0].CC[0] != test02 || list[0].CC[1] != (schema.Person{ID: 9}) ||
		list[1].Creator.ID != 9 {
		t.Errorf("%+v", list)
	}
}

func TestUnreadableApprovals(t *testing.T) {
	row := func(s string) string { return `{"code":0,"data":[` + s + `]}` }
	for body, says := range map[string]string{
		`{"code":0}`:                  "data is missing, where a list should be",
		`{"code":0,"data":""}`:        "where a list should be",
		`{"code":0,"data":{}}`:        "data is an object, not a list",
		row(`7`):                      "entry 1 of the list: it is 7, not an object",
		row(`{"status":0}`):           "entry 1 of the list: id is missing",
		row(`{"id":-2,"status":0}`):   "id is -2",
		row(`{"id":2,"content":"{"}`): "approval 2: content is not JSON",
		row(`{"id":2,"content":[]}`):  "approval 2: content is a list, not an object",
		row(`{"id":2,"content":{"step":[{"type":9}]}},{"id":3,"content":{"tid":"x"}}`): "approval 2: content: step " +
			"1: type is 9, which the interface document does not name; approval 3: content: tid is",
		row(`{"id":2,"content":{"copyto":4}}`): "content: copyto: it is 4, " +
			"not a list",
	} {
		c := client(t, Options{Endpoint: answering(t, body).URL})
		_, err := c.ApprovalsOn(routetest.Deadline(t), 7)
		if e := failed(t, c, err); !strings.Contains(e.Error(), says) || e.OutcomeUnknown() {
			t.Errorf("%s\nshould say %s", e, says)
		}
	}
	view := func(data2 string) string {
		return `{"code":0,"data":{"id":2,"status":0},"data2":` + data2 + `}`
	}
	for body, says := range map[string]string{
		`{"code":0,"data":null}`: "the answer holds nothing of that id — it may " +
			"have been removed",
		view(`{}`):                                            "data2 is an object, not a list",
		view(`[{"uid":1}]`):                                   "data2: entry 1: step is missing",
		view(`[{"uid":1,"step":-1}]`):                         "step is -1",
		view(`[{"uid":1,"step":999999999}]`):                  "step is 999999999",
		view(`[{"step":0}]`):                                  "uid is missing",
		view(`[{"step":0,"uid":1,"status2":5}]`):              "status2 is 5",
		view(`[{"step":0,"uid":1,"status":0}]`):               "status2 is missing",
		view(`[{"step":0,"uid":1,"status2":0}]`):              "status is missing",
		`{"code":0,"data":{"id":2,"status":0}}`:               "data2 is missing",
		`{"code":0,"data":{"id":2},"data2":[]}`:               "data: status is missing",
		`{"code":0,"data":{"id":2,"status":null},"data2":[]}`: "data: status is missing",
		`{"code":0,"data":{"id":2,"status":7},"data2":[]}`: "status is 7, which the " +
			"interface document does not name",
		view(`[{"step":0,"uid":1,"status":0,"status2":null}]`): "status2 is missing",
		view(`[{"step":0,"uid":1,"status":"x","status2":0}]`):  "status is",
		view(`null,"attachment":[1]`):                          "attachment: it is a list",
		view(`null,"attachment":{"fileId":1,"size":{}}`):       "attachment: size is an object",
	} {
		c := client(t, Options{Endpoint: answering(t, body).URL})
		_, err := c.Approval(routetest.Deadline(t), 2)
		if e := failed(t, c, err); !strings.Contains(e.Error(), says) {
			t.Errorf("%s\nshould say %s", e, says)
		}
	}
}

// A list that does not say how far an approval got, or says it in a way that the document does not name, is read all
// the same: of that one it is not known, and it counts neither as pending nor as decided.
func TestListsWithoutStatuses(t *testing.T) {
	body := `{"code":0,"data":[{"id":1},{"id":2,"status":null},{"id":3,"status":""},{"id":4,"status":7},` +
		`{"id":5,"status":"x"},` +
		`{"id":6,"status":0},{"id":7,"status":"1"}]}`
	c := client(t, Options{Endpoint: answering(t, body).URL})
	list, err := c.ApprovalsOn(routetest.Deadline(t), 7)
	if err != nil {
		t.Fatal(err)
	}
	for i, want := range []schema.ApprovalStatus{"", "", "", "", "", schema.ApprovalPending, schema.ApprovalApproved} {
		if list[i].Status != want {
			t.Errorf("approval %d is %q, not %q", list[i].ID, list[i].Status, want)
		}
	}
}

// Writes are sent once, and say when it is not known what became of them.
func TestApprovalWrites(t *testing.T) {
	raise := func(c *Client) error {
		return c.Raise(t.Context(), RaiseRequest{TemplateID: 5, FileID: 71, FullPath: "a"})
	}
	writes := map[string]func(c *Client) error{
		pathRaise:  raise,
		pathHandle: func(c *Client) error { return c.Handle(t.Context(), HandleRequest{ApprovalID: 2, PartID: 3}) },
		pathDrop:   func(c *Client) error { return c.RemoveApproval(t.Context(), 2) },
	}
	faults := []struct {
		name    string
		handle  func(w http.ResponseWriter)
		unknown bool
	}{
		{"cut", func(w http.ResponseWriter) { cut(w) }, true},
		{"502", func(w http.ResponseWriter) { status(w, 502, "") }, true},
		{"half a body", func(w http.ResponseWriter) { io.WriteString(w, `{"code":`) }, true},
		{"a page", func(w http.ResponseWriter) { io.WriteString(w, `<html>`) }, true},
		{"refused", func(w http.ResponseWriter) { io.WriteString(w, `{"code":3,"msg":"没有权限"}`) }, false},
		{"403", func(w http.ResponseWriter) { status(w, 403, "") }, false},
	}
	for path, write := range writes {
		for _, fault := range faults {
			var times atomic.Int32
			d := serve(t, func(w http.ResponseWriter, r *http.Request, _ int) {
				if r.URL.Path != path {
					io.WriteString(w, documentExample)
					return
				}
				times.Add(1)
				fault.handle(w)
			})
			c := client(t, Options{Endpoint: d.URL})
			if e := failed(t, c, write(c)); e.OutcomeUnknown() != fault.unknown || times.Load() != 1 ||
				e.URL != d.URL+path {
				t.Errorf("%s, %s: outcome unknown: %t, sent %d times: %s", path, fault.name, e.OutcomeUnknown(),
					times.Load(), e)
			}
		}
	}
}

func TestFindRaised(t *testing.T) {
	row := func(id, created, tid, file int, note string) string {
		return fmt.Sprintf(`{"id":%d,"status":0,"createtime":%d,"fileId":%d,"content":{"tid":%d,"creatorNote":%s}}`, id,
			created, file, tid, quoted(note))
	}
	d := answering(t, `{"code":0,"data":[`+strings.Join([]string{
		row(1, 1000, 5, 71, "请批准\r\n谢谢"), row(4, 2001, 5, 71, "请批准\n谢谢 "), row(3, 2000, 5, 71, "请批准\n谢谢"), row(5, 0, 5,
			71, "请批准\n谢谢"),
		row(6, 3000, 6, 71, "请批准\n谢谢"), row(7, 3000, 5, 72, "请批准\n谢谢"), row(8, 3000, 5, 71, "不"),
	}, ",")+`]}`)
	c := client(t, Options{Endpoint: d.URL})
	r := RaiseRequest{TemplateID: 5, FileID: 71, Note: "请批准\n谢谢"}
	for since, want := range map[time.Time]string{
		{}:                      "[5 4 3 1]",
		time.Unix(2000, 999999): "[5 4 3]",
		time.Unix(4000, 0):      "[5]",
	} {
		found, err := c.FindRaised(routetest.Deadline(t), r, since)
		var ids []int64
		for _, a := range found {
			ids = append(ids, a.ID)
		}
		if err != nil || fmt.Sprint(ids) != want {
			t.Errorf("since %v: %v, want %s, %v", since, ids, want, err)
		}
	}
}
