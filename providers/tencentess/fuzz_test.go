package tencentess

import (
	"strings"
	"testing"

	"countersign/providers/route"
)

// Reading an answer does not panic, whatever it is, and gives as many flows as were asked for or an error.
func FuzzAnswer(f *testing.F) {
	for _, seed := range []string{
		`{"Response":{"FlowResourceUrlInfos":[{"FlowId":"a","ResourceUrlInfos":[{"Url":"https://h/x?k","Name":"a.pdf","Type":"PDF"}]}],"ErrorMessages":[""],"RequestId":"r"}}`,
		`{"Response":{"Error":{"Code":"InternalError","Message":"m"},"RequestId":"r"}}`, `{}`, `[]`, `null`, "", "<html>", `{"Response":null}`,
	} {
		f.Add(seed, 200)
	}
	f.Fuzz(func(t *testing.T, body string, status int) {
		c := client(t, options(nil))
		flows, e := c.read(&record{status: status, answer: &route.Answer{Text: body}}, []string{"a"}, c.now(),
			c.of(action, "flow a"))
		if e == nil && (len(flows) != 1 || flows[0].Err == nil && len(flows[0].Files) == 0) {
			t.Errorf("%+v", flows)
		}
		if e != nil && strings.ContainsAny(e.Error(), "\r\n") {
			t.Errorf("%q", e.Error())
		}
	})
}
