package yomicloud

import (
	"cmp"
	"errors"
	"net/http"
	"strings"

	"countersign/providers/route"
)

const (
	adviseToken = "check the provider's token (YOMICLOUD_TOKEN): it may be wrong or have expired"
	adviseAdmin = "the token must be a super administrator's, or that of an administrator of this folder or file"
	adviseSee   = "the token's user must be able to see the folder or file"
	adviseView  = "an approval is shown to administrators of its folder or file, to who raised it, to its approvers " +
		"and to cc"
	adviseTurn = "the token must be that of an approver of the step whose turn it is, who has not decided yet"
	adviseOwn  = "an attachment is given to who uploaded it and to those who may see the approval it was raised with"
)

// who says who may make a call, where nothing shows whether the token is wrong or lacks a right.
func (k call) who() string {
	if right := cmp.Or(endpoints[k.path].right, adviseAdmin); right != adviseToken {
		return adviseToken + "; " + right
	}
	return adviseToken
}

// advise says what to do about a failure, in terms of the provider block.
func advise(e *route.Error, k call) string {
	var advice string
	switch {
	case e.Code != "":
		advice = adviseRefusal(e, k)
	case e.Status >= 300:
		advice = adviseStatus(e, k)
	case e.Err != nil:
		advice = adviseCause(e.Err)
	}
	if check := endpoints[k.path].check; e.Unknown && check != "" {
		advice = strings.TrimPrefix(advice+"; the drive may have carried it out all the same: "+check, "; ")
	}
	return advice
}

// adviseRefusal looks at the vendor's words, because the document names no codes.
func adviseRefusal(e *route.Error, k call) string {
	has := func(words ...string) bool {
		m := strings.ToLower(e.Message)
		for _, w := range words {
			if strings.Contains(m, w) {
				return true
			}
		}
		return false
	}
	switch {
	case e.Status >= 500, e.Status == http.StatusTooManyRequests:
		return adviseStatus(e, k)
	case has("token", "登录", "登陆", "login", "过期", "expired"):
		return adviseToken
	case e.Status == http.StatusUnauthorized:
		return adviseToken
	case has("权限", "permission", "管理员", "admin", "forbidden", "denied") || e.Status == http.StatusForbidden:
		return cmp.Or(endpoints[k.path].right, adviseAdmin)
	case endpoints[k.path].does == route.Writes:
		return "the drive refused it, and nothing was changed"
	case e.Message != "":
		return "" // its words are all there is to go by
	}
	return k.who()
}

func adviseStatus(e *route.Error, k call) string {
	switch e.Status {
	case http.StatusUnauthorized, http.StatusForbidden:
		return k.who()
	case http.StatusTooManyRequests, http.StatusGatewayTimeout, http.StatusRequestTimeout:
		return route.AdviseStatus(e.Status, e.Message, "the drive") +
			", or set requests_per_second in the provider block"
	}
	return route.AdviseStatus(e.Status, e.Message, "the drive")
}

func adviseCause(err error) string {
	var local *localError
	switch {
	case errors.As(err, &local):
		return "the drive is not at fault: look to the file, its disc and its permissions here"
	case errors.Is(err, errPage):
		return "a login page or a proxy's page? check the provider's endpoint; " + adviseToken
	case errors.Is(err, route.ErrShort):
		return "the drive's document knows no pages, so that the rest cannot be asked for: see whether this version " +
			"of the drive, or a proxy before it, cuts lists"
	case errors.Is(err, errEmpty):
		return "it may have been removed: read the list again"
	}
	return route.Advise(err, "the drive")
}
