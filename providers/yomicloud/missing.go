package yomicloud

import (
	"net/http"
	"regexp"
	"slices"
	"strings"
	"unicode"
)

// noSuch matches, without blanks, digits and punctuation, the whole of what a drive says of a thing that is not there.
// A sentence that leaves anything else open ("不存在或没有权限") does not match.
func noSuch(chinese, english string) *regexp.Regexp {
	return regexp.MustCompile(`^(?:` +
		`(?:该|此|指定的?|id为?的?)?` + chinese + `(?:id)?已?(?:不存在|找不到|未找到|没有找到|被?删除)(?:或已?被?删除)?(?:id)?|` +
		`(?:找不到|未找到|没有找到|不存在)(?:该|此|指定的?|id为?的?)?` + chinese + `(?:id)?|` +
		`(?:the|this)?` + english +
		`(?:withid|id)?(?:(?:is|was)?notfound|does(?:no|n)texist|notexists?|` +
		`(?:was|hasbeen)(?:deleted|removed))(?:id)?|` +
		`(?:thereis)?nosuch` + english + `(?:id)?|` +
		`(?:can(?:no)?t|couldnot)find(?:the|this)?` + english + `(?:withid|id)?` +
		`)$`)
}

// saysMissing reports whether a refusal of a call says that what was asked for is not there. The document names no
// codes, so that the words decide; a page, or a status that speaks of the call or the token, is no such answer.
func (k call) saysMissing(status int, message string) bool {
	words := strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) {
			return unicode.ToLower(r)
		}
		return -1
	}, message)
	none := endpoints[k.path].missing
	return none != nil && none.MatchString(words) &&
		slices.Contains([]int{http.StatusOK, http.StatusNotFound, http.StatusGone}, status)
}
