package yomicloud

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"countersign/providers/jsontext"
	"countersign/providers/route/routetest"
	"countersign/providers/yomicloud/wire"
	"countersign/schema"
)

// wide is a template that uses everything a template can say.
func wide() schema.Template {
	return schema.Template{
		Title:        "上传 <审批> & \"more\"",
		ApprovalType: "2",
		AppliesTo:    schema.AppliesToFolders,
		Description:  "line one\nline two",
		Steps: []schema.Step{
			{Name: "初审", Approvers: []schema.Person{admin, test02}, Rule: schema.RuleAll},
			{Name: "会签", Approvers: []schema.Person{admin, test02, test03}, Rule: schema.RuleAtLeast, MinApprovals: 2},
			{Name: "终审", Approvers: []schema.Person{test03}, Rule: schema.RuleDesignated},
		},
		ApproverAccess: schema.AccessPreview,
		CC:             []schema.Person{{ID: 9007199254740993}, {ID: 4}},
		CCAccess:       schema.AccessDownload,
	}
}

func written(t *testing.T, tpl schema.Template, old jsontext.Value) string {
	t.Helper()
	w, _, errs := wire.OfTemplate(tpl.Normalise())
	if len(errs) > 0 {
		t.Fatal(errs)
	}
	text, err := wire.WriteContent(w, old)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func TestWriteContent(t *testing.T) {
	want := `{"approvalType":"2","approverAuth":1,"ccAuth":2,"desc":"line one\nline two","destFolderId":0,` +
		`"mark":false,"step":[` +
		`{"approvalNum":0,"ids":["1","3"],"name":"初审","realnames":["系统管理员","测试2"],"type":1,` +
		`"usernames":["admin","test02"]},` +
		`{"approvalNum":1,"ids":["1","3","4"],"name":"会签","realnames":["系统管理员","测试2","测试3"],"type":3,` +
		`"usernames":["admin","test02","test03"]},` +
		`{"approvalNum":0,"ids":["4"],"name":"终审","realnames":["测试3"],"type":4,"usernames":["test03"]}],` +
		`"title":"上传 <审批> & \"more\"","uids":[4,9007199254740993]}`
	if diff := cmp.Diff(want, written(t, wide(), "")); diff != "" {
		t.Error(diff)
	}
	none := modify()
	none.CC = nil
	if text := written(t, none, ""); !strings.Contains(text, `"uids":[]`) {
		t.Errorf("no cc must be an empty list, not null: %s", text)
	}
}

func TestContentRoundTrip(t *testing.T) {
	want := wide().Normalise()
	got, err := wire.ReadContent(jsontext.Value(written(t, want, "")), wire.People{})
	if err != nil {
		t.Fatal(err)
	}
	got.AppliesTo = want.AppliesTo // mType is beside the content
	if diff := cmp.Diff(want, got.Normalise()); diff != "" {
		t.Error(diff)
	}
}

// An update keeps what it does not know: fields of the content, and those of the steps that are still there.
func TestUpdateKeepsUnknownFields(t *testing.T) {
	old := jsontext.Value(`{
		"approvalType": "4", "title": "old", "uids": null, "desc": "", "destFolderId": 12345678901234567890,
		"mark": true,
		"ratio": 1.10, "big": 12345678901234567890, "html": "<b>&\u00e9", "nested": {"z": [1, {"a": null}]},
		"step": [
			{"name": "初审", "type": "1", "ids": [1], "usernames": ["admin"], "realnames": ["系统管理员"], "limit": 1.50},
			{"name": "会签", "type": 2, "ids": ["3"], "usernames": ["test02"], "realnames": ["测试2"], "limit": 2},
			{"name": "终审", "type": 2, "ids": ["4"], "usernames": ["test03"], "realnames": ["测试3"], "limit": 3}
		]}`)
	step := func(name string, approvers ...schema.Person) schema.Step {
		return schema.Step{Name: name, Approvers: approvers, Rule: schema.RuleAny}
	}
	tests := []struct {
		name   string
		steps  []schema.Step
		limits []string // of the steps written, "" where there is none
	}{
		{"the same steps", []schema.Step{step("初审", admin), step("会签", test02), step("终审", test03)},
			[]string{"1.50", "2", "3"}},
		{"other people under the same names", []schema.Step{step("初审", test03), step("会签", test03), step("终审", admin)},
			[]string{"1.50", "2", "3"}},
		{"one put in front", []schema.Step{step("预审", test03), step("初审", admin), step("会签", test02),
			step("终审", test03)}, []string{"", "1.50", "2", "3"}},
		{"another order", []schema.Step{step("终审", test03), step("初审", admin), step("会签", test02)},
			[]string{"3", "1.50", "2"}},
		{"one renamed, with one of its people", []schema.Step{step("初审", admin), step("新名", test02, test03),
			step("终审", test03)}, []string{"1.50", "2", "3"}},
		{"one replaced by another", []schema.Step{step("初审", admin), step("新名", test03), step("终审", test03)},
			[]string{"1.50", "", "3"}},
		{"one taken away", []schema.Step{step("初审", admin), step("终审", test03)}, []string{"1.50", "3"}},
		{"two of one name", []schema.Step{step("终审", test03), step("终审", admin)}, []string{"3", ""}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			d := answering(t, `{"code":0}`)
			c := client(t, Options{Endpoint: d.URL})
			tpl := modify()
			tpl.Steps = test.steps
			if err := c.Update(routetest.Deadline(t), schema.Live{ID: 5, ScopeID: 71, Opaque: string(old)},
				tpl); err != nil {
				t.Fatal(err)
			}
			text := d.Requests()[0].Form().Get("content")
			var got map[string]json.RawMessage
			if err := json.Unmarshal([]byte(text), &got); err != nil {
				t.Fatal(err)
			}
			for key, want := range map[string]string{
				"ratio": "1.10", "big": "12345678901234567890", // kept, as the next two
				"html": `"<b>&\u00e9"`, "nested": `{"z":[1,{"a":null}]}`,
				"destFolderId": "12345678901234567890", "mark": "true", // not used yet, so not touched
				"title": `"申请修改"`, "uids": "[4]", "ccAuth": "0", // set
			} {
				if string(got[key]) != want {
					t.Errorf("%s is %s, want %s", key, got[key], want)
				}
			}
			var limits []string
			for v := range jsontext.Value(got["step"]).Elements() {
				limit := ""
				for key, v := range v.Members() {
					if key == "limit" {
						limit = string(v)
					}
				}
				limits = append(limits, limit)
			}
			if diff := cmp.Diff(test.limits, limits); diff != "" {
				t.Error(diff)
			}
			again, err := wire.ReadContent(jsontext.Value(text), wire.People{})
			again.AppliesTo = tpl.AppliesTo
			if err != nil || !again.Normalise().Equal(tpl.Normalise()) {
				t.Errorf("%v: %s", err, text)
			}
			if other := written(t, tpl, old); other != text {
				t.Errorf("written twice, it differs:\n%s\n%s", text, other)
			}
		})
	}
}

// What cannot be written right is not written at all, and all that is wrong with it is said at once.
func TestNothingHalfIsWritten(t *testing.T) {
	d := answering(t, `{"code":0}`)
	c := client(t, Options{Endpoint: d.URL})
	ctx := routetest.Deadline(t)
	with := func(change func(*schema.Template)) schema.Template {
		tpl := modify()
		change(&tpl)
		return tpl
	}
	tests := []struct {
		name string
		call func() error
		says []string
	}{
		{"people without ids or names", func() error {
			return c.CreateLike(ctx, 71, with(func(t *schema.Template) {
				t.Steps = append(t.Steps, schema.Step{Name: "终审", Rule: schema.RuleAny, Approvers: []schema.Person{
					{Username: "ghost"}, {ID: 3, Realname: "测试2"}, {ID: 4, Username: "test03"}}})
				t.CC = []schema.Person{{Realname: "谁"}}
			}), "")
		}, []string{`step 2 (终审): approver "ghost" has no id`, "approver 3 has no username",
			"approver 4 (test03) has no realname", `cc: "谁" has no id`}},
		{"nothing at all", func() error { return c.CreateLike(ctx, 0, schema.Template{}, "") },
			[]string{`applies_to is ""`, "no title", "no approval_type", "no step", "no id"}},
		{"rules and words that are none", func() error {
			return c.CreateLike(ctx, 71, with(func(t *schema.Template) {
				t.AppliesTo, t.ApproverAccess, t.CCAccess = "moon", "all", "some"
				t.Steps = []schema.Step{{Name: "a", Rule: schema.RuleAtLeast, Approvers: []schema.Person{admin}},
					{Name: "b", Rule: "most"}}
			}), "")
		}, []string{`applies_to is "moon"`, `approver_access is "all"`, `"some"`, "min_approvals is 0", `rule "most"`}},
		{"an update of nothing, which would be a creation", func() error {
			return c.Update(ctx, schema.Live{ScopeID: 71}, modify())
		}, []string{"has no id"}},
		{"an update over something unreadable", func() error {
			return c.Update(ctx, schema.Live{ID: 5, ScopeID: 71, Opaque: `{"title`}, modify())
		}, []string{"not a JSON object"}},
		{"a removal of nothing", func() error { return c.Remove(ctx, 0) }, []string{"has no id"}},
	}
	for _, test := range tests {
		e := failed(t, c, test.call())
		for _, says := range test.says {
			if !strings.Contains(e.Error(), says) {
				t.Errorf("%s: %s\nshould say %s", test.name, e, says)
			}
		}
		if e.OutcomeUnknown() || e.Refused() || !strings.Contains(e.Error(), "nothing was sent") {
			t.Errorf("%s: %s", test.name, e)
		}
	}
	if n := len(d.Requests()); n != 0 {
		t.Errorf("%d requests were sent", n)
	}
}

// FuzzContent: no content makes the reader panic, and one that could be read is the same template when it has been
// written, by itself or over what it was, and read again.
func FuzzContent(f *testing.F) {
	f.Add(plainContent)
	f.Add(`{"approvalType":4,"step":[{"type":"3","approvalNum":"1","ids":[1,"2",1],"usernames":["a","b","c","d"],` +
		`"realnames":["x","y"],"new":[{}]}],"uids":"","a":{"b":1e400}}`)
	f.Add(`{"step":[{"type":1,"name":" a "},{"type":4,"name":"a"}],"title":" \ud800 ","step":null}`)
	known := wire.People{1: admin, 2: {ID: 2, Username: "u", Realname: "r"}}
	f.Fuzz(func(t *testing.T, text string) {
		old, ok := jsontext.Parse(strings.ToValidUTF8(text, "\uFFFD"))
		if !ok {
			return
		}
		tpl, err := wire.ReadContent(old, known)
		if err != nil {
			return
		}
		tpl.AppliesTo = schema.AppliesToAny
		tpl = tpl.Normalise()
		w, mType, errs := wire.OfTemplate(tpl)
		if len(errs) > 0 {
			return // the drive may hold what must not be written
		}
		for _, over := range []jsontext.Value{"", old} {
			text, err := wire.WriteContent(w, over)
			if err != nil {
				t.Fatal(err)
			}
			v, ok := jsontext.Parse(text)
			if !ok || mType != 0 {
				t.Fatal(text)
			}
			again, err := wire.ReadContent(v, wire.People{})
			again.AppliesTo = tpl.AppliesTo
			if err != nil || !again.Normalise().Equal(tpl) {
				t.Fatalf("%v\nfrom %s\nto   %s\n%s", err, old, text, cmp.Diff(tpl, again.Normalise()))
			}
		}
	})
}

// What the drive keeps of a step beyond our knowledge stays with it, in whatever form of Unicode its name comes back.
func TestUnknownFieldsByForm(t *testing.T) {
	w, _, errs := wire.OfTemplate(wide())
	if len(errs) > 0 {
		t.Fatal(errs)
	}
	w.Step = []wire.Step{{Name: "nouvelle", IDs: []string{"9"}}, {Name: "premi\u00e8re", IDs: []string{"1"}}}
	text, err := wire.WriteContent(w, `{"step":[{"name":"premie\u0300re","ids":["1"],"later":7}]}`)
	if err != nil {
		t.Fatal(err)
	}
	var got struct{ Step []map[string]any }
	if err := json.Unmarshal([]byte(text), &got); err != nil || got.Step[0]["later"] != nil ||
		got.Step[1]["later"] != 7.0 {
		t.Errorf("%v %s", err, text)
	}
}
