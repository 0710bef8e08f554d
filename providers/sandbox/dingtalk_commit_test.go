package sandbox

import (
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

func (o *office) dentry(r heard) dentry {
	o.t.Helper()
	var answer dentryAnswer
	if err := json.Unmarshal([]byte(r.body), &answer); err != nil || r.status != 200 {
		o.t.Fatalf("%d %s: %v", r.status, r.body, err)
	}
	return answer.Dentry
}

func TestCommit(t *testing.T) {
	o := newOffice(t).signIn()
	got := o.dentry(o.commit(o.uploaded("signed"), " 合同, 终稿.PDF ", `{"size":6,"appProperties":[{"name":"n","value":"v"}]}`))
	moment := o.now().UTC().Format(time.RFC3339)
	want := dentry{
		ID: "222892787485", SpaceID: "3996960664", ParentID: "0", Type: "FILE", Name: "合同, 终稿.PDF", Size: 6, Path: "/合同, 终稿.PDF",
		Version: 1, Status: "NORMAL", Extension: "pdf", CreatorID: "union123", ModifierID: "union123", CreateTime: moment, ModifiedTime: moment,
		AppProperties: map[string][]appProperty{"8345000": {{"n", "v", "PRIVATE"}}},
		PartitionType: "PUBLIC_OSS_PARTITION", StorageDriver: "DINGTALK", Category: "DOCUMENT",
	}
	if diff := cmp.Diff(want, got, cmpopts.IgnoreFields(dentry{}, "UUID")); diff != "" {
		t.Error(diff)
	}
	if looked := o.dentry(o.ask(storagePath+"/dentries/"+got.ID+"/query?unionId=union123", "{}")); !cmp.Equal(looked, got) {
		t.Error(cmp.Diff(got, looked))
	}
}

// The four ways to meet a name that is taken.
func TestNameClash(t *testing.T) {
	tests := []struct {
		strategy string
		code     string
		names    string // what is in the folder then
		bytes    string // of the file that was there before
	}{
		{"", "", "a(1).tar.gz a.tar(1).gz a.tar(2).gz a.tar.gz", "first"},
		{"AUTO_RENAME", "", "a(1).tar.gz a.tar(1).gz a.tar(2).gz a.tar.gz", "first"},
		{"OVERWRITE", "", "a(1).tar.gz a.tar(1).gz a.tar.gz", "second"},
		{"RETURN_DENTRY_IF_EXISTS", "", "a(1).tar.gz a.tar(1).gz a.tar.gz", "first"},
		{"RETURN_ERROR_IF_EXISTS", "dentryAlreadyExists", "a(1).tar.gz a.tar(1).gz a.tar.gz", "first"},
	}
	for _, tt := range tests {
		t.Run(tt.strategy, func(t *testing.T) {
			o := newOffice(t).signIn()
			first := o.dentry(o.commit(o.uploaded("first"), "a.tar.gz", "{}"))
			o.staged("a(1).tar.gz", "other")
			o.staged("a.tar(1).gz", "other")
			option := fmt.Sprintf(`{"conflictStrategy":%q}`, tt.strategy)
			uploadKey := o.uploaded("second")
			r := o.commit(uploadKey, "a.tar.gz", option)
			if tt.code != "" {
				o.want(r, 400, tt.code)
				o.want(o.commit(uploadKey, "b.gz", option), 200, "") // the key was not used up
				return
			}
			got := o.dentry(r)
			o.want(o.commit(uploadKey, "b.gz", option), 400, "paramError.uploadKey")
			switch tt.strategy {
			case "OVERWRITE":
				if got.ID != first.ID || got.Version != 2 || got.Size != 6 || got.CreateTime != first.CreateTime || got.ModifiedTime == first.ModifiedTime {
					t.Errorf("%+v", got)
				}
			case "RETURN_DENTRY_IF_EXISTS":
				if !cmp.Equal(got, first) {
					t.Error(cmp.Diff(first, got))
				}
			default:
				if got.ID == first.ID || got.Path != "/a.tar(2).gz" {
					t.Errorf("%+v", got)
				}
			}
			if names := o.list("orderBy=NAME&order=ASC"); names != tt.names {
				t.Errorf("%s, want %s", names, tt.names)
			}
			if got := o.bytesOf(first.ID); got != tt.bytes {
				t.Errorf("the file holds %q, want %q", got, tt.bytes)
			}
			if kept, err := os.ReadDir(o.box.uploads.path); err != nil || len(kept) != len(strings.Fields(tt.names)) {
				t.Errorf("%d files of bytes: %v", len(kept), err)
			}
		})
	}
}

func TestCommitRefusals(t *testing.T) {
	o := newOffice(t).signIn()
	uploadKey := o.uploaded("hello")
	waiting, _ := o.ticket("{}")
	body := func(fields string) string {
		all := map[string]any{"uploadKey": uploadKey, "name": "a.txt", "parentId": "0"}
		if err := json.Unmarshal([]byte(fields), &all); err != nil {
			t.Fatal(err)
		}
		b, _ := json.Marshal(all)
		return string(b)
	}
	tests := []struct{ fields, code string }{
		{`{"uploadKey":null}`, "MissinguploadKey"},
		{`{"name":null}`, "Missingname"},
		{`{"parentId":null}`, "MissingparentId"},
		{`{"uploadKey":"x"}`, "paramError.uploadKey"},
		{`{"uploadKey":"` + waiting + `"}`, "paramError.uploadKey"}, // nothing sent yet
		{`{"parentId":"7"}`, "paramError.parentId"},
		{`{"overwriteDentryId":"7"}`, "paramError.overwriteDentryId"},
		{`{"option":{"size":4}}`, "paramError.size"},
		{`{"option":{"size":"5"}}`, "paramError.size"},
		{`{"option":{"conflictStrategy":"REPLACE"}}`, "paramError.conflictStrategy"},
		{`{"option":{"appProperties":[{"name":"n"}]}}`, "paramError.appProperties"},
		{`{"option":{"appProperties":[{"name":"n","value":"v","visibility":"SECRET"}]}}`, "paramError.appProperties"},
		{`{"option":{"appProperties":[{},{},{},{}]}}`, "paramError.appProperties"},
		{`{"name":""}`, "paramError.name"},
		{`{"name":"  "}`, "paramError.name"},
		{`{"name":"a\tb"}`, "paramError.name"},
		{`{"name":"a*"}`, "paramError.name"},
		{`{"name":"a\""}`, "paramError.name"},
		{`{"name":"<a"}`, "paramError.name"},
		{`{"name":">a"}`, "paramError.name"},
		{`{"name":"a|b"}`, "paramError.name"},
		{`{"name":"a/b"}`, "paramError.name"},
		{`{"name":"a."}`, "paramError.name"},
		{`{"name":"a. "}`, "paramError.name"},
		{`{"name":"` + strings.Repeat("名", 256) + `"}`, "paramError.name"},
	}
	for _, tt := range tests {
		t.Run(tt.fields, func(t *testing.T) {
			o.want(o.ask(storagePath+"/files/commit?unionId=union123", body(tt.fields)), 400, tt.code)
		})
	}
	o.want(o.ask(spacePath, `{"userId":"user456"}`), 200, "")
	o.want(o.ask(storagePath+"/files/commit?unionId=union456", body("{}")), 400, "paramError.uploadKey") // somebody else's
	o.want(o.ask(storagePath+"/files/commit?unionId=union123", body(`{"name":"`+strings.Repeat("名", 255)+`"}`)), 200, "")
}

// list is the names in the root, as a query orders them.
func (o *office) list(query string) string {
	o.t.Helper()
	names, _ := o.page(query)
	return strings.Join(names, " ")
}

func (o *office) page(query string) (names []string, next string) {
	o.t.Helper()
	o.later(time.Second)
	r := o.request("GET", storagePath+"/dentries?unionId=union123&parentId=0&"+query, "")
	r.Header.Set("x-acs-dingtalk-access-token", o.token)
	got := o.send(r)
	var answer struct {
		Dentries  []dentry
		NextToken string
	}
	if err := json.Unmarshal([]byte(got.body), &answer); err != nil || got.status != 200 || answer.Dentries == nil {
		o.t.Fatalf("%d %s: %v", got.status, got.body, err)
	}
	for _, d := range answer.Dentries {
		names = append(names, d.Name)
	}
	return names, answer.NextToken
}

func TestList(t *testing.T) {
	o := newOffice(t).signIn()
	if got := o.list(""); got != "" {
		t.Errorf("there is %s", got)
	}
	o.staged("b", "333")
	o.staged("c", "22")
	o.staged("a", "1")
	for query, want := range map[string]string{
		"": "a c b", "order=ASC": "b c a", "orderBy=CREATE_TIME": "a c b", "orderBy=NAME": "c b a", "orderBy=SIZE&order=ASC": "a c b",
	} {
		if got := o.list(query); got != want {
			t.Errorf("%q: %s, want %s", query, got, want)
		}
	}
	first, next := o.page("maxResults=2&orderBy=NAME&order=ASC")
	second, end := o.page("maxResults=2&orderBy=NAME&order=ASC&nextToken=" + next)
	if got := fmt.Sprint(first, second, end); got != "[a b] [c]" {
		t.Errorf("by pages: %s", got)
	}
	for query, code := range map[string]string{
		"unionId=union123":                            "MissingparentId",
		"parentId=0":                                  "MissingunionId",
		"unionId=nobody&parentId=0":                   "paramError.unionId",
		"unionId=union123&parentId=7":                 "paramError.parentId",
		"unionId=union123&parentId=0&maxResults=51":   "paramError.maxResults",
		"unionId=union123&parentId=0&maxResults=x":    "paramError.maxResults",
		"unionId=union123&parentId=0&order=UP":        "paramError.order",
		"unionId=union123&parentId=0&orderBy=COLOUR":  "paramError.orderBy",
		"unionId=union123&parentId=0&nextToken=other": "paramError.nextToken",
	} {
		o.later(time.Second)
		r := o.request("GET", storagePath+"/dentries?"+query, "")
		r.Header.Set("x-acs-dingtalk-access-token", o.token)
		o.want(o.send(r), 400, code)
	}
	o.want(o.ask(storagePath+"/dentries/1/query?unionId=union123", "{}"), 400, "dentryNotExist")
	o.want(o.ask(storagePath+"/dentries/x/query?unionId=union123", "{}"), 400, "dentryNotExist")
	o.want(o.ask(storagePath+"/dentries/1/query?unionId=nobody", "{}"), 400, "paramError.unionId")
	o.want(o.ask("/v1.0/storage/spaces/1/dentries/1/query?unionId=union123", "{}"), 400, "spaceNotExist")
}
