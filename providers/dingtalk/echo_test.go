package dingtalk

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	"countersign/internal/respell"
	"countersign/providers/route/routetest"
)

// echoes are answers that repeat something wherever one has room for words.
func echoes(words string) map[string]http.HandlerFunc {
	quoted, _ := json.Marshal(words)
	reply := func(status int, format string) http.HandlerFunc {
		return routetest.Answer(status, fmt.Sprintf(format, quoted))
	}
	return map[string]http.HandlerFunc{
		"code":     reply(403, `{"code":%s,"message":"m"}`),
		"message":  reply(403, `{"code":"c","message":%s,"requestid":"r"}`),
		"long":     refuse(403, "c", strings.Repeat("x ", 290/2)+words),
		"id":       reply(400, `{"code":"c","message":"m","requestid":%s}`),
		"scope":    reply(403, `{"code":"c","accessdenieddetail":{"requiredScopes":[%s]}}`),
		"page":     routetest.Answer(502, "<html><title>"+words+"</title></html>"),
		"text":     routetest.Answer(403, "no "+words),
		"text 200": routetest.Answer(200, words),
		"list":     reply(200, `[%s]`),
		"types": reply(200, `{"accessToken":{"a":%s},"expireIn":%[1]s,"uploadKey":[%[1]s],"file":%[1]s,`+
			`"result":%[1]s,"protocol":%[1]s,"headerSignatureInfo":%[1]s,"dentry":%[1]s}`),
		"protocol": reply(200, `{"uploadKey":"k","protocol":%s}`),
		"key":      reply(200, `{%s:1}`),
		"store": routetest.Answer(403, "<Error><Code>"+words+"</Code><Message>"+words+"</Message><RequestId>"+words+
			"</RequestId></Error>"),
		"to": func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Location", "https://elsewhere.example.com/"+strings.Join(strings.Fields(words), "")+"?"+
				words)
			w.WriteHeader(http.StatusFound)
		},
		"no HTTP": func(w http.ResponseWriter, _ *http.Request) {
			if conn, _, err := w.(http.Hijacker).Hijack(); err == nil {
				io.WriteString(conn, "HTTP/1.1 200 OK\r\n"+words+"\r\n\r\n")
				conn.Close()
			}
		},
	}
}

// A service that repeats what it was sent, or gave, wherever it can and however it spells it: no error shows eight
// characters of it.
func TestEchoedSecrets(t *testing.T) {
	const key, written = "dingkey-0123456789", "of-the-configuration"
	for secret, paths := range map[string][]string{
		key: {pathToken}, testSecret: {pathToken, pathSpace}, testToken: {pathSpace, pathTicket, pathCommit, "PUT"},
		testSignature: {"PUT"}, "c2VjcmV0LXF1ZXJ5": {"PUT"}, testKey: {pathCommit}, written: {pathTicket},
	} {
		for spelled, ways := range respell.Each(secret) {
			s := newService(t)
			for where, handler := range echoes(spelled) {
				if len(ways) > 1 && where != "message" && where != "store" {
					continue
				}
				for _, path := range paths {
					c := client(t, s, Options{Retries: -1, Hide: []string{written}})
					c.key = key
					s.answers = map[string]http.HandlerFunc{path: handler}
					_, err := c.Stage(routetest.Deadline(t), upload(&opening{content: "abc"}))
					if err == nil {
						continue // where that is an answer as it should be
					}
					e := failed(t, err)
					if said := respell.Leak(fmt.Sprintf("%v %+v", err, *e), secret, 8,
						ways...); said != "" {
						t.Errorf("%s, %s as %v: %q is read in\n%+v", path, where, ways[0].Name, said, *e)
					}
				}
			}
			s.Close()
		}
	}
}

// What opens something and cannot be read is not repeated: nobody knows yet that it is a secret.
func TestUnreadableSecrets(t *testing.T) {
	for _, path := range []string{pathToken, pathTicket} {
		for _, where := range []string{"text 200", "list", "types"} {
			s := newService(t)
			s.on(path, echoes("never-seen-before")[where])
			_, err := client(t, s, Options{Retries: -1}).Stage(routetest.Deadline(t), upload(&opening{content: "abc"}))
			if e := failed(t, err); respell.Readable(fmt.Sprintf("%+v", *e), "never-seen-before", 8) != "" {
				t.Errorf("%s, %s: %v", path, where, e)
			}
		}
	}
}
