package tencentess

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"testing"

	"countersign/internal/respell"
	"countersign/providers/route/routetest"
)

// A service that repeats the key, or the link of another contract, wherever it can and however it spells it: no error
// shows eight characters of it.
func TestEchoedSecrets(t *testing.T) {
	const written, linkKey = "of-the-configuration", "70b1c2VjcmV0c63e" // the second is in testQuery
	for _, secret := range []string{testID, testKey, linkKey, written} {
		for spelled, ways := range respell.Each(secret) {
			words, _ := json.Marshal(spelled)
			link, _ := json.Marshal("https://store.example.com/file/1/0.PDF?" + testQuery)
			reply := func(format string) http.HandlerFunc {
				return routetest.Answer(200,
					fmt.Sprintf(`{"Response":{"FlowResourceUrlInfos":[{"FlowId":"1","ResourceUrlInfos":[{"Url":%[2]s,`+
						`"Name":"n","Type":"PDF"}]}],`+
						format+`}}`, words, link))
			}
			for where, handler := range map[string]http.HandlerFunc{
				"code":    reply(`"Error":{"Code":%s,"Message":"m"}`),
				"message": reply(`"Error":{"Code":"c","Message":%s},"RequestId":"r"`),
				"id":      reply(`"Error":{"Code":"c","Message":"m"},"RequestId":%s`),
				"flow":    reply(`"ErrorMessages":[%s],"RequestId":"r"`),
				"another": routetest.Answer(200,
					fmt.Sprintf(`{"Response":{"FlowResourceUrlInfos":[{"FlowId":%s,"ResourceUrlInfos":[{"Url":%s}]}],`+
						`"ErrorMessages":[""]}}`,
						words, link)),
				"name": routetest.Answer(200,
					fmt.Sprintf(`{"Response":{"FlowResourceUrlInfos":[{"FlowId":"1","ResourceUrlInfos":[{"Url":%s,`+
						`"Name":"n"},{"Url":"x","Name":%s}]}],"ErrorMessages":[""]}}`,
						link, words)),
				"page": routetest.Answer(502, "<html><title>"+spelled+"</title></html>"),
				"text": routetest.Answer(403, spelled),
				"json": routetest.Answer(200, string(words)),
				"to": func(w http.ResponseWriter, _ *http.Request) {
					w.Header().Set("Location", "https://elsewhere.example.com/"+spelled)
					w.WriteHeader(http.StatusFound)
				},
			} {
				if where != "code" && where != "message" && where != "id" && where != "flow" && where != "another" &&
					where != "name" && secret == linkKey {
					continue // an answer that holds no link, and so cannot repeat it
				}
				if len(ways) > 1 && where != "message" {
					continue
				}
				s := newService(t, handler)
				o := options(s)
				o.Retries, o.Hide = -1, []string{written}
				flows, err := client(t, o).Resources(routetest.Deadline(t), []string{"1"})
				var shown string
				if err != nil {
					shown = fmt.Sprintf("%v %+v", err, *failed(t, err))
				} else if shown = fmt.Sprint(flows[0].Err); flows[0].Err == nil {
					t.Errorf("%s: no error", where)
				}
				if said := respell.Leak(shown, secret, 8, ways...); said != "" {
					t.Errorf("%s as %v: %q is read in\n%s", where, ways[0].Name, said, shown)
				}
				s.Close()
			}
			// The link of a contract, repeated by whoever is asked for the contract.
			for _, handler := range []http.HandlerFunc{routetest.Answer(403, spelled),
				func(w http.ResponseWriter, _ *http.Request) {
					w.Header().Set("Location", "http://127.0.0.1:1/"+spelled)
					w.WriteHeader(http.StatusFound)
				}} {
				s := newService(t, nil, handler)
				o := options(s)
				o.Retries = -1
				c := client(t, o)
				flows, err := c.Resources(routetest.Deadline(t), []string{"1"})
				if err != nil {
					t.Fatal(err)
				}
				var got bytes.Buffer
				_, err = c.Fetch(routetest.Deadline(t), flows[0].Files[0], &got, nil)
				if e := failed(t, err); respell.Leak(fmt.Sprintf("%v %+v", err, *e), secret, 8, ways...) != "" {
					t.Errorf("download, %s: %+v", ways[0].Name, *e)
				}
				s.Close()
			}
		}
	}
}
