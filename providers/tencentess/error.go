package tencentess

import (
	"errors"
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"time"

	tcerr "github.com/tencentcloud/tencentcloud-sdk-go/tencentcloud/common/errors"

	"countersign/providers/route"
)

// throttles reports whether a code says that a call came too soon after others.
func throttles(code string) bool { return strings.HasPrefix(code, "RequestLimitExceeded") }

// passes reports whether the next try may succeed after a code (wire facts, section 4.2).
func passes(code string) bool {
	return strings.HasPrefix(code, "InternalError") || code == "ServiceUnavailable"
}

// of is a call for its log and its failures. links are those that its answer holds, or the one that it follows.
func (c *Client) of(name, about string, links ...string) route.Call {
	return route.Call{Service: "esign", Name: name, URL: c.base, About: about, Does: endpoints[name],
		Hide:   c.hiding(links),
		Advise: func(e *route.Error) string { return advise(e, 0) }}
}

// signed is the part of a link, or of an Authorization header, that opens what it is for.
var signed = regexp.MustCompile(`(https?://[^\s?]*)\?\S+|(Signature=)[0-9a-fA-F]+`)

// hiding takes secrets out of words that came from outside: the keys, what is to be hidden of the configuration, and
// links.
func (c *Client) hiding(links []string) (hide func(words string) string) {
	keys, texts := slices.Concat(c.keys, c.hidden), []string(nil)
	for _, link := range links {
		k, t := route.Signed(link, nil)
		keys, texts = append(keys, k...), append(texts, t...)
	}
	secrets := route.NewSecrets(keys, texts)
	return func(words string) string { return signed.ReplaceAllString(secrets.Hide(words), "${1}${2}…") }
}

// advise says what to do about a failure, in terms of the provider block. skew is the service's clock less ours; 0: not
// known.
func advise(e *route.Error, skew time.Duration) string {
	switch code := e.Code; {
	case code == "AuthFailure.SignatureExpire":
		if skew.Abs() >= time.Minute {
			return fmt.Sprintf("set this machine's clock right: it differs from the service's "+
				"by %s, and 5 minutes are allowed", skew.Abs().Round(time.Second))
		}
		return "set this machine's clock right: it may differ from the service's by 5 minutes"
	case strings.HasPrefix(code, "AuthFailure"):
		return "check secret_id and secret_key in the provider block (TENCENTCLOUD_SECRET_ID, TENCENTCLOUD_SECRET_KEY)"
	case throttles(code):
		return route.AdviseStatus(http.StatusTooManyRequests, "", "Tencent e-sign")
	case passes(code), e.Status >= 500:
		return route.AdviseStatus(max(e.Status, 500), "", "Tencent e-sign")
	case code == "ResourceNotFound.Application", code == "InvalidParameter.Application":
		return "check app_id in the provider block"
	case code == "ResourceNotFound.Organization", strings.HasSuffix(code, "UnauthorizedOperationOrganization"):
		return "check organization in the provider block, and that the company has authorised the application"
	case code == "MissingParameter.UserOpenId", code == "OperationDenied.UserNotInOrganization":
		return "check operator in the provider block: it must be an employee of that organization, verified by name"
	case strings.HasSuffix(code, "UnauthorizedOperationDownload"):
		return "the company must allow the application to download its contracts: in its authorisation settings, or " +
			"as an extension of the application"
	case code == "UnauthorizedOperation.NoPermissionFeature":
		return "the application's edition does not allow this call"
	case code == "OperationDenied.OutQueryLimit":
		return "too many contracts were asked for; ask for fewer"
	case code == "IpNotInWhitelist", code == "IpInBlacklist":
		return "allow this machine's outgoing address in the Tencent Cloud console"
	case code != "":
		return "one of the values sent is wrong or not allowed; the vendor's words say which: check the provider " +
			"block and the flows"
	case e.Call == callFetch && e.Status >= 400, errors.Is(e.Err, ErrExpired):
		return "a link lives five minutes: ask for it again"
	case e.Status >= 300:
		return route.AdviseStatus(e.Status, e.Message, "Tencent e-sign")
	case e.Err == nil, e.Call == callFetch:
		return ""
	}
	return route.Advise(e.Err, "Tencent e-sign")
}

// withoutSDK is an error without what the SDK puts around it, which may repeat the address.
func withoutSDK(err error) error {
	var sdk *tcerr.TencentCloudSDKError
	if errors.As(err, &sdk) && sdk.Unwrap() != nil {
		return sdk.Unwrap()
	}
	return err
}
