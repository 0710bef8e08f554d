package yomicloud

import (
	"fmt"
	"net/url"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"countersign/providers/route/routetest"
	"countersign/providers/yomicloud/wire"
	"countersign/schema"
)

func TestDocumentExample(t *testing.T) {
	d := answering(t, documentExample)
	c := client(t, Options{Endpoint: d.URL})

	types, people, err := c.Catalogue(routetest.Deadline(t))
	if err != nil {
		t.Fatal(err)
	}
	wantTypes := schema.Catalogue{
		{ID: "1", Name: "不处理", AppliesTo: schema.AppliesToAny},
		{ID: "2", Name: "上传文件", AppliesTo: schema.AppliesToFolders, NeedsUpload: true},
	}
	if diff := cmp.Diff(wantTypes, types); diff != "" {
		t.Error(diff)
	}
	wantPeople := map[int64]schema.Person{1: admin, 4: test03}
	if diff := cmp.Diff(wantPeople, people); diff != "" {
		t.Error(diff)
	}

	live, people, err := c.Template(routetest.Deadline(t), 5, 71)
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(live.Opaque, `"destFolderId": 0`) {
		t.Errorf("the content as the drive wrote it is not kept: %s", live.Opaque)
	}
	live.Opaque = ""
	want := schema.Live{ID: 5, ScopeID: 71, Template: modify(), Creator: 3, Editor: 3, Edited: 1634714946}
	if diff := cmp.Diff(want, live); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff(wantPeople, people); diff != "" {
		t.Error(diff)
	}

	sent := d.Requests()
	for i, form := range []url.Values{
		{"token": {testToken}, "id": {"0"}, "fileId": {"0"}},
		{"token": {testToken}, "id": {"5"}, "fileId": {"71"}},
	} {
		if diff := cmp.Diff(form, sent[i].Form()); diff != "" || sent[i].Path != "/app/approval/templet-content" {
			t.Error(sent[i].Path, diff)
		}
	}
}

// What every call sends: the documented path, POST, a form with the token in it and nowhere else.
func TestRequests(t *testing.T) {
	d := answering(t, `{"code":0,"data":null}`)
	c := client(t, Options{Endpoint: d.URL + "/drive/", UserAgent: "countersign/9"})
	ctx := routetest.Deadline(t)
	content := `{"approvalType":"4","approverAuth":0,"ccAuth":0,"desc":"请说明修改内容","destFolderId":0,"mark":false,` +
		`"step":[{"approvalNum":0,"ids":["1"],"name":"d","realnames":["系统管理员"],"type":2,"usernames":["admin"]}],` +
		`"title":"申请修改","uids":[4]}`
	tests := []struct {
		call func() error
		path string
		form url.Values
	}{
		{func() error { return c.CreateLike(ctx, 71, modify(), "") }, "/app/approval/set-templet",
			url.Values{"fileId": {"71"}, "tid": {"0"}, "title": {"申请修改"}, "mType": {"2"}, "content": {content}}},
		{func() error { return c.Update(ctx, schema.Live{ID: 5, ScopeID: 71}, modify()) }, "/app/approval/set-templet",
			url.Values{"fileId": {"71"}, "tid": {"5"}, "title": {"申请修改"}, "mType": {"2"}, "content": {content}}},
		{func() error { _, err := c.Templates(ctx, 71); return err }, "/app/approval/templet-list",
			url.Values{"fileId": {"71"}}},
		{func() error { _, err := c.Managed(ctx); return err }, "/app/approval/templet-list2", url.Values{}},
		{func() error { return c.Remove(ctx, 5) }, "/app/approval/remove-templet", url.Values{"id": {"5"}}},
		{func() error { _, err := c.Children(ctx, 0); return err }, "/app/file/list-dir", url.Values{"fileId": {"0"}}},
	}
	for i, test := range tests {
		if err := test.call(); err != nil {
			t.Error(err)
			continue
		}
		got := d.Requests()[i]
		test.form.Set("token", testToken)
		if diff := cmp.Diff(test.form, got.Form()); diff != "" {
			t.Error(test.path, diff)
		}
		if got.Path != "/drive"+test.path || got.Method != "POST" || got.Query != "" {
			t.Errorf("%s %s?%s, want POST %s", got.Method, got.Path, got.Query, "/drive"+test.path)
		}
		if got.Header.Get("Content-Type") != "application/x-www-form-urlencoded" ||
			got.Header.Get("User-Agent") != "countersign/9" {
			t.Error(got.Header)
		}
		if strings.Contains(fmt.Sprint(got.Header), testToken) {
			t.Errorf("the token is in a header: %v", got.Header)
		}
	}
}

// plainContent is the content of a template of one step, as text.
const plainContent = `{"approvalType":"4","step":[{"ids":["1"],"type":2,"name":"d","usernames":["admin"],` +
	`"realnames":["系统管理员"]}],"title":"申请修改","uids":[4],"desc":"请说明修改内容"}`

func entry(content string) string {
	return fmt.Sprintf(`{"id":5,"fileId":71,"mType":2,"title":"申请修改","content":%s}`, content)
}

func quoted(content string) string {
	text, _ := wire.Encode(content)
	return text
}

// One template in the shapes that it may come in: each must be read as the document's example.
func TestTolerantListing(t *testing.T) {
	escaped := strings.ReplaceAll(plainContent, "申请修改", `\u7533\u8bf7\u4fee\u6539`)
	tests := []struct{ name, body string }{
		{"content as a string", `{"code":0,"data":[` + entry(quoted(plainContent)) + `]}`},
		{"content as an object", `{"code":0,"data":[` + entry(plainContent) + `]}`},
		{"content with blanks and a line end around it", `{"code":0,"data":[` +
			entry(quoted("\n\t "+plainContent+"\n")) + `]}`},
		{"content with a byte order mark", `{"code":0,"data":[` + entry(quoted("\uFEFF"+plainContent)) + `]}`},
		{"content with escapes in its strings", `{"code":0,"data":[` + entry(quoted(escaped)) + `]}`},
		{"byte order mark and blanks before the answer", "\r\n\uFEFF \n" + `{"code":0,"data":[` +
			entry(quoted(plainContent)) + `]}` + "\n\n"},
		{"code as a string", `{"code":"0","data":[` + entry(quoted(plainContent)) + `]}`},
		{"numbers as strings", `{"code":0,"data":[` + strings.NewReplacer(`"id":5`, `"id":"5"`, `"fileId":71`,
			`"fileId":"71"`, `"mType":2`, `"mType":"2"`).Replace(entry(quoted(plainContent))) + `]}`},
		{"ids as numbers, type as a number", `{"code":0,"data":[` +
			entry(quoted(strings.NewReplacer(`["1"]`, `[1]`, `"approvalType":"4"`,
				`"approvalType":4`).Replace(plainContent))) + `]}`},
		{"rule, accesses and cc as strings", `{"code":0,"data":[` +
			entry(quoted(strings.NewReplacer(`"type":2`, `"type":"2"`, `"uids":[4]`,
				`"uids":["4"],"approverAuth":"0","ccAuth":"0","approvalNum":"0"`).Replace(plainContent))) + `]}`},
		{"unknown fields everywhere", `{"code":0,"total":1,"data":[` +
			strings.Replace(entry(quoted(strings.Replace(plainContent, `{"ids"`, `{"new":{"x":[1]},"ids"`, 1))),
				`{"id"`, `{"new":[[]],"id"`, 1) + `],"userinfo":null}`},
		{"title in the entry alone", `{"code":0,"data":[` + entry(quoted(strings.Replace(plainContent,
			`"title":"申请修改",`, ``, 1))) + `]}`},
		{"names by userinfo alone", `{"code":0,"data":[` + entry(quoted(strings.Replace(plainContent,
			`,"usernames":["admin"],"realnames":["系统管理员"]`, ``, 1))) + `],"userinfo":{"1":["admin","系统管理员","0"]}}`},
		{"fewer names than ids, the rest by userinfo", `{"code":0,"data":[` +
			entry(quoted(strings.Replace(plainContent, `"realnames":["系统管理员"]`, `"realnames":null`, 1))) +
			`],"userinfo":{"1":["admin","系统管理员"]}}`},
		{"more names than ids", `{"code":0,"data":[` + entry(quoted(strings.Replace(plainContent,
			`"realnames":["系统管理员"]`, `"realnames":["系统管理员","谁"]`, 1))) + `]}`},
		{"blanks and CRLF in the words", `{"code":0,"data":[` +
			entry(quoted(strings.Replace(plainContent, `"请说明修改内容"`, `" 请说明修改内容\r\n"`, 1))) + `]}`},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			c := client(t, Options{Endpoint: answering(t, test.body).URL})
			l, err := c.Templates(routetest.Deadline(t), 71)
			if err != nil {
				t.Fatal(err)
			}
			if len(l.Templates) != 1 || l.Templates[0].ID != 5 || l.Templates[0].ScopeID != 71 {
				t.Fatalf("%+v", l.Templates)
			}
			want := modify()
			want.CC = []schema.Person{{ID: 4}} // nothing told the name
			if diff := cmp.Diff(want, l.Templates[0].Template); diff != "" {
				t.Error(diff)
			}
			if l.People[1] != admin {
				t.Errorf("people: %v", l.People)
			}
			if l.Templates[0].Opaque == "" || l.Templates[0].Opaque[0] != '{' {
				t.Errorf("opaque: %q", l.Templates[0].Opaque)
			}
		})
	}
}

func TestEmptyLists(t *testing.T) {
	for _, body := range []string{`{"code":0,"data":[]}`, `{"code":0,"data":null}`} {
		c := client(t, Options{Endpoint: answering(t, body).URL})
		l, err := c.Templates(routetest.Deadline(t), 71)
		if err != nil || len(l.Templates) != 0 {
			t.Errorf("%s: %v, %v", body, l, err)
		}
		if rows, err := c.Managed(routetest.Deadline(t)); err != nil || len(rows) != 0 {
			t.Errorf("%s: %v, %v", body, rows, err)
		}
	}
	// Inside a template: no cc, in every spelling.
	for _, uids := range []string{`"uids":[]`, `"uids":null`, `"uids":""`, `"new":1`} {
		body := `{"code":0,"data":[` + entry(quoted(strings.Replace(plainContent, `"uids":[4]`, uids, 1))) + `]}`
		l, err := client(t, Options{Endpoint: answering(t, body).URL}).Templates(routetest.Deadline(t), 71)
		if err != nil || len(l.Templates[0].Template.CC) != 0 {
			t.Errorf("%s: %v, %v", uids, l, err)
		}
	}
}

func TestListingGathersPeople(t *testing.T) {
	content := func(ids, usernames, realnames string) string {
		return entry(quoted(`{"title":"t","approvalType":"1","step":[{"type":1,"ids":` + ids + `,"usernames":` +
			usernames + `,"realnames":` + realnames + `}]}`))
	}
	body := `{"code":0,"data":[` +
		content(`[1,"3"]`, `["admin","old02"]`, `["系统管理员","旧名"]`) + `,` +
		content(`[9007199254740993]`, `["big"]`, `["大"]`) + `,` +
		content(`[8]`, `[]`, `["八"]`) + `],
		"userinfo":{"3":["test02","测试2","0"],"4":["test03","测试3"],"5":null,"six":["x","y"],"8":["eight"]}}`
	l, err := client(t, Options{Endpoint: answering(t, body).URL}).Templates(routetest.Deadline(t), 71)
	if err != nil {
		t.Fatal(err)
	}
	want := map[int64]schema.Person{
		1: admin,
		3: test02, // userinfo is newer than the names in a template
		4: test03,
		8: {ID: 8, Username: "eight", Realname: "八"},

		9007199254740993: {ID: 9007199254740993, Username: "big", Realname: "大"},
	}
	if diff := cmp.Diff(want, l.People); diff != "" {
		t.Error(diff)
	}
	if got := l.Templates[0].Template.Steps[0].Approvers[1]; got.Username != "old02" {
		t.Errorf("a template must keep the names it holds: %v", got)
	}
}

// An entry that does not tell which template it is must fail the whole list: left out, it would look removed. One
// whose content cannot be read stays in the list and says why.
func TestUnreadableEntries(t *testing.T) {
	good := entry(quoted(plainContent))
	tests := []struct{ name, entry, says string }{
		{"content is not JSON", entry(quoted(`{"title":`)), "template 5: content is not JSON"},
		{"content is empty", entry(`""`), "template 5: content is not JSON"},
		{"content is missing", `{"id":5,"fileId":71}`, "template 5: content is not JSON"},
		{"content is a list", entry(`[]`), "template 5: content: is a list, not an object"},
		{"id is missing", strings.Replace(good, `"id":5,`, ``, 1), "entry 2 of the list: id is missing"},
		{"id is 0", strings.Replace(good, `"id":5`, `"id":0`, 1), "entry 2 of the list: id is 0"},
		{"id is a word", strings.Replace(good, `"id":5`, `"id":"five"`, 1),
			`entry 2 of the list: id is "five", not a whole number`},
		{"fileId is missing", strings.Replace(good, `"fileId":71,`, ``, 1), "template 5: fileId is missing"},
		{"mType is new", strings.Replace(good, `"mType":2`, `"mType":3`, 1), "template 5: mType is 3"},
		{"an entry that is no object", `7`, "entry 2 of the list: it is 7, not an object"},
		{"null for an entry", `null`, "entry 2 of the list: it is null"},
		{"a rule that is new", entry(quoted(strings.Replace(plainContent, `"type":2`, `"type":5`, 1))),
			"template 5: content: step 1: type is 5"},
		{"no rule", entry(quoted(strings.Replace(plainContent, `"type":2,`, ``, 1))),
			"template 5: content: step 1: type is missing"},
		{"more than -1 agree", entry(quoted(strings.Replace(plainContent, `"type":2`, `"type":3,"approvalNum":-1`, 1))),
			"template 5: content: step 1: approvalNum is -1"},
		{"an access that is new", entry(quoted(strings.Replace(plainContent, `"uids"`, `"ccAuth":9,"uids"`, 1))),
			"template 5: content: ccAuth is 9"},
		{"an approver without id", entry(quoted(strings.Replace(plainContent, `["1"]`, `[null]`, 1))),
			"template 5: content: step 1: ids: an id is missing"},
		{"ids is no list", entry(quoted(strings.Replace(plainContent, `["1"]`, `1`, 1))),
			"template 5: content: step 1: ids: it is 1, not a list"},
		{"steps is no list", entry(quoted(strings.Replace(plainContent, `"step":[`, `"step":7,"x":[`, 1))),
			"template 5: content: step is 7, not a list"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			d := answering(t, `{"code":0,"data":[`+strings.Replace(good, `"id":5`, `"id":4`, 1)+`,`+test.entry+`]}`)
			c := client(t, Options{Endpoint: d.URL})
			l, err := c.Templates(routetest.Deadline(t), 71)
			if why, known := strings.CutPrefix(test.says, "template 5: "); known && !strings.HasPrefix(why, "fileId") {
				if err != nil || len(l.Templates) != 2 || l.Templates[1].ID != 5 ||
					!strings.Contains(l.Templates[1].Unreadable, why) || l.Templates[0].Unreadable != "" {
					t.Errorf("%v: %+v\nshould say %s", err, l.Templates, why)
				}
				return
			}
			e := failed(t, c, err)
			if !strings.Contains(e.Error(), test.says) || !strings.Contains(e.Error(), "(fileId 71)") {
				t.Errorf("%s\nshould say %s", e, test.says)
			}
			if len(l.Templates) != 0 || len(d.Requests()) != 1 {
				t.Errorf("%d templates, %d requests", len(l.Templates), len(d.Requests()))
			}
		})
	}
	for _, body := range []string{`{"code":0,"data":""}`, `{"code":0}`} { // not a list of none: no list
		d := answering(t, body)
		c := client(t, Options{Endpoint: d.URL})
		_, err := c.Templates(routetest.Deadline(t), 71)
		if e := failed(t, c, err); !strings.Contains(e.Error(), "where a list should be") {
			t.Errorf("%s: %v", body, e)
		}
	}
	t.Run("data is no list", func(t *testing.T) {
		c := client(t, Options{Endpoint: answering(t, `{"code":0,"data":{"0":`+good+`}}`).URL})
		_, err := c.Templates(routetest.Deadline(t), 71)
		if e := failed(t, c, err); !strings.Contains(e.Error(), "data is an object, not a list") {
			t.Error(e)
		}
	})
}

func TestCatalogueRows(t *testing.T) {
	modifying := schema.ApprovalType{ID: "4", Name: "修改文件", AppliesTo: schema.AppliesToFiles}
	with := func(change func(*schema.ApprovalType)) schema.ApprovalType {
		kind := modifying
		change(&kind)
		return kind
	}
	uploads := with(func(k *schema.ApprovalType) { k.NeedsUpload = true })
	good := map[string]schema.ApprovalType{
		`[["4","修改文件","2"]]`:                 modifying,
		`[[4,"修改文件",2]]`:                     modifying,
		`[[4," 修改文件 ","2",0]]`:               modifying,
		`[["4","修改文件","2","0","0"]]`:         modifying,
		`[["4","修改文件","2","3","1"]]`:         uploads, // 3 is kept for later
		`[["4","修改文件","2",0,1,"new"]]`:       uploads,
		`[["4","修改文件","2","1"]]`:             with(func(k *schema.ApprovalType) { k.NeedsDays = true }),
		`[["4","修改文件","2","0","2"]]`:         with(func(k *schema.ApprovalType) { k.NeedsFolder = true }),
		`[["4","修改文件","2","what","upload"]]`: modifying,
	}
	for data, want := range good {
		c := client(t, Options{Endpoint: answering(t, `{"code":0,"data":`+data+`,"templet":null,"userinfo":null}`).URL})
		types, _, err := c.Catalogue(routetest.Deadline(t))
		if err != nil || len(types) != 1 || types[0] != want {
			t.Errorf("%s: %v, %v", data, types, err)
		}
	}
	bad := map[string]string{
		`[["4","修改文件"]]`:              "row 1 has 2 columns",
		`[["1","a",0],[null,"b",0]]`:  "row 2: id is missing",
		`[["4","修改文件",7]]`:            "row 1 (修改文件): extent is 7",
		`[{"id":4}]`:                  "row 1 is an object, not a list",
		`"nothing"`:                   `data is "nothing", not a list`,
		`[[["4"],"修改文件","2"]]`:        "row 1: id is a list",
		`[["4","修改文件","everywhere"]]`: "row 1 (修改文件): extent is",
	}
	for data, says := range bad {
		c := client(t, Options{Endpoint: answering(t, `{"code":0,"data":`+data+`}`).URL})
		_, _, err := c.Catalogue(routetest.Deadline(t))
		if e := failed(t, c, err); !strings.Contains(e.Error(), says) {
			t.Errorf("%s\nshould say %s", e, says)
		}
	}
}

func TestManaged(t *testing.T) {
	c := client(t, Options{Endpoint: answering(t,
		`{"code":0,"data":[{"id":"6","title":"上传审批","path":"公司文件/合同"},{"id":3,"title":"申请预览权限","path":null}]}`).URL})
	got, err := c.Managed(routetest.Deadline(t))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]schema.Managed{{ID: 6, Title: "上传审批", Path: "公司文件/合同"}, {ID: 3, Title: "申请预览权限"}},
		got); diff != "" {
		t.Error(diff)
	}
	c = client(t, Options{Endpoint: answering(t, `{"code":0,"data":[{"title":"上传审批"}]}`).URL})
	_, err = c.Managed(routetest.Deadline(t))
	if e := failed(t, c, err); !strings.Contains(e.Error(), "entry 1 of the list (上传审批): id is missing") {
		t.Error(e)
	}
}

// tenTemplates is a list answer of ten templates of three steps of three people, in the drive's own layout.
func tenTemplates() string {
	var entries []string
	for i := range 10 {
		var steps []string
		for s := range 3 {
			steps = append(steps, fmt.Sprintf("        {\n            \"approvalNum\": 0,\n            \"ids\": [\n  "+
				"              \"%d\",\n                \"%d\",\n                \"%d\"\n            ],\n            "+
				"\"name\": \"第 %d 步\",\n            \"realnames\": [\n                \"系统管理员\",\n               "+
				" \"测试2\",\n                \"测试3\"\n            ],\n            \"type\": 2,\n            "+
				"\"usernames\": [\n                \"admin\",\n                \"test02\",\n             "+
				"   \"test03\"\n            ]\n        }", s+1, s+2, s+3, s+1))
		}
		content := fmt.Sprintf("{\n    \"approvalType\": \"4\",\n    \"approverAuth\": 0,\n    \"ccAuth\": 0,\n    "+
			"\"desc\": \"请说明修改内容\",\n    \"destFolderId\": 0,\n    \"mark\": false,\n    \"step\": [\n%s\n    ],\n   "+
			" \"title\": \"申请修改 %d\",\n    \"uids\": [\n        4\n    ]\n}\n", strings.Join(steps, ",\n"), i)
		entries = append(entries,
			fmt.Sprintf(`{"content":%s,"createtime":1634714946,"creatorId":3,"editorId":3,"edittime":1634714946,`+
				`"fileId":71,"id":%d,"mType":2,"title":"申请修改 %d"}`,
				quoted(content), i+1, i))
	}
	return `{"code":0,"data":[` + strings.Join(entries, ",") +
		`],"userinfo":{"1":["admin","系统管理员","0"],"3":["test02","测试2","0"],"4":["test03","测试3","0"]}}`
}

func BenchmarkDecodeListing(b *testing.B) {
	body := tenTemplates()
	b.SetBytes(int64(len(body)))
	b.ReportAllocs()
	for b.Loop() {
		a, err := readAnswer(body)
		if err != nil {
			b.Fatal(err)
		}
		rows, _ := a.rows()
		if l, err := readListing(rows, a.Get("userinfo")); err != nil || len(l.Templates) != 10 {
			b.Fatal(l, err)
		}
	}
}

// BenchmarkBareDecode is the floor beside it: encoding/json into structs that fit exactly.
func BenchmarkBareDecode(b *testing.B) {
	body := []byte(tenTemplates())
	b.SetBytes(int64(len(body)))
	b.ReportAllocs()
	for b.Loop() {
		if n, err := bareDecode(body); err != nil || n != 10 {
			b.Fatal(n, err)
		}
	}
}
