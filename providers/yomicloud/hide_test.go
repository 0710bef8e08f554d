package yomicloud

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	"countersign/internal/respell"
	"countersign/providers/route"
	"countersign/providers/route/routetest"
)

// A drive that repeats the token wherever it can and however it spells it: no error shows eight characters of it.
func TestEchoedToken(t *testing.T) {
	const written = "of-the-configuration"
	for _, secret := range []string{testToken, "tøken-çàé-令牌-0123", written} {
		for spelled, ways := range respell.Each(secret) {
			words, _ := json.Marshal(spelled)
			reply := func(status int, format string) http.HandlerFunc {
				return func(w http.ResponseWriter, _ *http.Request) {
					w.WriteHeader(status)
					fmt.Fprintf(w, format, words)
				}
			}
			text := func(status int, body string) http.HandlerFunc {
				return func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(status); io.WriteString(w, body) }
			}
			for where, handler := range map[string]http.HandlerFunc{
				"msg":        reply(200, `{"code":1001,"msg":%s}`),
				"long":       reply(200, `{"code":1001,"msg":"`+strings.Repeat("x ", 145)+`\u0020","detail":%s}`),
				"code":       reply(200, `{"code":%s}`),
				"data":       reply(403, `{"code":1,"data":{"error":%s}}`),
				"key":        reply(200, `{%s:1}`),
				"list":       reply(200, `{"code":0,"data":%s}`),
				"id":         reply(200, `{"code":0,"data":[{"id":%s,"fileId":71,"title":"t","content":"{}"}]}`),
				"title":      reply(200, `{"code":0,"data":[{"id":"x","fileId":71,"title":%s,"content":"{}"}]}`),
				"unreadable": reply(200, `{"code":0,"data":[{"id":5,"fileId":71,"title":"t","content":%s}]}`),
				"more":       reply(200, `{"code":0,"data":[],"hasMore":%s}`),
				"string":     reply(200, `%s`),
				"page":       text(502, "<html><title>"+spelled+"</title></html>"),
				"text":       text(403, "no "+spelled),
				"text 200":   text(200, spelled),
				"cut":        text(200, `{"code":1,"msg":"`+spelled),
				"to": func(w http.ResponseWriter, _ *http.Request) {
					w.Header().Set("Location", "https://elsewhere.example.com/"+spelled+"?"+spelled)
					w.WriteHeader(http.StatusFound)
				},
				"header": func(w http.ResponseWriter, _ *http.Request) {
					w.Header().Set("X-Total-"+"Count", spelled)
					io.WriteString(w, `{"code":0,"data":[]}`)
				},
				"packed": func(w http.ResponseWriter, _ *http.Request) { w.Header().Set("Content-Encoding", spelled) },
				"no HTTP": func(w http.ResponseWriter, _ *http.Request) {
					if conn, _, err := w.(http.Hijacker).Hijack(); err == nil {
						io.WriteString(conn, "HTTP/1.1 200 OK\r\n"+spelled+"\r\n\r\n")
						conn.Close()
					}
				},
			} {
				if len(ways) > 1 && where != "msg" {
					continue
				}
				d := serve(t, func(w http.ResponseWriter, r *http.Request, _ int) { handler(w, r) })
				c := client(t, Options{Endpoint: d.URL, Token: secret, Retries: -1, Hide: []string{written}})
				if secret == written {
					c = client(t, Options{Endpoint: d.URL, Retries: -1, Hide: []string{written}})
				}
				list, err := c.Templates(routetest.Deadline(t), 71)
				var shown string
				if err == nil {
					for _, live := range list.Templates {
						shown += live.Unreadable
					}
				} else {
					e := failed(t, c, err)
					shown = fmt.Sprintf("%v %+v %s", err, *e, e.Reason())
				}
				_, err = c.Upload(routetest.Deadline(t),
					FileUpload{Name: "a", Size: 1, Open: opens(strings.NewReader("a"))})
				var e *route.Error
				if errors.As(err, &e) {
					shown += fmt.Sprintf("%v %+v", err, *e)
				}
				if said := respell.Leak(shown, secret, 8, ways...); said != "" {
					t.Errorf("%s as %v: %q is read in\n%s", where, ways[0].Name, said, shown)
				}
				d.Close()
			}
		}
	}
}

// An address of which a part is secret is told without that part.
func TestHiddenEndpoint(t *testing.T) {
	c := client(t, Options{Endpoint: "http://127.0.0.1:1/of-the-configuration", Retries: -1,
		Hide: []string{"/of-the-configuration"}})
	_, err := c.Templates(routetest.Deadline(t), 71)
	if err == nil || strings.Contains(err.Error(), "configuration") ||
		!strings.Contains(err.Error(), "http://127.0.0.1:1***/app/") {
		t.Error(err)
	}
}
