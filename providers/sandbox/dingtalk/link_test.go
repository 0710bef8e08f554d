package dingtalk_test

import (
	"encoding/json"
	"testing"

	"countersign/providers/sandbox/sandboxtest"
)

func TestLink(t *testing.T) {
	o := sandboxtest.NewApp(t).SignIn()
	id := o.Staged("合同.pdf", "signed")
	send := func(unionID, fields string) sandboxtest.Response {
		all := map[string]any{"spaceId": "3996960664", "dentryId": id, "openConversationId": "cidSandbox"}
		if err := json.Unmarshal([]byte(fields), &all); err != nil {
			t.Fatal(err)
		}
		b, _ := json.Marshal(all)
		return o.Ask("/v1.0/convFile/conversations/files/links/send?unionId="+unionID, string(b))
	}
	tests := []struct {
		unionID, fields string
		status          int
		code            string
	}{
		{"union123", `{"spaceId":null}`, 400, "MissingspaceId"},
		{"union123", `{"dentryId":null}`, 400, "MissingdentryId"},
		{"union123", `{"openConversationId":null}`, 400, "MissingopenConversationId"},
		{"", `{}`, 400, "MissingunionId"},
		{"nobody", `{}`, 400, "paramError"}, // the document has no code of its own for it
		{"union123", `{"spaceId":"1"}`, 400, "paramError.spaceId"},
		{"union123", `{"spaceId":3996960664}`, 400, "paramError.spaceId"}, // storage takes it as text alone
		{"union123", `{"dentryId":"1"}`, 400, "paramError.dentryId"},
		{"union123", `{"openConversationId":""}`, 400, "paramError.conversationId"},
		{"union123", `{"openConversationId":1}`, 400, "paramError.conversationId"},
		{"union123", `{"dentryId":1}`, 400, "paramError.dentryId"},
		{"union123", `{"openConversationId":"cid=="}`, 404, "conversationNotExist"},
		{"union456", `{}`, 403, "permissionDenied"},
	}
	for _, tt := range tests {
		t.Run(tt.unionID+tt.fields, func(t *testing.T) { o.Want(send(tt.unionID, tt.fields), tt.status, tt.code) })
	}
	// Each call is one message more.
	for range 2 {
		r := send("union123", "{}")
		for name, want := range map[string]string{"id": id, "conversationId": "cidSandbox", "spaceId": "3996960664",
			"parentId": "0", "type": "FILE", "name": "合同.pdf", "size": "6", "path": "/合同.pdf", "version": "1",
			"status": "NORMAL", "extension": "pdf"} {
			if got := o.Field(r, "file", name); got != want {
				t.Errorf("%s: %s, want %s", name, got, want)
			}
		}
	}
	left, err := sandboxtest.DingTalk(o.Box)
	if err != nil || len(left.Links) != 2 || left.Links[1].FileID != id || left.Links[1].Conversation != "cidSandbox" ||
		left.Links[1].UnionID != "union123" {
		t.Errorf("%+v %v", left.Links, err)
	}
}
