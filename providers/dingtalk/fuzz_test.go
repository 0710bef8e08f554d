package dingtalk

import (
	"net/http"
	"strings"
	"testing"
	"unicode/utf8"
)

// Whatever comes from outside, reading it does not panic, and words for people are one line of bearable length.
func FuzzAnswers(f *testing.F) {
	for _, seed := range []string{
		`{"accessToken":"x","expireIn":7200}`, `{"result":{"spaceId":3996960664},"success":true}`,
		`{"uploadKey":"k","headerSignatureInfo":{"resourceUrls":["https://h/p?q"],"headers":{"Authorization":"OSS a:b"},"expirationSeconds":900}}`,
		`{"dentry":{"id":1,"size":"3","createTime":"Thu May 28 09:37:16 CST 2026"}}`,
		`{"code":"Forbidden.AccessDenied.QpsLimitForApi","accessdenieddetail":{"requiredScopes":["a"]}}`,
		`{"status":1111,"punish":"deny"}`, `<Error><Code>A</Code></Error>`, `<html><title>x</title>`, `[]`, `null`, "\xff", `{"code":{}}`,
	} {
		f.Add(seed)
	}
	f.Add("<Error>" + strings.Repeat("<a>", 20_000))
	f.Add(`{"code":` + strings.Repeat("[", 20_000))
	f.Fuzz(func(t *testing.T, raw string) {
		c := client(t, nil, Options{})
		resp := &http.Response{StatusCode: 403, Header: http.Header{}}
		for _, write := range []bool{true, false} {
			e := c.unusable(call{name: "x", write: write}, resp, raw, nil)
			if s := e.Error(); len(s) > 8000 || strings.ContainsAny(s, "\r\n") || !utf8.ValidString(s) {
				t.Errorf("%q", s)
			}
		}
		readStoreRefusal(raw)
		var ticket struct {
			Info wireSlot `json:"headerSignatureInfo"`
		}
		if c.decode(call{}, raw, &ticket) == nil {
			slot, err := c.slot(ticket.Info, c.now())
			if err == nil && len(slot.urls) == 0 {
				t.Error("a slot without an address")
			}
			slot.secrets()
		}
		var dentry struct {
			Dentry wireDentry `json:"dentry"`
		}
		if c.decode(call{}, raw, &dentry) == nil {
			d := dentry.Dentry.dentry().filled(Commit{Name: "a"})
			d.written()
			if FormValue([]Dentry{d}) == "[]" {
				t.Errorf("%+v", d)
			}
		}
	})
}

// A name that passes is no path on any system.
func FuzzCheckName(f *testing.F) {
	f.Add("a.pdf")
	f.Add("../b")
	f.Fuzz(func(t *testing.T, name string) {
		if CheckName(name) == nil && (strings.ContainsAny(name, "/\\|:*?\"<>\t\x00") ||
			strings.TrimSpace(name) != name || strings.HasSuffix(name, ".") || name == "") {
			t.Errorf("%q", name)
		}
		Search{Name: name, Renamed: true}.fits()(name)
	})
}
