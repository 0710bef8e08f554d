package yomicloud

import (
	"net/http"
	"regexp"
	"slices"
	"strings"
	"unicode"
)

// noTemplate matches, without blanks, digits and punctuation, the whole of what a drive says of a template that is not
// there. A sentence that leaves anything else open ("不存在或没有权限") does not match.
var noTemplate = regexp.MustCompile(`^(?:` +
	`(?:该|此|指定的?|id为?的?)?(?:审批)?模[板版](?:id)?已?(?:不存在|找不到|未找到|没有找到|被?删除)(?:或已?被?删除)?(?:id)?|` +
	`(?:找不到|未找到|没有找到|不存在)(?:该|此|指定的?|id为?的?)?(?:审批)?模[板版](?:id)?|` +
	`(?:the|this)?(?:approval)?templ(?:ate|et)(?:withid|id)?(?:(?:is|was)?notfound|does(?:no|n)texist|notexists?|(?:was|hasbeen)(?:deleted|removed))(?:id)?|` +
	`(?:thereis)?nosuch(?:approval)?templ(?:ate|et)(?:id)?|` +
	`(?:can(?:no)?t|couldnot)find(?:the|this)?(?:approval)?templ(?:ate|et)(?:withid|id)?` +
	`)$`)

// saysMissing reports whether a refused Template call was refused because there is no such template. The document names
// no codes, so that the words decide; a page, or a status that speaks of the call or the token, is no such answer.
func (e *Error) saysMissing(k call) bool {
	words := strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) {
			return unicode.ToLower(r)
		}
		return -1
	}, e.Message)
	return k.path == pathContent && e.Refused() && noTemplate.MatchString(words) &&
		slices.Contains([]int{http.StatusOK, http.StatusNotFound, http.StatusGone}, e.Status)
}
