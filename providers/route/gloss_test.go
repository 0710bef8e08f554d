package route

import "testing"

func TestGlossed(t *testing.T) {
	for message, want := range map[string]string{
		"没有权限: 必须是超级管理员":    "没有权限: 必须是超级管理员 (no permission)",
		"没有权限查看该审批: 2":      "没有权限查看该审批: 2 (no permission)",
		"token无效或已过期":       "token无效或已过期 (the token is not valid or has expired)",
		"审批模板不存在: 5":        "审批模板不存在: 5 (it does not exist)",
		"第1步没有审批人":          "第1步没有审批人 (there is none)",
		"请稍后":               "请稍后",
		"permission denied": "permission denied",
		"":                  "",
	} {
		if got := Glossed(message); got != want {
			t.Errorf("%q: %q, want %q", message, got, want)
		}
	}
}
