package dingtalk_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"countersign/providers/sandbox/sandboxtest"
)

const startPath = "/v1.0/workflow/processInstances"

// startBody is a call that raises an approval with a file; fields replace or, when null, leave out.
func startBody(value, fields string) string {
	all := map[string]any{
		"processCode": "PROC-SANDBOX-1", "originatorUserId": "user123", "deptId": 1, "microappAgentId": 8345000,
		"formComponentValues": []any{map[string]any{"name": "附件", "value": value}},
	}
	if err := json.Unmarshal([]byte(fields), &all); err != nil {
		panic(err)
	}
	for name, v := range all {
		if v == nil {
			delete(all, name)
		}
	}
	b, _ := json.Marshal(all)
	return string(b)
}

func attachmentValue(id string) string {
	return fmt.Sprintf(`[{"spaceId":"3996960664","fileName":"a.txt","fileSize":"1","fileType":"txt","fileId":%q}]`, id)
}

func TestStartAndPreview(t *testing.T) {
	o := sandboxtest.NewApp(t).SignIn()
	id, other := o.Staged("a.txt", "a"), o.Staged("b.txt", "b")
	instance := o.Field(o.Ask(startPath, startBody(attachmentValue(id), `{}`)), "instanceId")
	if again := o.Field(o.Ask(startPath, startBody(attachmentValue(id), `{}`)), "instanceId"); again == instance {
		t.Error("the same approval twice")
	}
	preview := func(fields string) sandboxtest.Response {
		all := map[string]any{"userId": "user123", "agentId": 8345000, "processInstanceId": instance, "fileId": id}
		if err := json.Unmarshal([]byte(fields), &all); err != nil {
			t.Fatal(err)
		}
		b, _ := json.Marshal(all)
		return o.Ask("/v1.0/workflow/processInstances/spaces/authPreview", string(b))
	}
	list := func(n int) string {
		b, _ := json.Marshal(strings.Split(strings.Repeat(id+",", n-1)+id, ","))
		return `{"fileIdList":` + string(b) + `}`
	}
	tests := []struct{ fields, code string }{
		{`{}`, ""},
		{`{"agentId":null,"fileIdList":null,"withCommentAttatchment":true}`, ""},
		{list(20), ""},
		{list(21), "invalidFileList"},
		{`{"fileIdList":[]}`, "invalidFileList"},
		{`{"fileIdList":[""]}`, "invalidFileList"},
		{`{"userId":null}`, "MissinguserId"},
		{`{"userId":""}`, "invalidUserId"},
		{`{"userId":"nobody"}`, "userNotExist"},
		{`{"agentId":1}`, "noPermission"},
		{`{"processInstanceId":""}`, "invalidProcessInstanceId"},
		{`{"processInstanceId":"a17444d1"}`, "processInstNotExist"},
		{`{"fileId":""}`, "invalidFileId"},
		{`{"fileId":"` + other + `"}`, "noPermission"},
		{`{"fileIdList":["` + other + `"]}`, "noPermission"},
		{`{"fileId":1}`, "invalidParameter"},
		// The approval from before takes whatever is staged.
		{`{"processInstanceId":"a17444d1-075b-4a4d-9a0e-d2f0b5c0a111","fileId":"` + other + `"}`, ""},
		{`{"processInstanceId":"a17444d1-075b-4a4d-9a0e-d2f0b5c0a111","fileId":"1"}`, "noPermission"},
	}
	for _, tt := range tests {
		t.Run(tt.fields, func(t *testing.T) {
			if tt.code != "" {
				o.Want(preview(tt.fields), 400, tt.code)
			} else if r := preview(tt.fields); r.Body != `{"result":{"spaceId":3996960664},"success":true}` {
				t.Errorf("%d %s", r.Status, r.Body)
			}
		})
	}
	left, err := sandboxtest.DingTalk(o.Box)
	if err != nil || len(left.Files) != 2 || len(left.Instances) != 2 || len(left.Previews) != 4 {
		t.Errorf("%+v %v", left, err)
	}
}

func TestStartRefusals(t *testing.T) {
	o := sandboxtest.NewApp(t).SignIn()
	id := o.Staged("a.txt", "a")
	good := attachmentValue(id)
	component := func(fields string) string { return `{"formComponentValues":[` + fields + `]}` }
	quoted, _ := json.Marshal(good)
	tests := []struct{ name, value, fields, code string }{
		{"a number as size", strings.Replace(good, `"1"`, "1", 1), `{}`, ""},
		{"no file", "[]", `{}`, ""},
		{"root department", good, `{"deptId":-1}`, ""},
		{"approvers", good, `{"deptId":null,"approvers":[{"actionType":"OR","userIds":["user123","user456"]}]}`, ""},
		{"cc", good, `{"ccList":["user456"],"ccPosition":"FINISH"}`, ""},
		{"no process", good, `{"processCode":null}`, "MissingprocessCode"},
		{"no originator", good, `{"originatorUserId":null}`, "MissingoriginatorUserId"},
		{"no form", good, `{"formComponentValues":null}`, "MissingformComponentValues"},
		{"process", good, `{"processCode":"PROC-X"}`, "processCodeError"},
		{"originator", good, `{"originatorUserId":"nobody"}`, "processInstanceInvalidParameter"},
		{"neither department nor approvers", good, `{"deptId":null}`, "processInstanceInvalidParameter"},
		{"department", good, `{"deptId":2}`, "processInstanceInvalidParameter"},
		{"agent", good, `{"microappAgentId":1}`, "invalidAgentId"},
		{"approver", good, `{"approvers":[{"actionType":"OR","userIds":["nobody"]}]}`,
			"processInstanceInvalidParameter"},
		{"approver's action", good, `{"approvers":[{"actionType":"XOR","userIds":["user123"]}]}`,
			"processInstanceInvalidParameter"},
		{"cc user", good, `{"ccList":["nobody"]}`, "processInstanceInvalidParameter"},
		{"cc position", good, `{"ccPosition":").Now("}`, "processInstanceInvalidParameter"},
		{"long address", good, `{"bizDetailPageUrl":"` + strings.Repeat("页", 1025) + `"}`,
			"processInstanceInvalidParameter"},
		{"chosen approvers", good, `{"targetSelectActioners":[{"actionerKey":"k","actionerUserIds":["user456"]}]}`, ""},
		{"chosen approver unknown", good,
			`{"targetSelectActioners":[{"actionerKey":"k","actionerUserIds":["nobody"]}]}`,
			"processInstanceInvalidParameter"},
		{"chosen by no key", good, `{"targetSelectActioners":[{"actionerUserIds":["user456"]}]}`,
			"processInstanceInvalidParameter"},
		{"long extValue", good,
			component(`{"name":"附件","value":"[]","extValue":"` + strings.Repeat("x", 65536) + `"}`),
			"formConverterError"},
		{"empty form", good, `{"formComponentValues":[]}`, "processInstanceInvalidParameter"},
		{"no name", good, component(`{"value":"[]"}`), "Missingname"},
		{"no value", good, component(`{"name":"附件"}`), "Missingvalue"},
		{"value not text", good, component(`{"name":"附件","value":[]}`), "invalidParameter"},
		{"unknown field", good, component(`{"name":"理由","value":"x"}`), "formConverterError"},
		{"field twice", good, component(`{"name":"附件","value":` + string(quoted) + `},{"name":"附件","value":"[]"}`),
			"formConverterError"},
		{"field's type", good, component(`{"name":"附件","value":"[]","componentType":"TextField"}`),
			"illegalComponent"},
		{"long value", strings.Repeat(" ", 65536), `{}`, "formConverterError"},
		{"one object", good[1 : len(good)-1], `{}`, "formConverterError"},
		{"null", "null", `{}`, "formConverterError"},
		{"number as id", strings.Replace(good, `"`+id+`"`, id, 1), `{}`, "formConverterError"},
		{"unknown file", attachmentValue("1"), `{}`, "formConverterError"},
		{"unknown space", strings.Replace(good, "3996960664", "1", 1), `{}`, "formConverterError"},
	}
	for _, key := range []string{"spaceId", "fileName", "fileSize", "fileType", "fileId"} {
		tests = append(tests, struct{ name, value, fields, code string }{"no " + key,
			strings.Replace(good, key, "x", 1), `{}`, "formConverterError"})
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r := o.Ask(startPath, startBody(tt.value, tt.fields))
			if tt.code != "" {
				o.Want(r, 400, tt.code)
			} else if id := o.Field(r, "instanceId"); len(id) != 36 {
				t.Errorf("%s", r.Body)
			}
		})
	}
}
