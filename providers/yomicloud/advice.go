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

// rights say who may make a call, by the document; all other calls are for administrators.
var rights = map[string]string{
	pathRaise: adviseSee, pathDir: adviseSee, pathLog: adviseSee,
	pathView:   adviseView,
	pathHandle: adviseTurn,
	pathUpload: adviseOwn, pathSeveral: adviseOwn, pathDownload: adviseOwn, pathFiles: adviseOwn, pathZip: adviseOwn,
	pathRaised: adviseToken, pathHandling: adviseToken,
}

// who says who may make a call, where nothing shows whether the token is wrong or lacks a right.
func (k call) who() string {
	if right := cmp.Or(rights[k.path], adviseAdmin); right != adviseToken {
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
	if check := k.howToCheck(); e.Unknown && check != "" {
		advice = strings.TrimPrefix(advice+"; the drive may have carried it out all the same: "+check, "; ")
	}
	return advice
}

// howToCheck says how to find out what became of a write; "" for templates, because after a write the program reads the
// list by itself.
func (k call) howToCheck() string {
	switch k.path {
	case pathRaise:
		return "look for it among the approvals you raised before raising it again"
	case pathHandle, pathDrop:
		return "look at the approval before sending it again"
	case pathUpload, pathSeveral:
		return "an attachment of one file, or an empty one, may be sent again; for a file among several, look " +
			"at the attachment's list first"
	}
	return ""
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
		return cmp.Or(rights[k.path], adviseAdmin)
	case k.write:
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
