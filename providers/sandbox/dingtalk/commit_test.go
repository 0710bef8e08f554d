package dingtalk_test

import (
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"countersign/providers/sandbox/dingtalk"
	"countersign/providers/sandbox/sandboxtest"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

func dentryOf(o *sandboxtest.App, r sandboxtest.Response) dingtalk.Dentry {
	o.T.Helper()
	var answer struct{ Dentry dingtalk.Dentry }
	if err := json.Unmarshal([]byte(r.Body), &answer); err != nil || r.Status != 200 {
		o.T.Fatalf("%d %s: %v", r.Status, r.Body, err)
	}
	return answer.Dentry
}

func TestCommit(t *testing.T) {
	o := sandboxtest.NewApp(t).SignIn()
	got := dentryOf(o, o.Commit(o.Uploaded("signed"), " 合同, 终稿.PDF ",
		`{"size":6,"appProperties":[{"name":"n","value":"v"}]}`))
	moment := o.Now().UTC().Format(time.RFC3339)
	want := dingtalk.Dentry{
		Basics: dingtalk.Basics{
			ID: "222892787485", SpaceID: "3996960664", ParentID: "0", Type: "FILE", Name: "合同, 终稿.PDF", Size: 6,
			Path: "/合同, 终稿.PDF", Version: 1, Status: "NORMAL", Extension: "pdf",
			CreatorID: "union123", ModifierID: "union123", CreateTime: moment, ModifiedTime: moment,
		},
		AppProperties: map[string][]dingtalk.AppProperty{"8345000": {{"n", "v", "PRIVATE"}}},
		PartitionType: "PUBLIC_OSS_PARTITION", StorageDriver: "DINGTALK", Category: "DOCUMENT",
	}
	if diff := cmp.Diff(want, got, cmpopts.IgnoreFields(dingtalk.Basics{}, "UUID")); diff != "" {
		t.Error(diff)
	}
	if looked := dentryOf(o, o.Ask(sandboxtest.StoragePath+"/dentries/"+got.ID+"/query?unionId=union123",
		"{}")); !cmp.Equal(looked, got) {
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
			o := sandboxtest.NewApp(t).SignIn()
			first := dentryOf(o, o.Commit(o.Uploaded("first"), "a.tar.gz", "{}"))
			o.Staged("a(1).tar.gz", "other")
			o.Staged("a.tar(1).gz", "other")
			option := fmt.Sprintf(`{"conflictStrategy":%q}`, tt.strategy)
			uploadKey := o.Uploaded("second")
			r := o.Commit(uploadKey, "a.tar.gz", option)
			if tt.code != "" {
				o.Want(r, 400, tt.code)
				o.Want(o.Commit(uploadKey, "b.gz", option), 200, "") // the key was not used up
				return
			}
			got := dentryOf(o, r)
			o.Want(o.Commit(uploadKey, "b.gz", option), 400, "paramError.uploadKey")
			switch tt.strategy {
			case "OVERWRITE":
				if got.ID != first.ID || got.Version != 2 || got.Size != 6 || got.CreateTime != first.CreateTime ||
					got.ModifiedTime == first.ModifiedTime {
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
			if names := list(o, "orderBy=NAME&order=ASC"); names != tt.names {
				t.Errorf("%s, want %s", names, tt.names)
			}
			if got := o.BytesOf(first.ID); got != tt.bytes {
				t.Errorf("the file holds %q, want %q", got, tt.bytes)
			}
			if kept, err := os.ReadDir(dingtalk.UploadsIn(o.Box.Shared().Store).Path); err != nil ||
				len(kept) != len(strings.Fields(tt.names)) {
				t.Errorf("%d files of bytes: %v", len(kept), err)
			}
		})
	}
}

func TestCommitRefusals(t *testing.T) {
	o := sandboxtest.NewApp(t).SignIn()
	uploadKey := o.Uploaded("hello")
	waiting, _ := o.AskTicket("{}")
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
			o.Want(o.Ask(sandboxtest.StoragePath+"/files/commit?unionId=union123", body(tt.fields)), 400, tt.code)
		})
	}
	o.Want(o.Ask(spacePath, `{"userId":"user456"}`), 200, "")
	o.Want(o.Ask(sandboxtest.StoragePath+"/files/commit?unionId=union456", body("{}")), 400,
		"paramError.uploadKey") // somebody else's
	o.Want(o.Ask(sandboxtest.StoragePath+"/files/commit?unionId=union123",
		body(`{"name":"`+strings.Repeat("名", 255)+`"}`)), 200, "")
}

// list is the names in the root, as a query orders them.
func list(o *sandboxtest.App, query string) string {
	o.T.Helper()
	names, _ := page(o, query)
	return strings.Join(names, " ")
}

func page(o *sandboxtest.App, query string) (names []string, next string) {
	o.T.Helper()
	o.Later(time.Second)
	r := o.Request("GET", sandboxtest.StoragePath+"/dentries?unionId=union123&parentId=0&"+query, "")
	r.Header.Set("x-acs-dingtalk-access-token", o.Token)
	got := o.Send(r)
	var answer struct {
		Dentries  []dingtalk.Dentry
		NextToken string
	}
	if err := json.Unmarshal([]byte(got.Body), &answer); err != nil || got.Status != 200 || answer.Dentries == nil {
		o.T.Fatalf("%d %s: %v", got.Status, got.Body, err)
	}
	for _, d := range answer.Dentries {
		names = append(names, d.Name)
	}
	return names, answer.NextToken
}

func TestList(t *testing.T) {
	o := sandboxtest.NewApp(t).SignIn()
	if got := list(o, ""); got != "" {
		t.Errorf("there is %s", got)
	}
	o.Staged("b", "333")
	o.Staged("c", "22")
	o.Staged("a", "1")
	for query, want := range map[string]string{
		"": "a c b", "order=ASC": "b c a", "orderBy=CREATE_TIME": "a c b", "orderBy=NAME": "c b a",
		"orderBy=SIZE&order=ASC": "a c b",
	} {
		if got := list(o, query); got != want {
			t.Errorf("%q: %s, want %s", query, got, want)
		}
	}
	first, next := page(o, "maxResults=2&orderBy=NAME&order=ASC")
	second, end := page(o, "maxResults=2&orderBy=NAME&order=ASC&nextToken="+next)
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
		o.Later(time.Second)
		r := o.Request("GET", sandboxtest.StoragePath+"/dentries?"+query, "")
		r.Header.Set("x-acs-dingtalk-access-token", o.Token)
		o.Want(o.Send(r), 400, code)
	}
	o.Want(o.Ask(sandboxtest.StoragePath+"/dentries/1/query?unionId=union123", "{}"), 400, "dentryNotExist")
	o.Want(o.Ask(sandboxtest.StoragePath+"/dentries/x/query?unionId=union123", "{}"), 400, "dentryNotExist")
	o.Want(o.Ask(sandboxtest.StoragePath+"/dentries/1/query?unionId=nobody", "{}"), 400, "paramError.unionId")
	o.Want(o.Ask("/v1.0/storage/spaces/1/dentries/1/query?unionId=union123", "{}"), 400, "spaceNotExist")
}
