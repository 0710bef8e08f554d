package route

import (
	"strings"
	"unicode"
)

// glosses are what vendors' words say, the more special ones first: a word of English for those who do not read
// Chinese. The documents list no messages; these are the usual words in them.
var glosses = []struct{ said, means string }{
	{"token无效", "the token is not valid or has expired"},
	{"缺少token", "the token is missing"},
	{"登录", "a login is needed"},
	{"过期", "it has expired"},
	{"没有权限", "no permission"},
	{"无权限", "no permission"},
	{"权限不足", "no permission"},
	{"频繁", "called too often"},
	{"限流", "called too often"},
	{"已用于", "it is used already"},
	{"已处理", "it is handled already"},
	{"已结束", "it has ended"},
	{"已存在", "it exists already"},
	{"同名", "there is one of that name already"},
	{"重复", "it is there twice"},
	{"不存在", "it does not exist"},
	{"不属于", "it belongs to another"},
	{"不是自己的", "it is somebody else's"},
	{"不生效", "it does not apply there"},
	{"不能为空", "it must not be empty"},
	{"缺少", "something is missing"},
	{"必须有", "something is missing"},
	{"没有完整到达", "it did not arrive whole"},
	{"不一致", "it does not match"},
	{"超过", "over a limit"},
	{"超时", "it took too long"},
	{"参数错误", "a parameter is wrong"},
	{"参数", "a parameter is wrong"},
	{"无效", "it is not valid"},
	{"不合法", "it is not valid"},
	{"不正确", "it is not right"},
	{"不能", "it is not allowed"},
	{"没有", "there is none"},
	{"内部错误", "an error inside the service"},
	{"系统错误", "an error inside the service"},
	{"失败", "it failed"},
}

// Glossed is a vendor's message with a word of English behind it, where it is in Chinese and its words are known here.
func Glossed(message string) string {
	if means := gloss(message); means != "" {
		return message + " (" + means + ")"
	}
	return message
}

// gloss is a word of English for a message in Chinese; "" for one in another language, or in words not known here.
func gloss(message string) string {
	if !strings.ContainsFunc(message, func(r rune) bool { return unicode.Is(unicode.Han, r) }) {
		return ""
	}
	for _, g := range glosses {
		if strings.Contains(message, g.said) {
			return g.means
		}
	}
	return ""
}
