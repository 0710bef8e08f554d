package route

import (
	"errors"
	"strings"
	"testing"
)

func TestError(t *testing.T) {
	whole := &Error{
		Call: "files/commit", URL: "https://api.example.com/commit", About: "file 合同.pdf", Status: 403,
		Code:    "noPermission",
		Message: "没有权限", Err: errors.New("half an answer"), RequestID: "1-2", Tries: 3, Advice: "ask",
	}
	want := "files/commit https://api.example.com/commit (file 合同.pdf): HTTP 403 Forbidden: noPermission: " +
		"没有权限 (no permission): half " +
		"an answer [request 1-2] (tried 3 times) — ask"
	if got := whole.Error(); got != want {
		t.Errorf("%s\n%s", got, want)
	}
	for _, test := range []struct {
		e    *Error
		want string
	}{
		{&Error{Call: "PUT", Status: 200, Tries: 1, Err: errors.New("it is empty")}, "PUT: it is empty"},
		{&Error{Call: "PUT", Status: 499}, "PUT: HTTP 499"},
		{&Error{Call: "templet-list", URL: "https://drive.example.com/app/approval/templet-list", About: "fileId 71",
			Status: 200, Code: "code 1002", Message: "没有权限", Advice: "ask"},
			"templet-list https://drive.example.com/app/approval/templet-list (fileId 71): code 1002: " +
				"没有权限 (no permission) — ask"},
	} {
		if got := test.e.Error(); got != test.want {
			t.Errorf("%s\n%s", got, test.want)
		}
	}
}

func TestLine(t *testing.T) {
	for _, test := range []struct {
		s    string
		most int
		want string
	}{
		{" two\r\n\t words\x00here\u00a0\u2028 ", 300, "two words here"},
		{"no\xff\xfetext", 300, "no\uFFFDtext"},
		{"权限不足", 4, "权限不足"},
		{"权限不足", 3, "权限不…"},
		{strings.Repeat(" ", 9999) + "far", 3, "far"},
		{"", 3, ""},
	} {
		if got := Line(test.s, test.most); got != test.want {
			t.Errorf("%q: %q, should be %q", test.s, got, test.want)
		}
	}
	if got := Words(strings.Repeat("权", 400)); len([]rune(got)) != 301 {
		t.Errorf("%d characters", len([]rune(got)))
	}
}
